"""Falls of components and channels along their needs.

One rule serves everything: a node falls when, for one of its needs, the last
alternative falls; fed by a component of class `power`, it lives on for its autonomy.
Names of channel and path nodes: see `model.nodes`.
"""

import graphlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import lru_cache, reduce
from itertools import chain
from math import inf
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from secours.core.graph import devices
from secours.core.graph.cut_sets import Cut, either, together
from secours.core.graph.derived import derived
from secours.model.nodes import DATA, VOICE, channel_node, is_device, kind_of, path_node
from secours.model.plan import Config
from secours.model.sections.channel import Needs

POWER = "power"
MOST_MEASURED = 2  # times the autonomy that is declared; a UPS is not believed further
SERVICES = frozenset({VOICE, DATA})

KEPT_LARGE, KEPT_SMALL = 2048, 16384  # answers, by how much of a plan is in each: in an
# outage each event makes another world, of which hardly one comes again

T = TypeVar("T")

Lasts = Callable[[str, float], float]
"""Seconds that a node lives on from a steady time at which its power fails."""

Served = Mapping[tuple[str, str], float]
"""Steady time at which a node proved a class of services of networks, by both."""


class World(NamedTuple):
    """Nodes that are down already, and those with no autonomy left."""

    fallen: frozenset[str] = frozenset()
    spent: frozenset[str] = frozenset()


DESIGNED = World()  # nothing has failed


class ProofTimes(NamedTuple):
    """Steady times at which nodes proved that they work."""

    alive: Mapping[str, float]
    served: Served


class Clause(NamedTuple):
    """Alternatives, and how long a node lives on without the last of them."""

    names: tuple[str, ...]
    lasts_s: float  # only class `power` feeds
    at_most_s: float  # the same, where a probe measures it
    services: frozenset[str] = frozenset()  # classes of these, where each is a service


