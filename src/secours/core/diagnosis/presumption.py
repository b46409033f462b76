"""Nodes presumed down with the suspects, and nodes at risk.

A node that every likeliest cause takes, and no measurement proves, is presumed down.
One with a proof, or that may have been spared, is at risk.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import inf
from typing import NamedTuple

from msgspec.structs import replace

from secours.core import overrides
from secours.core.diagnosis import suspects
from secours.core.diagnosis.suspects import FailureGroup, Takes
from secours.core.graph.dependencies import World
from secours.core.knowledge import Knowledge
from secours.core.memory import Accusation, Memory
from secours.core.probing import risk
from secours.model.nodes import (
    channel_node,
    is_channel,
    is_device,
    path_node,
    plain_name,
)
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.snapshot import Standing, State


class Presumption(NamedTuple):
    """The standings with what is presumed down, and what follows from them."""

    settled: dict[str, Standing]
    reprieved: frozenset[str]  # channels at risk
    accused: dict[str, Accusation]  # components, and people's devices, by node


def presume(
    config: Config,
    memory: Memory,
    knowledge: Knowledge,
    settled: Mapping[str, Standing],
    blamed: Sequence[FailureGroup],
    at: Instant,
) -> Presumption:
    """Presume nodes that suspects of `blamed` take down, or put them at risk.

    `settled` is how everything stands with what is known down.
    """
    causes = suspects.taking(config, blamed, knowledge.base)
    taking = {n: groups for n, groups in causes.items() if n in settled}  # no paths
    testing = _testing(config, memory, settled, taking, knowledge.base, at)
    each = {
        node: _SuspectNode(
            config, memory, knowledge, settled[node], node, groups, testing
        )
        for node, groups in taking.items()
    }
    presumed = {node: accused.standing() for node, accused in each.items()}
    reprieved = {
        node
        for node, accused in each.items()
        if presumed[node].at_risk and accused.is_doubtful()
    }
    channels = (n for n in config.channels if channel_node(n) in reprieved)
    parts = ((n, each[n].presumed) for n in each if not is_channel(n))
    devices = _devices(config, memory, knowledge, causes, testing)
    return Presumption(
        {**settled, **presumed},
        frozenset(channels),
        {n: takes.accusation for n, takes in (*parts, *devices) if takes.presumed},
    )


def _devices(
    config: Config,
    memory: Memory,
    knowledge: Knowledge,
    causes: Mapping[str, list[FailureGroup]],
    testing: frozenset[FailureGroup],
) -> Iterator[tuple[str, Takes]]:
    """Yield each of people's devices with what takes it; no probe clears it."""
    for node in filter(is_device, causes):
        was_lost = node in memory.losses.fell_s
        groups = [g for g in causes[node] if was_lost or g not in testing]
        yield node, suspects.takes(config, groups, node, knowledge.base)


def fallen_paths(
    config: Config, knowledge: Knowledge, blamed: Iterable[FailureGroup]
) -> frozenset[str]:
    """Return the paths down, or presumed down, with their needs."""
    blamed = list(blamed)

    def fell(path: str) -> bool:
        newer = _newer_than(knowledge.alive.get(path, -inf), blamed)
        presumed = suspects.takes(config, newer, path, knowledge.base).presumed
        return path in knowledge.base.fallen or presumed

    return frozenset(filter(fell, map(path_node, config.paths)))


def _newer_than(alive_s: float, groups: Iterable[FailureGroup]) -> list[FailureGroup]:
    """Return the groups with a failure newer than a node's last proof."""
    return [group for group in groups if alive_s <= group.newest_s]


def _testing(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    taking: Mapping[str, list[FailureGroup]],
    base: World,
    at: Instant,
) -> frozenset[FailureGroup]:
    """Return the groups of failures of which a hurried test may yet clear a suspect."""
    groups: set[FailureGroup] = set()
    for name in config.channels:
        node = channel_node(name)
        standing = settled[node]
        if node in taking and standing.proved_at and standing.state is not State.DOWN:
            since = memory.risks.get(name, at)
            if not risk.is_test_over(config, memory, name, since, at):
                groups.update(suspects.takers(config, taking[node], node, base))
    return frozenset(groups)


class _SuspectNode:
    """A node that some groups of failures may take, and its proofs."""

    def __init__(
        self,
        config: Config,
        memory: Memory,
        knowledge: Knowledge,
        settled: Standing,
        node: str,
        groups: Sequence[FailureGroup],
        testing: frozenset[FailureGroup],
    ) -> None:
        """Find which of the groups do take it; `testing` are those under test."""
        self._config = config
        self._memory = memory
        self._knowledge = knowledge
        self._settled = settled
        self._node = node
        self._groups = suspects.takers(config, groups, node, knowledge.base)
        self._testing = testing

    @cached_property
    def presumed(self) -> Takes:
        """Suspects that take it, by failures newer than all that it proved."""
        return self._takes(self._tested(self._newer_than(self._knowledge.alive)))

    def standing(self) -> Standing:
        """Return its standing.

        1. A node already down stays so, and one that nothing takes stays as it is.
        2. It is presumed down where every likeliest cause of some failures takes it, of
           which one is newer than all its proofs, once its tests are over.
        3. Else it is only at risk; if nothing but a mark is newer than the failures, it
           counts as up by that mark alone.
        """
        suspect = self._takes(self._groups).suspect
        if self._settled.state is State.DOWN or suspect is None:
            return self._settled
        presumed = self.presumed
        if presumed.presumed:
            return replace(
                self._settled,
                state=State.DOWN,
                reason=Reason.SUSPECT
                if presumed.suspect == self._node
                else Reason.NEEDS,
                facts={"component": presumed.suspect or ""},
                presumed=presumed.suspect,
                until=None,
                measured=None,
            )
        at_risk = replace(self._settled, at_risk=suspect)
        newer = self._newer_than(self._knowledge.alive)
        unmarked = self._newer_than(self._knowledge.proved)
        if self._takes([g for g in unmarked if g not in newer]).presumed:
            said = self._memory.words
            return overrides.by_mark_alone(at_risk, self._node, said)
        return at_risk

    def is_doubtful(self) -> bool:
        """Tell whether each cause that takes it may yet be cleared.

        Another node that the cause would take has answered since; or this one has no
        test, and running tests of others may clear it.
        """
        untested = self._knowledge.measured[self._node].proved_at is None
        return all(
            not group.presumes or (untested and group in self._testing)
            for group in self._groups
        )

    def _newer_than(self, alive: Mapping[str, float]) -> list[FailureGroup]:
        """Return the groups newer than every proof of the node.

        `alive` is when each node last proved that it works, or people said so. A failed
        test of its own proves nothing.
        """
        if self._knowledge.measured[self._node].proved_at is not None:
            return []
        return _newer_than(alive.get(self._node, -inf), self._groups)

    def _tested(self, groups: list[FailureGroup]) -> list[FailureGroup]:
        """Leave out groups that a test may yet clear; the node waits for it."""
        memory = self._memory
        known = memory.channels if is_channel(self._node) else memory.components
        before = known.get(plain_name(self._node))
        if before is not None and before.state is State.DOWN:
            return groups
        return [group for group in groups if group not in self._testing]

    def _takes(self, groups: Iterable[FailureGroup]) -> Takes:
        return suspects.takes(self._config, groups, self._node, self._knowledge.base)
