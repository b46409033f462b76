"""Role of a standby, kept on its disk over restarts."""

import logging
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from secours.core.statements.steady_clock import moved
from secours.engine import state_file
from secours.engine.state_file import encoded
from secours.engine.store import durable_files
from secours.model.observed import Instant

log = logging.getLogger(__name__)

NAME = "standby.json"


class Role(Struct, frozen=True, kw_only=True):
    """Role: the standby shows the first's state, or probes."""

    boot_id: str
    url: str  # of the first
    since: Instant
    probing: bool = False
    by: str = ""  # who had it take over, "" where it did so by itself
    first: str = ""  # what the machine of the first is called
    heard: Instant | None = None  # of when the newest was that came from it
    knows_words: bool = False  # what people said at the first has come here


def load(folder: Path, boot_id: str, now: Instant) -> Role | None:
    """Return the kept role, None where there is none or it is damaged."""
    lost = "which part this standby played is not known any more: %s"
    damaged = partial(log.error, lost)
    role = state_file.read((folder / NAME).read_bytes, Role, damaged)
    if role is None or role.boot_id == boot_id:
        return role
    heard = moved(role.heard, now) if role.heard else None
    return replace(role, boot_id=boot_id, since=moved(role.since, now), heard=heard)


def save(folder: Path, role: Role) -> bool:
    """Keep a role; tell whether it is on disk."""
    try:
        durable_files.write(folder / NAME, encoded(role))
    except OSError as error:
        log.error("the disk does not keep which part this standby plays: %s", error)
        return False
    return True


def is_kept(folder: Path) -> bool:
    """Tell whether there is a role, maybe damaged."""
    return (folder / NAME).exists()


def forget(folder: Path) -> bool:
    """Remove the role; tell whether the disk took it."""
    try:
        (folder / NAME).unlink(missing_ok=True)
    except OSError as error:
        log.error("the disk still has that this was a standby: %s", error)
        return False
    return True
