"""Order of a recipient's targets for a notice, and those never to use.

A notice must not be lost to the outage that it reports. So a target counts as outside
the failure only if it stands in every world that may be the true one: as things are
now, and with each likeliest cause. A distrusted target is never tried, even as the last
one: whoever reads it there may answer too.
"""

from collections.abc import Mapping
from typing import NamedTuple

from secours.core.graph import dependencies
from secours.core.graph.dependencies import World
from secours.core.memory import Memory
from secours.core.receivers import hearing
from secours.core.recommend import set_aside
from secours.core.recommend.set_aside import Aside
from secours.model.nodes import channel_node, path_node
from secours.model.notices import Fitness
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.receivers.reach import Hearing
from secours.model.sections.channel import Needs
from secours.model.sections.notify import Recipient, Target
from secours.model.snapshot import Link, Standing, State

TRIED = (
    Fitness.OUTSIDE,
    Fitness.SHARES,
    Fitness.UNKNOWN_NEEDS,
    Fitness.DOWN,
    Fitness.DISTRUSTED,
)
STATES = (State.AVAILABLE, State.DEGRADED, State.UNKNOWN, State.DOWN)
UNKNOWN = Standing(state=State.UNKNOWN)


class RankedTarget(NamedTuple):
    """A target, and whether it is of use now."""

    target: str
    fitness: Fitness


def order(
    config: Config, memory: Memory, recipient: Recipient
) -> tuple[RankedTarget, ...]:
    """Return all targets of a recipient, the first to try in front.

    Within a class: targets whose device still receives, as far as is known, then those
    known to work, then the order of the plan.
    """
    judge = _Judge(config, memory)
    targets = [config.notify.targets[name] for name in recipient.targets]
    ranked = sorted(
        ((judge.fitness(target), judge.state(target), target) for target in targets),
        key=lambda found: (
            TRIED.index(found[0]),
            judge.is_unheard(found[2]),
            STATES.index(found[1]),
        ),
    )
    return tuple(RankedTarget(target.name, fitness) for fitness, _, target in ranked)


class _Judge:
    """Fitness of targets at one moment."""

    def __init__(self, config: Config, memory: Memory) -> None:
        self._config = config
        self._memory = memory
        self._worlds = [each.world for each in memory.worlds] or [World()]
        self._asides: Mapping[str, Aside] = (
            set_aside.asides(config, memory, self._worlds[0], memory.at)
            if memory.at
            else {}
        )
        nodes = dependencies.of(config)
        down = [name for name, link in memory.paths.items() if link is Link.DOWN]
        self._behind = frozenset[str]().union(
            *(nodes.behind(path_node(name)) for name in down)
        )

    def fitness(self, target: Target) -> Fitness:
        """Say whether a target is of use."""
        needs = _needs(target)
        fallen, *supposed = (world.fallen for world in self._worlds)
        aside = self._of(Reason.SET_ASIDE)
        if _lacks(needs, aside | fallen | self._of(Reason.MAINTENANCE), aside):
            return Fitness.DISTRUSTED
        if _lacks(needs, fallen | self._asides.keys()):
            return Fitness.DOWN
        if not needs_known(self._config, target):
            return Fitness.UNKNOWN_NEEDS
        if any(_lacks(needs, world) for world in supposed) or self._hidden(target):
            return Fitness.SHARES
        return Fitness.OUTSIDE

    def is_unheard(self, target: Target) -> bool:
        """Tell whether every device that its channel is heard on is lost."""
        channel = self._config.channels.get(target.through or "")
        if channel is None or not channel.heard_on:
            return False
        ways = hearing.ways_of(self._config, channel)
        return (
            bool(ways)
            and hearing.hearing(ways, self._memory.losses.fell_s) is Hearing.NONE
        )

    def state(self, target: Target) -> State:
        """Return the state of its channel; one in doubt counts as degraded."""
        standing = self._standing(target)
        node = channel_node(target.through or "")
        if standing.state is State.AVAILABLE and node in self._memory.doubts:
            return State.DEGRADED
        return standing.state

    def _standing(self, target: Target) -> Standing:
        return self._memory.channels.get(target.through or "", UNKNOWN)

    def _of(self, wanted: Reason) -> frozenset[str]:
        return frozenset(n for n, (why, _) in self._asides.items() if why is wanted)

    def _hidden(self, target: Target) -> bool:
        """Tell whether it lies behind a path of ours that is down."""
        behind = self._standing(target).reason is Reason.OWN_LINK
        return behind or _lacks(target.needs, self._behind)


def needs_known(config: Config, target: Target) -> bool:
    """Tell whether the plan says what a target needs."""
    channel = config.channels.get(target.through or "")
    return target.needs_known and (channel is None or channel.needs_known)


def _needs(target: Target) -> Needs:
    """Return all that a target needs, its channel and the path of its carrier too."""
    own = [channel_node(target.through)] if target.through else []
    if target.carrier and target.carrier.via:
        own.append(path_node(target.carrier.via))
    return (*((name,) for name in own), *target.needs)


def _lacks(
    needs: Needs, gone: frozenset[str], among: frozenset[str] | None = None
) -> bool:
    """Tell whether no alternative of a need is left, one of them `among` these."""
    return any(
        gone.issuperset(clause) and (among is None or not among.isdisjoint(clause))
        for clause in needs
    )
