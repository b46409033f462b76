"""Failures of our own paths: results over a path count once the path is judged.

The first failure over a path puts it in doubt: its references are tried at once, and
until they answered, or for as long as they may take, nothing seen over it is confirmed
failed. A result from while it was down does not count afterwards, nor a failure of a
test begun before its return; until the first test of a channel in use after it, no line
leaves that.
"""

from collections.abc import Iterable, Mapping
from math import inf

from msgspec.structs import replace

from secours.core.memory import Memory
from secours.core.probing import health as probe_health
from secours.core.probing import path_states, risk
from secours.core.probing.health import Health
from secours.model.observed import Instant, Reason, Result, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Path, Probe
from secours.model.snapshot import Link

MORE_S = 2.0  # beyond the tests of its references, until a path is judged without them


def in_doubt(memory: Memory, probe: Probe) -> bool:
    """Tell whether a failure of this probe may be one of its path."""
    return not is_reference(probe) and probe.via in memory.path_doubts


def is_reference(probe: Probe) -> bool:
    """Tell whether a probe judges a path."""
    return probe.section == "paths"


def doubts(
    config: Config, memory: Memory, probe: Probe, result: Result, at: Instant
) -> Mapping[str, Instant]:
    """Return since when each path is in doubt, after this result."""
    if probe.via is None or probe.via not in config.paths:
        return memory.path_doubts
    name, path = probe.via, config.paths[probe.via]
    judged = memory.paths.get(name) is Link.DOWN or name in memory.path_doubts
    failed = result.outcome.verdict is Verdict.FAILED
    if (
        judged
        or not any(_judges(path))
        or not (failed or result.outcome.reason is Reason.NO_ROUTE)
        or excused(memory, probe, result)
        or _known(memory, probe, result, at)
    ):
        return memory.path_doubts
    return {**memory.path_doubts, name: at}


def _known(memory: Memory, probe: Probe, result: Result, at: Instant) -> bool:
    """Tell whether it was known to fail already, or to have no way out."""
    health = memory.probes.get(probe.id, Health())
    if probe_health.standing(health, at.steady_s)[0] is Verdict.FAILED:
        return True
    before = health.last.outcome.reason if health.last else Reason.NONE
    return before is Reason.NO_ROUTE is result.outcome.reason


def excused(memory: Memory, probe: Probe, result: Result) -> bool:
    """Tell whether a failed test began before its path reopened."""
    back = memory.paths_back.get(probe.via or "")
    failed = result.outcome.verdict is Verdict.FAILED and not is_reference(probe)
    return failed and back is not None and result.at.since(back) < 0


def untried_since(memory: Memory, probe: Probe) -> Instant | None:
    """Return when a probe's path reopened, if no test began since."""
    back = memory.paths_back.get(probe.via or "")
    last = memory.probes.get(probe.id, Health()).last
    if back is None or last is None or probe.cost or last.at.since(back) >= 0:
        return None
    return back


def first_tests_end_s(memory: Memory, channel: Channel) -> float:
    """Return the steady time until which a channel had its tests after a return.

    Each may have to wait for a running one. It is -inf for a channel that had them.
    """
    backs = [
        back.steady_s
        for probe in channel.probes
        if probe.required and not probe.hint and (back := untried_since(memory, probe))
    ]
    if not backs:
        return -inf
    longest_s = max(probe.timeout_s for probe in channel.probes if not probe.hint)
    return max(backs) + longest_s + risk.hurried_test_s(channel)


def resuming(memory: Memory, channel: Channel, at: Instant) -> bool:
    """Tell whether a channel failed once since its path's return, not confirmed."""
    known = [memory.probes.get(p.id, Health()) for p in channel.probes if p.required]
    return any(
        health.resuming and health.unconfirmed and at.steady_s <= health.fresh_until_s
        for health in known
    )


