"""What happens to strangers, which share nothing with the others, changes nothing.

The strangers are a plan of their own within the plan, with a line of their own.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from core.metamorphic.histories import KINDS, hold, in_time, of_histories
from core.metamorphic.rewriting import renamed, with_probes
from core.metamorphic.telling import differences, facts, told
from model.core import published
from model.days.day import Day, Happening
from msgspec.structs import replace

from secours.model.observed import Result
from secours.model.plan import Config
from secours.model.statements import Mark, Pin, Trial, Withdrawn

STRANGERS = "strangers beside"  # begins the names of their audiences
ROOMS = ("channels", "components", "paths")


def _others(audience: str) -> str:
    return f"{STRANGERS} {audience}"


def strangers(rng: Random) -> Day:
    """Draw a history of strangers: what is measured and said of them alone."""
    kind = rng.choice(KINDS)
    day = _estranged(kind(rng))
    happens = tuple(
        each
        for each in day.happens
        if isinstance(each.what, Result | Mark | Pin | Trial | Withdrawn)
    )
    return Day(day.config, happens)


def _estranged(day: Day) -> Day:
    names = {
        f"{kind}{n}": f"{kind}{n + 100}"  # three digits
        for kind in ("c", "p", "power:", "carrier:", "provider:", "internet:", "site:")
        for n in range(100)
    }
    day = renamed(day, names)
    lines = tuple(
        replace(each, audience=_others(each.audience)) for each in day.config.plan
    )
    happens = tuple(map(_estranged_pin, day.happens))
    return Day(replace(day.config, plan=lines), happens)


def _estranged_pin(each: Happening) -> Happening:
    def line(name: str) -> str:
        purpose, audience = name.split("/")
        return f"{purpose}/{_others(audience)}"

    match each.what:
        case Pin() as pin:
            return replace(each, what=replace(pin, line=line(pin.line)))
        case Withdrawn(kind="pin") as word:
            return replace(each, what=replace(word, subject=line(word.subject)))
    return each


def with_known_needs(config: Config) -> Config:
    """Return a plan in which all needs are known.

    DESIGN, Dependencies: one with unknown needs may depend on whatever is down.
    """
    channels = {
        name: replace(each, needs_known=True) for name, each in config.channels.items()
    }
    return replace(config, channels=channels)


def joined(config: Config, others: Config) -> Config:
    """Return a plan with both in it."""
    config = with_known_needs(config)
    both: dict[str, Any] = {
        room: {**getattr(others, room), **getattr(config, room)} for room in ROOMS
    }
    return replace(config, plan=(*config.plan, *others.plan), **both)


def among_strangers(day: Day, rng: Random) -> Day:
    """Return a history with strangers, to whom things happen too."""
    others = strangers(rng)
    ours = (
        _with_plan(each, lambda plan: joined(plan, others.config))
        for each in day.happens
    )
    happens = sorted((*ours, *others.happens), key=lambda each: each.second)
    return Day(joined(day.config, others.config), tuple(happens))


def alone(day: Day) -> Day:
    """Return the history without the strangers: what happens to them is just time."""
    happens = (
        replace(each, what="tick") if _is_of_strangers(each.what) else each
        for each in day.happens
    )
    ours = tuple(_with_plan(each, without_strangers) for each in happens)
    return Day(without_strangers(day.config), ours)


def without_strangers(config: Config) -> Config:
    left: dict[str, Any] = {
        room: {
            n: part for n, part in getattr(config, room).items() if not _is_strange(n)
        }
        for room in ROOMS
    }
    plan = tuple(p for p in config.plan if not p.audience.startswith(STRANGERS))
    return replace(config, plan=plan, **left)


def not_awaited(day: Day) -> Day:
    """Return the history in which the tests of strangers cost something.

    Those are not waited for after a start: DESIGN, Probe health: nobody is accused
    before each other probe had its first result.
    """

    def at_a_cost(config: Config) -> Config:
        return with_probes(
            config, lambda p: replace(p, cost=p.cost or _is_strange(p.owner))
        )

    happens = (_with_plan(each, at_a_cost) for each in day.happens)
    return Day(at_a_cost(day.config), tuple(happens))


def _with_plan(each: Happening, edit: Callable[[Config], Config]) -> Happening:
    if isinstance(each.what, Config):
        return replace(each, what=edit(each.what))
    return each


def _is_strange(name: str) -> bool:
    return name[-3:].isdigit()


def _is_of_strangers(what: object) -> bool:
    match what:
        case Result() as result:
            return _is_strange(result.probe.split("/")[1])
        case Mark() as mark:
            return _is_strange(mark.subject)
        case Trial() as trial:
            return _is_strange(trial.channel)
        case Pin() as pin:
            return _is_strange(pin.channel)
        case Withdrawn() as word:
            return _is_strange(word.subject) or "strangers" in word.subject
    return False


def beside_strangers(day: Day, rng: Random) -> str:
    """Say where a history with strangers goes otherwise than without them."""
    day = not_awaited(day)
    lone = alone(day)
    for number, (core, other) in enumerate(zip(told(day), told(lone), strict=True)):
        expected, all_of_them = facts(published(other)), facts(published(core))
        seen = {about: all_of_them[about] for about in expected}
        seen["suspects"] = frozenset(
            suspects
            for suspects in seen["suspects"]
            if not all(map(_is_strange, suspects))
        )
        if found := [*differences(expected, seen)]:
            return "\n".join([f"after {number}, alone | among strangers:", *found])
    return ""


@in_time
@of_histories
def test_strangers_change_nothing_of_the_others(share: int) -> None:
    hold(share, beside_strangers, among_strangers)
