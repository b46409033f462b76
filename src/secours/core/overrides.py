"""Effect of people's words on a standing: marks, logged tests, maintenance."""

from collections.abc import Iterator, Mapping
from itertools import chain

from msgspec.structs import replace

from secours.core.memory import Memory
from secours.core.probing import health as probe_health
from secours.core.probing.aggregate import Cut, by_way, counts, worst
from secours.core.probing.health import Health
from secours.core.statements import expiry, steady_clock
from secours.core.statements.words_in_force import Words
from secours.model.observed import (
    Evidence,
    Instant,
    Outcome,
    Reason,
    Seconds,
    Verdict,
)
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component, Owner, Probe
from secours.model.snapshot import USABLE, Standing, State
from secours.model.statements import Declared, Mark, Trial

USUAL_TEST_S = 30 * 86400.0  # where the plan does not say how often
OVERDUE, WORTHLESS = 1.5, 2.0  # times the interval between tests


def standing(
    own: Standing,
    owner: Owner,
    name: str,
    memory: Memory,
    cut: Mapping[str, Cut],
    at: Instant,
) -> Standing:
    """Apply what people said of a channel or component to what its probes say.

    `cut` are the paths that are down: what failed over them counts against nobody.
    """
    if isinstance(owner, Channel):
        trial = memory.words.trials.get(owner.name)
        weak = _weak(owner, memory, cut, at) if trial else None
        is_over = trial is not None and _failed_after_test(owner, memory, cut, trial)
        own = _tried(own, owner, trial, weak, at, is_over=is_over)
        own = _unproven(own, owner, trial, memory, at)
    mark = memory.words.marks.get(name)
    if mark is None:
        return own
    if mark.says is Declared.DOWN:
        return _on_the_word_of(own, mark, State.DOWN)
    if (
        mark.says is Declared.UP
        and own.state is not State.AVAILABLE
        and not _lacks_proof(own, owner, memory.words, at)
        and not _failed_after(owner, memory, cut, mark.began)
    ):
        return _on_the_word_of(own, mark, State.AVAILABLE)
    return own


def still_said(
    owners: Mapping[str, Owner], memory: Memory, cut: Mapping[str, Cut]
) -> Words:
    """Return people's words without each `up` that a failure ended."""
    marks = {
        name: mark
        for name, mark in memory.words.marks.items()
        if mark.says is not Declared.UP
        or name not in owners
        or not _failed_after(owners[name], memory, cut, mark.began)
    }
    return replace(memory.words, marks=marks)


def by_mark_alone(own: Standing, name: str, words: Words) -> Standing:
    """Return the standing where only somebody's `up` keeps it from falling.

    Its proof is older than the fall. A state that is down or unknown was not raised by
    the mark; in the last minutes of its battery it stays degraded.
    """
    mark = words.marks.get(name)
    if mark is None or mark.says is not Declared.UP:
        return own
    if own.state in (State.DOWN, State.UNKNOWN):
        return own
    said = _on_the_word_of(own, mark, State.AVAILABLE)
    if own.reason is not Reason.ENDING:
        return said
    return replace(said, state=own.state, reason=own.reason, facts=own.facts)


def tested_at(channel: Channel, words: Words, at: Instant) -> Instant | None:
    """Return when people last tried a channel, if they found that it works.

    A test that is too old proves nothing any more.
    """
    trial = words.trials.get(channel.name)
    if trial is None or not trial.worked or is_worthless(channel, trial.at, at):
        return None
    return trial.at


def vouched_at(owner: Owner, name: str, said: Words, at: Instant) -> Instant | None:
    """Return when people last said that it works: a logged test, or `mark up`."""
    mark = said.marks.get(name)
    tested = tested_at(owner, said, at) if isinstance(owner, Channel) else None
    if mark is None and tested is None:
        return None
    marked = mark.began if mark and mark.says is Declared.UP else None
    known = [moment for moment in (tested, marked) if moment is not None]
    return max(known, key=lambda moment: moment.steady_s, default=None)


