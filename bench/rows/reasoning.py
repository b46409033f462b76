"""How long do diagnosis, recommendation and audit of a large plan take?

A plan of 200 channels and 150 components, with alternatives, dominoes and batteries, in
which things fail. Each time stands beside the bound that the project sets itself, and
that of the exact search, on a plan small enough, beside the same question answered by
trying every set.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from random import Random

from brute import domino, random_plan, smallest
from plans import channel, component, fold, line, moment, plan, probe, result

from bench.measuring import Scale, Spread
from bench.table import Row
from secours.core import states
from secours.core.audit.line import cut_sets
from secours.core.audit.plan import audit
from secours.core.diagnosis.observation import Failure, Observation
from secours.core.diagnosis.suspects import explain
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


def rows(scale: Scale) -> Iterator[Row]:
    """Measure some rounds of each."""
    rounds = scale.of(9, 1)
    decided = [decide(seed) for seed in range(rounds)]
    for name, of_round in (("at first", 0), ("again", 1)):
        times_s = [each[of_round] for each in decided]
        yield _against(f"diagnose and recommend, {name}", DECIDE_BOUND_S, times_s)
    for lines in (LINES, 1):
        times_s = [audit_all(seed, lines) for seed in range(rounds)]
        yield _against(f"audit, lines: {lines}", AUDIT_BOUND_S, times_s)
    found = [searched(seed) for seed in range(rounds)]
    for name, at in (("suspects", 1), ("cut sets", 2)):
        yield Row(
            what=f"{name} of a small plan",
            now=_ms([each[at] for each in found]),
            unit="ms",
            peer="every set tried",
            theirs=_ms([each[0] for each in found]),
        )


def _against(name: str, bound_s: float, times_s: Sequence[float]) -> Row:
    return Row(
        what=f"{CHANNELS} channels, {COMPONENTS} components: {name}",
        now=_ms(times_s),
        unit="ms",
        most=1000 * bound_s,
        peer="the bound",
        theirs=_ms([bound_s]),
    )


def _ms(times_s: Sequence[float]) -> Spread:
    return Spread.of([1000 * each for each in times_s])


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
        config.facts.clear()
        return _timed(answer)

    return min(at_first() for _ in range(TRIES)), _timed(answer)


def audit_all(seed: int, lines: int) -> float:
    """Time the audit of a plan that has just been read."""
    config = large_plan(seed, lines)
    now = datetime.now(UTC)
    return _timed(lambda: audit(config, now=now, trials={}))


def searched(seed: int) -> tuple[float, float, float]:
    """Time every set tried, then suspects and cut sets, which answer the same."""
    config = random_plan(Random(seed), components=40, channels=6)
    channels = list(config.channels)
    failing = (Failure(frozenset({channel_node(n)}), 0) for n in channels)
    seen = Observation(failing=frozenset(failing))
    names = [*config.components, *map(channel_node, channels)]
    fallen = domino(config)
    wanted = set(map(channel_node, channels))
    brute_s = _timed(lambda: smallest(names, lambda down: wanted <= fallen(down)))
    config.facts.clear()
    suspects_s = _timed(lambda: explain(config, seen))
    config.facts.clear()
    cuts_s = _timed(lambda: cut_sets(config, channels))
    return brute_s, suspects_s, cuts_s


def _timed(work: Callable[[], object]) -> float:
    """Return the processor's time, so that other work on the machine does not count."""
    start_s = time.thread_time()
    work()
    return time.thread_time() - start_s
