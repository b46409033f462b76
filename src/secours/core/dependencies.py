"""What falls with what: the domino of components and channels.

One rule serves everything: a node falls when, for one of its needs, the last
alternative falls; fed by a component of class `power`, it lives on for its autonomy.
Channels are the nodes `channel:NAME`.
"""

from collections.abc import Mapping
from functools import lru_cache
from math import inf

from secours.model import Config, Needs

POWER = "power"


def node(channel: str) -> str:
    """Return the name of a channel as a component of its own."""
    return f"channel:{channel}"


class Dependencies:
    """The needs of every component and channel of a plan."""

    def __init__(self, config: Config) -> None:
        """Read them from a plan, which has no cycles: config refuses them."""
        self._needs: dict[str, Needs] = {}
        self._autonomy_s: dict[str, float] = {}
        for part in config.components.values():
            self._needs[part.name] = part.needs
            self._autonomy_s[part.name] = part.autonomy_s or 0.0
        for channel in config.channels.values():
            self._needs[node(channel.name)] = channel.needs
            self._autonomy_s[node(channel.name)] = channel.autonomy_s or 0.0
        self._components = tuple(config.components)

    def fall_times(
        self, roots: Mapping[str, float], alive: Mapping[str, float] | None = None
    ) -> dict[str, float]:
        """Return when each node falls, `inf` for never.

        `roots` are the components that are down, each since a time; `alive` are nodes
        that proved at a time that they work: what fell before that time has not.
        """
        times: dict[str, float] = {}
        for name in self._needs:
            self._time(name, roots, alive or {}, times)
        return times

    def cause(self, name: str, times: Mapping[str, float]) -> str | None:
        """Return the component whose fall takes this node, the nearest one."""
        clauses = self._needs.get(name, ())
        if not clauses:
            return None
        first = min(clauses, key=lambda clause: self._clause(name, clause, times))
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
        times: dict[str, float],
    ) -> float:
        if name in times:
            return times[name]
        needs = self._needs.get(name, ())
        for clause in needs:
            for need in clause:
                self._time(need, roots, alive, times)
        fall = min((self._clause(name, clause, times) for clause in needs), default=inf)
        if alive.get(name, -inf) > fall:
            fall = inf
        times[name] = min(fall, roots.get(name, inf))
        return times[name]

    def _clause(
        self, name: str, clause: tuple[str, ...], times: Mapping[str, float]
    ) -> float:
        """Return when a node falls for want of one of these alternatives."""
        last = max(times.get(need, inf) for need in clause)
        fed = any(need.partition(":")[0] == POWER for need in clause)
        return last + self._autonomy_s[name] if fed else last


@lru_cache(maxsize=8)
def of(config: Config) -> Dependencies:
    """Return the dependencies of a plan, made once for each plan."""
    return Dependencies(config)
