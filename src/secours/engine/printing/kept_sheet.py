"""Keep the sheet as a PDF file in a folder, such as that of a memory stick.

The folder must be on a file system of its own: neither that of `/` nor that of our
data. A stick that is pulled leaves its mount point behind, which must not be filled in
its place; it is written again when it is back. It is opened before it is looked at, so
that nothing comes between.

Source: stat(2), st_dev; proc_pid_fd(5).
"""

import asyncio
import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

from secours.engine.printing.sheet_printer import document
from secours.engine.store import durable_files
from secours.model.observed import Instant, Outcome, Reason, failed
from secours.model.paper.settings import Printing
from secours.model.plan import Config
from secours.model.snapshot import PaperTrouble, Snapshot

log = logging.getLogger(__name__)

FILE = "secours.pdf"
EVERY_S, AGAIN_S = 60.0, 15.0  # while all is well, and after it failed
LATE_S = 120.0  # for a disk to take it
PROBLEMS = {
    errno.ENOSPC: "folder-full",
    errno.EROFS: "folder-read-only",
    errno.EACCES: "folder-denied",
}


class KeptSheet:
    """File of the sheet in the folder of the plan, if it names one."""

    def __init__(self, now: Callable[[], Instant], data: Path) -> None:
        """Start without a folder; `data` is ours."""
        self.trouble: PaperTrouble | None = None
        self._now, self._data = now, data
        self._folder: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._began_s = -EVERY_S

    def stamped(self, config: Config, shot: Snapshot) -> None:
        """Write the newest snapshot, if due."""
        paper = config.paper
        folder = paper.keep if paper else None
        if folder != self._folder:
            self._folder, self.trouble, self._began_s = folder, None, -EVERY_S
        if paper is None or folder is None:
            return
        since_s = shot.at.steady_s - self._began_s
        if self._task and not self._task.done():
            if since_s >= LATE_S:
                self._tell(folder, failed(Reason.TIMEOUT))
            return
        if since_s >= (AGAIN_S if self.trouble else EVERY_S):
            self._began_s = shot.at.steady_s
            self._task = asyncio.create_task(self._keep(paper, folder, shot))

    async def stop(self) -> None:
        """Wait for no disk."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self, paper: Printing, folder: str, shot: Snapshot) -> None:
        try:
            sheet = await asyncio.to_thread(document, paper, shot)
            self._tell(folder, await asyncio.to_thread(put, sheet, folder, self._data))
        except Exception:
            log.exception("no sheet is kept: a defect of Secours")

    def _tell(self, folder: str, outcome: Outcome | None) -> None:
        before = self.trouble
        self.trouble = PaperTrouble(where=folder, outcome=outcome) if outcome else None
        if self.trouble != before:
            now = outcome.reason if outcome else "well again"
            log.warning("folder %s of the sheet: %s", folder, now)


def put(sheet: bytes | None, folder: str, data: Path) -> Outcome | None:
    """Write the file into a folder, if there is one; return why that is not done."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            ours = {os.stat(each).st_dev for each in ("/", data)}
            if os.fstat(opened).st_dev in ours:
                raise FileNotFoundError  # the stick is not mounted there
            if sheet is not None:
                durable_files.write(Path(f"/proc/self/fd/{opened}", FILE), sheet)
        finally:
            os.close(opened)
    except (FileNotFoundError, NotADirectoryError):
        return failed(Reason.NO_DEVICE)
    except OSError as error:
        problem = PROBLEMS.get(error.errno or 0)
        if problem:
            return failed(Reason.REPORTED, problem=problem)
        return failed(Reason.REPORTED, said=error.strerror or type(error).__name__)
    return None
