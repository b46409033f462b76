"""One step of the core: (memory, event) -> memory.

Folding the kept events again gives the same transitions and the same snapshot; that is
how replay and the tests work.

Delays count from the times in the events: before an event is taken in, everything that
had to happen by itself until then (a result grown stale, an autonomy that ended) has
happened at its own time, however rarely the clock ticks.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache

from secours.core import (
    batteries,
    deadlines,
    dependencies,
    differences,
    independence,
    own_link,
    pace,
    promised,
    recommend,
    renewal,
    states,
    words,
)
from secours.core import health as probe_health
from secours.core.batteries import Battery
from secours.core.health import Health
from secours.core.independence import Possible
from secours.core.words import Words
from secours.model import (
    Change,
    Config,
    Explained,
    Facts,
    Instant,
    Line,
    Link,
    Probe,
    Result,
    Standing,
    State,
    Word,
)

KEPT_CHANGES = 50  # for screens; the store keeps them all
AWAITED_MORE_S = 5.0  # beyond two timeouts after the start
FAR_S = 1e12  # finite, as memory is kept as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A probe has run; `at` is when the result arrived."""

    result: Result
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Probes have run; what arrived together is settled once, when the last had come.

    Results are taken in as they arrived, those of one moment by their probe.
    """

    results: tuple[Measured, ...]  # at least one

    @property
    def at(self) -> Instant:
        """Return when the last of them arrived."""
        return self.in_order[-1].at

    @property
    def in_order(self) -> list[Measured]:
        """Return them as they are to be taken in."""
        return sorted(self.results, key=lambda m: (m.at.steady_s, m.result.probe))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """A new version of the plan is in force; also the first event of all."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """Time has passed."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A person has said something."""

    word: Word
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """Measuring goes on after a stop, or after the machine was asleep.

    What grew stale meanwhile is no failure: until its first result nobody is accused.
    """

    at: Instant
    since: Instant | None = None  # of the latest event before; None for another engine


