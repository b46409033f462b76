"""Suspects: the smallest sets of components that explain the failures.

What is known to be down is the base of every set and adds nothing to its size. A set
explains when, taken down with all that falls with it at that moment, no probe that is
confirmed failed could succeed, and every ok that is newer than the failure still could.
Failures that can have no cause in common are explained apart. Of each group all minimal
sets up to size 3 are found, exactly; several are listed, never a single guess. What
answers, but not well or for the first time, clears nothing: a provider in trouble
answers slowly. Yet a set that would take it is suspected only, and presumes nothing.

Source: Duffield, Network tomography of binary network performance characteristics,
IEEE Transactions on Information Theory 52 (2006).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, combinations
from math import prod
from typing import NamedTuple

from msgspec.structs import replace

from secours.core.diagnosis.observation import Failure, Observation
from secours.core.graph import dependencies
from secours.core.graph.cut_sets import LARGEST, Cut, either, linked, minimal, together
from secours.core.graph.dependencies import World
from secours.core.memory import Accusation
from secours.model.nodes import channel_node, is_channel, is_path, plain_name
from secours.model.plan import Config
from secours.model.snapshot import Explained

CANDIDATES = 40  # of which sets are tried where nothing explains all


class FailureGroup(Explained, frozen=True, kw_only=True):
    """A group of failures, with fields that only the core needs."""

    weak: bool = False  # these channels are degraded, and none of them failed
    newest_s: float = 0.0  # steady time at which the newest of the failures began

    @property
    def published(self) -> Explained:
        """Return the part for the snapshot."""
        return Explained(
            channels=self.channels,
            suspects=self.suspects,
            unexplained=self.unexplained,
            presumes=self.presumes,
        )


@lru_cache(maxsize=8)
def explain(config: Config, observation: Observation) -> tuple[FailureGroup, ...]:
    """Return the explanations; failures with a possible common cause share one."""
    if not observation.failing:
        return ()
    search = _CauseSearch(config, observation)
    groups = [search.explained(group) for group in search.groups()]
    groups = [each for each in groups if each.suspects or not each.weak]

    def order(each: FailureGroup) -> tuple[bool, int, tuple[str, ...]]:
        return each.weak, -len(each.channels), each.channels

    return tuple(sorted(groups, key=order))


class _CauseSearch:
    """Search for the explanations of one observation."""

    def __init__(self, config: Config, observation: Observation) -> None:
        self._config = config
        self._world, self._answering = observation.world, observation.answering
        self._nodes = dependencies.of(config)
        self._own = frozenset(map(channel_node, config.channels))
        self._worked = _Successes(observation.working)
        self._answered = _Successes(observation.working | observation.answering)
        down = frozenset(n for n in observation.world.fallen if n in config.components)
        self._parts_down = World(down, observation.world.spent)
        self._families = {
            f: self._family(f)
            for f in sorted(observation.failing, key=lambda f: (f.order, sorted(f[0])))
        }

    def groups(self) -> list[list[Failure]]:
        """Group failures that may have a component in common.

        Degraded channels are explained apart from failures, those with a common
        component together, even if that works: a provider in trouble answers slowly.
        """
        failing = {f: cuts for f, cuts in self._families.items() if not f.weak}
        weak = {f: self._cuts(f) for f in self._families if f.weak}
        return [*linked(failing), *filter(self._blames, linked(weak))]

    def _blames(self, weak: Sequence[Failure]) -> bool:
        """Tell whether two channels that share a component are degraded together."""
        world = self._world
        pairs = combinations(_names(weak), 2)
        return any(self._nodes.shared(*pair, world)[0] for pair in pairs)

    def explained(self, group: Sequence[Failure]) -> FailureGroup:
        """Explain one group, as far as it can be."""
        newest = max(failure.order for failure in group)
        weak = group[0].weak
        alone = frozenset().union(*map(self._alone, group))
        cuts: frozenset[Cut] = frozenset({frozenset()})
        for family in sorted((self._families[f] for f in group), key=len):
            both = together(cuts, family)
            cuts = frozenset(
                c for c in both if self._innocent(c, newest, alone, self._worked)
            )
        if weak:  # no channel is its own suspect
            cuts = frozenset(c for c in cuts if c <= self._config.components.keys())
        elif not cuts:
            cuts = self._most(group, newest)
        rest = [
            failure
            for failure in group
            if not all(any(p <= c for p in self._families[failure]) for c in cuts)
        ]
        explained = FailureGroup(
            channels=_names(group),
            suspects=_by_likelihood(self._config, cuts, self._own),
            unexplained=_names(rest) if cuts else _names(group),
            presumes=not weak,
            weak=weak,
            newest_s=max(failure.at_s for failure in group),
        )
        if weak or not self._answering:
            return explained
        stands = (
            self._stands(frozenset(cut), group, alone) for cut in explained.likeliest
        )
        return replace(explained, presumes=all(stands))

    def _stands(
        self, cut: Cut, group: Sequence[Failure], alone: frozenset[str]
    ) -> bool:
        """Tell whether a set still explains all if later answers clear nodes."""
        newest = max(failure.order for failure in group)
        return self._innocent(cut, newest, alone, self._answered) and all(
            any(
                part <= cut
                and self._innocent(part, f.order, self._alone(f), self._answered)
                for part in self._families[f]
            )
            for f in group
        )

    def _family(self, failure: Failure) -> frozenset[Cut]:
        """Return the minimal sets that explain one failure."""
        return frozenset(
            cut
            for cut in self._cuts(failure)
            if self._innocent(cut, failure.order, self._alone(failure), self._worked)
        )

    def _cuts(self, failure: Failure) -> frozenset[Cut]:
        """Return the minimal sets that take a failed node, also those cleared since."""
        return either(self._nodes.cuts(n, self._world) for n in failure.through)

    def _alone(self, failure: Failure) -> frozenset[str]:
        """Return nodes that may fail alone, blamed for nothing else."""
        path = all(map(is_path, failure.through))
        return self._own | (failure.through if path else frozenset())

    def _innocent(
        self, cut: Cut, order: int, alone: frozenset[str], outlived: "_Successes"
    ) -> bool:
        """Tell whether every success since a failure is possible with this set down."""
        fallen = self._nodes.falls(cut - alone, self._parts_down)
        return fallen.isdisjoint(outlived.more_than(order))

    def _most(self, group: Sequence[Failure], newest: int) -> frozenset[Cut]:
        """Return the sets that explain the most failures, if none explains all."""
        explains: dict[Cut, int] = {}
        for number, failure in enumerate(group):
            for cut in self._families[failure]:
                if not cut & self._own:
                    explains[cut] = explains.get(cut, 0) | 1 << number
        names = sorted(
            set(chain.from_iterable(explains)),
            key=lambda name: (-explains.get(frozenset({name}), 0).bit_count(), name),
        )[:CANDIDATES]
        by_count: dict[int, list[tuple[str, ...]]] = {}
        for some, mask in together_explain(names, explains):
            by_count.setdefault(mask.bit_count(), []).append(some)
        for most in sorted(by_count, reverse=True):
            innocent = [
                cut
                for cut in map(frozenset, by_count[most])
                if self._innocent(cut, newest, self._own, self._worked)
            ]
            if innocent and most:
                return minimal(innocent)
        return frozenset()


class _Successes:
    """Nodes with a success newer than a given failure."""

    def __init__(self, outlived: frozenset[tuple[str, int]]) -> None:
        self._outlived = outlived
        self._more_than: dict[int, frozenset[str]] = {}

    def more_than(self, order: int) -> frozenset[str]:
        """Return the nodes with a success newer than this failure."""
        if order not in self._more_than:
            found = (name for name, failures in self._outlived if failures > order)
            self._more_than[order] = frozenset(found)
        return self._more_than[order]


def together_explain(
    names: Sequence[str], explains: Mapping[Cut, int]
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield each set of up to three, with all failures that it or a part explains."""
    place = {name: number for number, name in enumerate(names)}
    alone = {
        tuple(sorted(cut, key=place.__getitem__)): mask
        for cut, mask in explains.items()
        if cut <= place.keys()
    }
    less: dict[tuple[str, ...], int] = {(): 0}
    for size in range(1, LARGEST + 1):
        masks = {}
        for some in combinations(names, size):
            mask = alone.get(some, 0)
            for part in combinations(some, size - 1):
                mask |= less[part]
            masks[some] = mask
        yield from masks.items()
        less = masks


