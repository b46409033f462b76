"""Say on a terminal how far a check is and what it waits for; silent elsewhere."""

import shutil
from collections.abc import Iterable
from types import TracebackType
from typing import TextIO

from secours.model.observed import Result
from secours.model.plan import Probe

CLEAR = "\r\x1b[K"  # ECMA-48 section 8.3.41, erase in line


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
