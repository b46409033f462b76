"""Fast path for events that change nothing: a repeated result, or mere time.

Most results only renew a proof; the step then need not decide everything anew.
`is_due` says whether something may happen by itself at that moment.
"""

from msgspec.structs import replace

from secours.core import overrides
from secours.core.memory import Memory
from secours.core.probing import aggregate
from secours.core.probing import health as probe_health
from secours.core.probing.health import Health
from secours.model.nodes import is_channel, name_in, owner_node, plain_name
from secours.model.observed import Evidence, Instant, Reason, Result, Verdict
from secours.model.plan import Config
from secours.model.snapshot import Link, Standing, State


def is_due(memory: Memory, at: Instant) -> bool:
    """Tell whether something may have changed by itself by this moment.

    Maintenance windows and people's tests go by dates: the wall clock may have been
    set, or run faster, since the next time of a change was computed.
    """
    known = memory.wakes_from
    if known is None:
        return True
    gained_s = (at.utc - known.utc).total_seconds() - at.since(known)
    if gained_s < -probe_health.JUST_AFTER_S:
        return True  # set back: into a window, or before the end of one
    latest_s = at.steady_s + max(0.0, gained_s)
    return latest_s >= memory.wakes_s - probe_health.JUST_AFTER_S


def passes_quietly(memory: Memory, at: Instant) -> bool:
    """Tell whether a moment is like the one that was decided last.

    Not while something is known down: then each moment has new remaining times and
    charges. Nor while an ended word leaves something unproven.
    """
    quiet = not (memory.known_down or memory.batteries or memory.words.lapsed)
    return quiet and not is_due(memory, at)


def says_nothing_new(
    before: Memory, after: Memory, result: Result, at: Instant
) -> bool:
    """Tell whether a result repeats what was known, so that nothing can change.

    Most do. It matters where it may raise a fallen node, where a person spoke of its
    owner, and while a path is down.
    """
    was, now = before.probes.get(result.probe), after.probes.get(result.probe)
    if was is None or now is None or was.last is None or before.at is None:
        return False
    read = before.batteries and now.reading != was.reading  # it may say when one ends
    if read or is_due(before, at):
        return False
    node = owner_node(result.probe)
    if before.path_doubts or after.path_doubts or node in before.words.marks:
        return False
    reopened = any(was.last.at.since(back) < 0 for back in before.paths_back.values())
    if Link.DOWN in before.paths.values() or reopened:
        return False  # a line may wait for the first test over a path that is back
    proved = now.latest in probe_health.GOOD
    if proved and (was.proof is None or was.proof.at.steady_s <= _spoke_s(before)):
        return False  # the first success after it clears what it goes through
    owner = _owner(before, result)
    if owner is not None and (
        owner.may_need
        or owner.reason is Reason.LAPSED
        or (owner.at_risk and not _tested(before, result, was.last))
    ):
        return False
    if before.doubts != after.doubts or before.awaited != after.awaited:
        return False
    same = _gist(was, before.at) == _gist(now, at)
    return same and not (proved and _may_raise(before, result, was.proof))


def renewed(config: Config, memory: Memory, result: Result, at: Instant) -> Memory:
    """Return the memory with the renewed proof of the same verdict."""
    health = memory.probes[result.probe]
    memory = replace(memory, at=at, wakes_s=_wakes_s(memory, health))
    node = owner_node(result.probe)
    standing = _owner(memory, result)
    if standing is None:
        return memory
    owner = config.owners[node]
    measured = aggregate.measured(config, node, memory.probes, {}, at)
    proof = overrides.standing(measured, owner, node, memory, {}, at)
    younger = replace(
        standing,
        evidence=proof.evidence,
        evidence_at=proof.evidence_at,
        proved_at=proof.proved_at,
    )
    if is_channel(node):
        channels = {**memory.channels, name_in(node): younger}
        return replace(memory, channels=channels)
    return replace(memory, components={**memory.components, node: younger})


def has_news(before: Memory, after: Memory) -> bool:
    """Tell whether anything was decided since; if not, only proofs are newer.

    Whatever decides ends with new choices, and nothing else makes them.
    """
    return after.choices is not before.choices


def unsettled(memory: Memory, result: Result, at: Instant) -> Memory:
    """Return the memory with a result of which nothing is decided yet."""
    health = memory.probes.get(result.probe)
    if health is None:
        return replace(memory, at=at)
    return replace(memory, at=at, wakes_s=_wakes_s(memory, health))


def _wakes_s(memory: Memory, health: Health) -> float:
    return min(memory.wakes_s, health.fresh_until_s + probe_health.JUST_AFTER_S)


def _gist(health: Health, at: Instant) -> object:
    verdict, why = probe_health.standing(health, at.steady_s)
    proven = health.proof.outcome.evidence if health.proof else Evidence.NONE
    returning = verdict is Verdict.FAILED and health.good > 0  # and accuses nobody
    return verdict, why.reason, why.evidence, why.facts, why.warnings, proven, returning


def _spoke_s(before: Memory) -> float:
    """Return the beginning of the newest failure or ended word.

    Also of one that would count again if another were taken back.
    """
    said = before.words
    ended = (*said.lapsed.values(), *said.displaced.values())
    return max((before.newest_symptom_s, *(mark.began.steady_s for mark in ended)))


def _tested(before: Memory, result: Result, last: Result) -> bool:
    """Tell whether a channel was tested by this probe since it is at risk."""
    node = owner_node(result.probe)
    since = before.risks.get(name_in(node)) if is_channel(node) else None
    return since is not None and last.at.since(since) >= 0


def _owner(memory: Memory, result: Result) -> Standing | None:
    node = owner_node(result.probe)
    known = memory.channels if is_channel(node) else memory.components
    return known.get(plain_name(node))


def _may_raise(memory: Memory, result: Result, proof: Result | None) -> bool:
    """Tell whether a newer proof could count against something that is down.

    `proof` is the one before of the same test: its path may have fallen since.
    """
    down_s = [
        part.since.steady_s
        for part in memory.components.values()
        if part.state is State.DOWN and part.since is not None
    ]
    if not down_s:
        return False
    standing = _owner(memory, result)  # of a path there is none
    known = (standing.proved_at,) if standing else ()
    proofs = (*known, proof.at if proof else None)
    presumed = standing is not None and standing.presumed is not None
    return presumed or any(
        proved_at is None or proved_at.steady_s <= max(down_s) for proved_at in proofs
    )
