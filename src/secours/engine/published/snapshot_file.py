"""The one snapshot that every screen and command shows: a file in memory.

It is replaced by rename, so a reader sees an old one or a new one and never a half.
"""

import math
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import msgspec

from secours.engine import clock
from secours.message import Refusal
from secours.model.snapshot import Snapshot

SNAPSHOT = "snapshot.json"


class Corrupt(Refusal):
    """The published file does not have the format of this version of Secours."""


def write(snapshot: Snapshot, folder: Path) -> None:
    """Publish a snapshot.

    Raises:
        OSError: the folder does not take it.

    """
    replace(folder / SNAPSHOT, encoded(snapshot))


def read(folder: Path) -> tuple[Snapshot, float]:
    """Return the published snapshot and its age in seconds.

    The age is infinite, so stale, where it cannot be known: another boot's snapshot,
    or one from the future.

    Raises:
        FileNotFoundError: none was published.
        Corrupt: the file cannot be understood.

    """
    try:
        text = (folder / SNAPSHOT).read_bytes()
        snapshot = _understood(text)
    except msgspec.MsgspecError as error:
        facts = {"file": str(folder / SNAPSHOT), "said": str(error)}
        raise Corrupt("commands.snapshot.corrupt", **facts) from None
    age_s = clock.now().steady_s - snapshot.at.steady_s
    same_boot = bool(snapshot.boot_id) and snapshot.boot_id == clock.boot_id()
    return snapshot, age_s if same_boot and age_s >= 0 else math.inf


@lru_cache(maxsize=1)  # many look at one: the same bytes are the same snapshot
def _understood(text: bytes) -> Snapshot:
    return cast("Snapshot", decoded(text, Snapshot))


def encoded(thing: Any) -> bytes:
    """Encode values of the model's types as JSON."""
    return msgspec.json.encode(thing, enc_hook=_plainer)


def decoded(text: bytes | str, kind: Any) -> Any:
    """Read JSON as a type.

    Raises:
        msgspec.MsgspecError: it is none, or of another type.

    """
    try:
        return msgspec.json.decode(text, type=kind)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from None


def _plainer(thing: Any) -> Any:
    """Convert types that msgspec does not know: a Duration, a read-only mapping."""
    if isinstance(thing, float):
        return float(thing)
    if isinstance(thing, Mapping):
        return dict(thing)
    raise NotImplementedError(f"{type(thing).__name__} cannot be published")


def replace(path: Path, text: bytes) -> None:
    """Put a file in place whole, readable by this user only."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(
        fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600
    )
    with open(descriptor, "wb") as file:
        file.write(text)
    fresh.replace(path)
