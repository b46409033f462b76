"""What waits for the disk, in the order in which it came."""

from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from secours.model import Change, Result

AT_ONCE = 1000  # rows of a transaction
RESULTS_HELD = 100_000  # while the disk refuses; some 40 MB
CHANGES_HELD = 100_000


@dataclass(slots=True)
class Pending:
    """What is not on disk yet."""

    results: deque[Result] = field(default_factory=lambda: deque(maxlen=RESULTS_HELD))
    changes: deque[Change] = field(default_factory=lambda: deque(maxlen=CHANGES_HELD))
    notes: deque[tuple[int, str, str, str]] = field(default_factory=deque)
    kept: dict[str, bytes] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.results or self.changes or self.notes or self.kept)

    def take(self) -> "Pending":
        """Move one transaction's worth out."""
        taken = Pending(kept=self.kept)
        self.kept = {}
        for mine, theirs in (
            (self.results, taken.results),
            (self.changes, taken.changes),
            (self.notes, taken.notes),
        ):
            _move(mine, theirs)
        return taken

    def put_back(self, taken: "Pending") -> None:
        """Hold again what the disk refused, before what has come since."""
        self.results = deque([*taken.results, *self.results], RESULTS_HELD)
        self.changes = deque([*taken.changes, *self.changes], CHANGES_HELD)
        self.notes.extendleft(reversed(taken.notes))
        self.kept = {**taken.kept, **self.kept}


def _move(mine: deque[Any], theirs: deque[Any]) -> None:
    theirs.extend(islice(mine, AT_ONCE))
    for _ in theirs:
        mine.popleft()
