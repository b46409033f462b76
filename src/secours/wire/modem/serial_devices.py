"""Serial ports that a modem may be at: their names in /dev, and the programs there.

A holder is known by the locks and the open files in /proc. A program of another user
shows its locks but not its open files: it has no name then.

Source: udev's persistent names (/dev/serial/by-id); proc_locks(5), proc_pid_fd(5); FHS
3.0 section 5.9 (lock files of devices).
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

DEV = Path("/dev")
BY_ID = "serial/by-id"
PATTERNS = ("ttyUSB*", "ttyACM*")
PROC = Path("/proc")
LOCKS = Path("/run/lock")  # the same as /var/lock


def found() -> dict[str, str]:
    """Return each serial port by its plain name, with its persistent name."""
    plain_names = [port for each in PATTERNS for port in sorted(DEV.glob(each))]
    links = sorted((DEV / BY_ID).glob("*"))
    lasting = {os.path.realpath(link): str(link) for link in links}
    names = dict.fromkeys([*map(str, plain_names), *lasting])
    return {name: lasting.get(name, "") for name in names}


def holder(path: str) -> str:
    """Return who has a file locked, or else open, as `minicom (812)`; or ""."""
    for number in (*_lockers(path), *_openers(path)):
        if name := _name(number):
            return f"{name} ({number})"
    return ""


def claimant(device: str) -> str:
    """Return the living program named in a lock file of the device, or ""."""
    with suppress(OSError, ValueError):
        lock = LOCKS / f"LCK..{Path(os.path.realpath(device)).name}"
        number = int(lock.read_text("ascii", "replace"))
        if number != os.getpid() and (name := _name(number)):
            return f"{name} ({number})"
    return ""


def _lockers(path: str) -> Iterator[int]:
    """Yield them by lines like `1: FLOCK ADVISORY WRITE 812 00:1a:5 0 EOF`."""
    with suppress(OSError):
        facts = os.stat(path)
        device = f"{os.major(facts.st_dev):02x}:{os.minor(facts.st_dev):02x}"
        for line in (PROC / "locks").read_text("ascii", "replace").splitlines():
            words = line.split()
            if len(words) > 5 and words[5] == f"{device}:{facts.st_ino}":
                yield int(words[4])


def _openers(path: str) -> Iterator[int]:
    """Yield the other processes that have it open, as far as we may see."""
    wanted = os.path.realpath(path)
    for folder in PROC.glob("[0-9]*/fd"):
        number = int(folder.parent.name)
        if number != os.getpid() and wanted in _open_files(folder):
            yield number


def _open_files(folder: Path) -> list[str]:
    files = []
    with suppress(OSError):  # it ended, or is not ours to look into
        for link in folder.iterdir():
            with suppress(OSError):
                files.append(os.readlink(link))
    return files


def _name(number: int) -> str:
    """Return a program's name; "" for a process id of another machine."""
    with suppress(OSError):
        return (PROC / str(number) / "comm").read_text("utf-8", "replace").strip()
    return ""
