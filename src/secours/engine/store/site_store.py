"""Store of a site among others: events and subjects for the hub."""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial

import msgspec

from secours.engine import state_file
from secours.engine.store.database import schema, site_events
from secours.engine.store.reader import kept
from secours.engine.store.store import Store
from secours.message import Refusal
from secours.model.sites.events import EventRow, OutboxNumbers

log = logging.getLogger(__name__)

SUBJECTS = "site-subjects"  # in the table of things under a name


class StoredEvents:
    """Events of the store that the hub may not have."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def numbers(self) -> OutboxNumbers | None:
        """Return the present numbers, None while unknown."""
        return self._store.event_numbers

    def tell(self, news: Callable[[], object]) -> None:
        """Call this when the numbers change, in any thread."""
        self._store.tell_events = news

    @property
    def awaited(self) -> bool:
        """Tell whether the disk still has to give the numbers."""
        return self.numbers is None and self._store.trouble is None

    def after(self, epoch: str, number: int, most: int) -> Sequence[EventRow] | None:
        """Return the events beyond a number, in order; None where unreadable."""
        try:
            with closing(schema.open_to_read(self._store.folder)) as database:
                return site_events.after(database, epoch, number, most)
        except (OSError, sqlite3.Error, Refusal) as error:
            log.warning("the events for other sites cannot be read: %s", error)
            return None

    def acknowledged(self, epoch: str, number: int) -> None:
        """Note that the hub has all events up to a number, and none beyond."""
        self._store.acknowledged(epoch, number)

    def end_epoch(self, epoch: str) -> None:
        """Let another epoch begin."""
        self._store.end_epoch(epoch)


class StoredSubjects:
    """Subjects under which the hub may have something of ours."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recall(self) -> frozenset[str]:
        """Return the kept subjects, none where they cannot be read."""
        source = partial(kept, self._store.folder, SUBJECTS)
        return state_file.read(source, frozenset[str], log.debug) or frozenset()

    def remember(self, subjects: frozenset[str]) -> None:
        """Keep them."""
        self._store.remember(SUBJECTS, msgspec.json.encode(sorted(subjects)))
