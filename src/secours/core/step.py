"""One step of the core: (memory, event) -> memory.

Folding the kept events again gives the same transitions and the same snapshot; replay
and the tests rely on it.

Delays count from the times in the events: before an event is taken in, everything due
by then (a result grown stale, an autonomy that ended) happens at its own time, however
rarely the clock ticks.
"""

import hashlib
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from secours.core import batteries, deadlines, fast_path, states
from secours.core.changes import contradictions, defect, of_dropped, of_paths, of_states
from secours.core.events import (
    Event,
    Gathered,
    Measured,
    Replanned,
    Resumed,
    Said,
    Ticked,
)
from secours.core.graph.derived import derived
from secours.core.memory import (
    NOTHING_LOST,
    Memory,
    awaits_result,
    heard_until,
    held_until,
    unseen,
)
from secours.core.probing import health as probe_health
from secours.core.probing import intervals, own_link, path_states, risk
from secours.core.probing.health import Health
from secours.core.receivers import reach
from secours.core.recommend import choice, in_use, silence
from secours.core.renaming import held, renamed, renames, still_distrusted
from secours.core.statements import expiry, journal_entry, new_word
from secours.model.nodes import owner_node
from secours.model.observed import Instant, Reason, Result, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import Change, Link, Standing, State

KEPT_CHANGES = 50  # for screens; the store keeps them all
AWAITED_MORE_S = 5.0  # beyond two timeouts after the start
MOST_SETTLED = 100  # times until one event; more is a defect


def step(config: Config, memory: Memory, event: Event) -> Memory:
    """Take one event in. An event older than the memory counts as of now."""
    memory = replace(memory, fresh=())
    match event:
        case Measured():
            return _gather(config, memory, [event])
        case Gathered():
            return _gather(config, memory, event.in_order)
        case Ticked():
            return _pass(config, memory, event.at)
    if isinstance(event, Replanned | Resumed):
        memory = _edited(config, memory, event.at)
    lived_until = _lived_until(event)
    stopped = lived_until or memory.at or event.at
    memory, at = _live_until(config, memory, event.at, lived_until)
    match event:
        case Resumed():
            memory = _resume(config, memory, stopped, at)
        case Replanned():
            memory = _replan(config, memory, at)
        case Said():
            heard = journal_entry.said(event.word, memory.words, at)
            said = new_word.hear(memory.words, event.word)
            moved = journal_entry.precedence(memory.words, said, at)
            memory = _note(replace(memory, words=said), (heard, *moved))
    return _settle(config, memory, at)


def _edited(config: Config, memory: Memory, at: Instant) -> Memory:
    """Move the memory to the names of a plan; no edit ends a distrust."""
    memory = renamed(renames(config), memory)
    words, kept = still_distrusted(config, memory.words)
    changes = (journal_entry.kept_aside(mark, at) for mark in kept)
    return _note(replace(memory, words=words), tuple(changes))


def _lived_until(event: Replanned | Resumed | Said) -> Instant | None:
    """Return until when the plan in force applied; None for not at all."""
    match event:
        case Replanned():
            return None  # this plan was not yet in force
        case Resumed():
            return event.since
    return event.at


def _live_until(
    config: Config, memory: Memory, at: Instant, lived_until: Instant | None
) -> tuple[Memory, Instant]:
    """Let time pass until an event; return also when it counts as arrived."""
    if memory.at is None:
        return memory, at
    memory = _advance(config, memory, lived_until or memory.at)
    return memory, max(at, memory.at or at, key=lambda instant: instant.steady_s)


def _pass(config: Config, memory: Memory, at: Instant) -> Memory:
    """Let time pass; a moment like the latest needs no decision."""
    memory, at = _live_until(config, memory, at, at)
    if fast_path.passes_quietly(memory, at):
        return replace(memory, at=at)
    return _settle(config, memory, at)


def _gather(config: Config, memory: Memory, results: Iterable[Measured]) -> Memory:
    """Take results in, each at its own time, and settle once if any is news."""
    news: Instant | None = None
    for each in results:
        memory, at = _live_until(config, memory, each.at, each.at)
        measured = _measure(config, memory, each.result, at)
        if news is None and fast_path.says_nothing_new(
            memory, measured, each.result, at
        ):
            memory = fast_path.renewed(config, measured, each.result, at)
        else:
            memory, news = fast_path.unsettled(measured, each.result, at), at
    return memory if news is None else _settle(config, memory, news)


def _resume(config: Config, memory: Memory, stopped: Instant, at: Instant) -> Memory:
    """Resume after a stop; time not observed does not count as held."""
    lines = {
        name: replace(held, better_since=unseen(held.better_since, stopped, at))
        if held.better_since
        else held
        for name, held in memory.lines.items()
    }
    memory = replace(
        memory,
        recovered=held_until(memory.recovered, stopped, at),
        heard_again=heard_until(memory, stopped, at),
        lines=lines,
        silences={
            name: replace(each, held=each.held and unseen(each.held, stopped, at))
            for name, each in memory.silences.items()
        },
        begun={line.name: at.steady_s for line in config.plan},
        resumed=frozenset(lines),
    )
    return _await_first_results(config, memory, at)


