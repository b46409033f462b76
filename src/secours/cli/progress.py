"""Say on a terminal how far a check is and what it waits for; silent elsewhere."""

import shutil
import time
from collections.abc import Iterable
from types import TracebackType
from typing import TextIO

from secours.model.observed import Result
from secours.model.plan import Probe

CLEAR = "\r\x1b[K"  # ECMA-48 section 8.3.41, erase in line
QUIET_S = 2.0  # what takes no longer is not worth a line


class CheckProgress:
    """One line, written anew with each result and gone at the end."""

    def __init__(self, stream: TextIO, probes: Iterable[Probe]) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._waiting = {probe.id: probe.owner for probe in probes}
        self._all = len(self._waiting)

    def __enter__(self) -> "CheckProgress":
        self._draw()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._stream.write(CLEAR)
            self._stream.flush()

    def heard(self, probe: Probe, result: Result) -> None:
        """Count one probe that has its result."""
        self._waiting.pop(probe.id, None)
        self._draw()

    def _draw(self) -> None:
        if not self._shown:
            return
        owners = " ".join(dict.fromkeys(self._waiting.values()))
        line = f"{self._all - len(self._waiting)}/{self._all}  {owners}"
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(CLEAR + line[:width])
        self._stream.flush()


class Percent:
    """How much of something long is done, on one line that is gone at the end."""

    def __init__(self, stream: TextIO, what: str) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._what = what
        self._begins_s = time.monotonic() + QUIET_S
        self._drawn = ""

    def __enter__(self) -> "Percent":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._drawn:
            self._stream.write(CLEAR)
            self._stream.flush()

    def show(self, done: int, of: int) -> None:
        """Show it, if it has taken so long that somebody would ask."""
        if not self._shown or time.monotonic() < self._begins_s:
            return
        line = f"{self._what}  {100 * done // max(of, 1)} %"
        if line != self._drawn:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(CLEAR + line[:width])
            self._stream.flush()
        self._drawn = line
