"""What a person's word makes of a standing: marks, logged tests, maintenance."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from secours.core import dependencies, words
from secours.core.health import Health
from secours.core.words import Words
from secours.model import (
    Channel,
    Component,
    Config,
    Declared,
    Evidence,
    Instant,
    Mark,
    Reason,
    Standing,
    State,
    Trial,
    Verdict,
)

if TYPE_CHECKING:
    from secours.core.memory import Memory

USUAL_TEST_S = 30 * 86400.0  # where the plan does not say how often
OVERDUE, WORTHLESS = 1.5, 2.0  # times the interval between tests

Aside = tuple[Reason, str | None]
Owner = Channel | Component


def standing(
    own: Standing, owner: Owner, name: str, memory: "Memory", at: Instant
) -> Standing:
    """Apply what people said of a channel or component to what its probes say."""
    if isinstance(owner, Channel):
        own = _tried(own, owner, memory.words.trials.get(owner.name), at)
    mark = memory.words.marks.get(name)
    if mark is None:
        return own
    if mark.says is Declared.DOWN:
        return _on_the_word_of(own, mark, State.DOWN)
    if mark.says is Declared.UP and _failed_since(owner, memory) <= mark.at.steady_s:
        return _on_the_word_of(own, mark, State.AVAILABLE)
    return own


def asides(
    config: Config, owners: Mapping[str, Owner], said: Words, at: Instant
) -> dict[str, Aside]:
    """Return what is set aside, with every channel that needs it."""
    found: dict[str, Aside] = {}
    for name, owner in owners.items():
        if any(window.start <= at.utc < window.end for window in owner.maintenance):
            found |= _with_all_that_needs(config, name, (Reason.MAINTENANCE, None))
    for name, mark in said.marks.items():
        if mark.says is Declared.MAINTENANCE and name in owners:
            found |= _with_all_that_needs(config, name, (Reason.MAINTENANCE, mark.by))
    for name, mark in said.distrusts.items():
        if name in owners:
            found |= _with_all_that_needs(config, name, (Reason.SET_ASIDE, mark.by))
    return found


def alive_since(own: Standing) -> Instant | None:
    """Return when a node proved that it works, or a person said so."""
    if own.state is State.DOWN:
        return None
    if own.reason is Reason.DECLARED:
        return own.since
    return own.evidence_at


def edges(config: Config, said: Words, at: Instant) -> Iterator[float]:
    """Yield the steady times at which a word lapses, a test ages, a window opens."""
    planned = [channel.maintenance for channel in config.channels.values()]
    planned += [part.maintenance for part in config.components.values()]
    for window in chain.from_iterable(planned):
        yield words.steady(window.start, at)
        yield words.steady(window.end, at)
    yield from words.ends(said)
    for name, trial in said.trials.items():
        if name in config.channels:
            every_s = config.channels[name].test_every_s or USUAL_TEST_S
            for times in (1.0, OVERDUE, WORTHLESS):
                yield words.steady(trial.at.utc, at) + times * every_s


def _with_all_that_needs(config: Config, name: str, aside: Aside) -> dict[str, Aside]:
    taken = dependencies.of(config).falls_at_once(frozenset({name}), frozenset())
    return dict.fromkeys(taken | {name}, aside)


def _on_the_word_of(own: Standing, mark: Mark, state: State) -> Standing:
    return replace(
        own,
        state=state,
        since=mark.at,
        reason=Reason.DECLARED,
        facts={"by": mark.by, "said": mark.why},
        declared_by=mark.by,
    )


def _failed_since(owner: Owner, memory: "Memory") -> float:
    """Return the steady time of the newest failure measured, 0 for none."""
    found = [memory.probes.get(probe.id, Health()) for probe in owner.probes]
    return max(
        (
            health.counted.steady_s
            for health in found
            if health.counted is not None and health.verdict is Verdict.FAILED
        ),
        default=0.0,
    )


def _tried(
    own: Standing, channel: Channel, trial: Trial | None, at: Instant
) -> Standing:
    """Let a logged test speak; for a channel that nobody can probe it decides."""
    if trial is None:
        due = channel.test_every_s is not None
        return _due(own) if due else own
    own = replace(own, tried_at=trial.at)
    every_s = channel.test_every_s or USUAL_TEST_S
    aged = words.age(trial, at).total_seconds() / every_s
    own = _due(own) if aged > 1 else own
    if channel.probes or aged > WORTHLESS:
        return own
    if not trial.worked:
        facts = {"by": trial.by, "said": trial.remark}
        return replace(
            own,
            state=State.DOWN,
            reason=Reason.DECLARED,
            facts=facts,
            declared_by=trial.by,
        )
    return replace(
        own,
        state=State.AVAILABLE,
        reason=Reason.NONE,
        evidence=Evidence.EXERCISED,
        evidence_at=trial.at,
        declared_by=trial.by,
    )


def _due(own: Standing) -> Standing:
    return replace(own, warnings=(*own.warnings, Reason.TEST_DUE))
