"""Progress n/total on standard error."""

import os
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from secours.cli.progress_line import CLEAR


class CountProgress:
    """Progress n/total; without a terminal only the last line."""

    def __init__(self, stream: TextIO, words: Callable[[int, int], str]) -> None:
        self._stream = stream
        self._words = words
        self._shown = ""
        self._rewritten = stream.isatty() and os.environ.get("TERM") != "dumb"

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
        """Show the progress."""
        words = self._words(there, of)
        if words == self._shown or not (self._rewritten or there == of):
            return
        self._shown = words
        self._stream.write((CLEAR if self._rewritten else "") + words)
        self._stream.flush()
