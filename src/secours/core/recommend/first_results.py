"""First results of a line's channels, awaited before its first choice.

After a start without memory, and for a new line. Probes that cost something are awaited
too, unlike for accusing: as long as one run of them may take.
"""

from collections.abc import Iterator

from secours.core.memory import Memory
from secours.core.probing import intervals
from secours.core.probing.health import Health
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.sections.line import Line

MORE_S = 5.0  # beyond two timeouts


def unmeasured(config: Config, memory: Memory, line: Line, at: Instant) -> set[str]:
    """Return the channels of a line whose first result is awaited."""
    if line.name not in memory.begun:
        return set()
    return {
        name
        for name, _ in line.order
        for probe in config.channels[name].probes
        if _is_awaited(probe)
        and memory.probes.get(probe.id, Health()).last is None
        and at.steady_s <= _until_s(config, memory, line, probe)
    }


def silent_until_s(config: Config, memory: Memory, line: Line) -> float:
    """Return the steady time from which the best working channel is named meanwhile."""
    ordinary = (p.timeout_s for p in _awaited(config, line) if not p.cost)
    return memory.begun[line.name] + 2 * max(ordinary, default=0.0) + MORE_S


def deadlines(config: Config, memory: Memory) -> Iterator[float]:
    """Yield the steady times at which a line's waits end."""
    for line in config.plan:
        if line.name in memory.begun:
            yield silent_until_s(config, memory, line)
            for probe in _awaited(config, line):
                yield _until_s(config, memory, line, probe)


def _until_s(config: Config, memory: Memory, line: Line, probe: Probe) -> float:
    """Return until when the first result of a probe is awaited."""
    if not probe.cost:
        return silent_until_s(config, memory, line)
    starts_s = intervals.first_runs_s(len(config.probes()))
    return memory.begun[line.name] + starts_s + probe.timeout_s


def _awaited(config: Config, line: Line) -> Iterator[Probe]:
    for name, _ in line.order:
        yield from filter(_is_awaited, config.channels[name].probes)


def _is_awaited(probe: Probe) -> bool:
    """Tell whether its first result comes soon after a start: a heartbeat may not."""
    return probe.required and not (probe.hint or hasattr(probe.settings, "silence_s"))
