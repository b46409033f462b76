"""The core's memory, kept for the next engine after a kill.

It lies beside the snapshot, and less often in the store, for when the folder in memory
went away with the user's session. People's words, and the channels in use, are also in
a file of their own in the data folder, safe from a damaged store. From another boot no
measurement is used: its ages mean nothing any more.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from secours import places
from secours.core.memory import EMPTY, Memory, after_reboot
from secours.core.statements import words_in_force
from secours.core.statements.words_in_force import Words
from secours.engine import clock, last_good_plan, state_file
from secours.engine.state_file import encoded
from secours.engine.store.reader import kept as stored
from secours.model.observed import Instant
from secours.model.statements import Trial

log = logging.getLogger(__name__)

NAME = "memory.json"
IN_STORE = "memory"
STATEMENTS = "statements.json"


class SavedMemory(msgspec.Struct, frozen=True):
    """The core's memory, and the boot of its steady times."""

    boot_id: str
    memory: Memory


def written(memory: Memory, boot_id: str) -> bytes:
    """Encode the core's memory."""
    return encoded(SavedMemory(boot_id, memory))


def stated(memory: Memory, boot_id: str) -> bytes:
    """Encode people's words, the channels in use, and their origins."""
    return written(replace(Memory(at=memory.at), **_stated(memory)), boot_id)


def _stated(memory: Memory) -> dict[str, Any]:
    names = ("words", "lines", "recovered", "faulty")
    return {name: getattr(memory, name) for name in names}


def recall(publish_in: Path, store_in: Path, boot_id: str, now: Instant) -> Memory:
    """Return the newest kept memory, with the newest of people's words.

    If there was one and none can be read, it says that words may be lost.
    """
    whole, said, lived = _found(publish_in, store_in)
    everything = [*whole, *said]
    if not everything:
        return Memory(words=Words(lost=True)) if lived else EMPTY
    newest = max(_of(boot_id, everything), key=_steady_s, default=None)
    if newest is None:
        latest = max(everything, key=lambda saved: _utc(saved.memory))
        of_its_boot = _of(latest.boot_id, everything)  # a clock may be set back
        newest = max(of_its_boot, key=_steady_s, default=latest.memory)
        return after_reboot(newest, now)
    measured = max(_of(boot_id, whole), key=_steady_s, default=EMPTY)
    return replace(measured, **_stated(newest))


def words() -> Words:
    """Return people's words, as far as known; they hold without an engine too."""
    if (folder := places.found_runtime_dir()) is None:
        return Words()
    return recall(folder, places.data_dir(), clock.boot_id(), clock.now()).words


def trials() -> Mapping[str, Trial]:
    """Return people's latest test of each channel, as far as known."""
    return words().trials


def _found(
    publish_in: Path, store_in: Path
) -> tuple[list[SavedMemory], list[SavedMemory], bool]:
    """Return the readable memories, the words alone, and whether there were any."""
    damages: list[Exception] = []

    def lose(what: str, error: Exception) -> None:
        log.error("%s: %s", what, error)
        damages.append(error)

    in_store, stated = "the memory in the store cannot be read", "%s is damaged"
    whole = [
        beside(publish_in),
        _read(partial(stored, store_in, IN_STORE), partial(lose, in_store)),
    ]
    wordless = [
        _read((store_in / STATEMENTS).read_bytes, partial(lose, stated % STATEMENTS))
    ]
    lived = bool(damages) or os.path.exists(store_in / last_good_plan.NAME)
    return [*filter(None, whole)], [*filter(None, wordless)], lived


def _of(boot_id: str, found: Iterable[SavedMemory]) -> Iterator[Memory]:
    """Yield the memories of this boot; none where boots cannot be told apart."""
    return (kept.memory for kept in found if boot_id and kept.boot_id == boot_id)


def beside(publish_in: Path) -> SavedMemory | None:
    """Return the memory kept beside the snapshot, None where there is none."""
    try:
        text = (publish_in / NAME).read_bytes()
    except OSError as error:
        log.info("no memory beside the snapshot: %s", error.strerror)
        return None
    left = "the memory beside the snapshot is left: %s"
    return _read(lambda: text, partial(log.warning, left))


def _read(
    source: Callable[[], bytes | None], damaged: Callable[[Exception], None]
) -> SavedMemory | None:
    saved = state_file.read(source, SavedMemory, damaged)
    if saved is None:
        return None
    words = words_in_force.sorted_out(saved.memory.words)
    return replace(saved, memory=replace(saved.memory, words=words))


def _utc(memory: Memory) -> datetime:
    return memory.at.utc if memory.at else datetime.min.replace(tzinfo=UTC)


def _steady_s(memory: Memory) -> float:
    return memory.at.steady_s if memory.at else 0.0
