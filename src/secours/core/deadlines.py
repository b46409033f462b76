"""Times at which something changes by itself, without a measurement or a word."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from secours.core import batteries, overrides
from secours.core.memory import Memory
from secours.core.probing import health as probe_health
from secours.core.probing import own_link, risk
from secours.core.recommend import failback, first_results, silence
from secours.model.observed import Instant
from secours.model.plan import Config

NEAREST_S = 1e-3  # from one deadline to the next: the dates of both are rounded
NEVER_S = 9e9  # a time that can be counted with, as memory is kept as JSON
TOGETHER_S, MANY = 0.5, 16
"""Group 16 or more expiries within 0.5 s into one: deciding each alone takes longer
than a large outage lasts."""


def next_s(config: Config, memory: Memory, now_s: float, dates_by: Instant) -> float:
    """Return the steady time of the next deadline, a millisecond away or more.

    Dates are converted by one reading of both clocks, `dates_by`: by that of each
    deadline in turn, the rounding of UTC would put the same date a little later.
    """
    times_s = (memory.together_s, *deadlines(config, memory, dates_by))
    due_s = min((time_s for time_s in times_s if time_s > now_s), default=NEVER_S)
    return max(due_s, now_s + NEAREST_S)


def deadlines(config: Config, memory: Memory, dates_by: Instant) -> Iterator[float]:
    """Yield the steady times just after which something changes by itself."""
    ends = chain(
        _of_results(memory),
        _of_batteries(memory),
        _of_waiting(config, memory),
        (
            own_link.first_tests_end_s(memory, channel)
            for held in memory.lines.values()
            if (channel := config.channels.get(held.channel or ""))
        ),
        first_results.deadlines(config, memory),
        failback.windows(config, memory),
        silence.turns_s(config, memory),
        overrides.edges(config, memory.words, dates_by),
    )
    return (end + probe_health.JUST_AFTER_S for end in ends)


def is_of_many(memory: Memory, due_s: float) -> bool:
    """Tell whether this is the shared expiry of many results."""
    ends_s = _together(memory).values()
    return any(end_s + probe_health.JUST_AFTER_S == due_s for end_s in ends_s)


def _of_results(memory: Memory) -> Iterator[float]:
    together = _together(memory)
    for health in memory.probes.values():
        end_s = health.fresh_until_s
        yield together.get(end_s // TOGETHER_S, end_s)


def _together(memory: Memory) -> dict[float, float]:
    """Return the shared expiry of many results, by its slot of 0.5 s."""
    parts = Counter(h.fresh_until_s // TOGETHER_S for h in memory.probes.values())
    return {n: (n + 1) * TOGETHER_S for n, many in parts.items() if many >= MANY}


def _of_batteries(memory: Memory) -> Iterator[float]:
    yield memory.next_fall_s
    for battery in memory.batteries.values():
        if battery.draining and battery.reading:
            yield battery.reading.fresh_until_s
    for standing in (*memory.channels.values(), *memory.components.values()):
        if standing.until is not None:
            yield from batteries.turns_s(standing.until.steady_s)
    for ends_s in memory.losses.ends_s.values():
        yield from batteries.turns_s(ends_s)


def _held_since(memory: Memory) -> Iterator[Instant]:
    """Yield the starts of all hold times and waits."""
    yield from memory.recovered.values()
    for again in memory.heard_again.values():
        yield from again.values()
    for held in memory.lines.values():
        ended = (entangled.ended for entangled in held.entangled.values())
        yield from (at for at in (held.better_since, *ended) if at is not None)


def _of_waiting(config: Config, memory: Memory) -> Iterator[float]:
    """Yield when a hold time is over, or a test overdue."""
    if memory.awaited:
        yield memory.awaited_until_s
    for since in _held_since(memory):
        yield since.steady_s + config.failback_after_s
    for name, since in memory.path_doubts.items():
        if name in config.paths:
            yield since.steady_s + own_link.doubt_limit_s(config.paths[name])
    for name, since in memory.risks.items():
        if name in config.channels:
            yield since.steady_s + risk.hurried_test_s(config.channels[name])
