"""Beats: signs of life from outside for a heartbeat probe.

Each is a file of its own in the folder in memory, replaced as a whole. It is named
after the probe, or shorter: after its channel or component, with or without the probe.

Source: clock_gettime(2), CLOCK_BOOTTIME; rename(2) (atomic).
"""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from secours import places
from secours.message import BadValue
from secours.model.observed import Reason, unknown
from secours.model.runs import Stop

TOKEN = "SECOURS_BEAT_TOKEN"  # in the environment: what who beats from afar has
HEADER = "X-Secours-Beat"  # no page of others and no redirect can send it
SENT = "1"  # in that header
ADDRESS = "/api/v1/beat/"  # and the name behind it

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
LONGEST_NAME = 200  # bytes in a file name, quoted; with its ending below 255
KINDS = ("channels", "components", "paths")  # what an id may begin with
FILE_BYTES = 4096
NO_BEAT = (ValueError, OverflowError, KeyError, TypeError, RecursionError)


class Beat(Struct, frozen=True):
    """One sign of life: how long ago it came, and whether it was a good one."""

    age_s: float
    failed: bool


def write(name: str, *, failed: bool = False) -> None:
    """Leave a sign of life under a name: `mail`, `mail/backup`, `power:grid`.

    Raises:
        ValueError: the name is empty or too long.
        places.NoPlace: there is no folder of ours to leave it in.
        OSError: it cannot be written.
    """
    from tempfile import NamedTemporaryFile  # slow to import, and a check only reads

    file = _folder() / _file_name(name)
    beat = {
        "boot_id": _boot_id(),
        "steady_s": _steady_s(),
        "utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "failed": failed,
    }
    with NamedTemporaryFile("w", dir=file.parent, delete=False) as written:
        json.dump(beat, written)
    os.replace(written.name, file)


def latest(probe_id: str) -> Beat | None:
    """Return the newest beat since the boot, or None; raise Stop without a folder."""
    try:
        folder = _folder()
    except places.NoPlace:
        raise Stop(unknown(Reason.BROKEN, problem="no-folder")) from None
    found = [_read(folder / _file_name(name)) for name in names(probe_id)]
    now_s = _steady_s()  # once, and after all were read: it goes on between two files
    came = [(at_s, failed) for at_s, failed in filter(None, found) if at_s <= now_s]
    if not came:
        return None
    at_s, failed = max(came)
    return Beat(now_s - at_s, failed)


def names(probe_id: str) -> tuple[str, ...]:
    """Return every name that a beat for this probe may be left under.

    `channels/mail/backup` is also `mail/backup` and `mail`.
    """
    kind, slash, rest = probe_id.partition("/")
    if not slash or kind not in KINDS:
        return (probe_id,)
    owner, slash, _ = rest.rpartition("/")
    return (probe_id, rest, owner) if slash else (probe_id, rest)


def _folder() -> Path:
    return places.ours_alone(places.runtime_dir() / "beats")


def _file_name(name: str) -> str:
    """Quote a name with our prefix and suffix; raise ValueError if none, or long."""
    quoted = quote(name, safe="")
    if not name or len(quoted) > LONGEST_NAME:
        raise BadValue("commands.beat.name")
    return f"beat-{quoted}.json"


def _read(file: Path) -> tuple[float, bool] | None:
    """Read a beat's time and whether it says "failed", None if not of this boot."""
    try:
        with file.open("rb") as opened:
            beat = json.loads(opened.read(FILE_BYTES))
        at_s, failed = float(beat["steady_s"]), bool(beat["failed"])
        boot_id = beat["boot_id"]
    except (FileNotFoundError, *NO_BEAT):
        return None
    return (at_s, failed) if boot_id == _boot_id() else None


def _boot_id() -> str:
    return BOOT_ID.read_text().strip()


def _steady_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
