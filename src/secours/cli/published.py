"""The snapshot published by the engine."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from secours import places
from secours.cli.refusal import Refused
from secours.engine.published import current, snapshot_file
from secours.engine.published.current import Look
from secours.message import Message, message, why
from secours.model.snapshot import Snapshot
from secours.render.answers.values import why_stale

__all__ = ["known", "look", "read", "snapshot", "why_stale"]

R = TypeVar("R")


def snapshot() -> tuple[Snapshot, float]:
    """Return the engine's snapshot and its age in seconds, or raise Refused."""
    folder = str(places.runtime_dir())
    return read(snapshot_file.read, message("commands.snapshot.none", folder=folder))


def read(reader: Callable[[Path], R], none: Message) -> R:
    """Read a file of the engine; refuse if there is `none`, or it is unreadable."""
    folder = places.runtime_dir()
    try:
        return reader(folder)
    except FileNotFoundError:
        raise Refused(none) from None
    except snapshot_file.Corrupt as corrupt:
        raise Refused(corrupt.message) from None
    except OSError as error:
        facts = {"folder": str(folder), "why": why(error)}
        raise Refused(message("commands.snapshot.unreadable", **facts)) from None


def known(file: str) -> Snapshot:
    """Return a snapshot for its names and language: the newest, or of the plan."""
    return look(file).known or current.of_nothing()


def look(file: str) -> Look:
    """Return all there is to show; unreadable data count as missing."""
    try:
        return current.look_at(Path(file))
    except (OSError, snapshot_file.Corrupt, places.NoPlace):
        return Look()
