"""How long do diagnosis, recommendation and audit of a large plan take?

A plan of 200 channels and 150 components, with alternatives, dominoes and batteries, in
which things fail. Each time is printed as a ratio of its named peers: the bound that
the project sets itself, and for the exact search, on a plan small enough, the same
question answered by trying every set.

    python bench/reasoning.py [ROUNDS]
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from brute import domino, random_plan, smallest
from plans import channel, component, fold, line, moment, plan, probe, result

from secours.core import states
from secours.core.audit.line import cut_sets
from secours.core.audit.plan import audit
from secours.core.diagnosis.observation import Failure, Observation
from secours.core.diagnosis.suspects import explain
from secours.core.graph import dependencies
from secours.core.memory import Memory
from secours.core.recommend import choice
from secours.model.nodes import channel_node
from secours.model.plan import Config
from secours.model.snapshot import Link

CHANNELS, COMPONENTS, LINES = 200, 150, 10
DECIDE_BOUND_S, AUDIT_BOUND_S = 0.020, 2.0
TRIES = 3  # the quickest counts: the others had company on the machine
ROOTS = 12  # components that others rest on: power, access, operators
CLASSES = ("provider", "carrier", "service", "cloud", "identity", "site")


def main() -> None:
    """Measure some rounds of each and print their medians and worst."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else 9
    decided = [decide(seed) for seed in range(rounds)]
    _against(
        "diagnose and recommend, at first", DECIDE_BOUND_S, [a for a, _ in decided]
    )
    _against("diagnose and recommend, again", DECIDE_BOUND_S, [b for _, b in decided])
    for lines in (LINES, 1):
        times_s = [audit_all(seed, lines) for seed in range(rounds)]
        _against(f"audit, lines: {lines}", AUDIT_BOUND_S, times_s)
    _faster("suspects", [faster(seed)[0] for seed in range(rounds)])
    _faster("cut sets", [faster(seed)[1] for seed in range(rounds)])


def _against(name: str, bound_s: float, times_s: list[float]) -> None:
    usual, worst = median(times_s), max(times_s)
    print(f"{name}: median {usual * 1e3:.1f} ms, worst {worst * 1e3:.1f} ms;", end=" ")
    print(f"of the bound of {bound_s * 1e3:g} ms: {usual / bound_s:.2f},", end=" ")
    print(f"{worst / bound_s:.2f}")


def _faster(name: str, ratios: list[float]) -> None:
    usual, least = median(ratios), min(ratios)
    print(f"{name} of a small plan: as fast as trying every set,", end=" ")
    print(f"times {usual:.0f}, at least {least:.0f}")


def large_plan(seed: int, lines: int = LINES) -> Config:
    """Make a plan whose components rest on few roots, as those of people do."""
    rng = Random(seed)
    names = ["power:grid", "internet:fibre", "internet:second"]
    names += [f"{rng.choice(CLASSES)}:{n}" for n in range(len(names), COMPONENTS)]
    parts = [
        component(
            name,
            *_some(rng, names[: min(at, ROOTS)], 1),
            autonomy_s=rng.choice((None, None, 7200.0, 14400.0)),
            prior=rng.random(),
        )
        for at, name in enumerate(names)
    ]
    means = [
        channel(
            f"c{n}",
            *_some(rng, names, rng.randint(1, 3)),
            probes=(probe(f"c{n}"),) if rng.random() < 0.9 else (),
        )
        for n in range(CHANNELS)
    ]
    each = CHANNELS // lines
    order = [
        line(*(c.name for c in means[at : at + each]), audience=f"audience {at}")
        for at in range(0, CHANNELS, each)
    ]
    return plan(*parts, *means, *order)


def _some(rng: Random, names: list[str], needs: int) -> list[list[str]]:
    """Draw needs among these names, each with up to three alternatives."""
    return [
        rng.sample(names, min(len(names), rng.choice((1, 1, 2, 3))))
        for _ in range(needs if names else 0)
    ]


def outage(config: Config, seed: int) -> Memory:
    """Fold a first round of results, in which what rests on two components fails."""
    rng = Random(seed)
    used = [name for each in config.channels.values() for (name, *_) in each.needs]
    fallen = domino(config)(rng.sample(used, 2))
    events = [
        result(name, "x", 1.0)
        if channel_node(name) in fallen
        else result(name, "o", 1.5)
        for name, each in config.channels.items()
        if each.probes
    ]
    return fold(config, *events)


def decide(seed: int) -> tuple[float, float]:
    """Time what follows from the probes: suspects, states, and every line's answer.

    First as in an engine that has just read the plan, then with other suspects.
    """
    config = large_plan(seed)
    memory = outage(config, seed)
    links: dict[str, Link] = {}

    def answer() -> None:
        explain.cache_clear()
        states.decide(config, memory, links, moment(2.0))
        for each in config.plan:
            choice.choose(config, memory, each, moment(2.0))

    def at_first() -> float:
        dependencies.of.cache_clear()
        return _timed(answer)

    return min(at_first() for _ in range(TRIES)), _timed(answer)


def audit_all(seed: int, lines: int) -> float:
    """Time the audit of a plan that has just been read."""
    config = large_plan(seed, lines)
    now = datetime.now(UTC)
    return _timed(lambda: audit(config, now=now, trials={}))


def faster(seed: int) -> tuple[float, float]:
    """Return how many times as fast suspects and cut sets are as trying every set."""
    config = random_plan(Random(seed), components=40, channels=6)
    channels = list(config.channels)
    failing = (Failure(frozenset({channel_node(n)}), 0) for n in channels)
    seen = Observation(failing=frozenset(failing))
    names = [*config.components, *map(channel_node, channels)]
    fallen = domino(config)
    wanted = set(map(channel_node, channels))
    brute_s = _timed(lambda: smallest(names, lambda down: wanted <= fallen(down)))
    dependencies.of.cache_clear()
    suspects_s = _timed(lambda: explain(config, seen))
    dependencies.of.cache_clear()
    cuts_s = _timed(lambda: cut_sets(config, channels))
    return brute_s / suspects_s, brute_s / cuts_s


def _timed(work: Callable[[], object]) -> float:
    """Return the processor's time, so that other work on the machine does not count."""
    start_s = time.thread_time()
    work()
    return time.thread_time() - start_s


if __name__ == "__main__":
    main()
