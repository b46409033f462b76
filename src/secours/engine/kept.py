"""What does the next engine know? The core's memory, kept for after a kill.

It lies beside the snapshot, and less often in the store, for where the folder in memory
went away with the user's session. Of a memory of another boot only what people said is
taken up: its ages mean nothing any more.
"""

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from secours import places
from secours.core import words
from secours.core.memory import EMPTY, Memory, after_reboot
from secours.engine import clock
from secours.engine.history import Reader
from secours.engine.publish import encoded
from secours.engine.schema import Newer
from secours.model import Instant, Trial

log = logging.getLogger(__name__)

NAME = "memory.json"
IN_STORE = "memory"


class Kept(msgspec.Struct, frozen=True):
    """The core's memory, and the boot on which its steady times mean something."""

    boot_id: str
    memory: Memory


def written(memory: Memory, boot_id: str) -> bytes:
    """Write down the core's memory."""
    return encoded(Kept(boot_id, memory))


def recall(publish_in: Path, store_in: Path, boot_id: str, now: Instant) -> Memory:
    """Return the newest memory that was kept; of another boot, people's words only."""
    found = [kept for text in _texts(publish_in, store_in) if (kept := _read(text))]
    for kept in found:
        if boot_id and kept.boot_id == boot_id:
            return kept.memory
    newest = max((kept.memory for kept in found), key=_when, default=EMPTY)
    return after_reboot(newest, now)


def trials() -> Mapping[str, Trial]:
    """Return what people last noted of each channel they tried, as far as is known."""
    try:
        folder = places.runtime_dir()
    except places.NoPlace:
        return {}
    memory = recall(folder, places.data_dir(), clock.boot_id(), clock.now())
    return memory.words.trials


def _read(text: bytes) -> Kept | None:
    try:
        kept = msgspec.json.decode(text, type=Kept)
        memory = kept.memory
        return Kept(kept.boot_id, replace(memory, words=words.sorted_out(memory.words)))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.warning("a kept memory cannot be understood: %s", error)
        return None


def _when(memory: Memory) -> datetime:
    return memory.at.utc if memory.at else datetime.min.replace(tzinfo=UTC)


def _texts(publish_in: Path, store_in: Path) -> Iterator[bytes]:
    try:
        yield (publish_in / NAME).read_bytes()
    except OSError as error:
        log.info("no memory beside the snapshot: %s", error.strerror)
    try:
        with Reader(store_in) as history:
            if text := history.kept(IN_STORE):
                yield text
    except (OSError, sqlite3.Error, Newer) as error:
        log.info("no memory in the store: %s", error)
