"""What the core keeps from one event to the next, it would say anew.

The same days are told to a core as it is, and to one that takes no short way and has
forgotten all that it worked out before each event. After each event both remember the
same, to the letter. The wall clock runs a little fast or slow, and is set now and then;
results come one by one or gathered; time passes in between.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest
from msgspec.structs import replace
from plans import START, moment, shot

from model.core import Core
from model.day_text import day_text
from model.days.day import Day, Happening
from model.days.random_days import (
    day_of_cuts,
    day_of_edits,
    day_of_ended_words,
    day_of_many_words,
    random_day,
)
from secours.core import fast_path
from secours.core.diagnosis import suspects
from secours.core.events import Event, Gathered, Measured, Ticked
from secours.core.graph import independence
from secours.core.memory import Memory
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.snapshot import Standing

DAYS = int(os.environ.get("SECOURS_DAYS", "48")) // 4  # of each kind
SHARES = 12  # so that the workers of the tests share them
DRIFTS_S = (0.0, 1e-4, -1e-4)  # by which the wall clock gains at each event
SETS_S = (3600.0, 60.0, 1.0, -1.0, -60.0, -3600.0)


def forget(config: Config) -> None:
    """Drop all that was worked out before."""
    config.facts.clear()
    suspects.explain.cache_clear()
    independence.among.cache_clear()


@contextmanager
def nothing_kept(config: Config) -> Iterator[None]:
    forget(config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_path, "says_nothing_new", lambda *_: False)
        patch.setattr(fast_path, "passes_quietly", lambda *_: False)
        yield


@dataclass
class Clocked(Core):
    """A core whose wall clock is not quite right, and that gathers its results."""

    drift_s: float = 0.0
    gained_s: float = 0.0
    gathered: list[Measured] = field(default_factory=list)
    gathering: bool = False

    def at(self, instant: Instant) -> Instant:
        at = super().at(instant)
        return replace(at, utc=at.utc + timedelta(seconds=self.gained_s))

    def take(self, event: Event) -> None:
        self.gained_s += self.drift_s
        if self.gathering and isinstance(event, Measured):
            known = [each.result.probe for each in self.gathered]
            if event.result.probe in known:
                self.flush()
            self.gathered.append(event)
            return
        self.flush()
        super().take(event)

    def flush(self) -> None:
        """Take in what has been gathered."""
        results, self.gathered = tuple(self.gathered), []
        if results:
            super().take(Gathered(results=results))


class Anew(Clocked):
    """The same, that works everything out from the beginning each time."""

    def take(self, event: Event) -> None:
        with nothing_kept(self.config):
            super().take(event)

    def flush(self) -> None:
        with nothing_kept(self.config):
            super().flush()


def remembered(memory: Memory) -> Memory:
    """Return what is remembered, but for when to look at it again.

    When something fell, or will, is known on the steady clock; the date of that is
    told as the clocks stood when it was decided.
    """
    return replace(
        memory,
        wakes_s=0.0,
        wakes_from=None,
        together_s=0.0,
        channels={n: _undated(s) for n, s in memory.channels.items()},
        components={n: _undated(s) for n, s in memory.components.items()},
    )


def _undated(standing: Standing) -> Standing:
    dates = {name: getattr(standing, name) for name in ("since", "failed_at", "until")}
    undated = {name: at and replace(at, utc=START) for name, at in dates.items()}
    return replace(standing, **undated)


def tellings(day: Day, rng: Random) -> Iterator[Callable[[Clocked], None]]:
    """Yield what is done with each core, one thing after another."""
    second = 0.0
    for each in day.happens:
        for _ in range(rng.choice((0, 0, 1, 2))):
            second += rng.random() * (each.second - second)
            yield _tick(second)
        if rng.random() < 0.03:
            yield _set_clock(rng.choice(SETS_S))
        if rng.random() < 0.1:
            yield _gather(rng.random() < 0.5)
        second = each.second
        yield _happen(each)


def _tick(second: float) -> Callable[[Clocked], None]:
    return lambda core: core.take(Ticked(at=core.at(moment(second))))


def _set_clock(by_s: float) -> Callable[[Clocked], None]:
    def set_clock(core: Clocked) -> None:
        core.gained_s += by_s

    return set_clock


def _gather(gathering: bool) -> Callable[[Clocked], None]:
    def gather(core: Clocked) -> None:
        core.flush()
        core.gathering = gathering

    return gather


def _happen(each: Happening) -> Callable[[Clocked], None]:
    def happen(core: Clocked) -> None:
        if each.what in ("restart", "reboot"):
            core.flush()
        core.happen(each)

    return happen


def difference(day: Day, rng: Random) -> str:
    """Tell a day to both; say after what they first differ, and in what."""
    drift_s = rng.choice(DRIFTS_S)
    kept = Clocked(day.config, drift_s=drift_s)
    anew = Anew(day.config, drift_s=drift_s)
    for number, tell in enumerate(tellings(day, rng)):
        tell(kept)
        tell(anew)
        ours, theirs = remembered(kept.memory), remembered(anew.memory)
        if ours != theirs or shot(kept.config, ours) != shot(anew.config, theirs):
            differ = [
                f"{name}: kept {getattr(ours, name)}\nanew {getattr(theirs, name)}"
                for name in Memory.__struct_fields__
                if getattr(ours, name) != getattr(theirs, name)
            ]
            return "\n".join([f"after {number}", *differ])
    return ""


@pytest.mark.timeout(max(600, DAYS))
@pytest.mark.parametrize(
    "kind",
    [random_day, day_of_cuts, day_of_edits, day_of_ended_words, day_of_many_words],
)
@pytest.mark.parametrize("share", range(SHARES))
def test_what_is_kept_is_what_would_be_said_anew(
    share: int, kind: Callable[[Random], Day]
) -> None:
    for seed in range(share, DAYS, SHARES):
        rng = Random(seed)
        day = kind(rng)
        if found := difference(day, rng):
            pytest.fail(f"day {seed}\n{day_text(day)}\n{found}")