def _await_first_results(config: Config, memory: Memory, at: Instant) -> Memory:
    """Wait a while for probes without a fresh result, except rare or costly ones."""
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
    """Let everything due by then happen, each at its own time.

    Grouped expiries stay so, even if some were measured again since. If it does not
    settle, which is a defect, the event is taken in as if nothing else were due.
    """
    dates_by = memory.at
    if dates_by is None:
        return memory
    for _ in range(MOST_SETTLED):
        if not fast_path.is_due(memory, until):
            return memory
        now_s = (memory.at or dates_by).steady_s
        due_s = deadlines.next_s(config, memory, now_s, dates_by)
        if due_s >= until.steady_s:
            together_s = due_s if deadlines.is_of_many(memory, due_s) else 0.0
            return replace(
                memory,
                wakes_s=due_s,
                wakes_from=dates_by,
                together_s=max(together_s, memory.together_s),
            )
        memory = _settle(config, memory, until.at_steady(due_s))
    return _note(memory, defect(memory.changes, until))


def _measure(config: Config, memory: Memory, result: Result, at: Instant) -> Memory:
    probe = _by_id(config).get(result.probe)
    if probe is None:
        return memory  # the plan changed while it ran
    path_doubts = own_link.doubts(config, memory, probe, result, at)
    memory = replace(memory, path_doubts=path_doubts)
    before = memory.probes.get(probe.id) or Health(definition=definition(config, probe))
    health = probe_health.absorb(
        before,
        probe,
        result,
        hold=own_link.in_doubt(memory, probe),
        excused=own_link.excused(memory, probe, result),
        arrived_s=at.steady_s,
    )
    if health.latest is not Verdict.UNKNOWN:
        health = intervals.keep_fresh(probe, health, memory.watched)
    memory = replace(
        memory,
        probes={**memory.probes, probe.id: health},
        awaited=memory.awaited - {probe.id},
    )
    doubts = _doubts(config, memory, owner_node(probe.id), at)
    return replace(memory, doubts=doubts)


def _doubts(
    config: Config, memory: Memory, node: str, at: Instant
) -> Mapping[str, Instant]:
    """Note since when the latest results call for a worse state, unconfirmed."""
    if _is_doubted(config, memory, node) == (node in memory.doubts):
        return memory.doubts
    if node not in memory.doubts:
        return {node: at, **memory.doubts}
    return {name: since for name, since in memory.doubts.items() if name != node}


def _is_doubted(config: Config, memory: Memory, node: str) -> bool:
    return any(
        not probe.hint and memory.probes.get(probe.id, Health()).doubted
        for probe in _by_node(config).get(node, ())
    )


@derived
def _by_node(config: Config) -> Mapping[str, tuple[Probe, ...]]:
    by_node: dict[str, tuple[Probe, ...]] = {}
    for probe in config.probes():
        node = owner_node(probe.id)
        by_node[node] = (*by_node.get(node, ()), probe)
    return by_node


@derived
def _by_id(config: Config) -> Mapping[str, Probe]:
    return {probe.id: probe for probe in config.probes()}


def _replan(config: Config, memory: Memory, at: Instant) -> Memory:
    """Forget what the plan no longer has, or now tests in another way.

    Lifetimes of results and batteries are those of the plan in force. A new line begins
    by measuring; before the start only results end that.
    """
    if memory.lines and memory.at is None:  # kept by another boot
        memory = _resume(config, memory, at, at)
    probes = {
        probe.id: intervals.kept_fresh(probe, memory.probes[probe.id], memory.watched)
        for probe in config.probes()
        if probe.id in memory.probes
        and memory.probes[probe.id].definition == definition(config, probe)
    }
    lines = {line.name for line in config.plan}
    new = lines - memory.lines.keys() if memory.at else lines
    measuring = new | (lines & memory.begun.keys())
    begins_s = at.steady_s if memory.at else deadlines.NEVER_S
    memory = _note(memory, tuple(of_dropped(memory.channels, config.channels, at)))
    return replace(
        memory,
        probes=probes,
        channels={k: v for k, v in memory.channels.items() if k in config.channels},
        components={
            k: v for k, v in memory.components.items() if k in config.components
        },
        paths={k: v for k, v in memory.paths.items() if k in config.paths},
        path_doubts={k: v for k, v in memory.path_doubts.items() if k in config.paths},
        recovered={k: v for k, v in memory.recovered.items() if k in config.channels},
        losses=NOTHING_LOST,
        reach={k: v for k, v in memory.reach.items() if k in lines},
        heard_again={k: v for k, v in memory.heard_again.items() if k in lines},
        risks={k: v for k, v in memory.risks.items() if k in config.channels},
        faulty=memory.faulty & config.channels.keys(),
        awaited=memory.awaited & _by_id(config).keys(),
        batteries=batteries.counted_anew(config, memory.batteries),
        begun={name: memory.begun.get(name, begins_s) for name in measuring},
        lines={k: v for k, v in memory.lines.items() if k in lines},
    )


