"""The core at work: the plan in force, the memory, and the log of both.

Every event goes through `take_in`, the only place where the state changes. It is logged
before anything depends on it: replayed from the log, the core must end in the same
snapshot, and `refold` does that.
"""

import logging
from collections.abc import Callable

from secours.core.events import Event, Gathered, Measured, Ticked
from secours.core.memory import Memory
from secours.core.snapshot import take
from secours.core.step import step
from secours.engine import clock
from secours.engine.state_file import encoded
from secours.engine.store import event_log
from secours.engine.store.database import rows
from secours.engine.store.database.write_queue import Place
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.snapshot import Snapshot

log = logging.getLogger(__name__)

BASE_EVERY_S = 6 * 3600.0
BASES_KEPT = 2  # at least so many, however soon results are forgotten


class Reasoning:
    """The plan in force and the core's memory, from the start of an engine on."""

    def __init__(
        self, config: Config, memory: Memory, store: Store, now: Callable[[], Instant]
    ) -> None:
        self.config = config
        self.memory = memory
        self.started = now()
        self._store = store
        self._life = rows.ms(self.started.utc)
        self._number = 0
        self.log_base(self.started)

    def take_in(self, event: Event) -> None:
        """Let the core take an event in; store it, but no tick without changes."""
        self.memory = step(self.config, self.memory, event)
        if isinstance(event, Ticked) and not self.memory.fresh:
            return
        place = self._next(event.at)
        match event:
            case Measured():
                self._store.gathered([event], place)
            case Gathered(results=results):
                self._store.gathered(results, place)
            case _:
                self._store.event(place, *event_log.written(event, self.config))
        if self.memory.fresh:
            self._store.changes(self.memory.fresh, place)
        if any(change.subject == "defect" for change in self.memory.fresh):
            kind = type(event).__name__
            log.error("defect: a %s was not settled, please report it", kind)
        raw_s = self._store.keep.raw_s
        if event.at.since(self._based) >= min(BASE_EVERY_S, raw_s / BASES_KEPT):
            self.log_base(event.at)

    def follow(self, config: Config, at: Instant) -> None:
        """Put a plan in force, for the events from now on."""
        self.config = config
        self._store.keep, self._store.sites = config.retention, config.sites
        self._store.plan(config.version, at.utc, config.text)

    def shot(
        self, at: Instant, *, config_error: str | None, trouble: tuple[str, ...]
    ) -> Snapshot:
        """Take the snapshot of the memory, stamped with this moment."""
        return take(
            self.config,
            self.memory,
            at=at,
            boot_id=clock.boot_id(),
            started=self.started,
            config_error=config_error,
            trouble=trouble,
            plan_written=self.config.written,
            event=self._number,
        )

    def log_base(self, at: Instant) -> None:
        """Log the memory, so that older events may be forgotten."""
        self._based = at
        self._store.plan(self.config.version, at.utc, self.config.text)
        base = event_log.Base(self.config.version, self.memory)
        self._store.event(self._next(at), event_log.MEMORY, encoded(base))

    def _next(self, at: Instant) -> Place:
        self._number += 1
        return Place(self._life, self._number, at)
