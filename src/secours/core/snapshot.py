"""Snapshot of everything a screen needs, already decided."""

from collections.abc import Sequence, Set
from datetime import datetime
from functools import lru_cache

from msgspec.structs import replace

from secours.core import batteries, forecast, knowledge, overrides, states
from secours.core.graph import dependencies
from secours.core.memory import NOTHING_LOST, Memory
from secours.core.probing import health as probe_health
from secours.core.probing import intervals
from secours.core.probing.health import Health
from secours.core.receivers import hearing, reach
from secours.core.recommend import choice, failback, first_results, silence
from secours.core.statements import expiry, new_word, words_in_force
from secours.model.nodes import channel_node, owner_node, path_node
from secours.model.observed import Evidence, Instant, Reason, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import (
    Carries,
    Channel,
    Component,
    Owner,
    Path,
    Probe,
)
from secours.model.sections.line import Line
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    Link,
    PathView,
    ProbeView,
    Recommendation,
    Rehearsal,
    Snapshot,
    Standing,
    State,
)
from secours.model.statements import Declared, Exercise, Mark, Trial


def take(
    config: Config,
    memory: Memory,
    *,
    at: Instant,
    boot_id: str,
    started: Instant,
    config_error: str | None = None,
    trouble: tuple[str, ...] = (),
    plan_written: datetime | None = None,
    event: int = 0,
) -> Snapshot:
    """Draw up the snapshot of this memory; `at` is when it is stamped.

    Its content is what the memory decided at its own latest event.
    """
    decided = memory.at or at
    return Snapshot(
        at=at,
        boot_id=boot_id,
        started=started,
        site=config.site,
        screen=config.screen,
        plan_version=config.version,
        plan_written=plan_written,
        example=config.example,
        config_error=config_error,
        trouble=trouble,
        own_link=_own_link(config, memory),
        first_answer_s=_first_answer_s(config),
        paths=tuple(
            PathView(
                name=path.name,
                state=memory.paths.get(path.name, Link.UNKNOWN),
                usual=path is usual_path(config),
                probes=_probes(path.references, memory, decided),
            )
            for path in config.paths.values()
        ),
        suspects=tuple(s for each in memory.explanations for s in each.suspects),
        explanations=memory.explanations,
        known_down=memory.known_down,
        contradictions=tuple(sorted(memory.contradictions)),
        channels=tuple(
            _channel(config, config.channels[name], memory, decided)
            for name in dict.fromkeys([*config.planned, *config.channels])
        ),
        batteries_end=batteries.measured_ends(
            config, memory.batteries, memory.probes, decided
        ),
        components=tuple(
            _component(part, memory, decided) for part in config.components.values()
        ),
        recommendations=tuple(
            _recommendation(config, memory, line, decided) for line in config.plan
        ),
        forecast=forecast.forecast(config, memory, decided),
        changes=memory.changes,
        marks=tuple(
            expiry.dated(m, decided) for m in words_in_force.all_marks(memory.words)
        ),
        words_lost=memory.words.lost,
        orders=tuple(silence.views(config, memory, decided)),
        reports={
            name: audience.report
            for name, audience in config.audiences.items()
            if audience.report is not None
        },
        pins=tuple(expiry.dated(p, decided) for p in memory.words.pins.values()),
        announced=memory.words.announced,
        watch=memory.words.watch,
        rehearsal=_rehearse(config, memory, decided),
        event=event,
    )


def _first_answer_s(config: Config) -> float:
    """Return when all have answered, or the best working channel is named meanwhile."""
    probes = config.probes()
    longest_s = max((probe.timeout_s for probe in probes), default=0.0)
    ordinary_s = max((p.timeout_s for p in probes if not p.cost), default=0.0)
    answered_s = intervals.first_runs_s(len(probes)) + longest_s
    bound_s = 2 * ordinary_s + first_results.MORE_S
    return min(answered_s, bound_s) if ordinary_s else answered_s


def _rehearse(config: Config, memory: Memory, at: Instant) -> Rehearsal | None:
    """Answer as if the exercise were true, beside the real one."""
    exercise = memory.words.exercise
    if exercise is None:
        return None
    imagined = _imagined(config, memory, exercise, at)
    decided = states.decide(config, imagined, memory.paths, at)
    imagined = replace(
        imagined,
        channels=decided.channels,
        components=decided.components,
        worlds=states.worlds(config, decided),
        known_down=decided.known_down,
        accused=decided.accused,
    )
    imagined = reach.renewed(config, imagined, at)
    imagined = replace(imagined, choices=choice.choose_all(config, imagined, at))
    return Rehearsal(
        exercise=expiry.dated(exercise, at),
        channels=decided.channels,
        recommendations=tuple(
            _recommendation(config, imagined, line, at) for line in config.plan
        ),
        orders=tuple(silence.played(config, imagined)),
    )


def _imagined(
    config: Config, memory: Memory, exercise: Exercise, at: Instant
) -> Memory:
    """Return the memory as if the exercise were true; all else stays as it is.

    The nodes that it takes have proved nothing since its start, nor do words and roll
    calls speak for them, and results over a path that it takes are unknown.
    """
    gone = _taken(config, memory, exercise, at)
    words = memory.words
    marks = {
        name: mark
        for name, mark in words.marks.items()
        if name not in gone or mark.says is not Declared.UP
    }
    trials = {
        name: _as_called(config, trial, gone, exercise.at)
        for name, trial in words.trials.items()
        if channel_node(name) not in gone
    }
    words = replace(words, marks=marks, beneath={}, trials=trials, pins={})
    for name in exercise.fails:
        fails = Mark(subject=name, says=Declared.DOWN, by=exercise.by, at=exercise.at)
        words = new_word.hear(words, fails)
    probes = {
        probe.id: _as_played(memory.probes[probe.id], probe, gone, exercise.at)
        for probe in config.probes()
        if probe.id in memory.probes
    }
    doubted = {owner_node(id_) for id_, health in probes.items() if health.doubted}
    doubts = {n: since for n, since in memory.doubts.items() if n in doubted}
    undecided = replace(memory, lines={}, choices={}, losses=NOTHING_LOST, reach={})
    return replace(undecided, words=words, probes=probes, doubts=doubts)


