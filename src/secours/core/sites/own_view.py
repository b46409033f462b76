"""View of our own site, with what other sites may know and count."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from secours.core.diagnosis import explanation
from secours.core.graph import dependencies
from secours.core.graph.dependencies import World
from secours.core.sites.detail_digest import digest, row
from secours.core.sites.own_parts import ProbeSight, own_parts, sights
from secours.core.sites.reach import ORDER
from secours.core.sites.shared_components import shared_name
from secours.languages import Text
from secours.model.nodes import channel_node, path_node
from secours.model.observed import Reason, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Needs
from secours.model.sections.line import Purpose
from secours.model.sites.membership import Shares
from secours.model.sites.views import SiteChannel, SiteLine, SiteState, SiteView
from secours.model.snapshot import USABLE, Link, Recommendation, Snapshot, State


def own_view(config: Config, shot: Snapshot) -> SiteView:
    """Return our own site, as far as its plan shares it; ages are before `shot.at`.

    Raises:
        ValueError: the plan has no section `sites`.
    """
    membership = config.sites
    if membership is None:
        raise ValueError("a site by itself")
    view = SiteView(
        name=membership.name,
        label=config.site.name,
        at=membership.at,
        region=membership.region,
        known=known_state(shot),
        own_link=shot.own_link,
        trouble=shot.trouble,
        standby=shot.standby is not None,
    )
    detailed: list[Any] = []
    if Shares.RECOMMENDATION in membership.share:
        detailed += shot.recommendations
        lines = site_lines(
            shot.recommendations,
            config.site.audiences,
            lambda channel: shot.channel(channel).label,
            lambda channel: config.channels[channel].kind or "",
        )
        view = replace(view, lines=lines)
    if Shares.STATES in membership.share:
        detailed += [*shot.channels, *shot.components, *shot.paths, shot]
        probe_sights = tuple(sights(config, shot))
        view = replace(
            view,
            channels=own_channels(config, shot, membership.region, probe_sights),
            parts=own_parts(config, shot, membership.region, probe_sights),
        )
    return replace(view, detail=digest(map(row, detailed)))


def known_state(shot: Snapshot) -> SiteState | None:
    """Return what a site can do by its snapshot; None where its plan has no line."""
    if shot.own_link is Link.DOWN:
        return SiteState.OWN_LINK
    lines = shot.recommendations
    if not lines:
        return None
    if any(line.is_lost for line in lines):
        return SiteState.NOTHING_LEFT
    planned = all(e.use and e.use.as_planned and not e.measuring for e in lines)
    return SiteState.PRIMARY if planned else SiteState.FALLBACK


def site_lines(
    lines: Iterable[Recommendation],
    called: Mapping[str, Text],
    label: Callable[[str], Text],
    kind: Callable[[str], str] = lambda _: "",
) -> tuple[SiteLine, ...]:
    """Return the lines for other sites, without those still unknown.

    `called` names the audiences; channels have a label and a kind.
    """
    site_lines = []
    for line in lines:
        use = line.answer
        site_line = SiteLine(
            purpose=line.purpose,
            audience=line.audience,
            called=called.get(line.audience, Text()),
            use=use.channel if use else None,
        )
        if use:
            site_line = replace(
                site_line,
                label=label(use.channel),
                kind=kind(use.channel),
                tier=use.tier,
                rank=use.rank,
                state=use.state,
                verified=use.verified,
            )
        if use or not line.measuring:
            site_lines.append(site_line)
    return tuple(site_lines)


def own_channels(
    config: Config, shot: Snapshot, region: str, probe_sights: Sequence[ProbeSight]
) -> tuple[SiteChannel, ...]:
    """Return our channels, as far as other sites need them, in the order to try them.

    That is the order of the plan, lines to coordinate before those to alert: who
    reaches us should be able to talk with us. Those to inform are for others. What
    fails while our own link is down needs what took both, where something may have;
    what failed no test needs only what it fell with.
    """
    proved_s, spent = _proved_s(shot, probe_sights), explanation.spent(config, shot)
    down = {path_node(each.name) for each in shot.paths if each.state is Link.DOWN}
    cut_off = frozenset(down if shot.own_link is Link.DOWN else ())
    failing_tests = {s.through[0] for s in probe_sights if s.verdict is Verdict.FAILED}

    def as_seen(planned: SiteChannel, failing: SiteChannel) -> SiteChannel:
        standing = shot.channel(planned.name).standing
        failed = standing.failed_at
        works = standing.state is State.AVAILABLE and standing.declared_by is None
        if failed:
            needs = _accused(shot, failing, region, failing_tests)
            planned = replace(failing, needs=needs)
        return replace(
            planned,
            state=standing.state,
            usable=standing.state in USABLE and not standing.aside,
            failed_s=max(0.0, shot.at.since(failed)) if failed else None,
            proved_s=proved_s.get(channel_node(planned.name)) if works else None,
        )

    both = _planned(config, region, spent), _planned(config, region, spent, cut_off)
    return tuple(map(as_seen, *both))


def _accused(
    shot: Snapshot, failing: SiteChannel, region: str, failing_tests: Set[str]
) -> Needs:
    """Return the needs that may have taken a channel that is down.

    All of one that fails its own test, which a hint is not; of one that fell with a
    need known to be down, only that; none of one that only people say is down.
    """
    standing = shot.channel(failing.name).standing
    if standing.reason is Reason.NEEDS:
        root = shot.root(str(standing.facts["component"]))
        fell_with = shared_name(root, region)
        return tuple(clause for clause in failing.needs if fell_with in clause)
    return failing.needs if channel_node(failing.name) in failing_tests else ()


@lru_cache(maxsize=8)
def _planned(
    config: Config,
    region: str,
    spent: frozenset[str],
    cut_off: frozenset[str] = frozenset(),
) -> tuple[SiteChannel, ...]:
    """Return our channels by the plan, cached for empty batteries and lost paths."""
    order = (*ORDER, Purpose.INFORM)
    lines = sorted(config.plan, key=lambda line: order.index(line.purpose))
    planned = (name for line in lines for name, _ in line.order)
    names = dict.fromkeys((*planned, *config.channels))
    return tuple(
        SiteChannel(
            name=channel.name,
            label=channel.label,
            kind=channel.kind or "",
            purposes=tuple(p for p in Purpose if p in channel.purposes),
            needs=_shared_needs(config, channel, region, spent, cut_off),
        )
        for channel in map(config.channels.__getitem__, names)
    )


def _proved_s(shot: Snapshot, seen: Iterable[ProbeSight]) -> dict[str, float]:
    """Return the age of each channel's newest success, by node."""
    newest: dict[str, float] = {}
    for sight in seen:
        if sight.verdict is Verdict.OK and sight.proved_at is not None:
            node, age_s = sight.through[0], max(0.0, shot.at.since(sight.proved_at))
            newest[node] = min(age_s, newest.get(node, age_s))
    return newest


def _shared_needs(
    config: Config,
    channel: Channel,
    region: str,
    spent: frozenset[str],
    cut_off: frozenset[str],
) -> Needs:
    """Return the shared components that a channel cannot do without, one of each need.

    A need with an alternative of our own only is not shared. Of what takes the paths
    that are `cut_off` too, if anything, only that.
    """
    if not channel.needs_known:
        return ()
    nodes, world = dependencies.of(config), World(spent=spent)
    needed = nodes.cuts(channel_node(channel.name), world)
    common = needed.intersection(*(nodes.cuts(path, world) for path in cut_off))
    cuts = common or needed
    clauses = ({shared_name(name, region) for name in cut} for cut in cuts)
    return tuple(sorted(tuple(sorted(clause)) for clause in clauses if all(clause)))