class Dependencies:
    """The needs of every component and channel of a plan."""

    def __init__(self, config: Config) -> None:
        """Read them from a plan, which has no cycles: config refuses them."""
        self._clauses: dict[str, tuple[Clause, ...]] = {}
        self._autonomy_s: dict[str, float] = {}
        for part in config.components.values():
            most = MOST_MEASURED if part.measured_by else 1
            self._add(part.name, part.needs, part.autonomy_s, most)
        for path in config.paths.values():
            self._add(path_node(path.name), path.needs, None)
        for channel in config.channels.values():
            self._add(channel_node(channel.name), channel.needs, channel.autonomy_s)
        for part in devices.of(config).values():
            self._add(part.name, part.needs, part.autonomy_s)
        self._needs = {
            name: frozenset(chain.from_iterable(clause.names for clause in clauses))
            for name, clauses in self._clauses.items()
        }
        self.needs_first = tuple(graphlib.TopologicalSorter(self._needs).static_order())
        self._order = {name: place for place, name in enumerate(config.components)}
        self._lasting = frozenset(n for n, s in self._autonomy_s.items() if s > 0)
        self._fed = {
            name: tuple(clause.names for clause in clauses if clause.lasts_s)
            for name, clauses in self._clauses.items()
        }
        self._feeds = frozenset(self._fed[name] for name in self._lasting)

    def _add(
        self, name: str, needs: Needs, autonomy_s: float | None, most: int = 1
    ) -> None:
        self._autonomy_s[name] = autonomy_s or 0.0
        lasts = ((n, self._autonomy_s[name] if _feeds(n) else 0.0) for n in needs)
        self._clauses[name] = tuple(
            Clause(clause, lasts_s, most * lasts_s, _services(clause))
            for clause, lasts_s in lasts
        )

    def clauses(self, name: str) -> tuple[Clause, ...]:
        """Return what a node needs."""
        return self._clauses.get(name, ())

    def fall_times(
        self,
        roots: Mapping[str, float],
        alive: Mapping[str, float] | None = None,
        steadily: Mapping[str, float] | None = None,
        lasts: Lasts | None = None,
        served: Served | None = None,
    ) -> dict[str, float]:
        """Return when each node falls, `inf` for never.

        `roots` are the components that are down, each since a time. `alive` gives when
        a node proved that it works: it can do without what fell before, not without
        what fell later. `lasts` gives the remaining autonomy, where that is not the
        whole. What fell as a battery ended is outlived only by proofs in `steadily`,
        and a service of a network only by `served`: when a node proved a class.
        """
        if not roots:
            return dict.fromkeys(self.needs_first, inf)
        times: dict[str, float] = {}
        falls: dict[str, tuple[float, ...]] = {}  # each time that something took it
        alive = alive or {}
        steadily = alive if steadily is None else steadily
        spent: set[float] = set()  # when batteries end
        fallen = set(roots)  # or to fall
        for name in self.needs_first:
            if name not in roots and fallen.isdisjoint(self._needs.get(name, ())):
                times[name] = inf
                continue
            proved = _NodeProofs(alive.get(name, -inf), steadily.get(name, -inf), spent)
            ends = [
                _ends(
                    clause,
                    name,
                    falls,
                    proved.of(clause, name, served) if clause.services else proved,
                    lasts,
                )
                for clause in self._clauses.get(name, ())
            ]
            falls[name] = (*ends, roots.get(name, inf))
            times[name] = min(falls[name])
            if times[name] < inf:
                fallen.add(name)
        return times

    @lru_cache(maxsize=KEPT_LARGE)  # noqa: B019 -- lives as long as the plan, see `of`
    def cuts(self, name: str, world: World = DESIGNED) -> frozenset[Cut]:
        """Return the minimal sets of components that take a node down at once."""
        families = [frozenset({frozenset({name})})]
        for left in self._alternatives(name, world):
            families.append(reduce(together, [self.cuts(n, world) for n in left]))
        return either(families)

    @lru_cache(maxsize=KEPT_SMALL)  # noqa: B019 -- lives as long as the plan, see `of`
    def single(
        self, name: str, world: World = DESIGNED, *, ever: bool = False
    ) -> frozenset[str]:
        """Return the nodes that each take this one down alone: also itself.

        With `ever` also those that do so when a battery ends. Where the node works
        although no alternative of a need is left, that need was called down wrongly:
        any of its alternatives may still stand, with all that they need.
        """
        takers = {name}
        for clause in self._clauses.get(name, ()):
            on_battery = clause.lasts_s and name not in world.spent
            alive = [need for need in clause.names if need not in world.fallen]
            takes = (self.single(n, world, ever=ever) for n in alive or clause.names)
            if alive and (ever or not on_battery):
                takers |= frozenset.intersection(*takes)
            elif not alive and not on_battery:
                takers |= frozenset.union(*takes)
        return frozenset(takers)

    def _alternatives(self, name: str, world: World) -> Iterator[list[str]]:
        """Yield the alternatives left of each need.

        A need with none left, while the node works, is a mistake of the plan.
        """
        for clause in self._clauses.get(name, ()):
            left = [need for need in clause.names if need not in world.fallen]
            if left and (not clause.lasts_s or name in world.spent):
                yield left

    @lru_cache(maxsize=KEPT_LARGE)  # noqa: B019 -- lives as long as the plan, see `of`
    def falls(self, down: Cut, world: World = DESIGNED) -> frozenset[str]:
        """Return every node that is down with these, of what falls at once.

        A need without which a node works does not take it.
        """
        fallen = set(world.fallen | down)
        for name, alternatives in self._rules(world):
            if fallen.issuperset(alternatives):
                fallen.add(name)
        return frozenset(fallen)

    def spreads(
        self, roots: Mapping[str, T], gone: Set[str], spent: frozenset[str]
    ) -> dict[str, T]:
        """Return the nodes that `roots` take, each with the value of its root.

        A node is taken when each alternative of a need is `gone` or taken, and at least
        one is taken.
        """
        spread = dict(roots)
        if not spread:
            return spread
        for name, alternatives in self._rules(World(spent=spent)):
            first = next((need for need in alternatives if need in spread), None)
            others = {need for need in alternatives if need not in spread}
            if first and name not in spread and gone >= others:
                spread[name] = spread[first]
        return spread

    @lru_cache(maxsize=16)  # noqa: B019 -- lives as long as the plan, see `of`
    def _rules(self, world: World) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the nodes that fall at once, with their alternatives; needs first."""
        return tuple(
            (name, clause.names)
            for name in self.needs_first
            for clause in self._clauses.get(name, ())
            if (not clause.lasts_s or name in world.spent)
            and not world.fallen.issuperset(clause.names)
        )

    def spent(
        self, times: Mapping[str, float], at_s: float, lasts: Lasts | None = None
    ) -> frozenset[str]:
        """Return the nodes that lived on for their autonomy and have none left."""
        ends = self.battery_ends(times, lasts)
        return frozenset(name for name, end_s in ends.items() if end_s <= at_s)

    def battery_ends(
        self, times: Mapping[str, float], lasts: Lasts | None = None
    ) -> dict[str, float]:
        """Return when each node has no autonomy left, also one that fell before."""
        return {
            name: inf
            if fails_s == inf
            else fails_s + (lasts(name, fails_s) if lasts else self._autonomy_s[name])
            for name, fails_s in self.powers_fail(times).items()
        }

    def powers_fail(self, times: Mapping[str, float]) -> dict[str, float]:
        """Return when the power of each node with an autonomy fails."""
        fails = {clauses: _power_fails(clauses, times) for clauses in self._feeds}
        return {name: fails[self._fed[name]] for name in self._lasting}

    def power_fails(self, name: str, times: Mapping[str, float]) -> float:
        """Return when the power of a node with an autonomy fails."""
        return _power_fails(self._fed[name], times)

    def cause(self, name: str, times: Mapping[str, float]) -> str | None:
        """Return the component whose fall takes this node, the nearest one."""
        clauses = self._clauses.get(name, ())
        if not clauses:
            return None
        fell_s = times[name]

        def apart(clause: Clause) -> tuple[float, float]:
            """Return its distance from the fall; a battery may end early."""
            fails_s = _fails(clause.names, times)
            if fails_s == inf or fell_s == inf:
                return inf, fails_s
            ends_s = min(max(fell_s, fails_s), fails_s + clause.at_most_s)
            return abs(ends_s - fell_s), fails_s

        first = min(clauses, key=apart)
        return max(first.names, key=lambda need: times.get(need, inf))

    @lru_cache(maxsize=4096)  # noqa: B019 -- lives as long as the plan, see `of`
    def taken_by(self, component: str) -> frozenset[str]:
        """Return what falls with a component at once."""
        times = self.fall_times({component: 0.0})
        return frozenset(name for name, time in times.items() if time == 0)

    def shared(
        self,
        one: str,
        other: str,
        world: World = DESIGNED,
        heard_by: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset()),
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Return the components that take both channels at once, and those later.

        A failure of all devices that hear a channel takes it, too.
        """
        mine, my_later = self.lost_with(channel_node(one), heard_by[0], world)
        its, its_later = self.lost_with(channel_node(other), heard_by[1], world)
        both = mine & its
        return both, (mine | my_later) & (its | its_later) - both

    @lru_cache(maxsize=KEPT_SMALL)  # noqa: B019 -- lives as long as the plan, see `of`
    def lost_with(
        self, channel: str, heard_by: frozenset[str], world: World
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Return what takes a channel, or all devices it is heard by, now and later."""
        at_once, later = self.alone(channel, world)
        hears = [node for node in heard_by if not self.is_lost(node, world)]
        if not hears:
            return at_once, later
        takers = [self.alone(node, world) for node in hears]
        at_once |= frozenset.intersection(*(now for now, _ in takers))
        ever = frozenset.intersection(*(now | then for now, then in takers))
        return at_once, (later | ever) - at_once

    def is_useless(self, node: str, heard_by: Set[str], world: World) -> bool:
        """Tell whether a channel is down, or all by which it is heard is lost."""
        deaf = heard_by and all(self.is_lost(each, world) for each in heard_by)
        return node in world.fallen or bool(deaf)

    def is_lost(self, name: str, world: World) -> bool:
        """Tell whether nothing is left of a need of a node, and no battery feeds it."""
        return any(
            world.fallen.issuperset(clause.names)
            for clause in self._clauses.get(name, ())
            if not clause.lasts_s or name in world.spent
        )

    @lru_cache(maxsize=65536)  # noqa: B019 -- lives as long as the plan, see `of`
    def relatives(self, name: str) -> frozenset[str]:
        """Return the other nodes that a single failure takes at once with this one."""
        mine, _ = self.alone(name)
        return frozenset(
            other
            for other in self._clauses
            if other != name and not is_device(other) and mine & self.alone(other)[0]
        )

    @lru_cache(maxsize=KEPT_SMALL)  # noqa: B019 -- lives as long as the plan, see `of`
    def alone(
        self, name: str, world: World = DESIGNED
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Return the components that each take a node alone: at once, and later."""
        at_once = self.single(name, world).intersection(self._order)
        ever = self.single(name, world, ever=True)
        return at_once, ever.intersection(self._order) - at_once

    def ordered(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return components in the order of the file."""
        return tuple(sorted(names, key=self._order.__getitem__))

    @lru_cache(maxsize=65536)  # noqa: B019 -- lives as long as the plan, see `of`
    def behind(self, name: str) -> frozenset[str]:
        """Return everything that a node needs, directly or not, itself included."""
        needs = chain.from_iterable(c.names for c in self._clauses.get(name, ()))
        return frozenset({name}).union(*(self.behind(need) for need in needs))


def _feeds(clause: tuple[str, ...]) -> bool:
    return any(kind_of(need) == POWER for need in clause)


def _services(clause: tuple[str, ...]) -> frozenset[str]:
    kinds = frozenset(map(kind_of, clause))
    return kinds if kinds <= SERVICES else frozenset()


class _NodeProofs(NamedTuple):
    """Proofs that a node works: the latest, and as many as a recovery takes."""

    alive_s: float
    steadily_s: float
    spent: set[float]  # when batteries end

    def of(self, clause: Clause, name: str, served: Served | None) -> "_NodeProofs":
        """Return the proofs of a need; registering does not prove a service."""
        if served is None:
            return self
        known_s = max(served.get((name, kind), -inf) for kind in clause.services)
        return _NodeProofs(
            min(self.alive_s, known_s), min(self.steadily_s, known_s), self.spent
        )

    def without(self, fell_s: float) -> bool:
        """Tell whether it has worked without what fell then."""
        return fell_s < (self.steadily_s if fell_s in self.spent else self.alive_s)


def _ends(
    clause: Clause,
    name: str,
    falls: Mapping[str, tuple[float, ...]],
    proved: _NodeProofs,
    lasts: Lasts | None,
) -> float:
    """Return when a node falls for want of one of these alternatives.

    Those that fell before its last proof it does not need; a later fall takes it.
    """

    def lived_on(fails: float) -> float:
        if not clause.lasts_s:
            return fails
        end_s = fails + (lasts(name, fails) if lasts else clause.lasts_s)
        proved.spent.add(end_s)
        return end_s

    first = lived_on(max(min(falls.get(need, (inf,))) for need in clause.names))
    if not proved.without(first):
        return first
    again = (
        min(
            (time for time in falls.get(need, ()) if not proved.without(time)),
            default=inf,
        )
        for need in clause.names
    )
    ends = lived_on(max(again))
    return inf if proved.without(ends) else ends


def _power_fails(fed: tuple[tuple[str, ...], ...], times: Mapping[str, float]) -> float:
    return min([_fails(names, times) for names in fed], default=inf)


def _fails(names: tuple[str, ...], times: Mapping[str, float]) -> float:
    """Return when the last of these alternatives falls."""
    return max([times.get(need, inf) for need in names])


@derived
def of(config: Config) -> Dependencies:
    """Return the dependencies of a plan, made once for each plan."""
    return Dependencies(config)


@derived
def cautious(config: Config) -> Dependencies:
    """Return them with each channel of unknown needs falling with every component."""
    if all(channel.needs_known for channel in config.channels.values()):
        return of(config)
    everything = tuple((name,) for name in config.components)
    channels = {
        name: channel
        if channel.needs_known
        else replace(channel, needs=everything, autonomy_s=None)
        for name, channel in config.channels.items()
    }
    return Dependencies(replace(config, channels=channels))
