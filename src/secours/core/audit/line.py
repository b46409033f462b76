"""Strength of one line of the plan: failures that leave it nothing, independent ways.

Of the world as designed, nothing failed. A channel whose needs nobody declared falls
with every component and is no independent way. Counts only: the chances of channels
that share a component are never multiplied.

Source: NUREG-0492, Fault Tree Handbook, chapter VII (minimal cut sets); NIST SP 800-53
CP-8(2) (no single point of failure shared with the primary).
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import reduce
from itertools import chain, pairwise
from typing import Annotated

from msgspec import Meta, Struct

from secours.core.audit import takers
from secours.core.audit.takers import NOT_DECLARED, GroupAudit, HeardBy, Later, groups
from secours.core.graph import dependencies, independent_set
from secours.core.graph.cut_sets import Cut, together
from secours.core.graph.dependencies import Dependencies
from secours.core.receivers import hearing
from secours.model.nodes import channel_node, kind_of
from secours.model.plan import Config
from secours.model.sections.line import Line, Purpose

OWN_SIDE = frozenset({"power", "internet", "site", "endpoint"})
"""Classes of components on our own side; the others belong to providers."""

WELCOME = ("e2e", "managed", "sla", "low_bandwidth", "gdpr")
"""Traits that some channel of a line had better have, whatever the line requires."""

WAKES = "wakes_people"  # welcome too where the line alerts


class Pair(Struct, frozen=True, kw_only=True):
    """Two tiers or two channels that follow each other, and what takes both."""

    first: str
    second: str
    channels: tuple[str, ...]  # all of both
    shares: tuple[str, ...]
    shares_later: tuple[str, ...]


class Lack(Struct, frozen=True, kw_only=True):
    """A channel that the line cannot use, and the trait or purpose that it lacks."""

    channel: str
    lacks: str


class Reach(Struct, frozen=True, kw_only=True):
    """Share of the line's audience that a channel reaches; None where not said."""

    channel: str
    share: Annotated[float, Meta(ge=0)] | None


class Independence(Struct, frozen=True, kw_only=True):
    """Number of channels that pairwise share nothing, and its limits."""

    ways: int
    channels: tuple[str, ...]
    proven: bool  # that there are no more
    by_providers: int  # counting only what is shared beyond our own side
    by_access: int  # counting only what is shared on our own side
    by_class: Mapping[str, int]  # counting only what is shared of one class
    limited_by: tuple[str, ...]  # the classes that alone allow no more


class LineFindings(Struct, frozen=True, kw_only=True):
    """Findings on one line of the plan as designed, but for its independence."""

    purpose: Purpose
    audience: str
    channels: tuple[str, ...]  # those it can use, in its order
    needs_unknown: tuple[str, ...]  # of those, the ones that declare nothing
    needs_none: tuple[str, ...]  # the ones declared to need nothing
    single_points: tuple[str, ...]  # with `channel:NAME` where it has one channel
    single_points_later: tuple[Later, ...]
    cut_sets: tuple[tuple[str, ...], ...]  # of components
    cut_sets_with_channels: tuple[tuple[str, ...], ...]  # a channel fails by itself
    tiers: tuple[Pair, ...]
    steps: tuple[Pair, ...]
    lacking: tuple[Lack, ...]
    traits_missing: tuple[str, ...]  # that no channel of the line has
    reaches: tuple[Reach, ...]
    receivers_declared: bool  # the audience has groups
    groups: tuple[GroupAudit, ...]
    heard_unknown: tuple[str, ...]  # of these, of which nobody says what they reach
    wakes_nobody: tuple[str, ...]  # channels of a line that alerts
    wakes_some: tuple[str, ...]  # those who listen, or let it ring

    @property
    def sound(self) -> bool:
        """Tell whether it has no single point of failure, nor may have one."""
        return not (self.single_points or self.needs_unknown)


class LineAudit(LineFindings, frozen=True, kw_only=True):
    """Audit of one line of the plan as designed."""

    independence: Independence


def examine(config: Config, line: Line) -> LineAudit:
    """Examine one line."""
    channels = usable(config, line)
    by = takers.heard_by(config, line)
    unheard = hearing.unheard(config, line.name)
    audible = tuple(n for n in channels if n not in unheard) or channels
    cuts = _in_order(config, cut_sets(config, audible, by))
    own = frozenset(map(channel_node, channels))
    ends = {name: by.get(name, frozenset()) for name in audible}
    return LineAudit(
        purpose=line.purpose,
        audience=line.audience,
        channels=channels,
        needs_unknown=tuple(n for n in channels if not config.channels[n].needs_known),
        needs_none=tuple(
            name
            for name in channels
            if (each := config.channels[name]).needs_known and not each.needs
        ),
        single_points=tuple(chain.from_iterable(c for c in cuts if len(c) == 1)),
        single_points_later=tuple(
            e for e in takers.ends_all(config, ends) if e.after_s
        ),
        cut_sets=tuple(cut for cut in cuts if own.isdisjoint(cut)),
        cut_sets_with_channels=tuple(c for c in cuts if not own.isdisjoint(c)),
        independence=independence(config, audible, by),
        tiers=tuple(_tiers(config, line, channels, by)),
        steps=tuple(_pair(config, step, step, by) for step in pairwise(channels)),
        lacking=tuple(_lacking(config, line)),
        traits_missing=_traits_missing(config, line, channels),
        reaches=tuple(
            Reach(channel=name, share=config.channels[name].reaches.get(line.audience))
            for name in channels
        ),
        receivers_declared=(declared := hearing.is_declared(config, line)),
        groups=tuple(groups(config, line, channels)),
        heard_unknown=tuple(
            n for n in channels if declared and config.channels[n].heard_on is None
        ),
        wakes_nobody=tuple(_waking(config, line, channels, "no")),
        wakes_some=tuple(_waking(config, line, channels, "optional")),
    )


