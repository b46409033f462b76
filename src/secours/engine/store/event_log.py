"""What was the core told? Its events as rows of the log, and read again.

The log begins with a memory, again now and then, so that it can be told from there on
when what was before is forgotten. Results are rows of their own table; where several
came as one event they share its number, and a row here says how many they are.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from secours.core.events import Event, Replanned, Resumed, Said, Ticked
from secours.core.memory import Memory
from secours.engine.published.snapshot_file import decoded, encoded
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
    """A memory from which the log goes on, and the plan that was in force then."""

    version: str
    memory: Memory


def written(event: Event, config: Config) -> tuple[str, bytes]:
    """Return the kind of an event that is no result, and what tells it."""
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
    """Return the event that a row holds.

    Raises:
        msgspec.MsgspecError: it does not.

    """
    if kind == PLAN:
        return Replanned(at=at)
    if kind == TICK:
        return Ticked(at=at)
    if kind == RESUMED:
        return Resumed(at=at, since=decoded(text, Instant | None))
    if kind not in WORDS:
        raise msgspec.ValidationError(f"no event is a {kind!r}")
    return Said(word=decoded(text, WORDS[kind]), at=at)
