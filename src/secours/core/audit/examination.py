"""Weak points of each line of a plan, and the one change that mends most of them.

Of the plan as designed, not of states now. A change is judged by examining the line
with the change made.
"""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, product

from msgspec import Struct
from msgspec.structs import replace

from secours.core import overrides
from secours.core.audit import takers
from secours.core.audit.line import WAKES, LineAudit, examine, things_needed, usable
from secours.core.audit.takers import HeardBy
from secours.core.graph import dependencies, devices, independent_set
from secours.core.graph.derived import derived
from secours.core.receivers import hearing
from secours.model.nodes import channel_node
from secours.model.observed import Seconds
from secours.model.plan import Config
from secours.model.receivers.audiences import EARS, PeopleGroup
from secours.model.sections.line import Line, Purpose, Tier

HOUR_S = 3600.0
HOURS = (0, 2, 4, 8)  # without mains
UNTIL_S = HOUR_S * HOURS[-1]
MOST = 500  # changes of a line that are tried; each takes about 1 ms
ENOUGH = 2  # channels that are left, or independent: more of them mend nothing


class WorstFailure(Struct, frozen=True, kw_only=True):
    """The failure that leaves a line fewest channels by the last of `HOURS`."""

    name: str  # of a component, or of the one channel
    left: tuple[str, ...]
    after_s: Seconds  # until the last that it takes has fallen


class LineStrength(Struct, frozen=True, kw_only=True):
    """Channels of a line, and the failures that take them."""

    line: str
    channels: tuple[str, ...]  # that it can use, and somebody hears
    needs_unknown: tuple[str, ...]
    ways: int  # channels that pairwise share nothing
    single_points: tuple[str, ...]  # each leaves nothing within the last of `HOURS`
    worst: WorstFailure | None
    hours: tuple[tuple[str, ...], ...]  # left after `HOURS`; () if none needs mains
    unreached: tuple[str, ...]  # groups that hear no channel
    cut_off: tuple[tuple[str, str], ...]  # a group, and what leaves it nothing by then

    @property
    def least(self) -> int:
        """Return how many channels the worst single failure leaves."""
        return len(self.worst.left) if self.worst else len(self.channels)

    @property
    def cutting(self) -> tuple[Collection[str], ...]:
        """Return the failures that cut off everybody, and those that do a group."""
        return self.single_points, dict.fromkeys(root for _, root in self.cut_off)

    @property
    def lacks(self) -> tuple[int, ...]:
        """Return how much is wrong: whom it misses, then failures, then hours."""
        lasting = len(self.hours[-1]) if self.hours else ENOUGH
        return (
            int(not self.channels),
            len(self.unreached),
            len(self.single_points),
            len(self.cut_off),
            *(max(0, ENOUGH - n) for n in (self.least, lasting, self.ways)),
        )

    @property
    def reserve(self) -> tuple[int, ...]:
        """Return the counts left and the independent ways, without a limit."""
        return (self.least, *map(len, reversed(self.hours)), self.ways)


class PlanChange(Struct, frozen=True, kw_only=True):
    """A channel that joins a line as its last, a device that a group gets, or both."""

    channel: str = ""
    group: str = ""
    device: str = ""


class Proposal(Struct, frozen=True, kw_only=True):
    """The change that mends most of a line, and its examination after that."""

    change: PlanChange
    equals: tuple[PlanChange, ...]  # that would mend as much
    after: LineStrength


class LineExamination(Struct, frozen=True, kw_only=True):
    """One line as it is, and the change that mends most, if any tried does."""

    audit: LineAudit
    now: LineStrength
    proposal: Proposal | None


class PlanExamination(Struct, frozen=True, kw_only=True):
    """Each line of a plan, and the channels that people are to try and never did."""

    config: Config
    offers: Config  # the plan with what it might add
    lines: tuple[LineExamination, ...]
    never_tried: tuple[str, ...]  # in the order of the plan


def examined(
    config: Config, offers: Config | None = None, tried: Container[str] = ()
) -> PlanExamination:
    """Examine a plan.

    `offers` is the same plan with more channels, in no line, that it might have.
    `tried` are the channels of which people logged a test.
    """
    wide = offers or config  # with one more line, of all: their devices then count
    every = ((Tier.EMERGENCY, tuple(wide.channels)),)
    line_of_all = Line(purpose=Purpose.COORDINATE, audience="", tiers=every)
    wide = replace(wide, plan=(*wide.plan, line_of_all))
    return PlanExamination(
        config=config,
        offers=offers or config,
        lines=tuple(
            LineExamination(
                audit=examine(config, line),
                now=strength(config, line),
                proposal=_proposal(config, wide, line),
            )
            for line in config.plan
        ),
        never_tried=tuple(
            name
            for name in config.planned
            if overrides.tested_every_s(config, config.channels[name]) is not None
            and name not in tried
        ),
    )


def weakest(config: Config) -> LineStrength | None:
    """Return the line that lacks most, None where none lacks anything."""
    found = (strength(config, line) for line in config.plan)
    worst = max(found, key=lambda each: each.lacks, default=None)
    return worst if worst and any(worst.lacks) else None


def strength(
    config: Config,
    line: Line,
    groups: Sequence[PeopleGroup] | None = None,
    plan: Config | None = None,
) -> LineStrength:
    """Examine one line, for the groups of its audience or for those given.

    Its mains are those of `plan`, where `config` has more than the line will need.
    """
    groups = hearing.groups(config, line) if groups is None else groups
    channels = usable(config, line)
    by_group = {g.name: takers.heard(config, line, channels, g) for g in groups}
    named = tuple(n for n in channels if any(n in h for h in by_group.values()))
    channels = named or channels
    by = takers.by_any([*by_group.values()], channels)
    needed, rest = things_needed(config, channels, by), _left(config, by)
    return LineStrength(
        line=line.name,
        channels=channels,
        needs_unknown=tuple(n for n in channels if not config.channels[n].needs_known),
        ways=len(independent_set.independent(needed).channels),
        single_points=tuple(root for root, n in rest.items() if not n),
        worst=_worst(config, by, rest),
        hours=tuple(_hours(config, by, (plan or config).components)),
        unreached=tuple(name for name, each in by_group.items() if not each),
        cut_off=tuple(
            (name, root)
            for name, each in by_group.items()
            for root, n in _left(config, each).items()
            if not n
        ),
    )