def _as_played(health: Health, probe: Probe, gone: Set[str], began: Instant) -> Health:
    proof = health.proof
    if probe.section == "paths":
        return health
    if path_node(probe.via or "") in gone:
        return Health()
    if owner_node(probe.id) not in gone or proof is None or proof.at.since(began) < 0:
        return health
    recovered_s = health.recovered_s and min(health.recovered_s, began.steady_s)
    return replace(health, proof=replace(proof, at=began), recovered_s=recovered_s)


def _as_called(config: Config, trial: Trial, gone: Set[str], began: Instant) -> Trial:
    """Date roll calls of an exercise on what it takes from its start, at the latest."""
    keys = hearing.groups_on(config, trial.channel, gone)
    calls = {
        key: replace(call, at=began)
        if key in keys and call.at and call.at.since(began) > 0
        else call
        for key, call in trial.calls.items()
    }
    return replace(trial, reached=calls)


def _taken(config: Config, memory: Memory, exercise: Exercise, at: Instant) -> Set[str]:
    """Return the nodes taken by the exercise by now, without those really down."""
    began_s = exercise.at.steady_s
    nodes = dependencies.of(config)
    lasts = batteries.lasts(config, memory.batteries, at)
    real = knowledge.gather(config, memory, memory.paths, at)
    fails = dict.fromkeys(exercise.fails, began_s)
    before = {name: min(s, began_s) for name, s in real.alive.items()}
    times = nodes.fall_times({**fails, **real.down}, before, lasts=lasts)
    spent = nodes.spent(times, at.steady_s, lasts)
    return nodes.spreads(fails, real.base.fallen, spent).keys()


def _own_link(config: Config, memory: Memory) -> Link:
    """Return the state of the default path."""
    usual = usual_path(config)
    return memory.paths.get(usual.name, Link.UNKNOWN) if usual else Link.UNKNOWN


def usual_path(config: Config) -> Path | None:
    """Return the path used where nothing else is said, None for none."""
    unbound = (p for p in config.paths.values() if not p.interface and not p.source)
    return next(unbound, next(iter(config.paths.values()), None))


def _channel(
    config: Config, channel: Channel, memory: Memory, at: Instant
) -> ChannelView:
    return ChannelView(
        name=channel.name,
        label=channel.label,
        short_name=channel.short_name,
        how=channel.how,
        mind=channel.mind,
        carries=_in_order(channel.carries),
        uri_scheme=channel.uri_scheme,
        test_every_s=overrides.tested_every_s(config, channel),
        needs_known=channel.needs_known,
        standing=memory.channels.get(channel.name, _nothing(channel)),
        probes=_probes(channel.probes, memory, at),
    )


@lru_cache(maxsize=16)
def _in_order(carried: frozenset[Carries]) -> tuple[Carries, ...]:
    return tuple(what for what in Carries if what in carried)


def _component(part: Component, memory: Memory, at: Instant) -> ComponentView:
    return ComponentView(
        name=part.name,
        label=part.label,
        standing=memory.components.get(part.name, _nothing(part)),
        probes=_probes(part.probes, memory, at),
    )


def _nothing(owner: Owner) -> Standing:
    reason = Reason.NOT_MEASURED if owner.probes else Reason.NOT_PROBED
    return Standing(state=State.UNKNOWN, reason=reason)


def _probes(
    probes: Sequence[Probe], memory: Memory, at: Instant
) -> tuple[ProbeView, ...]:
    return tuple(
        _probe(probe, memory.probes.get(probe.id, Health()), at) for probe in probes
    )


def _probe(probe: Probe, health: Health, at: Instant) -> ProbeView:
    verdict, why = probe_health.standing(health, at.steady_s)
    warned = verdict is Verdict.OK and bool(why.warnings)
    return ProbeView(
        name=probe.name,
        type=probe.type,
        path=probe.via,
        verdict=Verdict.DEGRADED if warned else verdict,
        evidence=why.evidence if verdict is not Verdict.UNKNOWN else Evidence.NONE,
        reason=why.reason,
        facts=why.facts,
        latency_s=why.latency_s,
        at=health.last.at if health.last else None,
        proved_at=health.proof.at if health.proof else None,
    )


def _recommendation(
    config: Config, memory: Memory, line: Line, at: Instant
) -> Recommendation:
    chosen = memory.choices[line.name]
    used = chosen.channel
    line_use = memory.lines.get(line.name)
    return Recommendation(
        purpose=line.purpose,
        audience=line.audience,
        tiers=line.tiers,
        use=chosen.use,
        since=line_use.since if line_use else None,
        backup=chosen.backup,
        still_usable=chosen.still_usable,
        passed_over=(
            failback.passed_over(config, memory, line, used, at)
            if used or not chosen.measuring
            else ()
        ),
        last_resort=line.last_resort,
        measuring=chosen.measuring,
        unpinned=chosen.unpinned,
        reaches=config.channels[used].reaches.get(line.audience) if used else None,
        completed_by=chosen.completed_by,
        until={
            name: until
            for name, _ in line.order
            if (until := reach.until(memory, line, name, at)) is not None
        },
        receivers={
            name: heard
            for name, _ in line.order
            if (heard := reach.reception(config, memory, line, name)) is not None
        },
        on_battery=not batteries.supply(config).isdisjoint(memory.known_down),
    )
