"""Why these suspects: what each would explain, what it would take, who is cleared.

Reads the published snapshot and the plan it was made from; decides nothing anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from secours.core import dependencies, telling
from secours.core.dependencies import World
from secours.model import (
    WARNINGS,
    ChannelView,
    ComponentView,
    Config,
    Link,
    ProbeView,
    Reason,
    Snapshot,
    State,
    Verdict,
)

Through = frozenset[str]
"""What a probe goes through: its owner, and its path if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A set of components that explains what is seen."""

    names: tuple[str, ...]
    explains: tuple[str, ...] = ()  # what fails: components, `channel:x`, `path:y`
    takes: tuple[str, ...] = ()  # channels it would take, that nothing tests now


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The suspects, the likeliest first, and what is cleared of suspicion.

    A component is cleared that would explain something that fails, but not something
    that works: `cleared` names what works.
    """

    suspects: tuple[Suspect, ...] = ()
    cleared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ask: str | None = None  # where a probe would tell the likeliest apart


def explain(config: Config, snapshot: Snapshot) -> Explanation:
    """Say of each suspect what speaks for it, and of the others what against."""
    found = snapshot.suspects
    if not found:
        return Explanation()
    seen = list(_seen(config, snapshot))
    failing = _with(seen, Verdict.FAILED) or _with(seen, Verdict.DEGRADED)
    spent = _spent(config, snapshot)
    several = [each.likeliest for each in snapshot.explanations if each.likeliest[1:]]
    asked = (telling.cheapest(config, list(map(frozenset, s)), spent) for s in several)
    return Explanation(
        suspects=tuple(
            _suspect(config, names, failing, snapshot, spent) for names in found
        ),
        cleared=_cleared(config, snapshot, failing, _with(seen, Verdict.OK), spent),
        ask=next((where for where in asked if where), None),
    )


def _suspect(
    config: Config,
    names: tuple[str, ...],
    failing: Iterable[Through],
    snapshot: Snapshot,
    spent: frozenset[str],
) -> Suspect:
    taken = _taken(config, names, spent)
    silent = [
        dependencies.node(view.name)
        for view in snapshot.channels
        if all(probe.verdict is Verdict.UNKNOWN for probe in view.probes)
    ]
    return Suspect(
        names=names,
        explains=_owners(through for through in failing if through & taken),
        takes=tuple(name for name in silent if name in taken),
    )


def _cleared(
    config: Config,
    snapshot: Snapshot,
    failing: Iterable[Through],
    working: Iterable[Through],
    spent: frozenset[str],
) -> dict[str, tuple[str, ...]]:
    """Return what could be blamed for a failure, but for something that works."""
    suspected = {name for names in snapshot.suspects for name in names}
    cleared = {}
    for name in config.components:
        taken = _taken(config, (name,), spent)
        blamed = any(through & taken for through in failing)
        by = _owners(through for through in working if through & taken)
        if name not in suspected and blamed and by:
            cleared[name] = by
    return cleared


def _taken(
    config: Config, names: Iterable[str], spent: frozenset[str]
) -> frozenset[str]:
    down = frozenset(names)
    return down | dependencies.of(config).falls(down, World(spent=spent))


def _seen(config: Config, snapshot: Snapshot) -> Iterator[tuple[Through, Verdict]]:
    """Yield what each probe goes through, and what holds of it now."""
    hints = {probe.id for probe in config.probes() if probe.hint}
    down = {path.name for path in snapshot.paths if path.state is Link.DOWN}
    for name, view in _views(snapshot):
        room = "channels" if isinstance(view, ChannelView) else "components"
        for probe in view.probes:
            hint = f"{room}/{view.name}/{probe.name}" in hints
            absent = probe.reason is Reason.NO_DEVICE
            if probe.path not in down and not hint and not absent:
                yield _through(name, probe), _verdict(probe)
    for path in snapshot.paths:
        if path.state is not Link.UNKNOWN:
            verdict = Verdict.FAILED if path.name in down else Verdict.OK
            yield frozenset({dependencies.way(path.name)}), verdict


def _views(snapshot: Snapshot) -> Iterator[tuple[str, ChannelView | ComponentView]]:
    for channel in snapshot.channels:
        yield dependencies.node(channel.name), channel
    for part in snapshot.components:
        yield part.name, part


def _through(owner: str, probe: ProbeView) -> Through:
    return frozenset({owner, dependencies.way(probe.path)} if probe.path else {owner})


def _verdict(probe: ProbeView) -> Verdict:
    """Return what a probe says of the way to it; a warning says that it is open."""
    warned = probe.verdict is Verdict.DEGRADED and probe.reason in WARNINGS
    return Verdict.OK if warned else probe.verdict


def _with(seen: Iterable[tuple[Through, Verdict]], verdict: Verdict) -> list[Through]:
    return [through for through, said in seen if said is verdict]


def _owners(found: Iterable[Through]) -> tuple[str, ...]:
    """Name what is probed, each once; a path only where it is probed itself."""
    path = dependencies.way("")
    owners = {
        min(through, key=lambda name: (name.startswith(path), name))
        for through in found
    }
    return tuple(sorted(owners))


def _spent(config: Config, snapshot: Snapshot) -> frozenset[str]:
    """Return what lived on without its power, and does no longer."""
    lasting = {part.name: part.autonomy_s for part in config.components.values()}
    for channel in config.channels.values():
        lasting[dependencies.node(channel.name)] = channel.autonomy_s
    return frozenset(
        name
        for name, view in _views(snapshot)
        if lasting.get(name)
        and view.standing.state is State.DOWN
        and view.standing.reason is Reason.NEEDS
    )