def _left(config: Config, by: HeardBy) -> Mapping[str, int]:
    """Return, by failure, how many channels are left after the last of `HOURS`."""
    taken = (_taken_by(config, name, nodes) for name, nodes in by.items())
    takes = Counter(chain.from_iterable(taken))
    itself = {channel_node(name): 0 for name in by if len(by) == 1}
    roots = dependencies.cautious(config).ordered(takes)
    return {root: len(by) - takes[root] for root in roots} | itself


@derived
def _taken_by(config: Config, name: str, nodes: frozenset[str]) -> frozenset[str]:
    """Return the failures that each take a channel by the last of `HOURS`."""
    by = {name: nodes}
    at_once, later = takers.alone(config, name, by)
    return at_once | {
        root
        for root in later
        if takers.falls_s(name, by, takers.falls(config, root)) <= UNTIL_S
    }


def _worst(config: Config, by: HeardBy, rest: Mapping[str, int]) -> WorstFailure | None:
    """Return the worst failure; of equals, first what takes more at once, or sooner."""
    ranked: list[tuple[tuple[float, float, str], WorstFailure]] = []
    for root in rest:
        if rest[root] == min(rest.values()):
            times = takers.falls(config, root)
            ends_s = {name: takers.falls_s(name, by, times) for name in by}
            survivors = tuple(name for name, end_s in ends_s.items() if end_s > UNTIL_S)
            after_s = max(end_s for end_s in ends_s.values() if end_s <= UNTIL_S)
            standing = sum(end_s > 0 for end_s in ends_s.values())
            worst = WorstFailure(name=root, left=survivors, after_s=after_s)
            ranked.append(((standing, after_s, root), worst))
    return min(ranked)[1] if ranked else None


def _hours(
    config: Config, by: HeardBy, names: Iterable[str]
) -> Iterator[tuple[str, ...]]:
    """Yield the channels left after each of `HOURS`; none if no mains are needed."""
    nodes = dependencies.cautious(config)
    ends = (each for name in by for each in (channel_node(name), *by[name]))
    behind = frozenset().union(*map(nodes.behind, ends)) & config.components.keys()
    parts = (config.components[name] for name in behind.union(names))
    if roots := devices.mains(parts) & behind:
        times = takers.falls(config, *sorted(roots))
        ends_s = {name: takers.falls_s(name, by, times) for name in by}
        for until_s in (HOUR_S * hours for hours in HOURS):
            yield tuple(name for name, end_s in ends_s.items() if end_s > until_s)


def _proposal(config: Config, wide: Config, line: Line) -> Proposal | None:
    """Return the best change that was tried; of equals what the plan has already."""
    now = strength(config, line)
    if now.needs_unknown or not any(now.lacks):
        return None
    some = islice(changes(wide, line), MOST)
    tries = [(each, strength_with(wide, line, each, config)) for each in some]

    def rank(tried: tuple[PlanChange, LineStrength]) -> tuple[object, ...]:
        change, after = tried
        is_new = change.channel not in ("", *config.channels)
        reserve = tuple(-n for n in after.reserve)
        return after.lacks, is_new, bool(change.device), reserve

    best = min(tries, key=rank, default=None)
    if best is None or best[1].lacks >= now.lacks:
        return None
    return Proposal(
        change=best[0],
        equals=tuple(e[0] for e in tries if e is not best and rank(e) == rank(best)),
        after=best[1],
    )


def changes(config: Config, line: Line) -> Iterator[PlanChange]:
    """Yield the changes that are tried."""
    more, groups = [*_fitting(config, line)], hearing.groups(config, line)
    for name in more:
        heard = [takers.heard(config, line, [name], group) for group in groups]
        if any(heard) or not groups:
            yield PlanChange(channel=name)
    for name, group in product(("", *more), groups):
        through = [
            config.channels[n] for n in ([name] if name else usable(config, line))
        ]
        heard_on = chain.from_iterable(each.heard_on or () for each in through)
        for device in dict.fromkeys(each for each, _ in heard_on):
            if device not in (*group.devices, EARS) and device in config.devices:
                yield PlanChange(channel=name, group=group.name, device=device)


def _fitting(config: Config, line: Line) -> Iterator[str]:
    """Yield the channels that a line lacks and could use; to alert, that wake."""
    has = {name for name, _ in line.order}
    for name, channel in config.channels.items():
        traits = [channel.traits.get(trait) == "yes" for trait in line.require]
        sleeps = line.purpose is Purpose.ALERT and channel.traits.get(WAKES) == "no"
        fits = line.purpose in channel.purposes and channel.needs_known
        if name not in has and fits and all(traits) and not sleeps:
            yield name


def strength_with(
    config: Config, line: Line, change: PlanChange, plan: Config
) -> LineStrength:
    """Examine a line of a plan with a change; in `config` all channels are in use."""
    if change.channel:
        more = (Tier.EMERGENCY, (change.channel,))
        line = replace(line, tiers=(*line.tiers, more))
    groups = (
        replace(each, devices=(*each.devices, change.device))
        if each.name == change.group
        else each
        for each in hearing.groups(config, line)
    )
    return strength(config, line, tuple(groups), plan)