Event = Measured | Gathered | Replanned | Ticked | Said | Resumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All that the core remembers between two events."""

    at: Instant | None = None  # of the latest event
    probes: Mapping[str, Health] = field(default_factory=dict)  # by Probe.id
    channels: Mapping[str, Standing] = field(default_factory=dict)
    components: Mapping[str, Standing] = field(default_factory=dict)
    paths: Mapping[str, Link] = field(default_factory=dict)
    path_doubts: Mapping[str, Instant] = field(default_factory=dict)  # since when
    paths_back: Mapping[str, Instant] = field(default_factory=dict)  # open again, when
    cut_after: Mapping[str, float] = field(default_factory=dict)  # steady time at which
    # a path that is down was last known to be open
    explanations: tuple[Explained, ...] = ()
    known_down: tuple[str, ...] = ()
    worlds: tuple[Possible, ...] = ()  # that may be the true one
    newest_failure_s: float = 0.0  # steady time, of what is confirmed failed
    risks: Mapping[str, Instant] = field(default_factory=dict)  # by channel, since when
    # a likely cause takes it, and its proof is older
    recovered: Mapping[str, Instant] = field(default_factory=dict)  # by channel
    faulty: frozenset[str] = frozenset()  # channels not fine when last known
    awaited: frozenset[str] = frozenset()  # probes without a result since the start
    awaited_until_s: float = 0.0  # steady time, after which they are not waited for
    lines: Mapping[str, recommend.Held] = field(default_factory=dict)
    words: Words = field(default_factory=Words)
    batteries: Mapping[str, Battery] = field(
        default_factory=dict
    )  # that may not be full
    contradictions: frozenset[tuple[str, str]] = frozenset()
    watched: frozenset[str] = frozenset()  # channels in use, and their backups
    doubts: Mapping[str, Instant] = field(default_factory=dict)  # by node, since when
    wakes_s: float = 0.0  # steady time before which nothing changes by itself
    changes: tuple[Change, ...] = ()  # newest first
    fresh: tuple[Change, ...] = ()  # those of the latest step, oldest first

    @property
    def suspects(self) -> tuple[tuple[str, ...], ...]:
        """Return the sets that explain what is seen, of one group after another."""
        return tuple(s for each in self.explanations for s in each.suspects)


EMPTY = Memory()


def step(config: Config, memory: Memory, event: Event) -> Memory:
    """Take one event in. An event older than the memory counts as of now."""
    memory = replace(memory, fresh=())
    match event:
        case Measured():
            return _gather(config, memory, [event])
        case Gathered():
            return _gather(config, memory, event.in_order)
    lived_until = event.since if isinstance(event, Resumed) else event.at
    stopped = lived_until or memory.at or event.at
    memory, at = _live_until(config, memory, event.at, lived_until)
    match event:
        case Resumed():
            held = _held_until(memory, stopped, at)
            memory = _await_first_results(config, replace(memory, recovered=held), at)
        case Replanned():
            memory = _replan(config, memory)
        case Said():
            heard = words.said(event.word, memory.words, at)
            said = words.hear(memory.words, event.word)
            memory = _note(replace(memory, words=said), (heard,))
    return _settle(config, memory, at)


def _live_until(
    config: Config, memory: Memory, at: Instant, lived_until: Instant | None
) -> tuple[Memory, Instant]:
    """Let time pass until an event; return also when it counts as having come."""
    if memory.at is None:
        return memory, at
    memory = _advance(config, memory, lived_until or memory.at)
    return memory, max(at, memory.at or at, key=lambda instant: instant.steady_s)


def _gather(config: Config, memory: Memory, results: Iterable[Measured]) -> Memory:
    """Take results in, each at its own time, and settle once if any says news."""
    news: Instant | None = None
    for each in results:
        memory, at = _live_until(config, memory, each.at, each.at)
        measured = _measure(config, memory, each.result, at)
        if news is None and renewal.says_nothing_new(memory, measured, each.result, at):
            memory = renewal.renewed(measured, each.result, at)
        else:
            memory, news = renewal.unsettled(measured, each.result, at), at
    return memory if news is None else _settle(config, memory, news)


def after_reboot(memory: Memory, now: Instant) -> Memory:
    """Return what a memory of another boot is still worth.

    That is what people said, and what was in use: a stop moves no line.
    """
    return Memory(
        words=words.reanchored(memory.words, now),
        lines={
            name: recommend.Held(
                channel=held.channel, since=words.moved(held.since, now)
            )
            for name, held in memory.lines.items()
        },
        recovered=_held_until(memory, memory.at, now) if memory.at else {},
        faulty=memory.faulty,
        batteries={
            name: batteries.moved(battery, now)
            for name, battery in memory.batteries.items()
        },
    )


def _held_until(memory: Memory, stopped: Instant, now: Instant) -> dict[str, Instant]:
    """Return since when each channel has held: a time that nobody saw is not held."""
    held = {}
    for name, since in memory.recovered.items():
        ran_s = max(0.0, stopped.since(since))
        back = timedelta(seconds=ran_s)
        held[name] = Instant(now.utc - back, now.steady_s - ran_s)
    return held


def measuring(config: Config, memory: Memory, channel: str) -> bool:
    """Tell whether a required probe of the channel has not had its first result."""
    return any(
        probe.required
        and memory.probes.get(probe.id, Health()).last is None
        and (probe.id in memory.awaited or not memory.awaited_until_s)
        for probe in config.channels[channel].probes
    )


def _await_first_results(config: Config, memory: Memory, at: Instant) -> Memory:
    """Wait for what has no fresh result, for a while.

    What comes rarely, or costs something, is not waited for.
    """
    waited = [
        probe
        for probe in config.probes()
        if not (probe.hint or probe.cost or hasattr(probe.settings, "silence_s"))
        and at.steady_s > memory.probes.get(probe.id, Health()).fresh_until_s
    ]
    longest_s = max((probe.timeout_s for probe in waited), default=0.0)
    return replace(
        memory,
        awaited=frozenset(probe.id for probe in waited),
        awaited_until_s=at.steady_s + 2 * longest_s + AWAITED_MORE_S,
    )


def _advance(config: Config, memory: Memory, until: Instant) -> Memory:
    """Let everything happen that is due by then, each at its own time."""
    while memory.at is not None and memory.wakes_s < until.steady_s:
        now_s = memory.at.steady_s
        due_s = min(
            (
                time_s
                for time_s in deadlines.deadlines(config, memory)
                if time_s > now_s
            ),
            default=FAR_S,
        )
        if due_s >= until.steady_s:
            return replace(memory, wakes_s=due_s)
        back = timedelta(seconds=until.steady_s - due_s)
        memory = _settle(config, memory, Instant(until.utc - back, due_s))
    return memory


def _measure(config: Config, memory: Memory, result: Result, at: Instant) -> Memory:
    probe = _by_id(config).get(result.probe)
    if probe is None:
        return memory  # the plan changed while it ran
    memory = replace(
        memory, path_doubts=own_link.doubts(config, memory, probe, result, at)
    )
    before = memory.probes.get(probe.id, Health(definition=definition(probe)))
    hold = own_link.in_doubt(memory, probe)
    health = probe_health.absorb(
        before,
        probe,
        result,
        hold=hold,
        excused=own_link.excused(memory, probe, result),
        arrived_s=at.steady_s,
    )
    if health.counted is result.at:
        health = pace.keep_fresh(probe, health, memory.watched)
    memory = replace(
        memory,
        probes={**memory.probes, probe.id: health},
        awaited=memory.awaited - {probe.id},
    )
    node = dependencies.node_of(probe.id)
    return replace(memory, doubts=_doubts(config, memory, node, at))


def _doubts(
    config: Config, memory: Memory, node: str, at: Instant
) -> Mapping[str, Instant]:
    """Note since when the latest results speak for a worse state, not yet sure."""
    if _is_doubted(config, memory, node):
        return {node: at, **memory.doubts}
    return {name: since for name, since in memory.doubts.items() if name != node}


def _is_doubted(config: Config, memory: Memory, node: str) -> bool:
    return any(
        not probe.hint and memory.probes.get(probe.id, Health()).doubted
        for probe in _by_node(config).get(node, ())
    )


@lru_cache(maxsize=8)
def _by_node(config: Config) -> Mapping[str, tuple[Probe, ...]]:
    found: dict[str, tuple[Probe, ...]] = {}
    for probe in config.probes():
        node = dependencies.node_of(probe.id)
        found[node] = (*found.get(node, ()), probe)
    return found


@lru_cache(maxsize=8)
def _by_id(config: Config) -> Mapping[str, Probe]:
    return {probe.id: probe for probe in config.probes()}


def _replan(config: Config, memory: Memory) -> Memory:
    """Forget what the plan no longer has, or now tests in another way."""
    kept = {
        probe.id: memory.probes[probe.id]
        for probe in config.probes()
        if probe.id in memory.probes
        and memory.probes[probe.id].definition == definition(probe)
    }
    lines = {recommend.key(line) for line in config.plan}
    return replace(
        memory,
        probes=kept,
        channels={k: v for k, v in memory.channels.items() if k in config.channels},
        components={
            k: v for k, v in memory.components.items() if k in config.components
        },
        paths={k: v for k, v in memory.paths.items() if k in config.paths},
        path_doubts={k: v for k, v in memory.path_doubts.items() if k in config.paths},
        recovered={k: v for k, v in memory.recovered.items() if k in config.channels},
        risks={k: v for k, v in memory.risks.items() if k in config.channels},
        faulty=memory.faulty & config.channels.keys(),
        awaited=memory.awaited & _by_id(config).keys(),
        lines={k: v for k, v in memory.lines.items() if k in lines},
    )


def definition(probe: Probe) -> str:
    """Return a digest of what a probe tests; a secret prints as `***`."""
    words = f"{probe.type} {probe.settings!r} {probe.via}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _settle(config: Config, memory: Memory, at: Instant) -> Memory:
    """Decide everything anew for this moment, and note what changed."""
    in_force, changes = words.lapse(memory.words, at)
    memory = replace(memory, words=in_force, wakes_s=0.0)
    if at.steady_s > memory.awaited_until_s:
        memory = replace(memory, awaited=frozenset())
    links = states.paths(config, memory.probes, at)
    memory = _judge(config, memory, links, at)
    decided = states.decide(config, memory, links, at)
    changes = (
        *changes,
        *differences.of_paths(memory.paths, links, at),
        *differences.of_states("component", memory.components, decided.components, at),
        *differences.of_states("channel", memory.channels, decided.channels, at),
        *differences.contradictions(memory.contradictions, decided.contradictions, at),
    )
    recovered, faulty = _recovered(memory, decided.channels, at)
    settled = replace(
        memory,
        at=at,
        paths=links,
        components=decided.components,
        channels=decided.channels,
        explanations=decided.explanations,
        known_down=decided.known_down,
        worlds=_worlds(config, decided),
        newest_failure_s=decided.newest_failure_s,
        batteries=decided.batteries,
        risks=states.risks(memory.risks, decided.channels, at),
        contradictions=decided.contradictions,
        recovered=recovered,
        faulty=faulty,
    )
    return _recommend(config, _note(settled, changes))


def _judge(
    config: Config, memory: Memory, links: Mapping[str, Link], at: Instant
) -> Memory:
    """Judge the paths; what that decides, or an edit dropped, is in doubt no more."""
    memory = own_link.judge(config, memory, links, at)
    left = {n: s for n, s in memory.doubts.items() if _is_doubted(config, memory, n)}
    return replace(memory, doubts=left)


def _worlds(config: Config, decided: states.Decision) -> tuple[Possible, ...]:
    explained = decided.explanations if decided.newest_failure_s else ()
    return independence.possible(config, decided.world, decided.base, explained)


def _recommend(config: Config, memory: Memory) -> Memory:
    """Choose for each line, and note where the choice is another one."""
    at = memory.at
    if at is None:
        return memory
    lines = dict(memory.lines)
    watched: set[str] = set()
    changes: list[Change] = []
    for line in config.plan:
        choice = recommend.choose(config, memory, line, at)
        watched |= recommend.watched(choice)
        if any(measuring(config, memory, name) for name, _ in line.order):
            continue  # nothing is decided before the first complete measurement
        name, held = recommend.key(line), memory.lines.get(recommend.key(line))
        used = choice.use.channel if choice.use else None
        if held is None or held.channel != used:
            lines[name] = recommend.Held(channel=used, since=at)
        lines[name] = _entangle(config, memory, line, lines[name])
        if held is not None and held.channel != used:
            took = _switch(config, memory, held.channel, at)
            changes.append(differences.of_line(name, held.channel, used, at, took))
    in_force = memory.words
    if changes:  # reality comes before an exercise
        in_force, ended = words.stop_exercise(memory.words, at)
        changes += ended
    probes = pace.prolong(
        config, memory.probes, memory.watched, frozenset(watched), at.steady_s
    )
    memory = replace(
        memory, lines=lines, watched=frozenset(watched), probes=probes, words=in_force
    )
    return _note(memory, tuple(changes))


def _entangle(
    config: Config, memory: Memory, line: Line, held: recommend.Held
) -> recommend.Held:
    """Remember with what the channel in use shares something, or did until lately."""
    if held.channel is None or memory.at is None:
        return held
    found = recommend.shared_with(config, memory, line, held.channel)
    kept = independence.remembered(
        found, held.entangled, config.failback_after_s, memory.at
    )
    return replace(held, entangled=kept)


def _switch(config: Config, memory: Memory, channel: str | None, at: Instant) -> Facts:
    """Say how long leaving a failed channel took, and how long it may take at most."""
    standing = memory.channels.get(channel or "")
    if channel is None or standing is None or standing.state is not State.DOWN:
        return {}
    failed = []
    for probe in promised.deciding(config.channels[channel].probes):
        health = memory.probes.get(probe.id, Health())
        if health.failed_since is not None:
            confirm = probe_health.confirmations(health, probe)
            failed.append((replace(probe, confirm=confirm), health.failed_since))
    if not failed:
        return {}
    took_s = max(at.since(began) for _, began in failed)
    limit_s = promised.switch_limit_s(channel, [probe for probe, _ in failed])
    return {"took_s": round(took_s, 1), "limit_s": round(limit_s, 1)}


def _note(memory: Memory, changes: tuple[Change, ...]) -> Memory:
    return replace(
        memory,
        changes=(*reversed(changes), *memory.changes)[:KEPT_CHANGES],
        fresh=(*memory.fresh, *changes),
    )


def _recovered(
    memory: Memory, channels: Mapping[str, Standing], at: Instant
) -> tuple[dict[str, Instant], frozenset[str]]:
    """Note when a channel that was not fine became so, for the failback.

    What is only not known, as after a stop, has neither failed nor recovered.
    """
    recovered, faulty = dict(memory.recovered), set(memory.faulty)
    for name, now in channels.items():
        if states.fine(now):
            if name in faulty:
                recovered[name] = at
            faulty.discard(name)
        elif states.known(now):
            recovered.pop(name, None)
            faulty.add(name)
    return recovered, frozenset(faulty)
