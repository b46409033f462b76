"""State of the engine's process, from its lock, the kernel and its restarts.

Source: proc(5), /proc/pid/stat: the name in parentheses may hold anything, utime and
stime are the fields 14 and 15.
"""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from secours import places
from secours.engine import lock
from secours.engine.published import watchdog
from secours.model.vitals import Vitals

UTIME, STIME = 11, 12  # counted from the field behind the name


def vitals() -> Vitals:
    """Return whether an engine runs, and its processor time."""
    folders = [places.data_dir()]
    try:
        folders.insert(0, places.runtime_dir())
    except places.NoPlace:
        return Vitals(running=lock.is_held(*folders), version=our_version())
    pid = lock.visible_holder(*folders)
    return Vitals(
        running=pid is not None or lock.is_held(*folders),
        cpu_s=cpu_s(pid) if pid else None,
        restarted_often=watchdog.is_restarted_often(folders[0]),
        version=our_version(),
    )


def cpu_s(pid: int) -> float | None:
    """Return the processor time of a process, None where it cannot be seen."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    counted = facts.rpartition(")")[2].split()
    return (int(counted[UTIME]) + int(counted[STIME])) / os.sysconf("SC_CLK_TCK")


def our_version() -> str:
    """Return the version of this Secours, "" where it was not installed."""
    try:
        return version("secours")
    except PackageNotFoundError:
        return ""
