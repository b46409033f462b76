"""Independence of the channel in use and the next one, as things are now.

What is known or presumed down stays down, and each likeliest cause of the failures may
be the true one: two channels are independent only if they are so in all of these
worlds. A loss of independence shows at once; it is regained when it has held for
`failback_after`.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from secours.core.graph import dependencies
from secours.core.graph.dependencies import World
from secours.model.nodes import channel_node
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.snapshot import Explained


class Overlap(NamedTuple):
    """Failures that take both of two channels; the plan may not declare all."""

    independent: bool
    at_once: tuple[str, ...] = ()  # components
    later: tuple[str, ...] = ()  # when an autonomy ends
    regained: Instant | None = None  # when it counts that they are independent again


PairHeardBy = tuple[frozenset[str], frozenset[str]]
"""The nodes by which people hear each of two channels; whoever hears none of one is as
good as without it."""

OWN_SIDE: PairHeardBy = (frozenset(), frozenset())  # nobody declared who hears them


class Possible(NamedTuple):
    """A world that may be the true one, and the failures supposed for it."""

    world: World
    supposed: frozenset[str]


class PastOverlap(Struct, frozen=True, kw_only=True):
    """Past shared failures of two channels, and when they ended."""

    at_once: tuple[str, ...]
    later: tuple[str, ...]
    ended: Instant | None = None


def possible(
    config: Config, world: World, base: World, explanations: Iterable[Explained]
) -> tuple[Possible, ...]:
    """Return the world as it is now, and with each of the likeliest causes.

    `base` is what is known down: a presumed cause also takes nodes that nobody has
    measured down yet.
    """
    nodes = dependencies.of(config)
    causes = {frozenset(cut) for each in explanations for cut in each.likeliest}
    supposed = {
        Possible(World(fallen, world.spent), cut)
        for cut in causes
        if not (fallen := nodes.falls(cut, base) | world.fallen) <= world.fallen
    }
    return (
        Possible(world, frozenset()),
        *sorted(supposed, key=lambda each: sorted(each.supposed)),
    )


class Worlds:
    """Worlds of which each may be the true one; the first is as things are now."""

    def __init__(self, config: Config, worlds: tuple[Possible, ...]) -> None:
        """Index, by node, the worlds in which it differs from the first."""
        self._config = config
        self._nodes = dependencies.of(config)
        self._worlds = worlds
        self._other: dict[str, set[int]] = {}
        for place, (world, _) in enumerate(worlds):
            now = worlds[0].world
            for name in (world.fallen ^ now.fallen) | (world.spent ^ now.spent):
                self._other.setdefault(name, set()).add(place)
        self._cache: dict[tuple[str, str, PairHeardBy], Overlap] = {}

    def shared(self, one: str, other: str, heard_by: PairHeardBy = OWN_SIDE) -> Overlap:
        """Return what takes both channels, or all who hear them, in any world."""
        key = one, other, heard_by
        if key not in self._cache:
            self._cache[key] = self._look(one, other, heard_by)
        return self._cache[key]

    def _look(self, one: str, other: str, heard_by: PairHeardBy) -> Overlap:
        nodes = self._nodes
        both: set[str] = set()
        later: set[str] = set()
        lost = False
        pair = {channel_node(one): heard_by[0], channel_node(other): heard_by[1]}
        needed = frozenset.union(
            *map(nodes.behind, pair.keys() | set().union(*heard_by))
        )
        for world, supposed in self._that_differ(needed):
            alive = [n for n, by in pair.items() if not nodes.is_useless(n, by, world)]
            if len(alive) == len(pair):
                shared_now, ever = nodes.shared(one, other, world, heard_by)
                both, later = both | shared_now, later | ever
            # with the failures supposed, one more leaves nothing
            elif all(nodes.lost_with(name, pair[name], world)[0] for name in alive):
                lost = True
                if not alive:
                    both |= supposed & self._config.components.keys()
        known = all(self._config.channels[name].needs_known for name in (one, other))
        return Overlap(
            independent=known and not both and not lost,
            at_once=nodes.ordered(both),
            later=nodes.ordered(later - both),
        )

    def _that_differ(self, needed: frozenset[str]) -> Iterator[Possible]:
        """Yield the worlds restricted to the needed nodes, equal ones merged.

        Most differ from the first only far from any two channels.
        """
        others = set().union(*(self._other.get(name, ()) for name in needed))
        alike = [w for place, w in enumerate(self._worlds) if place not in others]
        first = [
            Possible(w.world, frozenset().union(*(like.supposed for like in alike)))
            for w in alike[:1]
        ]
        for whole, supposed in (*first, *(self._worlds[place] for place in others)):
            yield Possible(World(whole.fallen & needed, whole.spent & needed), supposed)


@lru_cache(maxsize=8)
def among(config: Config, worlds: tuple[Possible, ...]) -> Worlds:
    """Return the comparison of these worlds, made once for each decision."""
    return Worlds(config, worlds)


def held(
    now: Overlap, was: PastOverlap | None, failback_after_s: float, at: Instant
) -> Overlap:
    """Return what counts now, where two channels shared something until lately."""
    if not now.independent or was is None or not _recent(was, failback_after_s, at):
        return now
    counts = (was.ended or at).later(failback_after_s)
    return Overlap(False, was.at_once, was.later, counts)


def remembered(
    now: Mapping[str, Overlap],
    before: Mapping[str, PastOverlap],
    failback_after_s: float,
    at: Instant,
) -> dict[str, PastOverlap]:
    """Return what to remember of channels beside the one in use."""
    overlaps = {}
    for name, overlap in now.items():
        was = before.get(name)
        if not overlap.independent:
            overlaps[name] = PastOverlap(at_once=overlap.at_once, later=overlap.later)
        elif was is not None and _recent(was, failback_after_s, at):
            overlaps[name] = replace(was, ended=was.ended or at)
    return overlaps


def _recent(was: PastOverlap, failback_after_s: float, at: Instant) -> bool:
    return at.since(was.ended or at) < failback_after_s
