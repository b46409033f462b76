"""Does this process keep up with its own tests?

A test begins when the loop has time for it. Where the latest of them had to wait for
long, the engine asks more of this machine than it has.
"""

from collections import deque
from statistics import median

LATEST = 100  # tests; fewer in all are no load
LONG_S, SHORT_S = 1.0, 0.5  # above the one it lags, below the other no longer


class Lag:
    """How long the latest tests waited for the loop, in seconds."""

    def __init__(self) -> None:
        self._waited_s: deque[float] = deque(maxlen=LATEST)
        self._long = False

    def note(self, waited_s: float) -> None:
        """Note how long a test waited."""
        self._waited_s.append(waited_s)
        if len(self._waited_s) == LATEST:
            limit_s = SHORT_S if self._long else LONG_S
            self._long = max(self._waited_s) > limit_s and (
                median(self._waited_s) > limit_s  # never above the longest
            )

    @property
    def by_s(self) -> float:
        """Return by how much tests begin too late; 0 where the engine keeps up."""
        return median(self._waited_s) if self._long else 0.0