def alive_at(own: Standing, vouched: Instant | None) -> Instant | None:
    """Return when a node last proved that it works, or people said so."""
    if own.state is State.DOWN:
        return None
    known = [at for at in (own.proved_at, vouched) if at is not None]
    return max(known, key=lambda at: at.steady_s, default=None)


def edges(config: Config, words: Words, at: Instant) -> Iterator[float]:
    """Yield when a word ends or asks, a test ages, a window opens, in steady time."""
    for window in chain.from_iterable(o.maintenance for o in config.owners.values()):
        yield steady_clock.steady(window.start, at)
        yield steady_clock.steady(window.end, at)
    yield from expiry.edges(words)
    for name, trial in words.trials.items():
        if name in config.channels:
            every_s = retest_every_s(config.channels[name])
            for tested in (trial.at, *(c.at for c in trial.calls.values() if c.at)):
                for times in (1.0, OVERDUE, WORTHLESS):
                    yield steady_clock.steady(tested.utc, at) + times * every_s
                    yield tested.steady_s + times * every_s


def _on_the_word_of(own: Standing, mark: Mark, state: State) -> Standing:
    """Return the standing by somebody's word, whatever was proved before."""
    began = mark.began
    failed_at = own.failed_at or began
    if state is State.DOWN and began.steady_s < failed_at.steady_s:
        failed_at = began
    return replace(
        own,
        state=state,
        since=began,
        failed_at=failed_at if state is State.DOWN else None,
        evidence=Evidence.NONE,
        evidence_at=None,
        reason=Reason.DECLARED,
        facts={"by": mark.by, "said": mark.why},
        declared_by=mark.by,
    )


def _lacks_proof(own: Standing, owner: Owner, words: Words, at: Instant) -> bool:
    """Tell whether it is unproven without a logged test."""
    if isinstance(owner, Component) or not owner.probed or own.state is State.DOWN:
        return False
    return owner.thin and tested_at(owner, words, at) is None


def _failed_after(
    owner: Owner, memory: Memory, cut: Mapping[str, Cut], said_at: Instant
) -> bool:
    """Tell whether a failure was measured after somebody said that it works.

    It counts also when it is stale: missing results do not restore `up`.
    """
    probes = (p for p in owner.probes if not p.hint and p.via not in cut)
    return any(_stands_failed(memory, probe, said_at) for probe in probes)


def _stands_failed(memory: Memory, probe: Probe, after: Instant) -> bool:
    """Tell whether the latest result that counts is a failure after a moment."""
    health = memory.probes.get(probe.id, Health())
    failed_at = health.failed_last if health.verdict is Verdict.FAILED else None
    return failed_at is not None and failed_at.since(after) > 0


def _failed_after_test(
    channel: Channel, memory: Memory, cut: Mapping[str, Cut], trial: Trial
) -> bool:
    """Tell whether a deciding probe failed on all its ways after people's test.

    A probe without a result since a boot or an edit counts as the channel last did. One
    that works and is only set aside, or was tried since, has not failed.
    """
    before = memory.channels.get(channel.name, Standing(state=State.UNKNOWN))
    worked = before.state in USABLE
    tried_since = before.since is not None and before.since.since(trial.at) <= 0
    faulty = channel.name in memory.faulty and not worked and not tried_since
    deciding = [
        p for p in channel.probes if p.required and not p.hint and p.via not in cut
    ]
    return any(
        all(
            _stands_failed(memory, probe, trial.at)
            if probe.id in memory.probes
            else faulty
            for probe in ways
        )
        for ways in by_way(deciding)
    )