def _names(failures: Iterable[Failure]) -> tuple[str, ...]:
    """Name each failure once: a channel by its own name, a path only alone."""
    owners = (
        min(failure.through, key=lambda name: (is_path(name), name))
        for failure in failures
    )
    return tuple(sorted(set(map(plain_name, owners))))


def _by_likelihood(
    config: Config, cuts: Iterable[Cut], own: frozenset[str]
) -> tuple[tuple[str, ...], ...]:
    """Order by size, then by prior, a channel failing alone last, then by name."""
    priors = {name: part.prior or 0.0 for name, part in config.components.items()}

    def order(cut: Cut) -> tuple[int, bool, float, tuple[str, ...]]:
        likely = prod(priors.get(name, 0.0) for name in cut)
        return len(cut), bool(cut & own), -likely, tuple(sorted(cut))

    return tuple(tuple(sorted(cut)) for cut in sorted(cuts, key=order))


class Takes(NamedTuple):
    """Suspects that take a node, if any, and whether it is sure to be down."""

    parts: tuple[str, ...]  # of a likeliest set: one that takes it alone, else all
    presumed: bool  # every likeliest set of a group of failures takes it
    newest_s: float = 0.0  # steady time at which the newest of these failures began

    @property
    def suspect(self) -> str | None:
        """Return the suspects that take it by name, None for none."""
        return " + ".join(self.parts) or None

    @property
    def accusation(self) -> Accusation:
        """Return the part kept in memory."""
        return Accusation(causes=self.parts, newest_s=self.newest_s)


