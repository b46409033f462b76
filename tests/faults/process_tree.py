"""A process and all that it started: how large it is, where, and how to stop it."""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20
SLOW_S = 60.0  # for what must happen once, on a machine that others share


@dataclass(frozen=True, slots=True)
class Size:
    """Resident memory and open files of a tree of processes."""

    mib: float
    files: int


def tree(root: int) -> list[int]:
    """Return a process and its descendants."""
    found = [root]
    for pid in found:
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def size(root: int) -> Size:
    """Measure a process and its descendants; one that has just ended counts nothing."""
    mib, files = 0.0, 0
    for pid in tree(root):
        with suppress(OSError):
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            files += len(os.listdir(f"/proc/{pid}/fd"))
            mib += pages * PAGE / MIB
    return Size(mib, files)


def send(root: int, number: signal.Signals) -> None:
    """Send all of them a signal, the parents first."""
    for pid in tree(root):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def here(folder: Path) -> list[int]:
    """Return the processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
        except OSError:
            continue
    return found


async def until_here(folder: Path, *, some: bool) -> None:
    """Wait until there are such processes, or none."""
    async with asyncio.timeout(SLOW_S):
        while bool(here(folder)) is not some:  # noqa: ASYNC110 -- no event
            await asyncio.sleep(0.01)
