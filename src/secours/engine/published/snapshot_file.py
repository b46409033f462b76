"""The one snapshot that every screen and command shows: a file in memory.

It is replaced by rename, so a reader sees an old one or a new one and never a half. To
read raises FileNotFoundError if none was published, Corrupt if it makes no sense.
"""

import math
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from secours.engine import clock
from secours.engine.state_file import decoded, encoded, replace
from secours.message import Refusal
from secours.model.observed import Instant
from secours.model.snapshot import Snapshot

SNAPSHOT = "snapshot.json"

T = TypeVar("T", bound=msgspec.Struct)
_decoded = lru_cache(maxsize=4)(decoded)  # many look at one: the same bytes, one view


class Corrupt(Refusal):
    """The published file does not have the format of this version of Secours."""


def write(snapshot: Snapshot, folder: Path) -> None:
    """Publish a snapshot, or raise OSError."""
    replace(folder / SNAPSHOT, encoded(snapshot))


def read(folder: Path) -> tuple[Snapshot, float]:
    """Return the published snapshot and its age in seconds.

    The age is infinite, so stale, where it cannot be known: another boot's snapshot,
    or one from the future.
    """
    snapshot = understood(folder / SNAPSHOT, Snapshot)
    return snapshot, age_s(snapshot.at, snapshot.boot_id)


def understood(path: Path, kind: type[T]) -> T:
    """Return what a published file holds."""
    try:
        return cast("T", _decoded(path.read_bytes(), kind))
    except msgspec.MsgspecError as error:
        facts = {"file": str(path), "said": str(error)}
        raise Corrupt("commands.snapshot.corrupt", **facts) from None


def age_s(at: Instant, boot_id: str) -> float:
    """Return the age of what was published, infinite where it cannot be known."""
    past_s = clock.now().steady_s - at.steady_s
    same_boot = bool(boot_id) and boot_id == clock.boot_id()
    return past_s if same_boot and past_s >= 0 else math.inf
