"""Notes of probe types between runs: a few texts for each probe, kept on disk.

Unreadable notes count as none; while the disk refuses, the store holds new ones until
it obliges.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from secours.engine.state_file import decoded
from secours.engine.store.database.schema import UNREADABLE
from secours.engine.store.reader import HistoryReader
from secours.engine.store.store import Store

log = logging.getLogger(__name__)

UNDER = "probe-notes/"


class ProbeNotes:
    """Notes of every probe; without a store they last as long as this object."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._known: dict[str, dict[str, str]] = {}

    @contextmanager
    def of(self, probe: str) -> Iterator[dict[str, str]]:
        """Yield the notes of the probe with this id, and keep them afterwards."""
        if probe not in self._known:
            self._known[probe] = self._read(probe)
        notes = self._known[probe]
        before = dict(notes)
        try:
            yield notes
        finally:
            if self._store and notes != before:
                self._store.remember(UNDER + probe, msgspec.json.encode(notes))

    def _read(self, probe: str) -> dict[str, str]:
        if self._store is None:
            return {}
        try:
            with HistoryReader(self._store.folder) as history:
                names = history.names_in_time.ids_of(probe)
                kept = (history.kept(UNDER + name) for name in names)
                text = next((text for text in kept if text), None)
            found: dict[str, str] = decoded(text, dict[str, str]) if text else {}
            return found
        except FileNotFoundError:
            return {}
        except (*UNREADABLE, msgspec.MsgspecError) as error:
            log.warning("the notes of %s cannot be read: %s", probe, error)
            return {}
