"""Say on a terminal how far a check is and what it waits for; silent elsewhere."""

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from secours.model.observed import Result
from secours.model.plan import Probe

if TYPE_CHECKING:
    from secours.cli.progress_line import ProgressLine


class CheckProgress:
    """How many probes have their result, and which owners are waited for."""

    def __init__(self, stream: TextIO, probes: Iterable[Probe]) -> None:
        self._line: ProgressLine | None = None
        if stream.isatty():
            from secours.cli import progress_line  # for eyes only

            self._line = progress_line.ProgressLine(stream)
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
        if self._line:
            self._line.clear()

    def heard(self, probe: Probe, result: Result) -> None:
        """Count one probe that has its result."""
        self._waiting.pop(probe.id, None)
        self._draw()

    def _draw(self) -> None:
        if self._line is None:
            return
        owners = " ".join(dict.fromkeys(self._waiting.values()))
        self._line.draw(f"{self._all - len(self._waiting)}/{self._all}  {owners}")
