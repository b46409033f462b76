"""A disk of our own, full or read-only when a test wants it; only root may have one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NEEDED = pytest.mark.skipif(
    os.geteuid() != 0 and "CI" not in os.environ, reason="run as root: it mounts a disk"
)
FILL = "fill"


@contextmanager
def mounted(folder: Path, size: str = "1m") -> Iterator[Path]:
    """Mount a disk in memory while the block lasts."""
    folder.mkdir(parents=True)
    options = f"size={size},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(disk: Path, but: int = 0) -> None:
    """Leave no room, or this many bytes."""
    free = os.statvfs(disk)
    (disk / FILL).write_bytes(bytes(free.f_bavail * free.f_frsize - but))


def make_room(disk: Path) -> None:
    (disk / FILL).unlink()


def remount(disk: Path, how: str) -> None:
    """Make it read-only, "ro", or not, "rw"."""
    subprocess.run(["mount", "-o", f"remount,{how}", disk], check=True)
