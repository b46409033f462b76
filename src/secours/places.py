"""Locations of files: history on disk, the snapshot and sockets in memory.

A folder that cannot be made, or cannot be ours alone, raises NoPlace.

Source: XDG Base Directory Specification 0.8.
"""

import hashlib
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path

from secours.message import Refusal, why

PLAN_FILE = "probes.yaml"
SERVICE_STATE, SERVICE_RUNTIME = Path("/var/lib/secours"), Path("/run/secours")
OURS = (  # prefixes of our files
    "access.",
    "engine.",
    "handed-down.",
    "history.",
    "hub-sites.",
    "last-good-plan.",
    "memory.",
    "notices.",
    "orders.",
    "paper.",
    "plan-versions",
    "secrets",
    "stamp.",
    "standby.",
    "statements.",
    "unwritten.",
)


class NoPlace(Refusal):
    """No directory that is ours alone could be had."""


def plan_file() -> str:
    """Return the default probes.yaml: `$SECOURS_CONFIG`, or that of this folder."""
    return os.environ.get("SECOURS_CONFIG") or PLAN_FILE


def data_dir() -> Path:
    """Return the folder of the store.

    That is `$SECOURS_DATA`, else that of the service for the user it runs as, else the
    user's state folder.
    """
    chosen = os.environ.get("SECOURS_DATA")
    if not chosen and _is_of_this_user(SERVICE_STATE):
        return SERVICE_STATE
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    try:
        return Path(chosen or f"{state}/secours").expanduser().absolute()
    except RuntimeError:  # a user with neither $HOME nor an entry
        raise NoPlace("commands.place.no-home") from None


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

    The user of the service has the same one in the service and beside it, as a log-in
    or `runuser` may bring an `$XDG_RUNTIME_DIR` of its own.
    """
    if _is_of_this_user(SERVICE_RUNTIME):
        return ours_alone(SERVICE_RUNTIME)
    if chosen := os.environ.get("XDG_RUNTIME_DIR"):
        return ours_alone(Path(chosen) / "secours")
    for parent in (Path("/run"), Path("/dev/shm")):
        if parent.is_dir() and os.access(parent, os.W_OK):
            return ours_alone(parent / f"secours-{os.getuid()}")
    raise NoPlace("commands.place.none")


def runtime_dir() -> Path:
    """Return the folder in memory of this data folder's engine.

    Two engines of one user have two data folders: neither sees the other's snapshot.
    """
    key = hashlib.sha256(os.fsencode(data_dir())).hexdigest()[:12]
    return ours_alone(runtime_root() / key)


def _is_of_this_user(folder: Path) -> bool:
    try:
        return folder.lstat().st_uid == os.getuid() != 0
    except OSError:
        return False


def found_runtime_dir() -> Path | None:
    """Return that folder, None where it cannot be had.

    A service manager removes it with the engine.
    """
    try:
        return runtime_dir()
    except NoPlace:
        return None


def ours_alone(folder: Path) -> Path:
    """Make a folder that only this user can enter, or check that it is one."""
    try:
        _make_private(folder)
        facts = folder.lstat()
    except OSError as error:
        refused = "commands.place.cannot-make"
        raise NoPlace(refused, folder=str(folder), why=why(error)) from None
    _refuse_foreign(folder, facts)
    if not stat.S_ISDIR(facts.st_mode):
        raise NoPlace("commands.place.no-folder", folder=str(folder))
    if facts.st_mode & 0o077:
        raise NoPlace("commands.place.open-to-others", folder=str(folder))
    return folder


def _make_private(folder: Path) -> None:
    """Create a folder, and missing parents, for their owner alone."""
    if not folder.parent.exists():
        _make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def keep_private(folder: Path) -> None:
    """Create a folder and close it to others, with our files in it.

    The folder stays open where it holds files that are not ours. Failures of the disk
    are ignored: later writes report them.
    """
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_foreign(folder, folder.stat())
        entries = list(os.scandir(folder))
        if all(_is_ours(entry.name) for entry in entries):
            folder.chmod(0o700)
        for entry in entries:
            if _is_ours(entry.name) and entry.is_file(follow_symlinks=False):
                _close(Path(entry))


def _is_ours(name: str) -> bool:
    return name.removeprefix(".").startswith(OURS)  # a dot: it is being written


def _close(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        os.fchmod(descriptor, mode & 0o700)
    finally:
        os.close(descriptor)


def _refuse_foreign(folder: Path, facts: os.stat_result) -> None:
    if facts.st_uid == os.getuid():
        return
    try:
        owner = pwd.getpwuid(facts.st_uid).pw_name
    except KeyError:
        owner = f"#{facts.st_uid}"  # as sudo takes it
    raise NoPlace("commands.place.not-ours", folder=str(folder), owner=owner)
