"""Our own measurements of components that other sites have too.

Only measurements count, never anybody's word or a presumption. A success proves a
component that it could not do without, unless that is suspected nevertheless.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from secours.core.diagnosis import explanation
from secours.core.graph import dependencies
from secours.core.graph.dependencies import World
from secours.core.sites.shared_components import is_shared
from secours.model.nodes import channel_node, is_channel, path_node, plain_name
from secours.model.observed import Instant, Verdict
from secours.model.plan import Config
from secours.model.sites.views import SharedPart
from secours.model.snapshot import Explained, Link, Snapshot, Standing


class ProbeSight(NamedTuple):
    """A probe as it stands: what it goes through, over which path, and its proof."""

    through: tuple[str, ...]
    path: str
    verdict: Verdict
    proved_at: Instant | None


class OwnFailure(NamedTuple):
    """A failed node, and since when."""

    node: str
    began: Instant


def own_parts(
    config: Config, shot: Snapshot, region: str, seen: Sequence[ProbeSight]
) -> tuple[SharedPart, ...]:
    """Return each shared component of the plan, once for each path that tests it."""
    through = _through(config, seen)
    return tuple(
        part
        for name in config.components
        if is_shared(name, region)
        for part in _parts(config, shot, name, region, through[name])
    )


def failures(config: Config, shot: Snapshot, component: str) -> tuple[OwnFailure, ...]:
    """Return the failures that a component would explain, alone or with others.

    That is itself where it is known down, and the nodes it takes alone where no
    likeliest set has it.
    """
    standings = _standings(shot)
    nodes, world = dependencies.of(config), World(spent=explanation.spent(config, shot))
    failed_nodes = {component} if component in shot.known_down else set()
    blaming = _blaming(shot, component)
    if not failed_nodes and not blaming:
        failed_nodes = {
            node for node in failing(shot) if component in nodes.single(node)
        }
    for group in blaming:
        sets = (frozenset(s) for s in group.likeliest if component in s)
        taken = frozenset().union(*(nodes.falls(cut, world) for cut in sets))
        failed_nodes |= {_node(name) for name in group.channels} & taken
    began = (
        (node, standings[node].failed_at or standings[node].since)
        for node in sorted(failed_nodes & standings.keys())
    )
    return tuple(OwnFailure(node, at) for node, at in began if at is not None)


def _parts(
    config: Config, shot: Snapshot, name: str, region: str, mine: Sequence[ProbeSight]
) -> list[SharedPart]:
    """Return one component, once for each path, by the probes through it."""
    part = SharedPart(name=name, label=config.components[name].label)
    blaming = _blaming(shot, name)
    fails = _is_to_blame(shot, name, blaming, mine)
    common = any(
        group.presumes
        and all(is_shared(n, region) for names in _of_components(group) for n in names)
        for group in blaming
    )
    if fails or blaming:
        found = failures(config, shot, name)
        first_s = min((each.began.steady_s for each in found), default=None)
        failed_s = None if first_s is None else max(0.0, shot.at.steady_s - first_s)
        part = replace(part, fails=fails, suspected=not fails, failed_s=failed_s)
        part = replace(part, common=common and not fails)
        paths = {t.path for t in mine if t.verdict is Verdict.FAILED} or {""}
        return [replace(part, path=path) for path in sorted(paths)]
    if name in shot.known_down:  # by somebody's word, whatever is measured
        return [part]
    newest_s: dict[str, float] = {}
    for sight in mine:
        if sight.verdict is Verdict.OK and sight.proved_at is not None:
            age_s = max(0.0, shot.at.since(sight.proved_at))
            newest_s[sight.path] = min(age_s, newest_s.get(sight.path, age_s))
    works = replace(part, works=True)
    return [
        replace(works, path=path, proved_s=age_s)
        for path, age_s in sorted(newest_s.items())
    ] or [part]


def _through(
    config: Config, probe_sights: Iterable[ProbeSight]
) -> Mapping[str, list[ProbeSight]]:
    """Return the probes of each component that could not do without it."""
    nodes, by_part = dependencies.of(config), defaultdict[str, list[ProbeSight]](list)
    for sight in probe_sights:
        for name in frozenset[str]().union(*map(nodes.single, sight.through)):
            by_part[name].append(sight)
    return by_part


def _is_to_blame(
    shot: Snapshot, name: str, blaming: list[Explained], mine: Iterable[ProbeSight]
) -> bool:
    """Tell whether tests find it down, or no other component explains them.

    That each channel failed by itself is always possible, and does not count.
    """
    if name in shot.known_down:
        (part,) = (each for each in shot.components if each.name == name)
        own = (sight for sight in mine if sight.through[0] == name)
        failed = any(sight.verdict is Verdict.FAILED for sight in own)
        return failed or part.standing.declared_by is None
    return any(
        group.presumes and all(name in names for names in _of_components(group))
        for group in blaming
    )


def _of_components(group: Explained) -> list[tuple[str, ...]]:
    """Return the likeliest sets without those of channels that failed by themselves."""
    return [names for names in group.likeliest if not all(map(is_channel, names))]


def _blaming(shot: Snapshot, name: str) -> list[Explained]:
    """Return the groups of failures with a likeliest set that has a component."""
    return [
        group for group in shot.explanations if any(name in s for s in group.likeliest)
    ]


def failing(shot: Snapshot) -> set[str]:
    """Return each channel measured to fail, by node."""
    return {
        channel_node(view.name) for view in shot.channels if view.standing.failed_at
    }


def measured_down(shot: Snapshot) -> Iterator[OwnFailure]:
    """Yield each channel and component measured to fail, and since when."""
    for node, standing in _standings(shot).items():
        if standing.failed_at is not None:
            yield OwnFailure(node, standing.failed_at)


def works_here(config: Config, shot: Snapshot, component: str) -> bool:
    """Tell whether a channel works here that needs a component."""
    nodes = dependencies.of(config)
    return any(
        sight.verdict is Verdict.OK and component in nodes.single(node)
        for sight in sights(config, shot)
        for node in sight.through
    )


def sights(config: Config, shot: Snapshot) -> Iterator[ProbeSight]:
    """Yield the view of each probe, and of each open path."""
    hints = {probe.id for probe in config.probes() if probe.hint}
    down = {path.name for path in shot.paths if path.state is Link.DOWN}
    channels = (("channels", channel_node(v.name), v.probes) for v in shot.channels)
    parts = (("components", v.name, v.probes) for v in shot.components)
    for room, node, probes in (*channels, *parts):
        for probe in probes:
            hint = f"{room}/{plain_name(node)}/{probe.name}" in hints
            if probe.path not in down and not hint:
                through = (node, path_node(probe.path)) if probe.path else (node,)
                verdict = explanation.verdict_of(probe)
                yield ProbeSight(through, probe.path or "", verdict, probe.proved_at)
    for path in shot.paths:
        if path.state is Link.OK:
            for probe in path.probes:
                through = (path_node(path.name),)
                yield ProbeSight(through, path.name, probe.verdict, probe.proved_at)


def _standings(shot: Snapshot) -> dict[str, Standing]:
    channels = {channel_node(view.name): view.standing for view in shot.channels}
    return {**channels, **{part.name: part.standing for part in shot.components}}


def _node(failing: str) -> str:
    """Return the node of a failure; a channel goes by its name."""
    return failing if ":" in failing else channel_node(failing)
