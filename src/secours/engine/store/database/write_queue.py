"""Queue of entries for the disk, in order of arrival."""

from collections import deque
from itertools import islice

from msgspec import Struct, field

from secours.model.observed import Instant, Result
from secours.model.snapshot import Change

AT_ONCE = 1000  # rows of a transaction
RESULTS_HELD = 100_000  # while the disk refuses; some 40 MB
CHANGES_HELD = 100_000
EVENTS_HELD = 10_000
QUEUES = ("results", "changes", "events", "plans", "notes")


class Place(Struct, frozen=True):
    """Place of an event in the log of the core's events, and its time."""

    life: int  # the engine's, by the epoch milliseconds of its start
    number: int  # from 1, without a gap
    at: Instant


class Pending(Struct):
    """Entries not on disk yet."""

    results: deque[tuple[Result, Place | None]] = field(
        default_factory=lambda: deque(maxlen=RESULTS_HELD)
    )
    changes: deque[tuple[Change, Place | None]] = field(
        default_factory=lambda: deque(maxlen=CHANGES_HELD)
    )
    events: deque[tuple[Place, str, bytes]] = field(
        default_factory=lambda: deque(maxlen=EVENTS_HELD)
    )
    plans: deque[tuple[str, int, bytes]] = field(default_factory=deque)
    notes: deque[tuple[int, str, str, str]] = field(default_factory=deque)
    kept: dict[str, bytes] = field(default_factory=dict)
    at_hub: list[tuple[str, int | None, int]] = field(default_factory=list)  # an
    # epoch, the newest number that the hub has (None: the epoch is over), and when

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__struct_fields__)

    def take(self) -> "Pending":
        """Remove one transaction's worth."""
        batch = Pending(kept=self.kept, at_hub=self.at_hub)
        self.kept, self.at_hub = {}, []
        for name in QUEUES:
            mine, theirs = getattr(self, name), getattr(batch, name)
            theirs.extend(islice(mine, AT_ONCE))
            for _ in theirs:
                mine.popleft()
        return batch

    def put_back(self, batch: "Pending") -> None:
        """Put back what the disk refused, before later entries."""
        for name in QUEUES:
            mine = getattr(self, name)
            both = deque([*getattr(batch, name), *mine], mine.maxlen)
            setattr(self, name, both)
        self.kept = {**batch.kept, **self.kept}
        self.at_hub = [*batch.at_hub, *self.at_hub]
