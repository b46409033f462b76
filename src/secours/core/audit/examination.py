"""Weak points of each line of a plan, and the one change that mends most of them.

Of the world as designed. A change is judged by examining the line with it.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, product

from msgspec import Struct
from msgspec.structs import replace

from secours.core import overrides
from secours.core.audit import takers
from secours.core.audit.line import WAKES, LineAudit, examine, things_needed, usable
from secours.core.audit.receivers import ways_of
from secours.core.audit.remedy import fitting
from secours.core.audit.takers import HeardBy
from secours.core.audit.worst import WorstFailure, worst_failure
from secours.core.graph import dependencies, devices, independent_set
from secours.core.graph.derived import derived
from secours.core.receivers import hearing
from secours.model.nodes import channel_node
from secours.model.plan import Config, Line, Purpose, Tier
from secours.model.receivers.audiences import EARS, PeopleGroup

HOUR_S = 3600.0
HOURS = (0, 2, 4, 8)  # without mains
MOST = 500  # changes of a line that are tried; each takes about 1 ms
ENOUGH = 2  # channels that are left, or independent: more of them mend nothing


class LineStrength(Struct, frozen=True, kw_only=True):
    """Channels of a line, and the failures that take them."""

    line: str
    channels: tuple[str, ...]  # that it can use, and somebody hears
    needs_unknown: tuple[str, ...]
    ways: int  # channels that pairwise share nothing
    proven: bool  # that there are no more
    single_points: tuple[str, ...]  # each leaves nothing within the last of `HOURS`
    least: int  # channels left then by the failure that leaves fewest
    hours: tuple[tuple[str, ...], ...]  # left after `HOURS`; () if none needs mains
    unreached: tuple[str, ...]  # groups that hear no channel
    cut_off: tuple[tuple[str, str], ...]  # a group, and what leaves it nothing by then

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
        """Return how much it has, also beyond enough."""
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
    """One line as it is, and what would mend it; None where nothing that was tried."""

    audit: LineAudit
    now: LineStrength
    worst: WorstFailure | None  # of all time
    proposal: Proposal | None


class PlanExamination(Struct, frozen=True, kw_only=True):
    """Each line of a plan, and the channels that people are to try and never did."""

    config: Config
    offers: Config  # the plan with what it might add
    lines: tuple[LineExamination, ...]
    never_tried: tuple[str, ...]  # the most wanted first


def examined(
    config: Config, offers: Config | None = None, tried: Container[str] = ()
) -> PlanExamination:
    """Examine a plan.

    `offers` is the same plan with more channels, in no line, that it might have.
    `tried` are the channels of which people logged a test.
    """
    wide = _all_in_use(offers or config)
    return PlanExamination(
        config=config,
        offers=offers or config,
        lines=tuple(
            LineExamination(
                audit=examine(config, line),
                now=now,
                worst=worst_failure(
                    config, now.channels, takers.heard_by(config, line)
                ),
                proposal=_proposal(config, wide, line, now),
            )
            for line in config.plan
            for now in [strength(config, line)]
        ),
        never_tried=tuple(
            name
            for name in _most_wanted(config)
            if name not in tried
            and overrides.tested_every_s(config, config.channels[name]) is not None
        ),
    )


def weakest(config: Config) -> LineStrength | None:
    """Return the line that lacks most, None where none lacks anything."""
    found = (strength(config, line) for line in config.plan)
    worst = max(found, key=lambda each: each.lacks, default=None)
    return worst if worst and any(worst.lacks) else None


def strength(
    config: Config, line: Line, groups: Sequence[PeopleGroup] | None = None
) -> LineStrength:
    """Examine one line, for the groups of its audience or for these."""
    if groups is None:
        groups = hearing.groups(config, line)
    channels = usable(config, line)
    heard = {g.name: _heard(config, line, channels, g) for g in groups}
    named = [n for n in channels if any(n in each for each in heard.values())]
    channels = tuple(named) or channels
    by = {
        name: frozenset().union(*(each.get(name, ()) for each in heard.values()))
        for name in channels
    }
    ways = independent_set.independent(things_needed(config, channels, by))
    left = _left(config, by)
    return LineStrength(
        line=line.name,
        channels=channels,
        needs_unknown=tuple(n for n in channels if not config.channels[n].needs_known),
        ways=len(ways.channels),
        proven=ways.proven,
        single_points=tuple(root for root, n in left.items() if not n),
        least=min(left.values(), default=len(channels)),
        hours=tuple(_hours(config, by)),
        unreached=tuple(name for name, each in heard.items() if not each),
        cut_off=tuple(
            (name, root)
            for name, each in heard.items()
            for root, n in _left(config, each).items()
            if not n
        ),
    )


def _heard(
    config: Config, line: Line, channels: Sequence[str], group: PeopleGroup
) -> Mapping[str, frozenset[str]]:
    """Return the channels that a group hears, each with the nodes by which."""
    found = {name: ways_of(config, line, name, group) for name in channels}
    return {
        name: frozenset(node for way in ways for node in way)
        for name, ways in found.items()
        if ways
    }


def _left(config: Config, by: HeardBy) -> Mapping[str, int]:
    """Return, by failure, how many of these channels last beyond the last hour."""
    takes = Counter(
        chain.from_iterable(_taken_by(config, *each) for each in by.items())
    )
    itself = {channel_node(name): 0 for name in by if len(by) == 1}
    roots = dependencies.cautious(config).ordered(takes)
    return {root: len(by) - takes[root] for root in roots} | itself


@derived
def _taken_by(config: Config, name: str, nodes: frozenset[str]) -> frozenset[str]:
    """Return what alone takes a channel, or these nodes, by the last hour."""
    by = {name: nodes}
    at_once, later = takers.alone(config, name, by)
    return at_once | {
        root
        for root in later
        if takers.falls_s(name, by, takers.falls(config, root)) <= HOUR_S * HOURS[-1]
    }


def _hours(config: Config, by: HeardBy) -> Iterator[tuple[str, ...]]:
    nodes = dependencies.cautious(config)
    ends = (each for name in by for each in (channel_node(name), *by[name]))
    behind = frozenset().union(*map(nodes.behind, ends)) & config.components.keys()
    if roots := devices.mains(config.components[name] for name in behind):
        times = _falls_together(config, roots)
        ends_s = {name: takers.falls_s(name, by, times) for name in by}
        for hours in HOURS:
            until_s = HOUR_S * hours
            yield tuple(name for name, end_s in ends_s.items() if end_s > until_s)


@derived
def _falls_together(config: Config, roots: frozenset[str]) -> Mapping[str, float]:
    return dependencies.cautious(config).fall_times(dict.fromkeys(roots, 0.0))


# ------------------------------------------------------------------ changes


def _proposal(
    config: Config, wide: Config, line: Line, now: LineStrength
) -> Proposal | None:
    """Return the best change that was tried; of equals what the plan has already."""
    if now.needs_unknown or not any(now.lacks):
        return None
    some = islice(changes(wide, line), MOST)
    tries = [(each, strength_with(wide, line, each)) for each in some]

    def rank(tried: tuple[PlanChange, LineStrength]) -> tuple[object, ...]:
        change, after = tried
        is_new = bool(change.channel) and change.channel not in config.channels
        cost = (is_new, bool(change.device))
        return after.lacks, cost, tuple(-n for n in after.reserve)

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
    more = [
        each.name
        for each in fitting(config, line)
        if line.purpose is not Purpose.ALERT or each.traits.get(WAKES) != "no"
    ]
    groups = hearing.groups(config, line)
    for name in more:
        if not groups or any(ways_of(config, line, name, each) for each in groups):
            yield PlanChange(channel=name)
    for name, group in product(("", *more), groups):
        by = _devices(config, [name] if name else usable(config, line))
        for device in config.devices:
            if device in by.difference(group.devices):
                yield PlanChange(channel=name, group=group.name, device=device)


def _devices(config: Config, channels: Iterable[str]) -> set[str]:
    """Return what these channels are heard on, but for ears."""
    heard_on = (config.channels[name].heard_on or () for name in channels)
    return {device for device, _ in chain.from_iterable(heard_on)} - {EARS}


def strength_with(config: Config, line: Line, change: PlanChange) -> LineStrength:
    """Examine a line with a change, in a plan all of whose channels are in use."""
    if change.channel:
        more = (Tier.EMERGENCY, (change.channel,))
        line = replace(line, tiers=(*line.tiers, more))
    groups = (
        replace(each, devices=(*each.devices, change.device))
        if each.name == change.group
        else each
        for each in hearing.groups(config, line)
    )
    return strength(config, line, tuple(groups))


def _all_in_use(config: Config) -> Config:
    """Return a plan with a line more, of all channels: their devices can fail too."""
    every = ((Tier.EMERGENCY, tuple(config.channels)),)
    line = Line(purpose=Purpose.COORDINATE, audience="", tiers=every)
    return replace(config, plan=(*config.plan, line))


def _most_wanted(config: Config) -> list[str]:
    """Return all channels, those first that stand first in some line."""
    places: dict[str, int] = {}
    for line in config.plan:
        for place, (name, _) in enumerate(line.order):
            places[name] = min(place, places.get(name, place))
    return sorted(config.channels, key=lambda name: places.get(name, len(places)))
