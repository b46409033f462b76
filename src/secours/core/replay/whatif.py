"""Consequences of failures: falls, their times, and the recommendations then.

Everything works before; what fails stays down, and distrusts stay. Nothing is presumed:
a component neither named nor in need of a failed one goes on working.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from secours.core import batteries, snapshot
from secours.core.batteries import Battery
from secours.core.graph import dependencies
from secours.core.graph.dependencies import Dependencies, Lasts, World
from secours.core.graph.independence import Possible
from secours.core.memory import Memory
from secours.core.receivers import reach
from secours.core.recommend import choice, set_aside
from secours.core.statements.words_in_force import Words
from secours.model.nodes import channel_node, is_device, path_node
from secours.model.observed import Evidence, Instant, Reason, Seconds
from secours.model.plan import Config
from secours.model.snapshot import Link, Recommendation, Snapshot, Standing, State
from secours.model.statements import Declared, Mark


class Fall(Struct, frozen=True, kw_only=True):
    """A component, `channel:NAME` or `path:NAME` that falls, when and with what."""

    name: str
    after_s: Seconds
    because: str | None  # None for what is said to fail


Falls = Mapping[str, Fall]
"""Everything that ever falls, by name."""


class Step(Struct, frozen=True, kw_only=True):
    """Changes at one moment, and the snapshot from then on."""

    after_s: float
    falls: tuple[Fall, ...]
    ending: tuple[str, ...]  # channels whose last minutes begin
    snapshot: Snapshot
    unheard: Mapping[str, frozenset[str]]  # channels that nobody hears, by line

    def left(self, line: Recommendation) -> tuple[str, ...]:
        """Return the channels of a line that still work, are heard and may be used."""
        unheard = self.unheard[line.name]
        return tuple(
            name
            for _, names in line.tiers
            for name in names
            if name not in unheard
            and (standing := self.snapshot.channel(name).standing)
            and standing.state is not State.DOWN
            and not standing.aside
        )


class Outlook(Struct, frozen=True, kw_only=True):
    """Every step until a moment, and what falls only after it."""

    steps: tuple[Step, ...]
    later: tuple[Fall, ...]


def nodes_of(config: Config) -> tuple[str, ...]:
    """Return all nodes that can be said to fail."""
    return (*config.components, *map(channel_node, config.channels))


def whatif(
    config: Config,
    fails: Sequence[str],
    *,
    start: Instant,
    until_s: float = inf,
    marks: Iterable[Mark] = (),
    lasted: Mapping[str, float] = MappingProxyType({}),
    ends: Mapping[str, Instant] = MappingProxyType({}),
) -> Outlook:
    """Follow the falls from a failure of these at `start` until so much later.

    `lasted` gives for how long each has been down already: batteries ran since then.
    Those in `ends` run out then at the latest, if they begin to run now.

    Of the `marks` in force a distrust stays: another failure does not end it.
    """
    distrusts = {
        mark.subject: mark for mark in marks if mark.says is Declared.DISTRUSTED
    }
    lasts = _lasts(config, {n: end.since(start) for n, end in ends.items()}, start)
    nodes = dependencies.of(config)
    roots = {name: -lasted.get(name, 0.0) for name in fails}
    times = nodes.fall_times(roots, lasts=lasts)
    batteries_end = nodes.battery_ends(times, lasts)
    falls = {fall.name: fall for fall in _falls(nodes, fails, times)}
    begin_s = (at_s for _, at_s in _last_minutes(config, falls))
    deaf_s = (_turns_s(fall) for fall in falls.values() if is_device(fall.name))
    moments = sorted({0.0, *(f.after_s for f in falls.values()), *begin_s, *deaf_s})
    steps: list[Step] = []
    for after_s in (moment for moment in moments if moment <= until_s):
        said = Words(distrusts=distrusts)
        step = _step(config, falls, start, after_s, said, batteries_end)
        if step.falls or not steps or _answers(step) != _answers(steps[-1]):
            steps.append(step)
    return Outlook(
        steps=tuple(steps),
        later=tuple(f for f in _shown(falls) if f.after_s > until_s),
    )


def _lasts(config: Config, left_s: Mapping[str, float], start: Instant) -> Lasts:
    """Return how long each lives on, as a function: as declared, or measured now."""
    declared = batteries.lasts(config, {}, start)

    def lasts_s(name: str, fails_s: float) -> float:
        if name not in left_s:
            return declared(name, fails_s)
        return max(0.0, left_s[name]) - min(0.0, fails_s)

    return lasts_s


def _falls(
    nodes: Dependencies, fails: Sequence[str], times: Mapping[str, float]
) -> Iterator[Fall]:
    """Yield the falls in the order of time; at one moment components come first."""
    for name in sorted(times, key=lambda name: max(0.0, times[name])):
        if times[name] < inf:
            because = None if name in fails else nodes.cause(name, times)
            yield Fall(name=name, after_s=max(0.0, times[name]), because=because)


def _shown(falls: Falls) -> Iterator[Fall]:
    """Yield the falls of the plan, without people's devices."""
    return (fall for name, fall in falls.items() if not is_device(name))


