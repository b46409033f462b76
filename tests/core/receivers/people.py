"""Short ways to write who is at the other end, for tests."""

from typing import Any

from msgspec.structs import replace
from plans import moment, plan, shot, written

from secours.core.events import Event, Said
from secours.core.memory import Memory
from secours.languages import Text
from secours.model.plan import Config
from secours.model.receivers.audiences import (
    EARS,
    Audience,
    Device,
    DeviceNeeds,
    DeviceService,
    HeardOn,
    PeopleGroup,
    group_key,
)
from secours.model.receivers.reach import RollCall
from secours.model.sections.channel import Channel, Component
from secours.model.sections.line import Line
from secours.model.snapshot import Recommendation
from secours.model.statements import Declared, Mark, Trial

HOUR_S = 3600.0


def device(name: str, *, split: dict[str, Any] | None = None, **options: Any) -> Device:
    """Make a device: its services by name, each with what it needs."""
    services = {
        DeviceService(service): DeviceNeeds(needs=written(options.pop(service)))
        for service in ("voice", "text", "data")
        if service in options
    }
    services |= {
        DeviceService(service): DeviceNeeds(split=tuple(names))
        for service, names in (split or {}).items()
    }
    return Device(name=name, label=Text(name), services=services, **options)


def group(name: str, *devices: str, **options: Any) -> PeopleGroup:
    return PeopleGroup(name=name, label=Text(name), devices=devices, **options)


def heard_on(*services: str) -> tuple[HeardOn, ...]:
    """Return `mobile.text` and the like as the model has it."""
    pairs = (each.split(".") for each in services)
    return tuple((name, DeviceService(service)) for name, service in pairs)


def peopled(
    *parts: Channel | Component | Line,
    devices: tuple[Device, ...],
    groups: tuple[PeopleGroup, ...],
    failback_after_s: float = 600.0,
) -> Config:
    """Put a plan together whose only audience is of these groups."""
    known = {each.name: each for each in (*devices, device(EARS, voice=()))}
    audience = Audience(name="management", groups=groups)
    return replace(
        plan(*parts, failback_after_s=failback_after_s),
        devices=known,
        audiences={"management": audience},
    )


def mark(subject: str, second: float, says: Declared = Declared.DOWN) -> Said:
    return Said(
        word=Mark(subject=subject, says=says, by="Ann", at=moment(second)),
        at=moment(second),
    )


def roll_call(tried: str, second: float, **reached: tuple[int, int]) -> Said:
    """Let people try a channel, and count who answered of each group."""
    calls = {
        group_key("management", name): RollCall(answered=answered, asked=asked)
        for name, (answered, asked) in reached.items()
    }
    trial = Trial(
        channel=tried, worked=True, by="Ann", reached=calls, at=moment(second)
    )
    return Said(word=trial, at=moment(second))


def only_line(config: Config, memory: Memory) -> Recommendation:
    (line,) = shot(config, memory).recommendations
    return line


def heard(line: Recommendation, name: str) -> dict[str, str]:
    """Return how each group hears a channel."""
    return {each.group: each.heard.value for each in line.receivers[name].groups}


def refused(line: Recommendation) -> dict[str, str]:
    """Return the channels passed over, with the reason."""
    return {each.channel: each.reason.value for each in line.passed_over}


Events = tuple[Event, ...]
