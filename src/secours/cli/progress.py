"""Say how far something is, on a terminal in one line that is written anew."""

import shutil
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TextIO

from secours.model.observed import Result
from secours.model.plan import Probe

CLEAR = "\r\x1b[K"  # ECMA-48 section 8.3.41, erase in line


class CheckProgress:
    """What a check waits for; gone at the end, and silent where nobody looks."""

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


class CountProgress:
    """How many of how many are there; elsewhere than on a terminal the last alone."""

    def __init__(self, stream: TextIO, words: Callable[[int, int], str]) -> None:
        self._stream = stream
        self._words = words
        self._shown = ""

    def __enter__(self) -> "CountProgress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._stream.write("\n")
            self._stream.flush()

    def count(self, there: int, of: int) -> None:
        """Say how far it is now."""
        words = self._words(there, of)
        if words == self._shown or not (self._stream.isatty() or there == of):
            return
        self._shown = words
        self._stream.write((CLEAR if self._stream.isatty() else "") + words)
        self._stream.flush()
