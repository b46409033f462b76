"""The plan as a graph: what falls with what, in the plainest way.

A node is a component (`power:grid`), a channel (`channel:sms`) or a path
(`path:lan`). Everything here is about one instant: no time passes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf

from secours.model.plan import Config
from secours.model.receivers.audiences import Device
from secours.model.sections.channel import Needs

Nodes = frozenset[str]
SERVICES = frozenset({"voice", "data"})  # by which a network fails; a text needs none

Lasts = Callable[[str, float], float]
"""How long a node lives on when its power fails at this moment, in seconds."""

Served = Mapping[tuple[str, str], float]
"""When a node last had a service of a network, by its name and the service."""


def channel(name: str) -> str:
    return f"channel:{name}"


def path(name: str) -> str:
    return f"path:{name}"


def ear(device: str, service: str, option: str = "") -> str:
    """Return a service of a device, for those who have it by one option of a split."""
    return f"device:{device}.{service}.{option}"


def ears(device: Device) -> Iterator[tuple[str, Needs]]:
    """Yield all that a device is heard by, with what that needs."""
    for service, each in device.services.items():
        for option in each.split:
            yield ear(device.name, service, option), (*each.needs, (option,))
        if not each.split:
            yield ear(device.name, service), each.needs


def fed(clause: Iterable[str]) -> bool:
    """Tell whether one of these needs is power: a battery helps against its loss."""
    return any(need.startswith("power:") for need in clause)


@dataclass(frozen=True)
class Graph:
    """Who needs what, and for how long each lives without its power."""

    needs: Mapping[str, Needs]
    autonomy: Mapping[str, float]

    def __hash__(self) -> int:
        return id(self)

    @cached_property
    def _falls(self) -> dict[tuple[Nodes, Nodes], Nodes]:
        return {}

    def clauses(self, node: str, spent: Nodes) -> Needs:
        """Return the needs whose loss takes the node at once."""
        if node not in self.autonomy or node in spent:
            return self.needs.get(node, ())
        return tuple(c for c in self.needs.get(node, ()) if not fed(c))

    def fall(self, down: Iterable[str], spent: Nodes) -> Nodes:
        """Return what is down when these are, with all that falls at once."""
        key = (frozenset(down), spent)
        if key not in self._falls:
            self._falls[key] = self._closed(*key)
        return self._falls[key]

    def _closed(self, down: Nodes, spent: Nodes) -> Nodes:
        gone, before = set(down), -1
        while before != len(gone):
            before = len(gone)
            for node in self.needs:
                if any(gone.issuperset(c) for c in self.clauses(node, spent)):
                    gone.add(node)
        return frozenset(gone)

    def without(self, down: Nodes, spent: Nodes) -> "Graph":
        """Return what is left where these are down, as far as it can fall at once.

        What stands though all that it can choose from is down does not need that: the
        plan is wrong there.
        """
        needs = {
            node: tuple(
                left
                for clause in self.clauses(node, spent)
                if (left := tuple(need for need in clause if need not in down))
            )
            for node in self.needs
            if node not in down
        }
        return Graph(needs, {})

    def fall_times(
        self,
        roots: Mapping[str, Iterable[float]],
        freed: Mapping[str, float],
        lasts: Lasts,
        steadily: Mapping[str, float] | None = None,
        served: Served | None = None,
    ) -> dict[str, list[float]]:
        """Return the moments at which each node falls with these roots, in order.

        What is down may fall again: its own test fails after its need, or another need
        does. A clause falls with the last of its alternatives, and after it a battery
        lives on. What is known to live since (`freed`) falls with nothing older; with
        the end of a battery only what has lived `steadily` since then does not, and
        with calls or data only what has had these (`served`, by their class) since.
        """
        found: dict[str, list[float]] = {}
        batteries: set[float] = set()  # when they end
        steadily = freed if steadily is None else steadily

        def holds(node: str, clause: tuple[str, ...], fell: float) -> bool:
            """Tell whether a fall takes it, as it has not worked without since."""
            lived = (steadily if fell in batteries else freed).get(node, -inf)
            return min(lived, _had(node, clause, served)) <= fell

        def times(node: str) -> list[float]:
            if node not in found:
                clauses = self.needs.get(node, ())
                taken = [t for c in clauses for t in lost(node, c) if holds(node, c, t)]
                found[node] = sorted({*roots.get(node, ()), *taken})
            return found[node]

        def lost(node: str, clause: tuple[str, ...]) -> list[float]:
            fell = [times(need) for need in clause]
            if not all(fell):
                return []
            ends = [max(each[0] for each in fell)]
            again = [[t for t in each if holds(node, clause, t)] for each in fell]
            if all(again):
                ends.append(max(each[0] for each in again))
            if fed(clause) and node in self.autonomy:
                ends = [t + lasts(node, t) for t in ends]
                batteries.update(ends)
            return ends

        return {node: times(node) for node in self.needs}

    def tainted(self, by: Iterable[str], gone: Nodes, spent: Nodes) -> Nodes:
        """Close over `by`: what has nothing left but these and what is gone."""
        found, before = set(by), -1
        while before != len(found):
            before = len(found)
            for node in self.needs:
                for clause in self.clauses(node, spent):
                    if found.intersection(clause) and (found | gone).issuperset(clause):
                        found.add(node)
        return frozenset(found)

    def single(self, node: str, world: Nodes, spent: Nodes) -> Nodes:
        """Return what takes this node by failing alone, where `world` is down.

        A node that stands although all it can choose from is down contradicts that: one
        of these, whichever it is, stands for it, and what that needs may take it.
        """
        takes = {node}
        for clause in self.clauses(node, spent):
            left = [need for need in clause if need not in world]
            each = [self.single(need, world, spent) for need in left or clause]
            both = frozenset.intersection if left else frozenset.union
            takes |= both(*each)
        return frozenset(takes)


def _had(
    node: str,
    clause: tuple[str, ...],
    served: Served | None,
) -> float:
    """Return since when a node has had what it needs, where that is a service."""
    kinds = {need.partition(":")[0] for need in clause}
    if served is None or not kinds <= SERVICES:
        return inf
    return max(served.get((node, kind), -inf) for kind in kinds)


def graph_of(config: Config) -> Graph:
    """Draw the graph of a plan."""
    parts = [(c.name, c.needs, c.autonomy_s) for c in config.components.values()]
    parts += [
        (channel(c.name), c.needs, c.autonomy_s) for c in config.channels.values()
    ]
    parts += [(path(p.name), p.needs, None) for p in config.paths.values()]
    parts += [
        (name, needs, device.autonomy_s)
        for device in config.devices.values()
        for name, needs in ears(device)
    ]
    return Graph(
        needs={name: needs for name, needs, _ in parts},
        autonomy={name: autonomy for name, _, autonomy in parts if autonomy},
    )
