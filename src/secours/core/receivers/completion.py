"""Further channels to use, so that together they reach all who can be reached."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

Ranks = tuple[int, ...]
"""Rank of hearing for each group of a line, in the order of the plan."""


@lru_cache(maxsize=1024)
def completed_by(
    used: Ranks, others: tuple[tuple[str, Ranks, int], ...]
) -> tuple[str, ...]:
    """Return the smallest set of others that leaves out no group that can be reached.

    `others` are the usable channels in the order of the plan, each with its class: 0
    for one that works, more for less sure ones. The set has the surest class that
    suffices; of several smallest ones the first in the plan.
    """
    best = _together([used, *(ranks for _, ranks, _ in others)])
    for class_ in sorted({rank for _, _, rank in others}):
        candidates = [each for each in others if each[2] <= class_]
        for size in range(min(len(candidates), len(best)) + 1):
            for chosen in combinations(candidates, size):
                if _together([used, *(ranks for _, ranks, _ in chosen)]) == best:
                    return tuple(name for name, _, _ in chosen)
    return ()


def _together(each: Sequence[Ranks]) -> Ranks:
    """Return how well each group hears the best of these."""
    return tuple(map(max, zip(*each, strict=True)))
