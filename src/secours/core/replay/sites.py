"""Simulation of a recorded outage on many sites, each by itself, minute by minute.

Nothing that one site sees decides anything at another. A site is cut off from the rest
while every path of its plan is taken by what really failed; it goes on alone.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from secours.core.memory import EMPTY, Memory
from secours.core.replay import recording
from secours.core.replay.simulation import Simulation
from secours.core.sites import common_cause, picture
from secours.core.sites.life import Sent
from secours.core.sites.own_view import own_view
from secours.core.sites.picture import SitesPicture
from secours.core.snapshot import take
from secours.model.observed import Instant, Verdict
from secours.model.plan import Config
from secours.model.recording import Scenario
from secours.model.sites.views import Alive, SitesView, SiteView
from secours.model.snapshot import Snapshot

EPOCH = "replay"
EVERY_S = 60.0


class SiteMoment(Struct, frozen=True, kw_only=True):
    """A site's snapshot at a moment of an outage, and whether it is cut off."""

    snapshot: Snapshot
    view: SiteView  # what it says of itself
    cut_off: bool


class SitesMoment(Struct, frozen=True, kw_only=True):
    """All sites at this second of an outage, and the province's view of them."""

    second: float
    sites: Mapping[str, SiteMoment]
    view: SitesView


class _LatestState(NamedTuple):
    """A site at a moment, as of its latest event."""

    snapshot: Snapshot
    view: SiteView
    at: Instant
    cut_off: bool


def play(plans: Mapping[str, Config], scenario: Scenario) -> Iterator[SitesMoment]:
    """Yield the sites of these plans every minute; raise ValueError without `sites`."""
    courses = {  # one after another: what is made once for a plan is then still there
        name: tuple(_course(config, scenario)) for name, config in plans.items()
    }
    image = SitesPicture()
    for number, second in enumerate(_seconds(scenario)):
        at = Instant(scenario.start + timedelta(seconds=second), second)
        moments = {name: _now(course[number]) for name, course in courses.items()}
        for name, moment in moments.items():
            if not moment.cut_off:
                sent = Sent(
                    site=name, epoch=EPOCH, boot="", number=number, steady_s=second
                )
                image = picture.take_in(image, sent, Alive(site=moment.view), at)
        views = picture.views(image, at, plans)
        causes = common_cause.causes(views)
        view = SitesView(at=at, boot_id="", province=True, sites=views, causes=causes)
        yield SitesMoment(second=second, sites=moments, view=view)


def _seconds(scenario: Scenario) -> Iterator[float]:
    count = int(scenario.duration_s // EVERY_S)
    return (number * EVERY_S for number in range(count + 1))


def _course(config: Config, scenario: Scenario) -> Iterator[_LatestState]:
    """Yield the latest state of one site, each minute."""
    simulation = Simulation(config, scenario)
    ways = tuple(recording.ways_out(config, scenario).values())
    began, of = simulation.instant(0.0), EMPTY
    shot, view = None, SiteView(name="")
    for second, memory in zip(
        _seconds(scenario), _memories(simulation, scenario), strict=True
    ):
        at = simulation.instant(second)
        if shot is None or memory is not of:
            decided = memory.at or at
            shot = take(
                simulation.config, memory, at=decided, boot_id="", started=began
            )
            view, of = own_view(simulation.config, shot), memory
        led = [recording.seen_at(way, scenario.otherwise, second) for way in ways]
        cut_off = set(led) == {Verdict.FAILED}  # never, in a plan without paths
        yield _LatestState(shot, view, at, cut_off)


def _now(latest: _LatestState) -> SiteMoment:
    """Return the present state of a site without events since."""
    return SiteMoment(
        snapshot=replace(latest.snapshot, at=latest.at),
        view=_later(latest.view, latest.at.since(latest.snapshot.at)),
        cut_off=latest.cut_off,
    )


def _later(view: SiteView, by_s: float) -> SiteView:
    """Return a site's view some time later, without events meanwhile.

    Failures are older by then; what works was proved again.
    """
    channels = tuple(
        each if each.failed_s is None else replace(each, failed_s=each.failed_s + by_s)
        for each in view.channels
    )
    parts = tuple(
        each if each.failed_s is None else replace(each, failed_s=each.failed_s + by_s)
        for each in view.parts
    )
    return replace(view, channels=channels, parts=parts)


def _memories(simulation: Simulation, scenario: Scenario) -> Iterator[Memory]:
    """Yield the memory of the core each minute, after all events until then."""
    memories = (memory for _, memory in simulation.play())
    memory, coming = EMPTY, next(memories, None)
    for second in _seconds(scenario):
        while coming and coming.at and simulation.second(coming.at) <= second:
            memory, coming = coming, next(memories, None)
        yield memory
