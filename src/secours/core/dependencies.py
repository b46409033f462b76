"""What falls with what: the domino of components and channels.

One rule serves everything: a node falls when, for one of its needs, the last
alternative falls; fed by a component of class `power`, it lives on for its autonomy.
Channels are the nodes `channel:NAME`, paths `path:NAME`.
"""

from collections.abc import Mapping
from functools import lru_cache, reduce
from itertools import chain
from math import inf

from secours.core.cuts import Cut, either, together
from secours.model import Config, Needs

POWER = "power"


def node(channel: str) -> str:
    """Return the name of a channel as a component of its own."""
    return f"channel:{channel}"


def way(path: str) -> str:
    """Return the name of a path as a component of its own."""
    return f"path:{path}"


class Dependencies:
    """The needs of every component and channel of a plan."""

    def __init__(self, config: Config) -> None:
        """Read them from a plan, which has no cycles: config refuses them."""
        self._needs: dict[str, Needs] = {}
        self._autonomy_s: dict[str, float] = {}
        for part in config.components.values():
            self._needs[part.name] = part.needs
            self._autonomy_s[part.name] = part.autonomy_s or 0.0
        for path in config.paths.values():
            self._needs[way(path.name)] = path.needs
        for channel in config.channels.values():
            self._needs[node(channel.name)] = channel.needs
            self._autonomy_s[node(channel.name)] = channel.autonomy_s or 0.0
        self._components = tuple(config.components)

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
        times: dict[str, float] = {}
        if not roots:
            return dict.fromkeys(self._needs, inf)
        for name in self._needs:
            self._time(name, roots, alive or {}, spent, times)
        return times

    @lru_cache(maxsize=65536)  # noqa: B019 -- lives as long as the plan, see `of`
    def cuts(self, name: str, spent: frozenset[str] = frozenset()) -> frozenset[Cut]:
        """Return the minimal sets of components that take a node down at once."""
        families = [frozenset({frozenset({name})})]
        for clause in self._needs.get(name, ()):
            if self._lives_on(name, clause, spent):
                continue
            all_of_them = [self.cuts(need, spent) for need in clause]
            families.append(reduce(together, all_of_them))
        return either(families)

    @lru_cache(maxsize=65536)  # noqa: B019 -- lives as long as the plan, see `of`
    def falls_at_once(self, down: Cut, spent: frozenset[str]) -> frozenset[str]:
        """Return every node that is down when these components are."""
        times = self.fall_times(dict.fromkeys(down, 0.0), spent=spent)
        return frozenset(name for name, time in times.items() if time == 0)

    def spent(self, times: Mapping[str, float], at_s: float) -> frozenset[str]:
        """Return the nodes that lived on for their autonomy and have none left."""
        return frozenset(
            name
            for name, autonomy_s in self._autonomy_s.items()
            if autonomy_s > 0 and times[name] <= at_s
        )

    def cause(self, name: str, times: Mapping[str, float]) -> str | None:
        """Return the component whose fall takes this node, the nearest one."""
        clauses = self._needs.get(name, ())
        if not clauses:
            return None
        first = min(clauses, key=lambda c: self._clause(name, c, frozenset(), times))
        return max(first, key=lambda need: times.get(need, inf))

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
        pair = {node(one), node(other)}
        both, later = [], []
        for component in self._components:
            at_once, afterwards = self.taken_by(component)
            if pair <= at_once:
                both.append(component)
            elif pair <= at_once | afterwards:
                later.append(component)
        return tuple(both), tuple(later)

    def _time(
        self,
        name: str,
        roots: Mapping[str, float],
        alive: Mapping[str, float],
        spent: frozenset[str],
        times: dict[str, float],
    ) -> float:
        if name in times:
            return times[name]
        needs = self._needs.get(name, ())
        for need in chain.from_iterable(needs):
            self._time(need, roots, alive, spent, times)
        fall = min((self._clause(name, c, spent, times) for c in needs), default=inf)
        if alive.get(name, -inf) > fall:
            fall = inf
        times[name] = min(fall, roots.get(name, inf))
        return times[name]

    def _clause(
        self,
        name: str,
        clause: tuple[str, ...],
        spent: frozenset[str],
        times: Mapping[str, float],
    ) -> float:
        """Return when a node falls for want of one of these alternatives."""
        last = max(times.get(need, inf) for need in clause)
        if self._lives_on(name, clause, spent):
            return last + self._autonomy_s[name]
        return last

    def _lives_on(
        self, name: str, clause: tuple[str, ...], spent: frozenset[str]
    ) -> bool:
        """Tell whether a node outlives its feed: only class `power` feeds."""
        fed = any(need.partition(":")[0] == POWER for need in clause)
        return fed and name not in spent and self._autonomy_s.get(name, 0.0) > 0


@lru_cache(maxsize=8)
def of(config: Config) -> Dependencies:
    """Return the dependencies of a plan, made once for each plan."""
    return Dependencies(config)