def taking(
    config: Config, explained: Iterable[FailureGroup], world: World
) -> dict[str, list[FailureGroup]]:
    """Return, for each node still up, the groups that may take it.

    Of a thousand failures that are explained apart, most concern one node each.
    """
    nodes = dependencies.of(config)
    groups: dict[str, list[FailureGroup]] = {}
    for group in explained:
        taken = (nodes.falls(frozenset(cut), world) for cut in group.likeliest)
        for name in frozenset().union(*taken) - world.fallen:
            groups.setdefault(name, []).append(group)
    return groups


def takers(
    config: Config, found: Iterable[FailureGroup], name: str, world: World
) -> list[FailureGroup]:
    """Return the groups that have a likeliest set which takes a node."""
    return [each for each in found if _taking(config, each, name, world)]


def _taking(
    config: Config, group: FailureGroup, name: str, world: World
) -> list[tuple[str, ...]]:
    """Return the likeliest sets that take a node.

    A channel is not taken by failing alone: its own probes say how it is.
    """
    nodes = dependencies.of(config)
    return [
        cut
        for cut in group.likeliest
        if name in nodes.falls(frozenset(cut) - _itself(name), world)
    ]


def _itself(name: str) -> frozenset[str]:
    return frozenset({name} if is_channel(name) else ())


def takes(
    config: Config, groups: Iterable[FailureGroup], name: str, world: World
) -> Takes:
    """Tell whether the suspects of the lowest size take a node with them."""
    nodes = dependencies.of(config)
    at_risk = Takes((), presumed=False)
    presumed: list[Takes] = []
    for group in groups:
        taking = _taking(config, group, name, world)
        if not taking:
            continue
        parts = (
            part
            for part in taking[0]
            if name in nodes.falls(frozenset({part}) - _itself(name), world)
        )
        first = next(parts, None)
        takers = (first,) if first else tuple(taking[0])
        sure = group.presumes and not group.unexplained
        if sure and len(taking) == len(group.likeliest):
            presumed.append(Takes(takers, presumed=True, newest_s=group.newest_s))
        at_risk = at_risk if at_risk.parts else Takes(takers, presumed=False)
    if not presumed:
        return at_risk
    return presumed[0]._replace(newest_s=max(each.newest_s for each in presumed))
