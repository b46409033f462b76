"""A history that is four times slower in every respect has the same course.

Four is a power of two: no sum of times is rounded otherwise.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random
from typing import Any

import pytest
from core.metamorphic.histories import hold, in_time, of_histories
from core.metamorphic.rewriting import slowed
from core.metamorphic.telling import differences
from model.core import Core
from model.days.day import Day
from msgspec import Struct
from msgspec.structs import replace
from plans import START, moment, shot

from secours.model.observed import Instant, Result
from secours.model.plan import Config
from secours.model.statements import Mark, Pin

TIMES = 4.0


class Slow(Core):
    """A core on whose machine everything takes longer; the history says when."""

    def __post_init__(self) -> None:
        self.start(self.at(moment(0)))

    def at(self, instant: Instant) -> Instant:
        return slowed(super().at(instant), TIMES)


def slower(day: Day) -> Day:
    """Return a history of which all lasts longer; `Slow` has its events come later."""
    happens = []
    for each in day.happens:
        what = each.what
        if isinstance(what, Mark | Pin) and what.until:
            what = replace(what, until=START + (what.until - START) * TIMES)
        if isinstance(what, Config):
            what = slowed(what, TIMES)
        if isinstance(what, Result):
            what = replace(what, outcome=slowed(what.outcome, TIMES))
        happens.append(replace(each, what=what))
    return Day(slowed(day.config, TIMES), tuple(happens))


@contextmanager
def patient() -> Iterator[None]:
    """Let every length of time that the rules have of their own be longer too."""
    with pytest.MonkeyPatch.context() as patch:
        for name, module in [*sys.modules.items()]:
            if name.startswith("secours.core."):
                for constant, value in vars(module).items():
                    if constant.endswith("_S") and isinstance(value, int | float):
                        patch.setattr(module, constant, value * TIMES)
        yield


def published(core: Core, times: float) -> dict[str, Any]:
    """Return all that is published, with its times so many times longer."""
    seen = shot(core.config, core.memory)
    found: dict[str, Any] = {}
    for about in ("channels", "components", "paths", "forecast", "recommendations"):
        for number, view in enumerate(getattr(seen, about)):
            for field in type(view).__struct_fields__:
                said = getattr(view, field)
                found[f"{about} {number} {field}"] = _field(field, said, times)
    for about in ("suspects", "known_down", "contradictions", "marks", "pins"):
        found[about] = _plain(getattr(seen, about), times)
    fresh = [replace(each, facts={}) for each in core.memory.fresh]
    return {**found, "journal": _plain(fresh, times)}


def _field(name: str, value: Any, times: float) -> Any:
    """Return what a field has; in one whose name ends in `_s`, a length of time."""
    if name.endswith("_s") and isinstance(value, int | float):
        return round(value * times, 2)
    return _plain(value, times)


def _plain(value: Any, times: float) -> Any:
    """Return a value so that it can be compared; dates to a hundredth of a second."""
    match value:
        case Instant():
            return round(value.steady_s * times, 2)
        case datetime():
            return round((value - START).total_seconds() * times, 1)
        case float():
            return value
        case Struct():
            return {
                name: _field(name, each, times)
                for name in type(value).__struct_fields__
                if (each := getattr(value, name)) is not None
            }
        case dict():  # facts: what is left is told in whole seconds
            return {n: _plain(v, times) for n, v in value.items() if n[-2:] != "_s"}
        case tuple() | list():
            return [_plain(each, times) for each in value]
    return value


def at_another_pace(day: Day, rng: Random) -> str:
    quick, slow_day = Core(day.config), slower(day)
    with patient():
        slow = Slow(slow_day.config)
    for number, each in enumerate(day.happens):
        quick.happen(each)
        expected = published(quick, TIMES)
        with patient():
            slow.happen(slow_day.happens[number])
            seen = published(slow, 1.0)
        if found := [*differences(expected, seen)]:
            return "\n".join([f"after {number}:", *found])
    return ""


@in_time
@of_histories
def test_pace_decides_nothing(share: int) -> None:
    hold(share, at_another_pace)
