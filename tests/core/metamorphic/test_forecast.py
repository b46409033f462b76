"""Where nothing but time passes, each line changes as the forecast says, and only so.

The core steps through its own deadlines here, with every fresh proof held. Words have
no end, nobody logs a test, all needs are known; moments at which a test is due that
decides are left out.
"""

from random import Random
from typing import Any

from core.metamorphic.histories import hold, in_time, of_histories
from model.core import Core
from model.days.day import Day, Happening
from msgspec.structs import replace
from plans import moment

from secours.core import deadlines
from secours.core.events import Ticked
from secours.core.forecast import forecast
from secours.core.memory import Memory
from secours.core.probing import own_link
from secours.core.step import step
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.statements import Declared, Mark, Pin, Trial

LOOKED_AT = 0.6  # of all moments
HORIZON_S = 2 * 86400.0
LONG_S = 10 * HORIZON_S
ROUNDED_S = 0.01
Turns = list[tuple[float, str | None]]
"""Seconds from now, and the channel of a line from then on."""


def is_settled(config: Config, memory: Memory, at: Instant) -> bool:
    """Tell whether no test is due that decides."""
    used = (config.channels.get(held.channel or "") for held in memory.lines.values())
    return not (
        memory.awaited
        or memory.path_doubts
        or memory.risks
        or any(choice.measuring for choice in memory.choices.values())
        or any(health.unconfirmed for health in memory.probes.values())
        or any(s.reason is Reason.OWN_LINK for s in memory.channels.values())
        or any(
            own_link.first_tests_end_s(memory, channel) > at.steady_s
            for channel in used
            if channel
        )
    )


def simple(day: Day, rng: Random) -> Day:
    """Leave out what changes by itself and is not foreseen; let the power fail."""
    happens = [
        replace(each, what=_simple(each.what))
        for each in day.happens
        if not isinstance(each.what, Trial)
    ]
    feeds = [name for name in day.config.components if name.startswith("power:")]
    if feeds:
        place = rng.randrange(len(happens) + 1)
        second = happens[place - 1].second if place else 0.0
        failed = Mark(
            subject=rng.choice(feeds), says=Declared.DOWN, by="Ann", at=moment(second)
        )
        happens.insert(place, Happening(second, failed))
    return Day(_simple(day.config), tuple(happens))


def _simple(what: Any) -> Any:
    match what:
        case Config():
            channels = {
                n: replace(c, needs_known=True) for n, c in what.channels.items()
            }
            return replace(what, channels=channels)
        case Mark() | Pin():
            return replace(what, until=None)
    return what


def with_proofs_held(memory: Memory, at: Instant) -> Memory:
    return replace(
        memory,
        probes={
            name: replace(health, fresh_until_s=health.fresh_until_s + LONG_S)
            if health.fresh_until_s > at.steady_s
            else health
            for name, health in memory.probes.items()
        },
    )


def course(config: Config, memory: Memory, at: Instant) -> dict[str, Turns]:
    """Return how each line changes as the core goes from deadline to deadline."""
    memory, now = with_proofs_held(memory, at), at
    turns: dict[str, Turns] = {name: [] for name in memory.choices}
    used = {name: choice.channel for name, choice in memory.choices.items()}
    while True:
        due_s = deadlines.next_s(config, memory, now.steady_s, at)
        if due_s > at.steady_s + HORIZON_S:
            return turns
        now = at.at_steady(due_s)
        memory = step(config, memory, Ticked(at=now))
        for name, choice in memory.choices.items():
            if choice.channel != used[name]:
                used[name] = choice.channel
                turns[name].append((due_s - at.steady_s, choice.channel))


def foreseen(config: Config, memory: Memory, at: Instant) -> dict[str, Turns]:
    turns: dict[str, Turns] = {name: [] for name in memory.choices}
    for each in forecast(config, memory, at):
        name = f"{each.purpose}/{each.audience}"
        turns[name].append((each.at.steady_s - at.steady_s, each.use))
    return turns


def agree(expected: Turns, seen: Turns) -> bool:
    return len(expected) == len(seen) and all(
        use == then and abs(s - then_s) <= ROUNDED_S
        for (s, use), (then_s, then) in zip(expected, seen, strict=True)
    )


def comes_true(day: Day, rng: Random) -> str:
    core = Core(day.config)
    for number, each in enumerate(day.happens):
        core.happen(each)
        config, memory, at = core.config, core.memory, core.memory.at
        if at is None or rng.random() > LOOKED_AT:
            continue
        if is_settled(config, memory, at):
            expected, seen = foreseen(config, memory, at), course(config, memory, at)
            for name in expected:
                if not agree(expected[name], seen[name]):
                    return f"after {number} {name}: {expected[name]} {seen[name]}"
    return ""


@of_histories
@in_time
def test_what_is_foreseen_comes_and_nothing_else(share: int) -> None:
    hold(share, comes_true, simple)
