"""Evidence on each suspect: failures explained, channels taken, others cleared.

Reads the published snapshot and the plan it was made from; decides nothing anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from secours.core.diagnosis import identifiability
from secours.core.graph import dependencies
from secours.core.graph.dependencies import World
from secours.model.nodes import channel_node, is_path, path_node, plain_name
from secours.model.observed import WARNINGS, Reason, Verdict
from secours.model.plan import Config
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    Explained,
    Link,
    ProbeView,
    Snapshot,
    State,
)

Through = frozenset[str]
"""Nodes of a probe: its owner, and its path if it has one."""


class Sight(NamedTuple):
    """Nodes of a probe, its verdict, and since when its failure holds.

    For a success it is the steady time of its newest proof.
    """

    through: Through
    verdict: Verdict
    at_s: float


class Suspect(Struct, frozen=True, kw_only=True):
    """A set of components that explains what is seen."""

    names: tuple[str, ...]
    explains: tuple[str, ...] = ()  # what fails: components, `channel:x`, `path:y`
    takes: tuple[str, ...] = ()  # channels it would take, that nothing tests now


class Group(Struct, frozen=True, kw_only=True):
    """Explanations of failures that may have a cause in common."""

    suspects: tuple[Suspect, ...] = ()  # the likeliest first
    ask: str | None = None  # where a probe would tell the likeliest apart


class Explanation(Struct, frozen=True, kw_only=True):
    """The suspects by group, as the snapshot has them, and what is cleared.

    A component is cleared that would explain a failure, if something that needs it has
    worked since: `cleared` names what works.
    """

    groups: tuple[Group, ...] = ()
    cleared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class _Scene(Struct, frozen=True, kw_only=True):
    """Results to explain, and known failures."""

    config: Config
    snapshot: Snapshot
    seen: tuple[Sight, ...]
    spent: frozenset[str]  # what lived on without its power, and does no longer

    def falls(self, names: Iterable[str]) -> frozenset[str]:
        """Return all nodes down with these and with those known down."""
        down = frozenset((*names, *self.snapshot.known_down))
        nodes = dependencies.of(self.config)
        return down | nodes.falls(down, World(spent=self.spent))


def explain(config: Config, snapshot: Snapshot) -> Explanation:
    """Return the evidence on each suspect, and each cleared component."""
    if not snapshot.explanations:
        return Explanation()
    scene = _Scene(
        config=config,
        snapshot=snapshot,
        seen=tuple(_seen(config, snapshot)),
        spent=spent(config, snapshot),
    )
    groups = tuple(_group(scene, each) for each in snapshot.explanations)
    return Explanation(groups=groups, cleared=_cleared(scene))


def _group(scene: _Scene, explained: Explained) -> Group:
    several = list(map(frozenset, explained.likeliest))
    return Group(
        suspects=tuple(_suspect(scene, n, explained) for n in explained.suspects),
        ask=identifiability.cheapest(
            scene.config, several, World(scene.falls(()), scene.spent)
        )
        if several[1:]
        else None,
    )


def _suspect(scene: _Scene, names: tuple[str, ...], explained: Explained) -> Suspect:
    falls = scene.falls(names)
    without = scene.falls(())
    silent = [
        channel_node(view.name)
        for view in scene.snapshot.channels
        if all(probe.verdict is Verdict.UNKNOWN for probe in view.probes)
    ]
    fails = _owners(sight.through for sight in _failing(scene) if sight.through & falls)
    return Suspect(
        names=names,
        explains=tuple(n for n in fails if plain_name(n) in explained.channels),
        takes=tuple(name for name in silent if name in falls - without),
    )


def _failing(scene: _Scene) -> list[Sight]:
    """Return the failures; the degraded ones too where these are explained."""
    return [s for s in scene.seen if s.verdict in (Verdict.FAILED, Verdict.DEGRADED)]


def _cleared(scene: _Scene) -> dict[str, tuple[str, ...]]:
    """Return components cleared by a success since a failure they would explain."""
    named = {name for names in scene.snapshot.suspects for name in names}
    failing = [s for s in scene.seen if s.verdict is Verdict.FAILED]
    working = [s for s in scene.seen if s.verdict is Verdict.OK]
    failing = failing or _failing(scene)
    without = scene.falls(())
    cleared = {}
    for name in scene.config.components:
        falls = scene.falls((name,)) - without
        began_s = min((s.at_s for s in failing if s.through & falls), default=None)
        if name in named or began_s is None:
            continue
        since = (s for s in working if s.through & falls and s.at_s > began_s)
        if by := _owners(sight.through for sight in since):
            cleared[name] = by
    return cleared


def _seen(config: Config, snapshot: Snapshot) -> Iterator[Sight]:
    """Yield the nodes and the present verdict of each probe."""
    hints = {probe.id for probe in config.probes() if probe.hint}
    down = {path.name for path in snapshot.paths if path.state is Link.DOWN}
    for name, view in _views(snapshot):
        room = "channels" if isinstance(view, ChannelView) else "components"
        began = view.standing.failed_at or view.standing.since
        for probe in view.probes:
            hint = f"{room}/{view.name}/{probe.name}" in hints
            absent = probe.reason is Reason.NO_DEVICE
            if probe.path not in down and not hint and not absent:
                verdict = verdict_of(probe)
                at = began if verdict is not Verdict.OK else view.standing.proved_at
                through = {name, path_node(probe.path)} if probe.path else {name}
                yield Sight(frozenset(through), verdict, at.steady_s if at else 0.0)
    for path in snapshot.paths:
        if path.state is not Link.UNKNOWN:
            verdict = Verdict.FAILED if path.name in down else Verdict.OK
            at_s = snapshot.at.steady_s
            yield Sight(frozenset({path_node(path.name)}), verdict, at_s)


def _views(snapshot: Snapshot) -> Iterator[tuple[str, ChannelView | ComponentView]]:
    for channel in snapshot.channels:
        yield channel_node(channel.name), channel
    for part in snapshot.components:
        yield part.name, part


def verdict_of(probe: ProbeView) -> Verdict:
    """Return a probe's verdict; a warning counts as ok: the way is open."""
    warned = probe.verdict is Verdict.DEGRADED and probe.reason in WARNINGS
    return Verdict.OK if warned else probe.verdict


def _owners(found: Iterable[Through]) -> tuple[str, ...]:
    """Name each owner once; a path only where it is probed itself."""
    owners = {min(seen, key=lambda name: (is_path(name), name)) for seen in found}
    return tuple(sorted(owners))


def spent(config: Config, snapshot: Snapshot) -> frozenset[str]:
    """Return nodes whose battery is empty: they fell with what feeds it."""
    nodes = dependencies.of(config)
    return frozenset(
        name
        for name, view in _views(snapshot)
        if view.standing.state is State.DOWN and view.standing.reason is Reason.NEEDS
        for clause in nodes.clauses(name)
        if clause.lasts_s and view.standing.presumed in clause.names
    )
