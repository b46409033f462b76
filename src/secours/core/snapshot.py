"""Everything a screen needs at one instant, already decided."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain

from msgspec.structs import replace

from secours.core import forecast, statements, states
from secours.core.graph import dependencies, independence
from secours.core.memory import Memory
from secours.core.probing import health as probe_health
from secours.core.probing import intervals
from secours.core.probing.health import Health
from secours.core.recommend import choice, measuring, waiting
from secours.model.nodes import kind_of
from secours.model.observed import Evidence, Instant, Reason, Verdict
from secours.model.plan import (
    Carries,
    Channel,
    Component,
    Config,
    Line,
    Owner,
    Path,
    Probe,
)
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
from secours.model.statements import Declared, Exercise, Mark


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

    What it says is what the memory decided at its own latest event.
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
                probes=_probes(path.references, memory, decided),
            )
            for path in config.paths.values()
        ),
        suspects=tuple(s for each in memory.explanations for s in each.suspects),
        explanations=memory.explanations,
        known_down=memory.known_down,
        contradictions=tuple(sorted(memory.contradictions)),
        channels=tuple(_channel(c, memory, decided) for c in _in_plan_order(config)),
        components=tuple(
            _component(part, memory, decided) for part in config.components.values()
        ),
        recommendations=tuple(
            _recommendation(config, memory, line, decided) for line in config.plan
        ),
        forecast=forecast.forecast(config, memory, decided),
        changes=memory.changes,
        marks=tuple(
            statements.dated(m, decided) for m in statements.all_marks(memory.words)
        ),
        words_lost=memory.words.lost,
        pins=tuple(statements.dated(p, decided) for p in memory.words.pins.values()),
        announced=memory.words.announced,
        watch=memory.words.watch,
        rehearsal=_rehearse(config, memory, decided),
        event=event,
    )


def _first_answer_s(config: Config) -> float:
    """Return when all have answered, or the best that works is named meanwhile."""
    probes = config.probes()
    longest_s = max((probe.timeout_s for probe in probes), default=0.0)
    ordinary_s = max((p.timeout_s for p in probes if not p.cost), default=0.0)
    answered_s = intervals.first_runs_s(len(probes)) + longest_s
    bound_s = 2 * ordinary_s + measuring.MORE_S
    return min(answered_s, bound_s) if ordinary_s else answered_s


def _rehearse(config: Config, memory: Memory, at: Instant) -> Rehearsal | None:
    """Answer as if the exercise were true, beside the real answer."""
    exercise = memory.words.exercise
    if exercise is None:
        return None
    played = {
        name: Mark(
            subject=name, says=Declared.DOWN, by=exercise.by, why="", at=exercise.at
        )
        for name in exercise.fails
    }
    said = replace(memory.words, marks={**memory.words.marks, **played}, pins={})
    imagined = replace(memory, words=said, lines={}, probes=_before(memory, exercise))
    links = memory.paths
    decided = states.decide(config, imagined, links, at)
    imagined = replace(
        imagined,
        channels=decided.channels,
        worlds=independence.possible(config, decided.world, decided.world, ()),
    )
    imagined = replace(imagined, choices=choice.choose_all(config, imagined, at))
    return Rehearsal(
        exercise=statements.dated(exercise, at),
        channels=decided.channels,
        recommendations=tuple(
            _recommendation(config, imagined, line, at) for line in config.plan
        ),
    )


def _before(memory: Memory, exercise: Exercise) -> dict[str, Health]:
    """Forget when things were proved: in the exercise they have failed since."""
    return {name: replace(health, proof=None) for name, health in memory.probes.items()}


def _own_link(config: Config, memory: Memory) -> Link:
    """Return the state of the way out that is used where nothing else is said."""
    usual = usual_path(config)
    return memory.paths.get(usual.name, Link.UNKNOWN) if usual else Link.UNKNOWN


def usual_path(config: Config) -> Path | None:
    """Return the way out that is used where nothing else is said, None for none."""
    unbound = (p for p in config.paths.values() if not p.interface and not p.source)
    return next(unbound, next(iter(config.paths.values()), None))


def _in_plan_order(config: Config) -> list[Channel]:
    planned = chain.from_iterable(line.order for line in config.plan)
    names = dict.fromkeys([*(name for name, _ in planned), *config.channels])
    return [config.channels[name] for name in names]


def _channel(channel: Channel, memory: Memory, at: Instant) -> ChannelView:
    return ChannelView(
        name=channel.name,
        label=channel.label,
        short_name=channel.short_name,
        how=channel.how,
        mind=channel.mind,
        carries=_in_order(channel.carries),
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
    pinned = chosen.use is not None and chosen.use.pinned
    held = memory.lines.get(line.name)
    return Recommendation(
        purpose=line.purpose,
        audience=line.audience,
        tiers=line.tiers,
        use=chosen.use,
        since=held.since if held else None,
        backup=chosen.backup,
        still_usable=chosen.still_usable,
        passed_over=(
            waiting.passed_over(config, memory, line, used, at)
            if used or not chosen.measuring
            else ()
        ),
        last_resort=line.last_resort,
        measuring=chosen.measuring,
        unpinned=choice.without_pin(config, memory, line, at) if pinned else None,
        reach=config.channels[used].reaches.get(line.audience) if used else None,
        on_battery=any(
            kind_of(name) == dependencies.POWER for name in memory.known_down
        ),
    )
