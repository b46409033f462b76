"""Is it us? What fails over a path is believed only when the path is judged.

The first failure over a path puts it in doubt: its references are tried at once, and
until they have answered, or for as long as they may take, nothing that is seen over it
is confirmed failed. What was measured while it was down does not count afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from secours.core import health as probe_health
from secours.core.health import Health
from secours.model import Config, Instant, Link, Path, Probe, Result, Verdict

if TYPE_CHECKING:
    from secours.core.memory import Memory

MORE_S = 2.0  # beyond the tests of its references, until a path is judged without them


def in_doubt(memory: "Memory", probe: Probe) -> bool:
    """Tell whether a failure of this probe may be that of its path."""
    return not is_reference(probe) and probe.via in memory.path_doubts


def is_reference(probe: Probe) -> bool:
    """Tell whether a probe is one that judges a path."""
    return probe.id.startswith("paths/")


def doubts(
    config: Config, memory: "Memory", probe: Probe, result: Result, at: Instant
) -> Mapping[str, Instant]:
    """Return since when each path is in doubt, after this result."""
    if probe.via is None or probe.via not in config.paths:
        return memory.path_doubts
    name, path = probe.via, config.paths[probe.via]
    judged = memory.paths.get(name) is Link.DOWN or name in memory.path_doubts
    if (
        judged
        or not any(_judges(path))
        or result.outcome.verdict is not Verdict.FAILED
        or _known_failed(memory, probe, at)
    ):
        return memory.path_doubts
    return {**memory.path_doubts, name: at}


def _known_failed(memory: "Memory", probe: Probe, at: Instant) -> bool:
    health = memory.probes.get(probe.id, Health())
    return probe_health.standing(health, at.steady_s)[0] is Verdict.FAILED


def doubt_limit_s(path: Path) -> float:
    """Return how long a path may be in doubt, in seconds."""
    tests = (
        probe.confirm * probe.timeout_s + (probe.confirm - 1) * probe.retry_every_s
        for probe in _judges(path)
    )
    return max(tests, default=0.0) + MORE_S


def judge(
    config: Config, memory: "Memory", links: Mapping[str, Link], at: Instant
) -> "Memory":
    """Take in how the paths are judged now."""
    for name, path in config.paths.items():
        was, now = memory.paths.get(name, Link.UNKNOWN), links[name]
        if now is Link.DOWN and was is not Link.DOWN:
            memory = _cut(memory, path)
        elif was is Link.DOWN and now is not Link.DOWN:
            memory = _open_again(config, memory, name, at)
        since = memory.path_doubts.get(name)
        if since is not None and (
            now is Link.DOWN
            or _answered_since(memory, path, since)
            or at.since(since) >= doubt_limit_s(path)
        ):
            memory = _end_doubt(config, memory, name, at, fell=now is Link.DOWN)
    return memory


def _cut(memory: "Memory", path: Path) -> "Memory":
    proofs = (memory.probes.get(p.id, Health()).proof for p in path.references)
    open_s = max((proof.at.steady_s for proof in proofs if proof), default=0.0)
    back = {name: at for name, at in memory.paths_back.items() if name != path.name}
    return replace(
        memory, cut_after={**memory.cut_after, path.name: open_s}, paths_back=back
    )


def _open_again(config: Config, memory: "Memory", name: str, at: Instant) -> "Memory":
    """Forget the failures that were measured while the path was down."""
    open_s = memory.cut_after.get(name, 0.0)
    forgotten = {
        probe.id: probe_health.forget(health)
        for probe, health in _over(config, memory, name)
        if health.failed_after(open_s)
    }
    return replace(
        memory,
        probes={**memory.probes, **forgotten},
        paths_back={**memory.paths_back, name: at},
        cut_after={k: v for k, v in memory.cut_after.items() if k != name},
    )


def _end_doubt(
    config: Config, memory: "Memory", name: str, at: Instant, *, fell: bool
) -> "Memory":
    """Confirm what was held back, unless the path itself is what failed."""
    left = {path: since for path, since in memory.path_doubts.items() if path != name}
    memory = replace(memory, path_doubts=left)
    if fell:
        return memory
    confirmed = {
        probe.id: probe_health.release(health, probe, at)
        for probe, health in _over(config, memory, name)
    }
    return replace(memory, probes={**memory.probes, **confirmed})


def _over(
    config: Config, memory: "Memory", path: str
) -> Iterable[tuple[Probe, Health]]:
    """Return what is probed over a path, and has been, but its references."""
    return [
        (probe, memory.probes[probe.id])
        for probe in config.probes()
        if probe.via == path and not is_reference(probe) and probe.id in memory.probes
    ]


def _judges(path: Path) -> Iterable[Probe]:
    return (probe for probe in path.references if probe.required)


def _answered_since(memory: "Memory", path: Path, since: Instant) -> bool:
    proofs = (memory.probes.get(p.id, Health()).proof for p in _judges(path))
    return any(proof is not None and proof.at.since(since) >= 0 for proof in proofs)
