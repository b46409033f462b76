"""Where Secours keeps things: history on disk, the snapshot and sockets in memory.

Imports nothing of ours. Source: XDG Base Directory Specification 0.8.
"""

import hashlib
import os
import stat
from pathlib import Path


class NoPlace(Exception):
    """No directory that is ours alone could be had; the text says what to do."""


def data_dir() -> Path:
    """Return the folder of the store: `$SECOURS_DATA`, else the user's state folder."""
    if chosen := os.environ.get("SECOURS_DATA"):
        return Path(chosen).expanduser().absolute()
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser().absolute() / "secours"


def child_environment() -> dict[str, str]:
    """Return our environment; from a clone, a child is to find the package too."""
    source = Path(__file__).parents[1]
    if source.name != "src":
        return dict(os.environ)
    known = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(source), *([known] if known else [])])
    return {**os.environ, "PYTHONPATH": path}


def runtime_root() -> Path:
    """Return this user's folder in memory, made if it is not there.

    Raises:
        NoPlace: none of the candidates can be ours alone.

    """
    if chosen := os.environ.get("XDG_RUNTIME_DIR"):
        return ours_alone(Path(chosen) / "secours")
    for parent in (Path("/run"), Path("/dev/shm")):
        if parent.is_dir() and os.access(parent, os.W_OK):
            return ours_alone(parent / f"secours-{os.getuid()}")
    raise NoPlace("no folder in memory is writable: set XDG_RUNTIME_DIR")


def runtime_dir() -> Path:
    """Return the folder in memory that belongs to the engine of this data folder.

    Two engines of one user have two data folders: neither sees the other's snapshot.

    Raises:
        NoPlace: none of the candidates can be ours alone.

    """
    key = hashlib.sha256(os.fsencode(data_dir())).hexdigest()[:12]
    return ours_alone(runtime_root() / key)


def ours_alone(folder: Path) -> Path:
    """Make a folder that only this user can enter, or check that it is one.

    Raises:
        NoPlace: it cannot be made, or somebody else owns it or may enter it.

    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.lstat()
    except OSError as error:
        raise NoPlace(f"cannot make {folder}: {error.strerror}") from None
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise NoPlace(f"{folder} belongs to somebody else: remove it")
    if facts.st_mode & 0o077:
        raise NoPlace(f"others may enter {folder}: chmod 700 it")
    return folder
