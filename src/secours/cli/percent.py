"""Percentage of a long task, on a terminal; silent elsewhere."""

import time
from types import TracebackType
from typing import TextIO

from secours.cli.progress_line import PATIENCE_S, ProgressLine


class Percent:
    """Percentage of a long task, on one line erased at the end."""

    def __init__(self, stream: TextIO, what: str) -> None:
        self._line = ProgressLine(stream)
        self._what = what
        self._begins_s = time.monotonic() + PATIENCE_S
        self._drawn = ""

    def __enter__(self) -> "Percent":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.clear()

    def show(self, done: int, of: int) -> None:
        """Show it, once the task has taken long."""
        if time.monotonic() < self._begins_s:
            return
        line = f"{self._what}  {100 * done // max(of, 1)} %"
        if line != self._drawn:
            self._line.draw(line)
        self._drawn = line
