"""Backups that an engine makes of a history before migrating it.

They lie in the data folder, with their version in the name: an older Secours finds the
one that it can read.
"""

import re
from datetime import datetime
from pathlib import Path

NAMES = re.compile(r"history\.version-(\d+)\.([0-9T-]+)Z\.tar")
KEPT = 2


def name(version: int, at: datetime) -> str:
    """Return the name of the backup of a history of this version."""
    return f"history.version-{version}.{at:%Y-%m-%dT%H-%M-%S}Z.tar"


def newest(folder: Path, version: int) -> Path | None:
    """Return the newest backup for a Secours with this version of the history."""
    found = [path for path, of in _found(folder) if of <= version]
    return found[-1] if found else None


def forget_old(folder: Path) -> None:
    """Delete all but the newest ones, or raise OSError."""
    for path, _ in _found(folder)[:-KEPT]:
        path.unlink(missing_ok=True)


def _found(folder: Path) -> list[tuple[Path, int]]:
    """Return the backups, with their versions, the oldest first."""
    named = (NAMES.fullmatch(path.name) for path in folder.glob("history.*"))
    found = sorted((match[2], int(match[1]), match[0]) for match in named if match)
    return [(folder / name, version) for _, version, name in found]