def _weak(
    channel: Channel, memory: Memory, cut: Mapping[str, Cut], at: Instant
) -> Outcome | None:
    """Return the worst outcome against the channel, if a probe has one."""
    standings = (
        probe_health.standing(health, at.steady_s)
        for probe in channel.probes
        if not probe.hint
        and (health := memory.probes.get(probe.id))
        and counts(probe, health, cut.get(probe.via or ""), at)
    )
    bad = [each for each in standings if each[0] in (Verdict.FAILED, Verdict.DEGRADED)]
    return worst(bad)[1] if bad else None


def _tried(
    own: Standing,
    channel: Channel,
    trial: Trial | None,
    weak: Outcome | None,
    at: Instant,
    *,
    is_over: bool,
) -> Standing:
    """Apply a logged test; it decides for a channel without probes.

    A passed test no longer counts once a probe failed after it, however long ago.
    """
    if trial is None:
        due = channel.test_every_s is not None
        return _due(own) if due else own
    own = replace(own, tried_at=trial.at)
    own = _due(own) if _aged(channel, trial.at, at) > 1 else own
    measured = channel.probed and not channel.thin
    if measured or is_worthless(channel, trial.at, at):
        return own
    if not trial.worked:
        return _on_the_test_of(own, trial, State.DOWN)
    if own.state is State.DOWN:
        return replace(own, declared_by=trial.by)
    if is_over and own.state is State.UNKNOWN:
        return own
    worked = own  # its own probes say how well
    if own.state is State.UNKNOWN:
        worked = _on_the_test_of(own, trial, State.AVAILABLE)
        if weak is not None:
            worked = replace(
                worked, state=State.DEGRADED, reason=weak.reason, facts=weak.facts
            )
    worked = replace(worked, declared_by=trial.by)
    return replace(worked, evidence=Evidence.EXERCISED, evidence_at=trial.at)


def _unproven(
    own: Standing, channel: Channel, trial: Trial | None, memory: Memory, at: Instant
) -> Standing:
    """Make thin proof unknown, until people have tried the channel.

    A probe's own reason for so little proof is kept.
    """
    if own.state not in USABLE or not channel.probed:
        return own
    if own.evidence.rank > Evidence.REACHED.rank and not channel.thin:
        return own
    if trial and trial.worked and not is_worthless(channel, trial.at, at):
        return own
    heard = (memory.probes.get(probe.id) for probe in channel.probes)
    why = (health.why for health in heard if health and health.why)
    facts = next((each.facts for each in why if each.reason is Reason.UNPROVEN), {})
    return replace(own, state=State.UNKNOWN, reason=Reason.UNPROVEN, facts=facts)


def retest_every_s(channel: Channel) -> Seconds:
    """Return after how long people are to repeat a test."""
    return channel.test_every_s or USUAL_TEST_S


def tested_every_s(config: Config, channel: Channel) -> Seconds | None:
    """Return how often people are to try a channel; None where they need not.

    They try what the plan says, and each channel of a line that only they can prove.
    """
    by_people = channel.thin or not channel.probed
    if channel.test_every_s is None and not (
        by_people and channel.name in config.planned
    ):
        return None
    return retest_every_s(channel)


def is_worthless(channel: Channel, tested: Instant, at: Instant) -> bool:
    """Tell whether a test is so old that it proves nothing any more."""
    return _aged(channel, tested, at) > WORTHLESS


def _aged(channel: Channel, tested: Instant, at: Instant) -> float:
    """Return the age of a test, in intervals between tests."""
    return steady_clock.age(tested, at).total_seconds() / retest_every_s(channel)


def _on_the_test_of(own: Standing, trial: Trial, state: State) -> Standing:
    down = state is State.DOWN
    return replace(
        own,
        state=state,
        reason=Reason.DECLARED if down else Reason.NONE,
        facts={"by": trial.by, "said": trial.remark} if down else {},
        failed_at=trial.at if down else None,
        declared_by=trial.by,
    )


def _due(own: Standing) -> Standing:
    return replace(own, warnings=(*own.warnings, Reason.TEST_DUE))
