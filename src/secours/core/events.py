"""What the core is told: each event happens at a time of its own."""

from msgspec import Struct

from secours.model.observed import Instant, Result
from secours.model.statements import Word


class Measured(Struct, frozen=True, kw_only=True):
    """A probe has run; `at` is when the result arrived."""

    result: Result
    at: Instant


class Gathered(Struct, frozen=True, kw_only=True):
    """Probes have run; what arrived together is settled once, when the last had come.

    Results are taken in as they arrived, those of one moment by their probe.
    """

    results: tuple[Measured, ...]  # at least one

    @property
    def at(self) -> Instant:
        """Return when the last of them arrived."""
        return self.in_order[-1].at

    @property
    def in_order(self) -> list[Measured]:
        """Return them as they are to be taken in."""
        return sorted(self.results, key=lambda m: (m.at.steady_s, m.result.probe))


class Replanned(Struct, frozen=True, kw_only=True):
    """A new version of the plan is in force; also the first event of all.

    It lets no time pass: a tick by the plan before it does.
    """

    at: Instant


class Ticked(Struct, frozen=True, kw_only=True):
    """Time has passed."""

    at: Instant


class Said(Struct, frozen=True, kw_only=True):
    """A person has said something."""

    word: Word
    at: Instant


class Resumed(Struct, frozen=True, kw_only=True):
    """Measuring goes on after a stop, or after the machine was asleep.

    What grew stale meanwhile is no failure: until its first result nobody is accused.
    """

    at: Instant
    since: Instant | None = None  # of the latest event before; None for another engine


Event = Measured | Gathered | Replanned | Ticked | Said | Resumed
