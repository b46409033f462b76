"""Further channels to use, so that together they reach all who can be reached."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

Ranks = tuple[int, ...]
"""Rank of hearing for each group of a line, in the order of the plan."""
Takers = frozenset[int]
"""Places in the plan of the channels that reach a group."""

MOST_TRIED = 12  # channels of which every set is tried; of more, the best one first


@lru_cache(maxsize=1024)
def completed_by(
    used: Ranks, others: tuple[tuple[str, Ranks, int], ...]
) -> tuple[str, ...]:
    """Return the smallest set of others that leaves out no group that can be reached.

    `others` are the usable channels in the order of the plan, each with its class: 0
    for one that works, more for less sure ones. The set has the surest class that
    suffices; of several smallest ones the first in the plan.
    """
    best = [max(ranks) for ranks in zip(used, *(r for _, r, _ in others), strict=True)]
    missed = [group for group, rank in enumerate(used) if rank < best[group]]
    for class_ in sorted({rank for _, _, rank in others}):
        takers = [
            frozenset(
                place
                for place, (_, ranks, rank) in enumerate(others)
                if rank <= class_ and ranks[group] == best[group]
            )
            for group in missed
        ]
        if all(takers):
            return tuple(others[place][0] for place in sorted(_smallest(takers)))
    return ()


def _smallest(takers: Iterable[Takers]) -> Takers:
    """Return the smallest set with one of each, the first of several.

    The only channel that reaches a group is in every such set. Groups that no channel
    has in common are solved apart.
    """
    chosen = frozenset[int]()
    unmet = set(takers)
    while forced := frozenset().union(*(each for each in unmet if len(each) == 1)):
        chosen |= forced
        unmet = {each for each in unmet if each.isdisjoint(forced)}
    while unmet:
        apart = {unmet.pop()}
        while more := {e for e in unmet if not all(map(e.isdisjoint, apart))}:
            apart |= more
            unmet -= more
        chosen |= _tried(apart)
    return chosen


def _tried(takers: Iterable[Takers]) -> Takers:
    """Return the smallest set with one of each; a small one where there are many."""
    unmet = list(takers)
    places = sorted(frozenset().union(*unmet))
    if len(places) <= MOST_TRIED:
        sets = (set(s) for n in range(len(unmet) + 1) for s in combinations(places, n))
        return frozenset(next(s for s in sets if not any(map(s.isdisjoint, unmet))))
    chosen = set[int]()
    while unmet:
        most = max(places, key=lambda place: sum(place in each for each in unmet))
        chosen.add(most)
        unmet = [each for each in unmet if most not in each]
    return frozenset(chosen)
