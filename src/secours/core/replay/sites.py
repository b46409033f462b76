"""Play a recorded outage on the plans of many sites, each by itself, minute by minute.

Nothing that one site sees reaches another here. A site is cut off from the others while
every path of its plan is taken by what really failed; it goes on alone.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from secours.core.memory import EMPTY, Memory
from secours.core.replay import recording
from secours.core.replay.simulation import Simulation
from secours.core.snapshot import take
from secours.model.observed import Verdict
from secours.model.plan import Config
from secours.model.recording import Scenario, Turn
from secours.model.snapshot import Snapshot

EVERY_S = 60.0


class SiteMoment(Struct, frozen=True, kw_only=True):
    """What a site sees at a moment of an outage, and whether anybody can hear it."""

    snapshot: Snapshot
    cut_off: bool


class SitesMoment(Struct, frozen=True, kw_only=True):
    """What all sites see at this second of an outage."""

    second: float
    sites: Mapping[str, SiteMoment]


def play(plans: Mapping[str, Config], scenario: Scenario) -> Iterator[SitesMoment]:
    """Yield what the sites of these plans see, by their names, every minute."""
    courses = {name: _course(config, scenario) for name, config in plans.items()}
    for second in _seconds(scenario):
        moments = {name: next(course) for name, course in courses.items()}
        yield SitesMoment(second=second, sites=moments)


def _seconds(scenario: Scenario) -> Iterator[float]:
    count = int(scenario.duration_s // EVERY_S)
    return (number * EVERY_S for number in range(count + 1))


def _course(config: Config, scenario: Scenario) -> Iterator[SiteMoment]:
    """Yield what one site sees, each minute."""
    simulation = Simulation(config, scenario)
    ways = tuple(recording.ways_out(config, scenario).values())
    memories = _memories(simulation, scenario)
    began = simulation.instant(0.0)
    shot, of = None, EMPTY
    for second, memory in zip(_seconds(scenario), memories, strict=True):
        at = simulation.instant(second)
        if shot is None or memory is not of:
            shot = take(simulation.config, memory, at=at, boot_id="", started=began)
            of = memory
        yield SiteMoment(
            snapshot=replace(shot, at=at), cut_off=_cut_off(ways, scenario, second)
        )


def _memories(simulation: Simulation, scenario: Scenario) -> Iterator[Memory]:
    """Yield what the core remembers each minute, after all that came until then."""
    seconds = _seconds(scenario)
    due_s, before = next(seconds), EMPTY
    for _, memory in simulation.play():
        while memory.at is not None and simulation.second(memory.at) > due_s:
            yield before
            due_s = next(seconds)
        before = memory
    yield before
    yield from (before for _ in seconds)


def _cut_off(
    ways: tuple[tuple[Turn, ...], ...], scenario: Scenario, second: float
) -> bool:
    """Tell whether no path leads out; a plan without paths is never cut off."""
    return bool(ways) and all(
        recording.seen_at(way, scenario.otherwise, second) is Verdict.FAILED
        for way in ways
    )
