"""The storage: space for the history, its disk, and a folder in memory.

Source: SQLite, "How To Corrupt An SQLite Database File", section 2.1 (network file
systems); proc_pid_mountinfo(5).
"""

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shlex import quote

from secours import places
from secours.doctor.finding import Case, MachineFinding, fine, mend, remark
from secours.message import message, our_user, why

MOUNTS = Path("/proc/self/mountinfo")
ESCAPED = re.compile(r"\\([0-7]{3})")  # there, such as a space
LEAST_MB = 500
LEAST_SHARE = 0.05
OVER_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs")
IN_MEMORY = ("tmpfs", "ramfs")
UNKNOWN = ""  # the mounts cannot be read


def disk(case: Case) -> Iterator[MachineFinding]:
    """Say whether the history can be written, where, and for how long."""
    folder = case.data
    there = next(each for each in (folder, *folder.parents) if os.path.exists(each))
    facts = {"folder": str(folder)}
    if (refused := _refusal(there)) is not None:
        sentence = message("commands.doctor.disk.refuses", **facts, why=why(refused))
        yield mend("disk", sentence, _remedy(refused, folder, there))
        return
    free_mb, share = _room(there)
    kind = file_system(there)
    if free_mb < LEAST_MB or share < LEAST_SHARE:
        sentence = message("commands.doctor.disk.full", **facts, free=free_mb)
        yield mend("disk", sentence, f"df -h {quote(str(there))}")
    else:
        sentence = message(
            "commands.doctor.disk.room", **facts, free=free_mb, kind=kind
        )
        yield fine("disk", sentence)
    if kind in OVER_NETWORK:
        sentence = message("commands.doctor.disk.network", **facts, kind=kind)
        yield mend("disk", sentence, "export SECOURS_DATA=/var/lib/secours")
    elif kind in IN_MEMORY:
        yield remark("disk", message("commands.doctor.disk.memory", **facts, kind=kind))


def memory(_case: Case) -> Iterator[MachineFinding]:
    """Yield the folder of the snapshot, and whether it is in memory."""
    try:
        folder = places.runtime_root()
    except places.NoPlace as refused:
        yield mend("memory", refused.message)
        return
    facts, kind = {"folder": str(folder)}, file_system(folder)
    if kind in (*IN_MEMORY, UNKNOWN):
        yield fine("memory", message("commands.doctor.memory", **facts))
    else:
        said = message("commands.doctor.memory.disk", **facts, kind=kind)
        yield mend("memory", said, 'export XDG_RUNTIME_DIR="/dev/shm/$(id -u)"')


def file_system(path: Path) -> str:
    """Return the kind of file system of a path."""
    real, best, kind = os.path.realpath(path), "", UNKNOWN
    with suppress(OSError):
        for line in MOUNTS.read_text("utf-8", "replace").splitlines():
            before, _, after = line.partition(" - ")
            mount = ESCAPED.sub(lambda each: chr(int(each[1], 8)), before.split()[4])
            inside = f"{real}/".startswith(f"{mount.rstrip('/')}/")
            if inside and len(mount) >= len(best):  # a later one lies above
                best, kind = mount, after.split()[0]
    return kind


def _refusal(folder: Path) -> OSError | None:
    """Write a file there, look at those of a history; return the error, if any."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        if not all(os.access(each, os.W_OK) for each in folder.glob("history.*")):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        return error
    return None


def _remedy(refused: OSError, folder: Path, there: Path) -> str:
    """Return the command that lets us write to a folder, or shows how full it is."""
    if refused.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return f"df -h {quote(str(there))}"
    user = our_user().removeprefix("#")  # the number of one without a name
    if there == folder:
        return f"chown -R {user}: {quote(str(folder))}"
    return f"install -d -m 700 -o {user} {quote(str(folder))}"


def _room(folder: Path) -> tuple[int, float]:
    """Return the megabytes free there, and their share."""
    facts = os.statvfs(folder)
    free_mb = facts.f_bavail * facts.f_frsize // 10**6
    return free_mb, facts.f_bavail / max(facts.f_blocks, 1)
