"""What falls with what is suspected, and what is only at risk?

Where every likeliest cause takes a node that nothing measured speaks for, it is
presumed down. What has a proof, or may have been spared, is at risk.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf

from msgspec.structs import replace

from secours.core import overrides
from secours.core.diagnosis import suspects
from secours.core.graph.dependencies import World
from secours.core.knowledge import Knowledge
from secours.core.memory import Memory
from secours.core.probing import risk
from secours.model.nodes import channel_node, is_channel, path_node, plain_name
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.snapshot import Explained, Standing, State


def presume(
    config: Config,
    memory: Memory,
    known: Knowledge,
    settled: Mapping[str, Standing],
    blamed: Sequence[Explained],
    newest_s: float,
    at: Instant,
) -> tuple[dict[str, Standing], frozenset[str]]:
    """Let what may fall with the suspects of `blamed` fall, or be at risk.

    `settled` is how everything stands with what is known down; `newest_s` when the
    newest of the failures began. Return also the channels at risk that are reprieved.
    """
    taking = suspects.taking(config, blamed, known.base)
    taking = {n: found for n, found in taking.items() if n in settled}  # not the paths
    testing = _testing(config, memory, settled, taking, known.base, at)
    each = {
        node: _Accused(config, memory, known, settled[node], node, groups, testing)
        for node, groups in taking.items()
    }
    presumed = {node: accused.standing(newest_s) for node, accused in each.items()}
    reprieved = {
        node
        for node, accused in each.items()
        if presumed[node].at_risk and accused.is_doubtful()
    }
    channels = (n for n in config.channels if channel_node(n) in reprieved)
    return {**settled, **presumed}, frozenset(channels)


def fallen_paths(
    config: Config, known: Knowledge, blamed: Iterable[Explained], newest_s: float
) -> frozenset[str]:
    """Return the paths that fell, or are presumed to have, with what they need."""

    def fell(path: str) -> bool:
        presumed = suspects.takes(config, blamed, path, known.base).presumed
        silent = known.alive.get(path, -inf) <= newest_s
        return path in known.base.fallen or (presumed and silent)

    return frozenset(filter(fell, map(path_node, config.paths)))


def _testing(
    config: Config,
    memory: Memory,
    settled: Mapping[str, Standing],
    taking: Mapping[str, list[Explained]],
    base: World,
    at: Instant,
) -> frozenset[Explained]:
    """Return the groups of failures of which a hurried test may yet clear a suspect."""
    found: set[Explained] = set()
    for name in config.channels:
        node = channel_node(name)
        standing = settled[node]
        if node in taking and standing.proved_at and standing.state is not State.DOWN:
            since = memory.risks.get(name, at)
            if not risk.is_test_over(config, memory, name, since, at):
                found.update(suspects.takers(config, taking[node], node, base))
    return frozenset(found)


class _Accused:
    """A node that some groups of failures may take, and what speaks for it."""

    def __init__(
        self,
        config: Config,
        memory: Memory,
        known: Knowledge,
        settled: Standing,
        node: str,
        groups: Sequence[Explained],
        testing: frozenset[Explained],
    ) -> None:
        """Find which of the groups do take it; `testing` are those under test."""
        self._config = config
        self._memory = memory
        self._known = known
        self._settled = settled
        self._node = node
        self._takes = suspects.takes(config, groups, node, known.base)
        self._takers = suspects.takers(config, groups, node, known.base)
        self._testing = testing

    def standing(self, newest_s: float) -> Standing:
        """Return how it stands, with failures of which the newest began then.

        1. What is down already stays so, and what nothing takes stays as it is.
        2. What proved itself since, or was measured at all, is only at risk; where
           that was no more than a mark, it is the mark alone that holds it up.
        3. All else is presumed down where every likeliest cause takes it.
        """
        suspect = self._takes.suspect
        if self._settled.state is State.DOWN or suspect is None:
            return self._settled
        at_risk = replace(self._settled, at_risk=suspect)
        if not self._is_blind(self._known.alive, newest_s):
            if self._takes.presumed and self._is_blind(self._known.proved, newest_s):
                said = self._memory.words
                return overrides.by_mark_alone(at_risk, self._node, said)
            return at_risk
        if not self._is_presumed():
            return at_risk
        return replace(
            self._settled,
            state=State.DOWN,
            reason=Reason.SUSPECT if suspect == self._node else Reason.NEEDS,
            facts={"component": suspect},
            presumed=suspect,
        )

    def is_doubtful(self) -> bool:
        """Tell whether each cause that takes it may yet turn out not to be one.

        Something that it would take has answered since; or nobody can test this node,
        and the tests of others, which are under way, may clear it.
        """
        untested = self._known.measured[self._node].proved_at is None
        return all(
            not group.presumes or (untested and group in self._testing)
            for group in self._takers
        )

    def _is_blind(self, alive: Mapping[str, float], newest_s: float) -> bool:
        """Tell whether nothing but a word that is older than a failure speaks for it.

        `alive` is when each node last proved that it works, or people said so.
        """
        measured = self._known.measured[self._node]
        return (
            measured.state is State.UNKNOWN
            and measured.proved_at is None
            and alive.get(self._node, -inf) <= newest_s
        )

    def _is_presumed(self) -> bool:
        """Tell whether it is sure to be down: what stood so far waits for the tests."""
        if self._was_down() or self._testing.isdisjoint(self._takers):
            return self._takes.presumed
        tested = [group for group in self._takers if group not in self._testing]
        base = self._known.base
        return suspects.takes(self._config, tested, self._node, base).presumed

    def _was_down(self) -> bool:
        memory = self._memory
        known = memory.channels if is_channel(self._node) else memory.components
        before = known.get(plain_name(self._node))
        return before is not None and before.state is State.DOWN
