"""The core, driven through the same days, and what it publishes put side by side."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace
from plans import START, moment, shot

from model.choices import Choice, in_tenths
from model.choices import Said as HowHeard
from model.days.day import Day, Happening, booted
from model.exercise import Played
from model.graph import Nodes, channel
from model.model import Answer, Model
from secours.core.events import Event, Measured, Replanned, Resumed, Said, Ticked
from secours.core.memory import Memory, after_reboot
from secours.core.step import step
from secours.model.observed import WARNINGS, Instant, Reason, Result
from secours.model.plan import Config
from secours.model.receivers.reach import GroupReach
from secours.model.snapshot import (
    ProbeView,
    Recommendation,
    Rehearsal,
    Snapshot,
    Standing,
    State,
)
from secours.model.statements import Exercise, Mark, Pin, Trial, Word


@dataclass
class Core:
    """The memory of the core, and since when its machine runs."""

    config: Config
    memory: Memory = field(default_factory=Memory)
    booted_at: float | None = None

    def __post_init__(self) -> None:
        self.start(moment(0))

    def take(self, event: Event) -> None:
        self.memory = step(self.config, self.memory, event)

    def start(self, at: Instant) -> None:
        """Do what an engine does when it starts."""
        if self.memory.at:
            self.take(Resumed(at=at))
        self.take(Replanned(at=at))
        self.take(Resumed(at=at))

    def reboot(self, second: float) -> None:
        """Go on with a steady clock that began anew."""
        self.booted_at = second
        now = self.at(moment(second))
        self.memory = after_reboot(self.memory, now)
        self.start(now)

    def at(self, instant: Instant) -> Instant:
        if self.booted_at is None:
            return instant
        return booted(instant, self.booted_at)

    def happen(self, each: Happening) -> None:
        now = self.at(moment(each.second))
        match each.what:
            case Result() as result:
                result = replace(result, at=self.at(result.at))
                self.take(Measured(result=result, at=now))
            case Config() as config:
                self.take(Ticked(at=now))
                self.config = config
                self.take(Replanned(at=now))
            case "tick":
                self.take(Ticked(at=now))
            case "restart":
                kept = msgspec.json.encode(self.memory)
                self.memory = msgspec.json.decode(kept, type=Memory)
                self.start(now)
            case "sleep":
                self.take(Resumed(at=now, since=self.memory.at))
            case "reboot":
                self.reboot(each.second)
            case word:
                assert not isinstance(word, str)
                self.take(Said(word=self.dated(word, now), at=now))

    def dated(self, word: Word, now: Instant) -> Word:
        """Return a word with its moments on the clock of this boot."""
        if isinstance(word, Mark) and word.since:
            word = replace(word, since=self.at(word.since))
        dated = isinstance(word, Mark | Pin | Trial | Exercise)
        return replace(word, at=now) if dated else word

    def snapshot(self) -> Snapshot:
        return shot(self.config, self.memory)


def drive(model: Model, each: Happening) -> None:
    """Let the model see the same thing."""
    match each.what:
        case Result() as result:
            model.measured(result, each.second)
        case Config() as config:
            model.replanned(config, each.second)
        case "tick":
            model.ticked(each.second)
        case "restart" | "sleep":
            model.stopped(each.second)
        case "reboot":
            model.rebooted(each.second)
        case word:
            assert not isinstance(word, str)
            model.told(word, each.second)


def published(core: Core) -> Answer:
    """Return what the core says, in the words of the model."""
    seen = core.snapshot()
    standings: dict[str, Standing] = {v.name: v.standing for v in seen.components}
    standings |= {channel(v.name): v.standing for v in seen.channels}
    return Answer(
        probes=dict(_letters(core.config, seen)),
        paths={view.name: view.state for view in seen.paths},
        states={node: s.state for node, s in standings.items()},
        aside={node: str(s.aside) for node, s in standings.items()},
        at_risk=frozenset(n for n, s in standings.items() if s.at_risk),
        own_link=frozenset(
            v.name
            for v in seen.channels
            if v.standing.state is State.UNKNOWN
            and v.standing.reason is Reason.OWN_LINK
        ),
        may_need={v.name: _may_need(v.standing) for v in seen.channels},
        suspects=frozenset(map(frozenset, seen.suspects)),
        lines={f"{r.purpose}/{r.audience}": _choice(r) for r in seen.recommendations},
    )


def _may_need(standing: Standing) -> Nodes:
    """Return what it may need; of one that is down nobody asks."""
    return frozenset(standing.may_need if standing.state is not State.DOWN else ())


def _letters(config: Config, seen: Snapshot) -> Iterator[tuple[str, str]]:
    views: list[tuple[str, tuple[ProbeView, ...]]] = []
    views += [(f"channels/{v.name}", v.probes) for v in seen.channels]
    views += [(f"components/{v.name}", v.probes) for v in seen.components]
    views += [(f"paths/{v.name}", v.probes) for v in seen.paths]
    letter = {"ok": "o", "degraded": "d", "failed": "x", "unknown": "?"}
    for owner, probes in views:
        for probe in probes:
            said = "o" if probe.reason in WARNINGS else letter[probe.verdict]
            yield f"{owner}/{probe.name}", said


def _choice(said: Recommendation) -> Choice:
    use, backup = said.use, said.backup
    return Choice(
        use=use.channel if use else None,
        pinned=bool(use and use.pinned),
        verified=bool(use and use.verified),
        backup=backup.channel if backup else None,
        independent=bool(backup and backup.independent),
        shares=frozenset(backup.shares) if backup else frozenset(),
        still_usable=said.still_usable,
        measuring=said.measuring,
        completed_by=said.completed_by,
        until=tuple(
            (name, in_tenths((at.utc - START).total_seconds()))
            for name, at in said.until.items()
        ),
        receivers=tuple(
            (name, tuple(map(_reached, reception.groups)))
            for name, reception in said.receivers.items()
        ),
    )


def _reached(each: GroupReach) -> HowHeard:
    lost = each.heard.rank < each.designed.rank
    return each.group, each.designed, each.heard, each.sure if lost else True


@dataclass(frozen=True)
class Difference:
    """Where the two disagree: after which happening, about what."""

    after: int
    about: str
    model: object
    core: object


def first_difference(day: Day) -> Difference | None:
    """Play a day on both; return the first thing they do not agree on."""
    model, core = Model(day.config), Core(day.config)
    for number, each in enumerate(day.happens):
        drive(model, each)
        core.happen(each)
        for about, ours, theirs in compared(model.answer, published(core)):
            return Difference(number, about, ours, theirs)
        rehearsal = core.snapshot().rehearsal
        if rehearsal is not None:
            for about, ours, theirs in compared(model.played(), rehearsed(rehearsal)):
                return Difference(number, f"exercise: {about}", ours, theirs)
    return None


def rehearsed(rehearsal: Rehearsal) -> Played:
    """Return what the core says of an exercise, in the words of the model."""
    return Played(
        states={channel(n): s.state for n, s in rehearsal.channels.items()},
        lines={
            f"{r.purpose}/{r.audience}": _choice(r) for r in rehearsal.recommendations
        },
    )


def compared(
    model: Answer | Played, core: Answer | Played
) -> Iterator[tuple[str, object, object]]:
    """Yield each thing on which the two answers differ, the deepest first."""
    for name in model.__dataclass_fields__:
        ours, theirs = getattr(model, name), getattr(core, name)
        if ours == theirs:
            continue
        if not isinstance(ours, dict):
            yield name, ours, theirs
            continue
        for key in {**ours, **theirs}:
            if ours.get(key) != theirs.get(key):
                yield f"{name} {key}", ours.get(key), theirs.get(key)