def answered_first(config: Config, memory: Memory, name: str, other: str) -> bool:
    """Tell whether a channel answered only sooner than another may.

    Their path is not judged open yet, and the other, which is seen by it too, has not
    failed a test since. A test that costs something is not waited for.
    """
    ways, ways_of_other = _ways(config.channels[name]), _ways(config.channels[other])
    down = {way for way, link in memory.paths.items() if link is Link.DOWN}
    if name == other or not ways & down or not ways <= ways_of_other:
        return False
    since = memory.channels[name].since
    waited = [
        memory.probes.get(probe.id, Health()).last
        for probe in config.channels[other].probes
        if probe.via in down and probe.required and not (probe.hint or probe.cost)
    ]
    return bool(waited) and not any(_in_vain(last, since) for last in waited)


def _in_vain(last: Result | None, since: Instant | None) -> bool:
    """Tell whether a test since a moment found nothing, or none ever ran."""
    if last is None or since is None:
        return True
    good = last.outcome.verdict in probe_health.GOOD
    return not good and last.at.since(since) >= 0


def _ways(channel: Channel) -> set[str | None]:
    return {probe.via for probe in channel.probes}


def doubt_limit_s(path: Path) -> float:
    """Return how long a path may be in doubt, in seconds."""
    tests = (
        probe.confirm * probe.timeout_s + (probe.confirm - 1) * probe.retry_every_s
        for probe in _judges(path)
    )
    return max(tests, default=0.0) + MORE_S


def judge(
    config: Config, memory: Memory, links: Mapping[str, Link], at: Instant
) -> Memory:
    """Apply the new states of the paths."""
    for name, path in config.paths.items():
        was, now = memory.paths.get(name, Link.UNKNOWN), links[name]
        if now is Link.DOWN and was is not Link.DOWN:
            memory = _cut(config, memory, path)
        elif was is Link.DOWN and now is not Link.DOWN:
            memory = _open_again(config, memory, name, at)
        since = memory.path_doubts.get(name)
        if since is not None and (
            now is Link.DOWN
            or path_states.last_answer_s(config, path, memory.probes) >= since.steady_s
            or at.since(since) >= doubt_limit_s(path)
        ):
            memory = _end_doubt(config, memory, name, fell=now is Link.DOWN)
    return memory


def _cut(config: Config, memory: Memory, path: Path) -> Memory:
    open_s = max(0.0, path_states.last_answer_s(config, path, memory.probes))
    back = {name: at for name, at in memory.paths_back.items() if name != path.name}
    return replace(
        memory, cut_after={**memory.cut_after, path.name: open_s}, paths_back=back
    )


def _open_again(config: Config, memory: Memory, name: str, at: Instant) -> Memory:
    """Forget the failures measured while the path was down.

    Also one from before that was unconfirmed by then: they do not confirm it. A
    recovery before the path is judged counts neither as loss nor as flapping.
    """
    open_s = memory.cut_after.get(name, 0.0)
    forgotten = {
        probe.id: probe_health.forget(health, probe)
        if _fails(health) and not health.failed_surely_by(open_s)
        else replace(health, recent="", flapping=False)
        for probe, health in _over(config, memory, name)
        if health.failed_last and health.failed_last.steady_s > open_s
    }
    return replace(
        memory,
        probes={**memory.probes, **forgotten},
        paths_back={**memory.paths_back, name: at},
        cut_after={k: v for k, v in memory.cut_after.items() if k != name},
    )


def _fails(health: Health) -> bool:
    return health.failed > 0 or health.verdict is Verdict.FAILED


def _end_doubt(config: Config, memory: Memory, name: str, *, fell: bool) -> Memory:
    """Confirm failures held back, unless the path itself failed."""
    left = {path: since for path, since in memory.path_doubts.items() if path != name}
    memory = replace(memory, path_doubts=left)
    if fell:
        return memory
    confirmed = {
        probe.id: probe_health.release(health, probe)
        for probe, health in _over(config, memory, name)
    }
    return replace(memory, probes={**memory.probes, **confirmed})


def _over(config: Config, memory: Memory, path: str) -> Iterable[tuple[Probe, Health]]:
    """Return the probes over a path with results, without its references."""
    return [
        (probe, memory.probes[probe.id])
        for probe in config.probes()
        if probe.via == path and not is_reference(probe) and probe.id in memory.probes
    ]


def _judges(path: Path) -> Iterable[Probe]:
    return (probe for probe in path.references if probe.required)
