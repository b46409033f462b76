"""The people of a plan: usual audiences, devices, and channels for their lines."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from secours.config import catalogue
from secours.config.sections.fields import inherited
from secours.model.plan import Config
from secours.model.receivers.audiences import EARS, Device, DeviceService
from secours.model.requests import ChannelEdit
from secours.model.sections.channel import Channel
from secours.model.sections.line import Line, Purpose

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
    devices = {
        device
        for channel in plan.channels.values()
        for device, _ in channel.heard_on or ()
    }
    carried = ("radio-receiver",) if audience == POPULATION else CARRIED
    usual = ["mobile", *(each for each in carried if each in devices)]
    return [name for name in known_devices() if name in usual]


def offered(plan: Config, purpose: Purpose, line: Line | None) -> Iterator[str]:
    """Yield the channels for a line: those that it has, then the most suitable.

    Runners and the like, who need nothing, come last.
    """
    there = [name for name, _ in line.order] if line else []

    def liking(channel: Channel) -> list[int]:
        traits = (channel.traits.get(each, "unknown") for each in BEST_FOR[purpose])
        others = purpose is not Purpose.INFORM and Purpose.INFORM in channel.purposes
        on_foot = channel.needs_known and not channel.needs
        return [others, on_foot, *(LIKING.index(each) for each in traits)]

    fit = [c for c in plan.channels.values() if purpose in c.purposes]
    yield from there
    yield from (c.name for c in sorted(fit, key=liking) if c.name not in there)


def devices_of(plan: Config) -> dict[str, Device]:
    """Return the devices that a plan may change, its own first."""
    devices = {name: each for name, each in plan.devices.items() if name != EARS}
    builtin, way = catalogue.load(), catalogue.MOBILE
    networks = plan.site.access.get(way) or builtin.access[way]
    for name in known_devices():
        usual = inherited(builtin.devices[name], "label", "autonomy_s", "workplace")
        services = {
            service: replace(needs, split=networks) if needs.split == (way,) else needs
            for service, needs in builtin.devices[name].services.items()
        }
        devices.setdefault(name, Device(name=name, services=services, **usual))
    return devices


def written_needs(needs: Sequence[str], split: Sequence[str]) -> list[Any]:
    """Return what a service of a device needs as it stands in a plan."""
    return [*needs, *([{"split": [*split]}] if split else [])]


def heard_edits(
    plan: Config, tree: Mapping[str, Any], device: str, channels: Collection[str]
) -> Iterator[ChannelEdit]:
    """Yield the edits after which only these channels are heard on a device.

    `tree` is the plan as plain values. A channel that everybody hears stays one.
    """
    own = {device, *(f"{device}.{service}" for service in DeviceService)}
    for name, channel in plan.channels.items():
        heard_on, is_wanted = channel.heard_on, name in channels
        if heard_on is None or (device in dict(heard_on)) == is_wanted:
            continue
        kind = channel.kind and catalogue.kind_of(channel.kind, plan.own_kinds)
        usual = [*kind.heard_on] if kind else None
        written = (tree["channels"][name] or {}).get("heard_on", usual) or []
        named = [written] if isinstance(written, str) else written
        others = [each for each in named if each not in own]
        devices = [*others, device] if is_wanted else others
        value = None if devices == usual else devices
        yield ChannelEdit(name=name, values={"heard_on": value})
