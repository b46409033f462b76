"""Which numbers of a site's events came: a gap is what never did."""

from msgspec import Struct
from msgspec.structs import replace

MOST_GAPS = 64


class EventGaps(Struct, frozen=True, kw_only=True):
    """The numbers that came of one epoch, from the first that did."""

    newest: int | None = None
    gaps: tuple[tuple[int, int], ...] = ()  # first and last of each, the lowest first
    given_up: int = 0  # in gaps before these, which are too many to be listed

    @property
    def missed(self) -> int:
        """Return how many between the first and the newest did not come."""
        return self.given_up + sum(last - first + 1 for first, last in self.gaps)

    def seen(self, number: int) -> "EventGaps":
        """Return the numbers after one more came; in what order is all the same."""
        if self.newest is None:
            return replace(self, newest=number)
        if number > self.newest:
            gap = ((self.newest + 1, number - 1),) if number > self.newest + 1 else ()
            return replace(_short(self, (*self.gaps, *gap)), newest=number)
        parts = [part for gap in self.gaps for part in _without(gap, number)]
        return _short(self, tuple(parts))


def _without(gap: tuple[int, int], number: int) -> list[tuple[int, int]]:
    first, last = gap
    if not first <= number <= last:
        return [gap]
    parts = [(first, number - 1), (number + 1, last)]
    return [part for part in parts if part[0] <= part[1]]


def _short(numbers: EventGaps, gaps: tuple[tuple[int, int], ...]) -> EventGaps:
    """Return them with these gaps; the lowest are only counted where they are many."""
    over, listed = gaps[:-MOST_GAPS], gaps[-MOST_GAPS:]
    counted = sum(last - first + 1 for first, last in over)
    return replace(numbers, gaps=listed, given_up=numbers.given_up + counted)