def definition(config: Config, probe: Probe) -> str:
    """Return a digest of what a probe tests, and how; a secret prints as `***`."""
    words = f"{probe.type} {probe.settings!r} {probe.via}"
    path = config.paths.get(probe.via or "")
    if path and (path.interface or path.source):
        words += f" {path.interface} {path.source}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _settle(config: Config, memory: Memory, at: Instant) -> Memory:
    """Decide everything anew for this moment, and note what changed.

    1. Words that reached their date lapse; after a while no result is awaited any more.
    2. The paths are judged; failures held back for them are confirmed or forgotten.
    3. Every component and channel is decided, with the suspects.
    4. Changes go to the journal.
    5. From that follows who hears what.
    6. A channel is chosen for each line.
    7. Audiences without a usable channel are counted.
    """
    in_force, changes = expiry.lapse(memory.words, at)
    memory = replace(memory, words=in_force, wakes_s=0.0)
    if at.steady_s > memory.awaited_until_s:
        memory = replace(memory, awaited=frozenset())
    links = path_states.links(config, memory.probes, at)
    memory = _judge(config, memory, links, at)
    decided = states.decide(config, memory, links, at)
    changes = (
        *changes,
        *of_paths(memory.paths, links, at),
        *of_states("component", memory.components, decided.components, at),
        *of_states("channel", memory.channels, decided.channels, at),
        *contradictions(memory.contradictions, decided.contradictions, at),
    )
    memory = _note(_decided(config, memory, links, decided, at), changes)
    memory = reach.renewed(config, memory, at)
    return _recommend(config, memory, at)


def _decided(
    config: Config,
    memory: Memory,
    links: Mapping[str, Link],
    decided: states.Decision,
    at: Instant,
) -> Memory:
    """Remember the decision of this moment."""
    recovered, faulty = _recovered(config, memory, decided.channels, at)
    return replace(
        memory,
        at=at,
        paths=links,
        components=decided.components,
        channels=decided.channels,
        explanations=decided.explanations,
        known_down=decided.known_down,
        words=replace(decided.words, held=held(config, decided.words)),
        worlds=states.worlds(config, decided),
        newest_symptom_s=decided.newest_symptom_s,
        batteries=decided.batteries,
        risks=risk.at_risk(memory.risks, decided.channels, at),
        reprieved=decided.reprieved,
        accused=decided.accused,
        next_fall_s=decided.next_fall_s,
        contradictions=decided.contradictions,
        recovered=recovered,
        faulty=faulty,
    )


def _judge(
    config: Config, memory: Memory, links: Mapping[str, Link], at: Instant
) -> Memory:
    """Judge the paths; those decided, or dropped by an edit, are no longer in doubt."""
    memory = own_link.judge(config, memory, links, at)
    left = {n: s for n, s in memory.doubts.items() if _is_doubted(config, memory, n)}
    return replace(memory, doubts=left)


def _recommend(config: Config, memory: Memory, at: Instant) -> Memory:
    """Choose for each line, and note changed choices."""
    choices = choice.choose_all(config, memory, at)
    memory = replace(memory, choices=choices)
    lines, changes = in_use.hold(config, memory, at)
    begun = {k: v for k, v in memory.begun.items() if choices[k].measuring}
    words = memory.words
    if changes:  # reality comes before an exercise
        words, ended = expiry.stop_exercise(words, at)
        changes += ended
    watched = choice.watched(choices.values())
    probes = intervals.prolong(
        config, memory.probes, memory.watched, watched, at.steady_s
    )
    memory = replace(
        memory, lines=lines, watched=watched, probes=probes, words=words, begun=begun
    )
    memory = replace(memory, silences=silence.renewed(config, memory, at))
    return _note(memory, tuple(changes))


def _note(memory: Memory, changes: tuple[Change, ...]) -> Memory:
    return replace(
        memory,
        changes=(*reversed(changes), *memory.changes)[:KEPT_CHANGES],
        fresh=(*memory.fresh, *changes),
    )


def _recovered(
    config: Config, memory: Memory, channels: Mapping[str, Standing], at: Instant
) -> tuple[dict[str, Instant], frozenset[str]]:
    """Note when a channel that was not fine became so, for the failback.

    An unknown state, as after a stop, is neither failed nor recovered; one unknown by
    our own link counts as known.
    """
    recovered, faulty = dict(memory.recovered), set(memory.faulty)
    for name, now in channels.items():
        if now.fine:
            if name in faulty:
                recovered[name] = at
            faulty.discard(name)
        elif now.known and not _is_early(config, memory, name, now):
            recovered.pop(name, None)
            faulty.add(name)
    return recovered, frozenset(faulty)


def _is_early(config: Config, memory: Memory, name: str, now: Standing) -> bool:
    """Tell whether it is unknown before its first results since the start."""
    unknown = now.state is State.UNKNOWN and now.reason is not Reason.OWN_LINK
    return unknown and awaits_result(config, memory, name)
