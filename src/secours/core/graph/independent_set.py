"""Independent ways: the largest set of channels that share nothing.

Two channels are joined when something takes both; wanted is a largest set in which none
are joined. Sets of channels are bit masks. The search is exact. For over a hundred
channels in one line it can take for ever, so it is bounded: after that the set found is
valid, and not said to be the largest.

Source: Xiao, Nagamochi, Confining sets and avoiding bottleneck cases, Theoretical
Computer Science 469 (2013), for the reductions.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

PATIENCE = 1000  # places of the search; a line of 50 channels needs below 100


class Ways(NamedTuple):
    """Channels that share nothing, and whether a larger set is ruled out."""

    channels: tuple[str, ...]
    proven: bool


class Confinement(NamedTuple):
    """Places taken with a channel without loss, and all that they exclude."""

    taken: int
    near: int


def independent(rests_on: Mapping[str, frozenset[str]]) -> Ways:
    """Return the most names of which no two share a thing, in their order."""
    names = list(rests_on)
    search = _SetSearch(_joined(rests_on))
    chosen = search.largest((1 << len(names)) - 1, above=-1) or 0
    return Ways(tuple(names[place] for place in _places(chosen)), search.patience > 0)


def _joined(rests_on: Mapping[str, frozenset[str]]) -> list[int]:
    """Return for each place the set joined to it, and itself."""
    users: dict[str, int] = {}
    for place, things in enumerate(rests_on.values()):
        for thing in things:
            users[thing] = users.get(thing, 0) | 1 << place
    joined = [1 << place for place in range(len(rests_on))]
    for place, things in enumerate(rests_on.values()):
        for thing in things:
            joined[place] |= users[thing]
    return joined


class _SetSearch:
    def __init__(self, joined: Sequence[int]) -> None:
        self._joined = joined
        self.patience = PATIENCE

    def largest(self, among: int, above: int) -> int | None:
        """Return a largest set of these if it has more than `above`, else None."""
        best, fixed = None, 0
        while True:
            free, among = self._reduce(among)
            fixed |= free
            bound = above - fixed.bit_count()
            rest = self._simple(among, bound)
            if rest is not None:
                return fixed | rest if rest.bit_count() > bound else best
            busiest = max(_places(among), key=lambda p: self._near(p, among))
            if confined := self._confine(busiest, among):
                chosen, near = confined
                more = self.largest(among & ~near, bound - chosen.bit_count())
                if more is not None:
                    best = fixed | chosen | more
                    above = best.bit_count()
            among &= ~(1 << busiest)

    def _simple(self, among: int, bound: int) -> int | None:
        """Answer without a search: too few, several islands, or out of patience."""
        if self._at_most(among) <= bound or not among:
            return 0
        self.patience -= 1
        if self.patience <= 0:
            return self._greedy(among)
        islands = list(self._islands(among))
        return self._each(islands, bound) if len(islands) > 1 else None

    def _each(self, islands: Sequence[int], bound: int) -> int:
        """Return the largest set of all islands; 0 where that is too few."""
        hoped = sum(map(self._at_most, islands))
        chosen = 0
        for island in sorted(islands, key=int.bit_count):
            limit = self._at_most(island)
            largest = self.largest(island, bound - (hoped - limit))
            if largest is None:
                return 0
            hoped += largest.bit_count() - limit
            chosen |= largest
        return chosen

    def _reduce(self, among: int) -> tuple[int, int]:
        """Take unjoined places, drop those that a largest set can do without."""
        fixed, doubtful = 0, among
        while doubtful:
            bit = doubtful & -doubtful
            doubtful ^= bit
            place = bit.bit_length() - 1
            near = self._joined[place] & among & ~bit
            if not near:
                fixed |= bit
                among ^= bit
            elif self._confine(place, among) is None:
                among ^= bit
                doubtful |= self._around(near, among)
        return fixed, among

    def _confine(self, place: int, among: int) -> Confinement | None:
        """Return what is in each largest set that has this; None if it is not needed.

        Suppose every largest set has it. A place that it excludes, joined to no other
        of the set, must then itself exclude something more.
        """
        chosen, near = 1 << place, self._joined[place] & among
        while True:
            forced = 0
            for other in _places(near & ~chosen):
                around = self._joined[other] & among
                if (around & chosen).bit_count() > 1:
                    continue
                more = around & ~near
                if not more:
                    return None
                if more.bit_count() == 1:
                    forced = more
            if not forced:
                return Confinement(chosen, near)
            chosen |= forced
            near |= self._joined[forced.bit_length() - 1] & among

    def _near(self, place: int, among: int) -> int:
        return (self._joined[place] & among).bit_count()

    def _around(self, places: int, among: int) -> int:
        around = 0
        for place in _places(places):
            around |= self._joined[place]
        return around & among

    def _islands(self, among: int) -> Iterator[int]:
        """Yield the connected parts."""
        while among:
            island, reached = 0, among & -among
            while reached != island:
                new, island = reached & ~island, reached
                reached |= self._around(new, among)
            among &= ~island
            yield island

    def _at_most(self, among: int) -> int:
        """Return an upper bound: of places that are all joined, one can be taken."""
        cliques = 0
        while among:
            clique, near = 0, among
            while near:
                bit = near & -near
                clique |= bit
                near &= self._joined[bit.bit_length() - 1] & ~bit
            among &= ~clique
            cliques += 1
        return cliques

    def _greedy(self, among: int) -> int:
        """Return a valid set, the least joined first."""
        chosen = 0
        while among:
            least = min(_places(among), key=lambda p: self._near(p, among))
            chosen |= 1 << least
            among &= ~self._joined[least]
        return chosen


def _places(chosen: int) -> Iterator[int]:
    while chosen:
        lowest = chosen & -chosen
        yield lowest.bit_length() - 1
        chosen ^= lowest