def _last_minutes(config: Config, falls: Falls) -> Iterator[tuple[str, float]]:
    """Yield each channel that falls later, and the start of its last minutes."""
    for name in config.channels:
        fall = falls.get(channel_node(name))
        if fall is not None and fall.after_s > 0:
            yield name, _turns_s(fall)


def _turns_s(fall: Fall) -> float:
    return max(0.0, min(batteries.turns_s(fall.after_s)))


def _device_batteries(falls: Falls, start: Instant) -> dict[str, Battery]:
    """Return the batteries of people's devices as they run down from the start."""
    return {
        name: Battery(left_s=fall.after_s, at=start, draining=True)
        for name, fall in falls.items()
        if is_device(name)
    }


def _step(
    config: Config,
    falls: Falls,
    start: Instant,
    after_s: float,
    words: Words,
    batteries_end: Mapping[str, float],
) -> Step:
    at = start.later(after_s)
    standings = {
        name: _standing(falls.get(name), start, after_s) for name in nodes_of(config)
    }
    fallen = {name for name, fall in falls.items() if fall.after_s <= after_s}
    spent = frozenset(n for n, end_s in batteries_end.items() if end_s <= after_s)
    world = World(frozenset(fallen), spent)
    asides = set_aside.asides(config, Memory(words=words), world, at)
    for name, (reason, by) in asides.items():
        if name in standings and reason is Reason.SET_ASIDE:
            standings[name] = replace(standings[name], aside=reason, declared_by=by)
    for name, channel in config.channels.items():
        if not channel.needs_known:  # no test counts against a distrust
            node, may_need = channel_node(name), tuple(words.distrusts)
            standings[node] = replace(standings[node], may_need=may_need)
    memory = Memory(
        at=at,
        words=words,
        channels={n: standings[channel_node(n)] for n in config.channels},
        components={name: standings[name] for name in config.components},
        worlds=(Possible(world, frozenset()),),
        batteries=_device_batteries(falls, start),
        known_down=tuple(
            name
            for name in config.components
            if name in fallen and falls[name].because is None
        ),
        paths={
            name: Link.DOWN if path_node(name) in fallen else Link.OK
            for name in config.paths
        },
    )
    memory = reach.renewed(config, memory, at)
    memory = replace(memory, choices=choice.choose_all(config, memory, at))
    shot = snapshot.take(config, memory, at=at, boot_id="", started=start)
    return Step(
        after_s=after_s,
        falls=tuple(fall for fall in _shown(falls) if fall.after_s == after_s),
        ending=tuple(n for n, at_s in _last_minutes(config, falls) if at_s == after_s),
        snapshot=replace(shot, forecast=()),
        unheard={
            line.name: reach.unheard(config, memory, line) for line in config.plan
        },
    )


def _standing(fall: Fall | None, start: Instant, after_s: float) -> Standing:
    """Return the standing of a node so long after the failure."""
    works = Standing(
        state=State.AVAILABLE, since=start, evidence=Evidence.SERVED, evidence_at=start
    )
    if fall is None:
        return works
    ends = start.later(fall.after_s)
    if fall.because is None:
        return replace(works, state=State.DOWN, since=ends, reason=Reason.DECLARED)
    then = batteries.living_on(works, ends, start.later(after_s), fall.because)
    return replace(then, since=ends) if then.state is State.DOWN else then


def _answers(step: Step) -> list[tuple[str, ...]]:
    """Return for each line the channels to use and their states, and what is left."""
    return [
        (
            *step.left(line),
            *((line.use.channel, line.use.state) if line.use else ()),
            *((line.backup.channel,) if line.backup else ()),
        )
        for line in step.snapshot.recommendations
    ]
