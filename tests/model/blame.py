"""Which sets of parts explain what fails, found by trying every one.

DESIGN, components and diagnosis; issue 9, A5 and A6: an ok that is older than a
failure exonerates nobody of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
    """What is to be explained, by what, and what speaks against it."""

    graph: Graph
    failed: tuple[Sight, ...]
    worked: tuple[Sight, ...]
    spent: Nodes

    def explains(self, suspects: Iterable[str]) -> bool:
        """Tell whether these alone, failing, are an answer to all that failed."""
        last = max(sight.at for sight in self.failed)
        if self._contradicted(suspects, last):
            return False
        parts = list(_subsets(suspects))
        return all(
            any(self._takes(part, sight) for part in parts) for sight in self.failed
        )

    def _takes(self, part: Nodes, failure: Sight) -> bool:
        """Tell whether this part took the failure and no newer ok speaks against."""
        fallen = self.graph.fall(part, self.spent)
        return bool(fallen & failure.through) and not self._contradicted(
            part, failure.at
        )

    def _contradicted(self, part: Iterable[str], since: float) -> bool:
        """Tell whether something worked after `since` that could not have.

        A channel that fails alone fails alone: what else works through it, a second
        test of the same channel, does not clear it.
        """
        shared = [name for name in part if not name.startswith("channel:")]
        fallen = self.graph.fall(shared, self.spent)
        return any(s.at > since and s.through & fallen for s in self.worked)

    def smallest(self) -> list[Nodes]:
        """Return every minimal explanation of up to three."""
        if not self.failed:
            return []
        found: list[Nodes] = []
        for chosen in self._candidates():
            if not any(known <= chosen for known in found) and self.explains(chosen):
                found.append(chosen)
        return found

    def _candidates(self) -> Iterator[Nodes]:
        """Yield the sets worth a try: each member takes some failure."""
        taking = [node for node in self.graph.needs if self._matters(node)]
        for size in range(1, LARGEST + 1):
            yield from map(frozenset, combinations(taking, size))

    def _matters(self, node: str) -> bool:
        """Tell whether the node can have a share in some failure at all.

        With others it may take what it does not take alone: so all that a failed one
        needs, however far, and nothing else.
        """
        return any(node in self._reach(sight.through) for sight in self.failed)

    def _reach(self, through: Nodes) -> Nodes:
        reached = set(through)
        todo = list(through)
        while todo:
            for clause in self.graph.needs.get(todo.pop(), ()):
                todo += [need for need in clause if need not in reached]
                reached.update(clause)
        return frozenset(reached)


def _subsets(names: Iterable[str]) -> Iterator[Nodes]:
    chosen = list(names)
    for size in range(1, len(chosen) + 1):
        yield from map(frozenset, combinations(chosen, size))


def lowest(sets: list[Nodes]) -> list[Nodes]:
    """Return the sets of the lowest size."""
    size = min(map(len, sets), default=0)
    return [each for each in sets if len(each) == size]
