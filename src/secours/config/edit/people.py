"""The people of a plan: usual audiences, devices, and channels for their lines."""

from collections.abc import Iterable, Iterator

from secours.config import catalogue
from secours.model.plan import Channel, Config, Line, Purpose
from secours.model.receivers.audiences import EARS

ALL = "all"  # the one group of an audience, until somebody tells them apart
POPULATION = "population"
KNOWN_AUDIENCES = ("management", "staff", "partners", POPULATION)
BEST_FOR = {  # traits that put a channel first in a line
    Purpose.ALERT: ("wakes_people", "managed"),
    Purpose.COORDINATE: ("managed", "e2e", "low_bandwidth"),
    Purpose.INFORM: ("managed", "sla"),
}
LIKING = ("yes", "optional", "unknown", "no")
CARRIED = ("astrid", "analog-radio", "pager", "satphone")  # devices of few people


def lines_of(audiences: Iterable[str]) -> Iterator[tuple[Purpose, str]]:
    """Yield the lines that audiences may have; only the population is informed."""
    for audience in audiences:
        for purpose in BEST_FOR:
            if (purpose is Purpose.INFORM) == (audience == POPULATION):
                yield purpose, audience


def known_devices() -> list[str]:
    """Return the devices of the catalogue that people may be asked for."""
    return [name for name in catalogue.load().devices if name != EARS]


def usual_devices(plan: Config, audience: str) -> list[str]:
    """Return the devices that an audience probably has: those that a channel needs."""
    heard = {
        device
        for channel in plan.channels.values()
        for device, _ in channel.heard_on or ()
    }
    carried = ("radio-receiver",) if audience == POPULATION else CARRIED
    usual = ["mobile", *(each for each in carried if each in heard)]
    return [name for name in known_devices() if name in usual]


def offered(plan: Config, purpose: Purpose, line: Line | None) -> Iterator[str]:
    """Yield the channels for a line: those that it has, then the most suitable."""
    there = [name for name, _ in line.order] if line else []

    def liking(channel: Channel) -> list[int]:
        traits = (channel.traits.get(each, "unknown") for each in BEST_FOR[purpose])
        others = purpose is not Purpose.INFORM and Purpose.INFORM in channel.purposes
        return [others, *(LIKING.index(each) for each in traits)]

    fit = [c for c in plan.channels.values() if purpose in c.purposes]
    yield from there
    yield from (c.name for c in sorted(fit, key=liking) if c.name not in there)
