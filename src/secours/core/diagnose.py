"""What probably failed: the smallest sets of components that explain what is seen.

A set explains when, taken down with all that falls with it at that moment, no probe
that is confirmed failed could succeed, and every fresh ok still could. All minimal
sets up to size 3 are found, exactly; several are listed, never a single guess.

Source: Duffield, Network tomography of binary network performance characteristics,
IEEE Transactions on Information Theory 52 (2006).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import prod

from secours.core import dependencies
from secours.core.cuts import Cut, either, together
from secours.model import Config

Seen = frozenset[str]
"""The nodes that one probe goes through: its owner, and its path if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the probes say at one moment, as sets of nodes they go through."""

    failing: frozenset[Seen] = frozenset()
    working: frozenset[Seen] = frozenset()
    spent: frozenset[str] = frozenset()  # nodes whose autonomy has run out


@lru_cache(maxsize=64)
def suspects(config: Config, seen: Observation) -> tuple[tuple[str, ...], ...]:
    """Return the sets that explain what is seen, the likeliest first."""
    if not seen.failing:
        return ()
    nodes = dependencies.of(config)
    standing = frozenset(chain.from_iterable(seen.working))

    def innocent(cut: Cut) -> bool:
        """Tell whether everything that works could, with this taken down."""
        shared = frozenset(name for name in cut if name not in own)
        return not nodes.falls_at_once(shared, seen.spent) & standing

    own = frozenset(dependencies.node(name) for name in config.channels)
    families = [
        [
            cut
            for cut in either(nodes.cuts(n, seen.spent) for n in seen_through)
            if innocent(cut)
        ]
        for seen_through in seen.failing
    ]
    found: frozenset[Cut] = frozenset({frozenset()})
    for family in sorted(families, key=len):
        found = frozenset(filter(innocent, together(found, family)))
    return _ordered(config, found, own)


def _ordered(
    config: Config, found: Iterable[Cut], own: frozenset[str]
) -> tuple[tuple[str, ...], ...]:
    """Order by size, then by prior, a channel failing alone last, then by name."""
    priors = {name: part.prior or 0.0 for name, part in config.components.items()}

    def order(cut: Cut) -> tuple[int, bool, float, tuple[str, ...]]:
        likely = prod(priors.get(name, 0.0) for name in cut)
        return len(cut), bool(cut & own), -likely, tuple(sorted(cut))

    return tuple(tuple(sorted(cut)) for cut in sorted(found, key=order))
