"""Say on a terminal how much of something long is done; silent elsewhere."""

import shutil
import time
from types import TracebackType
from typing import TextIO

from secours.cli.progress import CLEAR

QUIET_S = 2.0  # what takes no longer is not worth a line


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
