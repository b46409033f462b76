"""Replay of the log, to compare with the snapshot.

If they agree, nothing recommended depends on anything outside the log. A log with holes
from a full disk is told apart from one that disagrees.
"""

import time
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from secours import config
from secours.config import BadConfig
from secours.core.events import Event, Ticked
from secours.core.memory import EMPTY
from secours.core.sites.opinion import ordered
from secours.core.snapshot import take
from secours.core.step import step
from secours.engine.state_file import decoded, encoded
from secours.engine.store import event_log
from secours.engine.store.database import rows
from secours.engine.store.reader import HistoryReader, LogEvent
from secours.message import Refusal
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.snapshot import (
    Change,
    ChannelView,
    ComponentView,
    PathView,
    Snapshot,
)

LOOK_EVERY_S = 0.05

V = TypeVar("V", ChannelView, ComponentView, PathView)


class Incomplete(Refusal):
    """The log cannot be replayed: something is missing."""


class ReplayResult(msgspec.Struct, frozen=True, kw_only=True):
    """Result of replaying the log up to a snapshot, and the journal of that time."""

    since: datetime
    events: int
    snapshot: bytes  # as it would have been published
    changes: tuple[Change, ...]
    journal: tuple[Change, ...]


def await_written(history: HistoryReader, published: Snapshot, within_s: float) -> None:
    """Wait until the events behind a snapshot are on disk, a little later."""
    life = rows.ms(published.started.utc)
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        if any(history.events(life, published.event, published.event)):
            return
        time.sleep(LOOK_EVERY_S)


def refold(history: HistoryReader, published: Snapshot) -> ReplayResult:
    """Replay the events behind a snapshot, from the oldest memory on.

    Raises:
        Incomplete: an event or a plan is not in the log, or cannot be read.
        sqlite3.Error: the history cannot be read.
    """
    life = rows.ms(published.started.utc)
    missing = Incomplete("commands.verify.no-memory")
    for first in history.bases(life, published.event):
        try:
            return _from(history, life, first, published)
        except Incomplete as incomplete:
            missing = incomplete  # what was before may be forgotten by now
    raise missing


def _from(
    history: HistoryReader, life: int, first: int, published: Snapshot
) -> ReplayResult:
    core = _Core(history)
    changes: list[Change] = []
    since = published.at.utc
    expected = first
    for logged in history.events(life, first, published.event):
        if logged.number != expected:
            break
        if expected == first:
            since = logged.at.utc
        changes += core.take_in(logged)
        expected += 1
    if expected <= published.event:
        facts = {"number": expected, "last": published.event}
        raise Incomplete("commands.verify.missing", **facts)
    changes += core.let_pass(published.at)
    return ReplayResult(
        since=since,
        events=published.event - first,
        snapshot=encoded(core.shot(published)),
        changes=tuple(changes),
        journal=tuple(history.changes_by(life, first, published.event)),
    )


class _Core:
    """The core in replay."""

    def __init__(self, history: HistoryReader) -> None:
        self._history = history
        self._memory = EMPTY
        self._config: Config | None = None

    def take_in(self, logged: LogEvent) -> tuple[Change, ...]:
        """Take an event in, and return the changes, as the journal keeps them.

        Time before another plan passes under the one before it.
        """
        lived: tuple[Change, ...] = ()
        try:
            if logged.kind == event_log.MEMORY:
                base = decoded(logged.text, event_log.Base)
                if self._config is None:
                    self._follow(base.version)
                    self._memory = base.memory
                return ()
            if logged.kind == event_log.PLAN:
                version = decoded(logged.text, str)
                lived = self.let_pass(logged.at) if self._memory.at else ()
                self._follow(version)
            event = logged.gathered or event_log.read(
                logged.kind, logged.text, logged.at
            )
        except msgspec.MsgspecError as error:
            facts = {"number": str(logged.number), "said": str(error)}
            raise Incomplete("commands.verify.unreadable", **facts) from None
        return (*lived, *self._step(event))

    def let_pass(self, at: Instant) -> tuple[Change, ...]:
        """Let time pass until then."""
        return self._step(Ticked(at=at))

    def shot(self, published: Snapshot) -> Snapshot:
        """Take the snapshot again."""
        again = take(
            self._plan,
            self._memory,
            at=published.at,
            boot_id=published.boot_id,
            started=published.started,
            config_error=published.config_error,
            trouble=published.trouble,
            plan_written=published.plan_written,
            event=published.event,
        )
        return as_published(again, published)

    @property
    def _plan(self) -> Config:
        assert self._config is not None, "the first event is a memory"
        return self._config

    def _step(self, event: Event) -> tuple[Change, ...]:
        self._memory = step(self._plan, self._memory, event)
        return tuple(rows.change(rows.change_row(each)) for each in self._memory.fresh)

    def _follow(self, version: str) -> None:
        text = self._history.plan(version)
        if text is None:
            raise Incomplete("commands.verify.no-plan", version=version)
        try:
            self._config = config.read(text, f"plan {version}")
        except BadConfig as bad:
            # It was good once: an older Secours wrote it.
            first = bad.mistakes[0].message
            refused = "commands.verify.bad-plan"
            raise Incomplete(refused, version=version, mistakes=first) from None


def as_published(again: Snapshot, published: Snapshot) -> Snapshot:
    """Return a replayed snapshot with the parts that are not in the log.

    Those are the engine's troubles, notices, the standby, other sites' views, and
    whether each viewer has a language of their own; fields that an older version did
    not publish are left out.
    """
    if not any(probe.proved_at for view in _views(published) for probe in view.probes):
        again = _without_proofs(again)
    again = _with_older_views(again, published)
    site = replace(
        again.site,
        speaks_to_each=published.site.speaks_to_each,
        audiences=published.site.audiences,
    )
    return replace(
        ordered(again, published.opinions),
        site=site,
        targets=published.targets,
        held_until=published.held_until,
        notices=published.notices,
        standby=published.standby,
        hub=published.hub,
    )


def _with_older_views(again: Snapshot, published: Snapshot) -> Snapshot:
    """Take fields of the plan from the published views."""
    views = tuple(
        replace(view, test_every_s=old.test_every_s, uri_scheme=old.uri_scheme)
        if (old := published.by_name.get(view.name))
        else view
        for view in again.channels
    )
    return replace(again, channels=views)


def _without_proofs(again: Snapshot) -> Snapshot:
    def bare(view: V) -> V:
        probes = tuple(replace(probe, proved_at=None) for probe in view.probes)
        return replace(view, probes=probes)

    return replace(
        again,
        channels=tuple(map(bare, again.channels)),
        components=tuple(map(bare, again.components)),
        paths=tuple(map(bare, again.paths)),
    )


def _views(shot: Snapshot) -> tuple[ChannelView | ComponentView | PathView, ...]:
    return (*shot.channels, *shot.components, *shot.paths)
