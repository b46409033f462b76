"""How many ways are independent: the largest set of channels that share nothing.

Exact: branch and reduce on the graph in which two channels are joined when something
takes both. Sets of channels are bits of a whole number.

Source: Fomin, Kratsch, Exact Exponential Algorithms (2010), chapter 2.
"""

from collections.abc import Iterator, Mapping

Joined = list[int]
"""For each channel the set of those that share something with it, itself included."""


def independent(rests_on: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Return the most names of which no two rest on a common thing, in their order."""
    names = list(rests_on)
    chosen = _largest(_joined(rests_on), (1 << len(names)) - 1)
    return tuple(names[place] for place in _places(chosen))


def _joined(rests_on: Mapping[str, frozenset[str]]) -> Joined:
    users: dict[str, int] = {}
    for place, things in enumerate(rests_on.values()):
        for thing in things:
            users[thing] = users.get(thing, 0) | 1 << place
    joined = [1 << place for place in range(len(rests_on))]
    for place, things in enumerate(rests_on.values()):
        for thing in things:
            joined[place] |= users[thing]
    return joined


def _largest(joined: Joined, among: int) -> int:
    """Return a largest set without two that are joined, the first found."""
    chosen, among = _reduce(joined, among)
    if not among:
        return chosen
    island = _island(joined, among)
    if island != among:
        return chosen | _largest(joined, island) | _largest(joined, among & ~island)
    return chosen | _branch(joined, among)


def _branch(joined: Joined, among: int) -> int:
    """Take the channel that is joined to most, or leave it; keep the better."""
    busiest = max(_places(among), key=lambda p: (joined[p] & among).bit_count())
    without = _largest(joined, among & ~(1 << busiest))
    left = among & ~joined[busiest]
    if 1 + _at_most(joined, left) <= without.bit_count():
        return without
    with_it = 1 << busiest | _largest(joined, left)
    return max(without, with_it, key=int.bit_count)


def _reduce(joined: Joined, among: int) -> tuple[int, int]:
    """Take what costs nothing to take: all that it is joined to are joined.

    And drop what is never better than another: it is joined to that one, and to all
    that that one is joined to.
    """
    chosen, changed = 0, True
    while changed:
        changed = False
        for place in _places(among):
            if not among >> place & 1:
                continue
            near = joined[place] & among
            if _all_joined(joined, near):
                chosen |= 1 << place
                among &= ~near
                changed = True
            elif (worse := _worse(joined, among, place, near)) != 0:
                among &= ~worse
                changed = True
    return chosen, among


def _all_joined(joined: Joined, near: int) -> bool:
    return all(near & ~joined[other] == 0 for other in _places(near))


def _worse(joined: Joined, among: int, place: int, near: int) -> int:
    """Return those joined to this one and to all that it is joined to."""
    worse = 0
    for other in _places(near & ~(1 << place)):
        if near & ~joined[other] == 0:
            worse |= 1 << other
    return worse


def _island(joined: Joined, among: int) -> int:
    """Return the first of them with all that can be reached from it."""
    island, reached = 0, among & -among
    while reached != island:
        new, island = reached & ~island, reached
        for place in _places(new):
            reached |= joined[place] & among
    return island


def _at_most(joined: Joined, among: int) -> int:
    """Return a number that is not exceeded: of those all joined, one can be taken."""
    cliques = 0
    while among:
        first = among & -among
        clique, near = first, among & joined[first.bit_length() - 1] & ~first
        while near:
            following = near & -near
            clique |= following
            near &= joined[following.bit_length() - 1] & ~following
        among &= ~clique
        cliques += 1
    return cliques


def _places(chosen: int) -> Iterator[int]:
    while chosen:
        lowest = chosen & -chosen
        yield lowest.bit_length() - 1
        chosen ^= lowest
