"""Audit of the whole plan as designed, before anything fails.

Each line, then what the probes cannot tell apart, what they never prove, and what
people were to try and did not.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Literal

from msgspec import Struct

from secours.core import overrides
from secours.core.audit.line import LineAudit, examine
from secours.core.audit.switch_times import Promise, promises
from secours.core.diagnosis import identifiability
from secours.core.diagnosis.identifiability import Confused
from secours.model.monthly_day import MonthlyDay
from secours.model.observed import Evidence, Seconds
from secours.model.plan import Config
from secours.model.sections.channel import Channel
from secours.model.statements import Trial

ALERT_CENTRE = "gov:be-alert"  # a channel that needs it has test days
ALERT_TEST_DAY = MonthlyDay(week=1, weekday=3)
OCTOBER = 10
CONTROL = ("managed", "sla")  # traits of what the institution has in its hands
DAILY = "daily"


Tried = Literal["never", "fresh", "due", "overdue", "unknown"]
"""Standing of a test by people; unknown when it is too long ago."""


class Trying(Struct, frozen=True, kw_only=True):
    """Age of people's latest test of a channel that they are to test."""

    channel: str
    every_s: Seconds
    standing: Tried
    tried_at: datetime | None = None
    worked: bool | None = None
    proposed: date | None = None  # the next day on which such a test is allowed
    national: date | None = None  # the next on which the whole country is tested

    @property
    def due_at(self) -> datetime | None:
        """Return when it is to be tried again, None where it never was."""
        return self.tried_at and self.tried_at + timedelta(seconds=self.every_s)


class Proof(Struct, frozen=True, kw_only=True):
    """The most that the probes of a channel can ever prove."""

    channel: str
    best: Evidence


class Uncontrolled(Struct, frozen=True, kw_only=True):
    """A channel that the institution has not in its hands, and why."""

    channel: str
    lacks: tuple[str, ...]  # traits that it is known not to have


class Audit(Struct, frozen=True, kw_only=True):
    """Audit of the whole plan."""

    lines: tuple[LineAudit, ...]
    indistinguishable: tuple[Confused, ...]
    unseen: tuple[str, ...]  # components whose failure alone no probe would notice
    tests: tuple[Trying, ...]
    weak_evidence: tuple[Proof, ...]  # channels never proven beyond `reached`
    not_daily: tuple[str, ...]  # channels that people do not use every day
    daily_unknown: tuple[str, ...]  # of which nobody said
    uncontrolled: tuple[Uncontrolled, ...]
    promises: tuple[Promise, ...]

    @property
    def sound(self) -> bool:
        """Tell whether no line has a single point of failure, nor may have one."""
        return all(line.sound for line in self.lines)


def audit(
    config: Config,
    *,
    now: datetime,
    trials: Mapping[str, Trial],
) -> Audit:
    """Examine a plan; `trials` says by channel what people last logged."""
    planned = [config.channels[name] for name in config.planned]
    return Audit(
        lines=tuple(examine(config, line) for line in config.plan),
        indistinguishable=identifiability.confused(config),
        unseen=identifiability.unseen(config),
        tests=tuple(tests_of(config, trials, now)),
        weak_evidence=tuple(_weak(config)),
        not_daily=tuple(c.name for c in planned if c.traits.get(DAILY) == "no"),
        daily_unknown=tuple(
            c.name for c in planned if c.traits.get(DAILY) not in ("yes", "no")
        ),
        uncontrolled=tuple(_uncontrolled(planned)),
        promises=promises(config),
    )


def alert_test_day(after: date) -> date:
    """Return the next first Thursday of a month, on which BE-Alert may be tested.

    Source: National Crisis Centre, BE-Alert tests (first Thursday of the month).
    """
    return ALERT_TEST_DAY.next_from(after)


def national_test_day(after: date) -> date:
    """Return the next first Thursday of October, on which the whole country is tested.

    Source: National Crisis Centre, BE-Alert, national test.
    """
    day = alert_test_day(after)
    while day.month != OCTOBER:
        day = alert_test_day(day + timedelta(days=1))
    return day


def tests_of(
    config: Config, trials: Mapping[str, Trial], now: datetime
) -> Iterator[Trying]:
    """Say of each channel that people are to try, or that only they can prove."""
    for name, channel in config.channels.items():
        every_s = overrides.tested_every_s(config, channel)
        if every_s is not None:
            yield _trying(channel, every_s, trials.get(name), now)


def _trying(
    channel: Channel, every_s: Seconds, trial: Trial | None, now: datetime
) -> Trying:
    needed = {name for clause in channel.needs for name in clause}
    days = ALERT_CENTRE in needed
    return Trying(
        channel=channel.name,
        every_s=every_s,
        standing=_standing(trial, every_s, now),
        tried_at=trial.at.utc if trial else None,
        worked=trial.worked if trial else None,
        proposed=alert_test_day(now.date()) if days else None,
        national=national_test_day(now.date()) if days else None,
    )


def _standing(trial: Trial | None, every_s: float, now: datetime) -> Tried:
    if trial is None:
        return "never"
    aged = (now - trial.at.utc).total_seconds() / every_s
    if aged > overrides.WORTHLESS:
        return "unknown"
    if aged > overrides.OVERDUE:
        return "overdue"
    return "due" if aged > 1 else "fresh"


def _weak(config: Config) -> Iterator[Proof]:
    for name, channel in config.channels.items():
        proofs = [probe.best for probe in channel.probes if not probe.hint]
        most = max(proofs, key=attrgetter("rank"), default=None)
        if most and most.rank <= Evidence.REACHED.rank:
            yield Proof(channel=name, best=most)


def _uncontrolled(planned: Iterable[Channel]) -> Iterator[Uncontrolled]:
    for channel in planned:
        lacks = tuple(t for t in CONTROL if channel.traits.get(t) == "no")
        if lacks:
            yield Uncontrolled(channel=channel.name, lacks=lacks)
