"""Events that the core takes in, each with its own time."""

from msgspec import Struct

from secours.model.observed import Instant, Result
from secours.model.statements import Word


class Measured(Struct, frozen=True, kw_only=True):
    """A result of a probe; `at` is when it arrived."""

    result: Result
    at: Instant


class Gathered(Struct, frozen=True, kw_only=True):
    """Results that arrived together, settled once at the time of the last.

    They are taken in as they arrived, those of one moment by probe.
    """

    results: tuple[Measured, ...]  # at least one

    @property
    def at(self) -> Instant:
        """Return when the last of them arrived."""
        return self.in_order[-1].at

    @property
    def in_order(self) -> list[Measured]:
        """Return them in the order to take them in."""
        return sorted(self.results, key=lambda m: (m.at.steady_s, m.result.probe))


class Replanned(Struct, frozen=True, kw_only=True):
    """A new version of the plan is in force; also the first event of all.

    It lets no time pass: a tick by the old plan comes before it.
    """

    at: Instant


class Ticked(Struct, frozen=True, kw_only=True):
    """Time has passed."""

    at: Instant


class Said(Struct, frozen=True, kw_only=True):
    """A word of a person."""

    word: Word
    at: Instant


class Resumed(Struct, frozen=True, kw_only=True):
    """Measuring goes on after a stop, or after the machine was asleep.

    Results grown stale meanwhile are no failures: nobody is accused before new ones.
    """

    at: Instant
    since: Instant | None = None  # of the latest event before; None for another engine


Event = Measured | Gathered | Replanned | Ticked | Said | Resumed
