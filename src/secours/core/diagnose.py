"""What probably failed: the smallest sets of components that explain what is seen.

A set explains when, taken down with all that falls with it at that moment, no probe
that is confirmed failed could succeed, and every fresh ok still could. All minimal
sets up to size 3 are found, exactly; several are listed, never a single guess.

Source: Duffield, Network tomography of binary network performance characteristics,
IEEE Transactions on Information Theory 52 (2006).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations
from math import prod
from typing import NamedTuple

from secours.core import dependencies
from secours.core.cuts import Cut, either, together
from secours.model import Config, Link, Outcome, Probe, Reason, Verdict

WEAK = Verdict.DEGRADED

Seen = frozenset[str]
"""The nodes that one probe goes through: its owner, and its path if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the probes say at one moment, as sets of nodes they go through."""

    failing: frozenset[Seen] = frozenset()
    working: frozenset[Seen] = frozenset()
    spent: frozenset[str] = frozenset()  # nodes whose autonomy has run out


Finding = tuple[Probe, Verdict, Outcome]
"""A probe with the verdict that holds, and the outcome that bears it out."""


def observe(
    config: Config,
    found: Iterable[Finding],
    links: Mapping[str, Link],
    spent: frozenset[str],
) -> Observation:
    """Say what the probes say, leaving out those behind a path that is down.

    Degraded alone blames nothing, unless nothing fails and channels that share a
    component degrade together. A device that is not there is nobody else's fault.
    """
    seen = [
        (probe, goes_through(probe), verdict, why)
        for probe, verdict, why in found
        if links.get(probe.via or "") is not Link.DOWN
    ]
    failing = {
        through
        for _, through, verdict, why in seen
        if verdict is Verdict.FAILED and why.reason is not Reason.NO_DEVICE
    }
    working = {through for _, through, verdict, _ in seen if verdict is Verdict.OK}
    for name, link in links.items():
        if link is not Link.UNKNOWN:
            path = frozenset({dependencies.way(name)})
            (failing if link is Link.DOWN else working).add(path)
    if not failing:
        weak = {probe.owner for probe, _, verdict, _ in seen if verdict is WEAK}
        failing = _weak_together(config, weak & set(config.channels))
    return Observation(
        failing=frozenset(failing), working=frozenset(working), spent=spent
    )


def goes_through(probe: Probe) -> Seen:
    """Return the nodes that have to work for a probe of no path to pass."""
    channel = probe.id.startswith("channels/")
    owner = dependencies.node(probe.owner) if channel else probe.owner
    return frozenset({owner, dependencies.way(probe.via)} if probe.via else {owner})


def _weak_together(config: Config, weak: set[str]) -> set[Seen]:
    shared = dependencies.of(config).shared
    pairs = [pair for pair in combinations(sorted(weak), 2) if shared(*pair)[0]]
    return {frozenset({dependencies.node(name)}) for pair in pairs for name in pair}


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


class Takes(NamedTuple):
    """Which suspect takes a node, if one does, and whether every one would."""

    suspect: str | None
    by_all: bool


def takes(
    config: Config,
    found: tuple[tuple[str, ...], ...],
    name: str,
    spent: frozenset[str],
) -> Takes:
    """Tell whether the suspects of the lowest size take a node with them."""
    nodes = dependencies.of(config)
    lowest = [cut for cut in found if len(cut) == len(found[0])]
    taking = [
        cut for cut in lowest if name in nodes.falls_at_once(frozenset(cut), spent)
    ]
    if not taking:
        return Takes(None, by_all=False)
    alone = (
        part
        for part in taking[0]
        if name in nodes.falls_at_once(frozenset({part}), spent)
    )
    suspect = next(alone, " + ".join(taking[0]))
    return Takes(suspect, by_all=len(taking) == len(lowest))
