"""Random people at the other end: groups, what they have, and what that needs."""

from random import Random
from typing import Any

from msgspec.structs import replace
from plans import component

from model.days.random_plan import random_autonomy, random_needs, random_plan
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
)
from secours.model.sections.channel import Component, Needs
from secours.model.sections.line import Line, Purpose

DEVICES = ("mobile", "landline", "desk", "radio")
SERVICES = tuple(DeviceService)


def random_plan_with_people(rng: Random) -> Config:
    """Make a plan whose lines are for people of whom something is known."""
    return with_people(rng, random_plan(rng))


def with_people(rng: Random, config: Config) -> Config:
    """Put people at the other end of a plan."""
    config = replace(config, components=_with_services(rng, config))
    names = sorted(config.components)
    devices = [random_device(rng, name, names) for name in DEVICES]
    devices = [each for each in devices if each.services]
    devices.append(_device(EARS, {DeviceService.VOICE: DeviceNeeds()}))
    config = replace(config, devices={each.name: each for each in devices})
    channels = {
        name: replace(
            each,
            heard_on=random_heard_on(rng, config),
            needs=(*each.needs, *_services(rng, config)) if each.needs_known else (),
        )
        for name, each in config.channels.items()
    }
    lines = tuple(replace(each, purpose=rng.choice([*Purpose])) for each in config.plan)
    audiences = {name: random_audience(rng, name, config) for name in _audiences(lines)}
    return replace(config, channels=channels, plan=lines, audiences=audiences)


def _audiences(lines: tuple[Line, ...]) -> list[str]:
    return sorted({each.audience for each in lines})


def _with_services(rng: Random, config: Config) -> dict[str, Component]:
    """Let a network fail by service: each needs one of what there is."""
    known = list(config.components)
    parts = dict(config.components)
    for name in ("voice:v", "data:d")[: rng.choice((0, 1, 2))]:
        parts[name] = component(name, rng.choice(known))
    return parts


def _services(rng: Random, config: Config) -> Needs:
    """Draw what a channel needs of the services that there are."""
    services = [n for n in config.components if n.startswith(("voice:", "data:"))]
    widths = rng.choice(((), (), (1,), (2,)))
    return tuple(tuple(rng.sample(services, n)) for n in widths if n <= len(services))


def _device(
    name: str, services: dict[DeviceService, DeviceNeeds], **options: Any
) -> Device:
    return Device(name=name, label=Text(name), services=services, **options)


def random_device(rng: Random, name: str, names: list[str]) -> Device:
    """Draw what a device is heard by, and what that needs where its people are."""
    services = rng.sample(SERVICES, rng.choice((1, 1, 2, 3)))
    return _device(
        name,
        {each: _needs(rng, names) for each in services},
        autonomy_s=random_autonomy(rng),
        workplace=name == "desk",
    )


def _needs(rng: Random, names: list[str]) -> DeviceNeeds:
    split = rng.choice((0, 0, 2, 2, 3))
    options = tuple(rng.sample(names, min(split, len(names)))) if split else ()
    return DeviceNeeds(
        needs=random_needs(rng, names),
        split=options if len(options) > 1 else (),
    )


def random_heard_on(rng: Random, config: Config) -> tuple[HeardOn, ...] | None:
    """Draw the devices a channel is heard on: of some kinds nobody said."""
    if rng.random() < 0.15:
        return None
    known = [(d.name, each) for d in config.devices.values() for each in SERVICES]
    return tuple(rng.sample(known, rng.choice((1, 1, 2, 3))))


def random_audience(rng: Random, name: str, config: Config) -> Audience:
    """Draw the groups of an audience; of some nobody told any."""
    groups = tuple(
        random_group(rng, f"g{n}", config) for n in range(rng.choice((0, 1, 2, 2, 3)))
    )
    return Audience(name=name, groups=groups)


def random_group(rng: Random, name: str, config: Config) -> PeopleGroup:
    known = [each for each in config.devices if each != EARS]
    return PeopleGroup(
        name=name,
        label=Text(name),
        devices=tuple(rng.sample(known, rng.choice((1, 1, 2, 3)))),
        people=rng.choice((None, 5, 20)),
        staffed=rng.random() < 0.4,
    )
