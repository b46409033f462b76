"""Log of the core's events: their rows, written and read.

The log begins with a memory, and has one again now and then, so that it can be replayed
from there when older events are forgotten. Results are rows of their own table; several
that came as one event share its number, and a row here counts them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from secours.core.events import Event, Replanned, Resumed, Said, Ticked
from secours.core.memory import Memory
from secours.engine.state_file import decoded, encoded
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.statements import (
    Announced,
    Confirmed,
    Exercise,
    Mark,
    Pin,
    Trial,
    Watch,
    Withdrawn,
)

MEMORY, PLAN, TICK, RESUMED = "memory", "plan", "tick", "resumed"
GATHERED = "gathered"
WORDS: Mapping[str, type[Any]] = {
    "mark": Mark,
    "pin": Pin,
    "test": Trial,
    "exercise": Exercise,
    "withdrawn": Withdrawn,
    "announced": Announced,
    "confirmed": Confirmed,
    "watch": Watch,
}


class Base(msgspec.Struct, frozen=True):
    """A memory from which the log goes on, and the plan in force then."""

    version: str
    memory: Memory


def written(event: Event, config: Config) -> tuple[str, bytes]:
    """Return the kind and the encoding of an event that is no result."""
    match event:
        case Replanned():
            return PLAN, encoded(config.version)
        case Said(word=word):
            kind = next(name for name, each in WORDS.items() if isinstance(word, each))
            return kind, encoded(word)
        case Resumed(since=since):
            return RESUMED, encoded(since)
    return TICK, b""


def read(kind: str, text: bytes, at: Instant) -> Event:
    """Return the event that a row holds, or raise msgspec.MsgspecError."""
    if kind == PLAN:
        return Replanned(at=at)
    if kind == TICK:
        return Ticked(at=at)
    if kind == RESUMED:
        return Resumed(at=at, since=decoded(text, Instant | None))
    if kind not in WORDS:
        raise msgspec.ValidationError(f"no event is a {kind!r}")
    return Said(word=decoded(text, WORDS[kind]), at=at)
