"""When does something change by itself, if nothing more is measured or said?"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from secours.core import overrides, states
from secours.core.memory import Memory
from secours.core.probing import health as probe_health
from secours.core.probing import own_link, risk
from secours.model.plan import Config

TOGETHER_S, MANY = 0.5, 16
"""So many results that lapse within so long of each other lapse with the last of them:
to decide of each alone takes a large outage longer than it lasts."""


def deadlines(config: Config, memory: Memory) -> Iterator[float]:
    """Yield the steady times just after which something changes by itself."""
    ends = chain(
        _of_results(memory),
        _of_batteries(memory),
        _of_waiting(config, memory),
        _of_first_tests(config, memory),
        overrides.edges(config, memory.words, memory.at) if memory.at else (),
    )
    return (end + probe_health.JUST_AFTER_S for end in ends)


def _of_results(memory: Memory) -> Iterator[float]:
    ends_s = [health.fresh_until_s for health in memory.probes.values()]
    parts = Counter(end_s // TOGETHER_S for end_s in ends_s)
    for end_s in ends_s:
        part = end_s // TOGETHER_S
        yield end_s if parts[part] < MANY else (part + 1) * TOGETHER_S


def _of_batteries(memory: Memory) -> Iterator[float]:
    yield memory.next_fall_s
    for standing in (*memory.channels.values(), *memory.components.values()):
        if standing.until is not None:
            yield standing.until.steady_s
            yield standing.until.steady_s - states.LAST_MINUTES_S


def _of_first_tests(config: Config, memory: Memory) -> Iterator[float]:
    """Yield when a line waits no longer for what it has in use to be tested again."""
    for held in memory.lines.values():
        if channel := config.channels.get(held.channel or ""):
            yield own_link.first_tests_end_s(memory, channel)


def _of_waiting(config: Config, memory: Memory) -> Iterator[float]:
    """Yield when what has to hold for some time has held, or a test is overdue."""
    if memory.awaited:
        yield memory.awaited_until_s
    held_since = list(memory.recovered.values())
    for held in memory.lines.values():
        ended = (entangled.ended for entangled in held.entangled.values())
        held_since += [at for at in ended if at is not None]
    for since in held_since:
        yield since.steady_s + config.failback_after_s
    for name, since in memory.path_doubts.items():
        if name in config.paths:
            yield since.steady_s + own_link.doubt_limit_s(config.paths[name])
    for name, since in memory.risks.items():
        if name in config.channels:
            yield since.steady_s + risk.hurried_test_s(config.channels[name])
