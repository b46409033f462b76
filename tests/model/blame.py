"""Which sets of parts explain what fails, found by trying every one.

An ok that is older than a failure exonerates nobody of it; what is known down is no
suspect, and failures that nothing can have in common are explained apart.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from model.graph import Graph, Nodes

LARGEST = 3


@dataclass(frozen=True)
class Sight:
    """A test that failed or worked: the nodes it went through, and since when."""

    through: Nodes
    at: float


@dataclass(frozen=True)
class Blame:
    """Failures that belong together, and what speaks for and against their causes.

    The graph is that of what is left: without what is known to be down.
    """

    graph: Graph
    failed: tuple[Sight, ...]
    worked: tuple[Sight, ...]
    spent: Nodes

    def groups(self) -> list["Blame"]:
        """Part the failures where no part could have taken two of them."""
        groups: list[tuple[set[Sight], set[str]]] = []
        for sight in self.failed:
            sights, causes = {sight}, set(self._causes(sight))
            for group in [g for g in groups if g[1] & causes]:
                groups.remove(group)
                sights |= group[0]
                causes |= group[1]
            groups.append((sights, causes))
        return [
            Blame(self.graph, tuple(sights), self.worked, self.spent)
            for sights, _ in groups
        ]

    def smallest(self) -> list[Nodes]:
        """Return the minimal sets of up to three that explain all, or else the most.

        Where none explains all, channels that may each fail alone are what is left
        unexplained.
        """
        sets = [frozenset(s) for s in _sets(self._candidates(), LARGEST)]
        counts = {s: self._explained(s) for s in sets}
        if len(self.failed) not in counts.values():
            counts = {s: n for s, n in counts.items() if not any(map(_is_channel, s))}
        most = max(counts.values(), default=0)
        found: list[Nodes] = []
        for chosen in counts if most else ():
            if counts[chosen] == most and not any(s <= chosen for s in found):
                found.append(chosen)
        return found

    def stand(self, suspects: list[Nodes], answers: tuple[Sight, ...]) -> bool:
        """Tell whether each of these would explain all if these answers were good."""
        answered = replace(self, worked=self.worked + answers)
        return all(answered._explained(s) == len(self.failed) for s in suspects)

    def of_all(self) -> list[Nodes]:
        """Return the minimal sets of shared parts that explain every failure."""
        return [
            suspects
            for suspects in self.smallest()
            if self._explained(suspects) == len(self.failed)
            and not any(name.startswith(("channel:", "path:")) for name in suspects)
        ]

    def _explained(self, suspects: Nodes) -> int:
        """Count the failures that these alone, failing, would account for."""
        newest = max(sight.at for sight in self.failed)
        alone = {node for s in self.failed if _is_own(s.through) for node in s.through}
        if self._contradicted(suspects - alone, newest):
            return 0
        parts = [frozenset(s) for s in _sets(suspects, len(suspects))]
        return sum(
            any(self._takes(part, sight) for part in parts) for sight in self.failed
        )

    def _takes(self, part: Nodes, failure: Sight) -> bool:
        """Tell whether this part took the failure and no newer ok speaks against."""
        fallen = self.graph.fall(part, self.spent)
        shared = part - failure.through if _is_own(failure.through) else part
        takes = bool(fallen & failure.through)
        return takes and not self._contradicted(shared, failure.at)

    def _contradicted(self, part: Iterable[str], since: float) -> bool:
        """Tell whether something worked after `since` that could not have.

        A channel that fails alone fails alone: what else works through it, a second
        test of the same channel, does not clear it. So does a path whose references
        all fail.
        """
        shared = [name for name in part if not _is_channel(name)]
        fallen = self.graph.fall(shared, self.spent)
        return any(s.at > since and s.through & fallen for s in self.worked)

    def _causes(self, failure: Sight) -> list[str]:
        """Return what can have been the cause of one failure, alone or with others."""
        alone = Blame(self.graph, (failure,), self.worked, self.spent)
        return [name for suspects in alone.smallest() for name in suspects]

    def _candidates(self) -> list[str]:
        """Return all that the failed tests went through need at once, however far."""
        reached = {node for sight in self.failed for node in sight.through}
        todo = list(reached)
        while todo:
            for clause in self.graph.clauses(todo.pop(), self.spent):
                todo += [need for need in clause if need not in reached]
                reached.update(clause)
        return sorted(reached & self.graph.needs.keys())


def _is_channel(node: str) -> bool:
    return node.startswith("channel:")


def _is_own(through: Nodes) -> bool:
    """Tell whether it is the references of a path that failed."""
    return all(node.startswith("path:") for node in through)


def _sets(names: Iterable[str], largest: int) -> Iterator[tuple[str, ...]]:
    chosen = list(names)
    for size in range(1, largest + 1):
        yield from combinations(chosen, size)


def lowest(sets: list[Nodes]) -> list[Nodes]:
    """Return the sets of the lowest size."""
    size = min(map(len, sets), default=0)
    return [each for each in sets if len(each) == size]