def usable(config: Config, line: Line) -> tuple[str, ...]:
    """Return the channels that a line can use, in its order."""
    unfit = {lack.channel for lack in _lacking(config, line)}
    return tuple(name for name, _ in line.order if name not in unfit)


def cut_sets(
    config: Config, channels: Sequence[str], by: HeardBy = NOT_DECLARED
) -> frozenset[Cut]:
    """Return the minimal sets of up to three failures at once that take them all.

    `channel:NAME` in a set is a channel that fails by itself.
    """
    families = sorted((takers.cuts(config, name, by) for name in channels), key=len)
    return reduce(together, families, frozenset({frozenset()}))  # the smallest first


def independence(
    config: Config, channels: Sequence[str], by: HeardBy = NOT_DECLARED
) -> Independence:
    """Count the channels that pairwise share nothing that takes them at once."""
    rests_on = things_needed(config, channels, by)
    largest = independent_set.independent(rests_on)
    access = _access(config, dependencies.cautious(config))

    def counting(these: Set[str]) -> int:
        """Count the ways where only these things may not be shared."""
        only = {name: things & these for name, things in rests_on.items()}
        counted = largest if only == rests_on else independent_set.independent(only)
        return len(counted.channels)

    kinds: dict[str, set[str]] = {}
    for name in config.components:
        kinds.setdefault(kind_of(name), set()).add(name)
    by_class = {kind: counting(names) for kind, names in sorted(kinds.items())}
    by_class = {k: count for k, count in by_class.items() if count < len(rests_on)}
    return Independence(
        ways=len(largest.channels),
        channels=largest.channels,
        proven=largest.proven,
        by_providers=counting(config.components.keys() - access),
        by_access=counting(access),
        by_class=by_class,
        limited_by=tuple(k for k, n in by_class.items() if n <= len(largest.channels)),
    )


def things_needed(
    config: Config, channels: Sequence[str], by: HeardBy
) -> dict[str, frozenset[str]]:
    """Return what alone takes each channel at once, where its needs are known."""
    known = (name for name in channels if config.channels[name].needs_known)
    return {name: takers.alone(config, name, by)[0] for name in known}


def _access(config: Config, nodes: Dependencies) -> set[str]:
    """Return what is on our own side, with what takes our way to the internet."""
    own = {name for name in config.components if kind_of(name) in OWN_SIDE}
    ways_out = {name for name in own if kind_of(name) == "internet"}
    ways_out.update(config.site.access.get("internet", ()))
    return own.union(*(nodes.alone(name)[0] for name in ways_out))


def _tiers(
    config: Config, line: Line, channels: Sequence[str], by: HeardBy
) -> Iterator[Pair]:
    """Yield the tiers that follow each other, and what takes all of both."""
    tiers = {
        tier: [name for name in names if name in channels] for tier, names in line.tiers
    }
    tiers = {tier: names for tier, names in tiers.items() if names}
    for (first, names), (second, others) in pairwise(tiers.items()):
        yield _pair(config, (first, second), [*names, *others], by)


def _pair(
    config: Config, pair: tuple[str, str], channels: Sequence[str], by: HeardBy
) -> Pair:
    alone = [takers.alone(config, name, by) for name in channels]
    both = _common([at_once for at_once, _ in alone])
    ever = _common([at_once | later for at_once, later in alone])
    return Pair(
        first=str(pair[0]),
        second=str(pair[1]),
        channels=tuple(channels),
        shares=_as_listed(config, both),
        shares_later=_as_listed(config, ever - both),
    )


def _common(families: Sequence[frozenset[str]]) -> frozenset[str]:
    return frozenset.intersection(*families) if families else frozenset()


def _as_listed(config: Config, names: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in config.components if name in names)


def _in_order(config: Config, cuts: frozenset[Cut]) -> list[tuple[str, ...]]:
    """Order by size, then as the file has them; channels after components."""
    names = [*config.components, *map(channel_node, config.channels)]
    place = {name: number for number, name in enumerate(names)}
    ordered = [tuple(sorted(cut, key=place.__getitem__)) for cut in cuts]
    return sorted(ordered, key=lambda cut: (len(cut), [place[name] for name in cut]))


def _lacking(config: Config, line: Line) -> Iterator[Lack]:
    for name, _ in line.order:
        channel = config.channels[name]
        if line.purpose not in channel.purposes:
            yield Lack(channel=name, lacks=line.purpose)
        else:
            wanting = [t for t in line.require if channel.traits.get(t) != "yes"]
            yield from (Lack(channel=name, lacks=trait) for trait in wanting)


def _waking(
    config: Config, line: Line, channels: Sequence[str], wakes: str
) -> Iterator[str]:
    """Yield the channels of a line that alerts which wake people so."""
    for name in channels if line.purpose is Purpose.ALERT else ():
        if config.channels[name].traits.get(WAKES) == wakes:
            yield name


def _traits_missing(
    config: Config, line: Line, channels: Sequence[str]
) -> tuple[str, ...]:
    welcome = {
        Purpose.ALERT: (*WELCOME, WAKES),
        Purpose.COORDINATE: WELCOME,
        Purpose.INFORM: WELCOME[1:],  # what all may know is not encrypted
    }[line.purpose]
    traits = [config.channels[name].traits for name in channels]
    stated = {trait for each in config.channels.values() for trait in each.traits}
    return tuple(
        trait
        for trait in welcome
        if trait in stated and not any(has.get(trait) == "yes" for has in traits)
    )
