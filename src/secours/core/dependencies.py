"""What falls with what: the domino of components and channels.

One rule serves everything: a node falls when, for one of its needs, the last
alternative falls; fed by a component of class `power`, it lives on for its autonomy.
Channels are the nodes `channel:NAME`, paths `path:NAME`.
"""

import graphlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, reduce
from itertools import chain
from math import inf
from typing import NamedTuple

from secours.core.cuts import Cut, either, together
from secours.model import Config, Needs

POWER = "power"


def node(channel: str) -> str:
    """Return the name of a channel as a component of its own."""
    return f"channel:{channel}"


def node_of(probe: str) -> str:
    """Return the name that the owner of the probe with this id has here."""
    room, owner, _ = probe.split("/", 2)
    return node(owner) if room == "channels" else owner


def way(path: str) -> str:
    """Return the name of a path as a component of its own."""
    return f"path:{path}"


class Clause(NamedTuple):
    """Alternatives, and how long a node lives on without the last of them."""

    names: tuple[str, ...]
    lasts_s: float  # only class `power` feeds


class Dependencies:
    """The needs of every component and channel of a plan."""

    def __init__(self, config: Config) -> None:
        """Read them from a plan, which has no cycles: config refuses them."""
        self._clauses: dict[str, tuple[Clause, ...]] = {}
        self._autonomy_s: dict[str, float] = {}
        for part in config.components.values():
            self._add(part.name, part.needs, part.autonomy_s)
        for path in config.paths.values():
            self._add(way(path.name), path.needs, None)
        for channel in config.channels.values():
            self._add(node(channel.name), channel.needs, channel.autonomy_s)
        self._falling = tuple(self._needs_first())
        self._order = {name: place for place, name in enumerate(config.components)}
        self._lasting = frozenset(n for n, s in self._autonomy_s.items() if s > 0)

    def _add(self, name: str, needs: Needs, autonomy_s: float | None) -> None:
        self._autonomy_s[name] = autonomy_s or 0.0
        self._clauses[name] = tuple(
            Clause(clause, self._autonomy_s[name] if _feeds(clause) else 0.0)
            for clause in needs
        )

    def _needs_first(self) -> Iterator[str]:
        """Yield every name, each after all that it needs."""
        needs = {
            name: list(chain.from_iterable(clause.names for clause in clauses))
            for name, clauses in self._clauses.items()
        }
        yield from graphlib.TopologicalSorter(needs).static_order()

    def fall_times(
        self,
        roots: Mapping[str, float],
        alive: Mapping[str, float] | None = None,
        spent: frozenset[str] = frozenset(),
    ) -> dict[str, float]:
        """Return when each node falls, `inf` for never.

        `roots` are the components that are down, each since a time; `alive` are nodes
        that proved at a time that they work: what fell before that time has not.
        `spent` are nodes with no autonomy left.
        """
        if not roots:
            return dict.fromkeys(self._falling, inf)
        times: dict[str, float] = {}
        alive = alive or {}
        for name in self._falling:
            clauses = self._clauses.get(name, ())
            fall = min((_falls(name, c, spent, times) for c in clauses), default=inf)
            if alive.get(name, -inf) > fall:
                fall = inf
            times[name] = min(fall, roots.get(name, inf))
        return times

    @lru_cache(maxsize=65536)  # noqa: B019 -- lives as long as the plan, see `of`
    def cuts(self, name: str, spent: frozenset[str] = frozenset()) -> frozenset[Cut]:
        """Return the minimal sets of components that take a node down at once."""
        families = [frozenset({frozenset({name})})]
        for clause in self._clauses.get(name, ()):
            if clause.lasts_s and name not in spent:
                continue
            all_of_them = [self.cuts(need, spent) for need in clause.names]
            families.append(reduce(together, all_of_them))
        return either(families)

    @lru_cache(maxsize=65536)  # noqa: B019 -- lives as long as the plan, see `of`
    def falls_at_once(self, down: Cut, spent: frozenset[str]) -> frozenset[str]:
        """Return every node that is down when these components are."""
        fallen = set(down)
        for name, alternatives in self._rules(spent):
            if fallen.issuperset(alternatives):
                fallen.add(name)
        return frozenset(fallen)

    @lru_cache(maxsize=64)  # noqa: B019 -- lives as long as the plan, see `of`
    def _rules(self, spent: frozenset[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return what falls at once, and for want of what; its needs come first."""
        return tuple(
            (name, clause.names)
            for name in self._falling
            for clause in self._clauses.get(name, ())
            if not clause.lasts_s or name in spent
        )

    def spent(self, times: Mapping[str, float], at_s: float) -> frozenset[str]:
        """Return the nodes that lived on for their autonomy and have none left."""
        return frozenset(
            name
            for name, autonomy_s in self._autonomy_s.items()
            if autonomy_s > 0 and times[name] <= at_s
        )

    def cause(self, name: str, times: Mapping[str, float]) -> str | None:
        """Return the component whose fall takes this node, the nearest one."""
        clauses = self._clauses.get(name, ())
        if not clauses:
            return None
        first = min(clauses, key=lambda c: _falls(name, c, frozenset(), times))
        return max(first.names, key=lambda need: times.get(need, inf))

    @lru_cache(maxsize=4096)  # noqa: B019 -- lives as long as the plan, see `of`
    def taken_by(self, component: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return what falls with a component at once, and what falls later."""
        times = self.fall_times({component: 0.0})
        at_once = frozenset(name for name, time in times.items() if time == 0)
        later = frozenset(name for name, time in times.items() if 0 < time < inf)
        return at_once, later

    @lru_cache(maxsize=65536)  # noqa: B019 -- lives as long as the plan, see `of`
    def shared(self, one: str, other: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the components that take both channels at once, and those later."""
        pair = node(one), node(other)
        both = self._alone(pair[0]) & self._alone(pair[1])
        ever = self._alone(pair[0], self._lasting) & self._alone(pair[1], self._lasting)
        return self._ordered(both), self._ordered(ever - both)

    @lru_cache(maxsize=65536)  # noqa: B019 -- lives as long as the plan, see `of`
    def relatives(self, name: str) -> frozenset[str]:
        """Return the other nodes that a single failure takes at once with this one."""
        mine = self._alone(name)
        return frozenset(
            other
            for other in self._clauses
            if other != name and mine & self._alone(other)
        )

    def alone(self, name: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the components that each take a node alone: at once, and later."""
        at_once = self._alone(name)
        return at_once, self._alone(name, self._lasting) - at_once

    @lru_cache(maxsize=65536)  # noqa: B019 -- lives as long as the plan, see `of`
    def behind(self, name: str) -> frozenset[str]:
        """Return everything that a node needs, directly or not, itself included."""
        needs = chain.from_iterable(c.names for c in self._clauses.get(name, ()))
        return frozenset({name}).union(*(self.behind(need) for need in needs))

    @lru_cache(maxsize=65536)  # noqa: B019 -- lives as long as the plan, see `of`
    def _alone(self, name: str, spent: frozenset[str] = frozenset()) -> frozenset[str]:
        single = (cut for cut in self.cuts(name, spent) if len(cut) == 1)
        return frozenset(chain.from_iterable(single)).intersection(self._order)

    def _ordered(self, names: frozenset[str]) -> tuple[str, ...]:
        return tuple(sorted(names, key=self._order.__getitem__))


def _feeds(clause: tuple[str, ...]) -> bool:
    return any(need.partition(":")[0] == POWER for need in clause)


def _falls(
    name: str, clause: Clause, spent: frozenset[str], times: Mapping[str, float]
) -> float:
    """Return when a node falls for want of one of these alternatives."""
    last = max([times.get(need, inf) for need in clause.names])
    return last if name in spent else last + clause.lasts_s


@lru_cache(maxsize=8)
def of(config: Config) -> Dependencies:
    """Return the dependencies of a plan, made once for each plan."""
    return Dependencies(config)


@lru_cache(maxsize=8)
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
