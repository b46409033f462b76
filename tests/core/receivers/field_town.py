"""A town whose people in the field and at home hear by their devices."""

from typing import Any

from msgspec.structs import replace
from plans import channel, component, fold, moment, plan, result, shot

from secours.core.events import Event, Said
from secours.languages import Text
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.receivers.audiences import (
    Audience,
    Device,
    DeviceNeeds,
    DeviceService,
    PeopleGroup,
)
from secours.model.sections.channel import Needs
from secours.model.snapshot import Backup, Recommendation, Use
from secours.model.statements import Declared, Mark

VOICE, TEXT, DATA = DeviceService.VOICE, DeviceService.TEXT, DeviceService.DATA
OPERATORS = "carrier:a", "carrier:b"
A, B = (component(name, "power:grid", autonomy_s=7200.0) for name in OPERATORS)
GRID, MAST = component("power:grid"), component("radio:mast", "power:grid")
RADIO_ON_BATTERY = replace(MAST, autonomy_s=36000.0)


def device(
    name: str,
    *services: DeviceService,
    needs: Needs = (),
    split: tuple[str, ...] = (),
    **options: Any,
) -> Device:
    each = DeviceNeeds(needs=needs, split=split)
    return Device(
        name=name, label=Text(name), services=dict.fromkeys(services, each), **options
    )


MOBILE = device("mobile", VOICE, TEXT, DATA, split=OPERATORS)
RADIO = device("astrid", VOICE, needs=(("radio:mast",),))
DESK = device("desk", DATA, needs=(("power:grid",),), workplace=True)
EARS = device("ears", VOICE)
SMS = channel("sms", heard_on=(("mobile", TEXT),))
HANDSETS = channel("radio", heard_on=(("astrid", VOICE),))
FIELD = PeopleGroup(
    name="field", label=Text("Field"), people=20, devices=("mobile", "astrid")
)


HOME = PeopleGroup(name="home", label=Text("Home"), people=60, devices=("mobile",))


def town(
    *parts: Any, groups: tuple[PeopleGroup, ...] = (FIELD,), **options: Any
) -> Config:
    known = (GRID, A, B, RADIO_ON_BATTERY)
    named = {part.name for part in parts if not hasattr(part, "tiers")}
    made = plan(*(p for p in known if p.name not in named), *parts, **options)
    audience = Audience(name="management", groups=groups)
    devices = {each.name: each for each in (MOBILE, RADIO, DESK, EARS)}
    audiences = {"management": audience} if groups else {}
    return replace(made, audiences=audiences, devices=devices)


def said(subject: str, second: float, says: Declared = Declared.DOWN) -> Said:
    word = Mark(subject=subject, says=says, by="Ana", at=moment(second))
    return Said(word=word, at=moment(second))


def both_dead(second: float) -> list[Event]:
    return [said(name, second) for name in OPERATORS]


def recommend(config: Config, *events: Event) -> Recommendation:
    return shot(config, fold(config, *events)).recommendations[0]


def use(config: Config, *events: Event) -> str | None:
    return channel_of(recommend(config, *events).use)


def channel_of(told: Use | Backup | None) -> str | None:
    return told.channel if told else None


def oks(config: Config, second: float) -> list[Event]:
    return [result(n, "o", second) for n, c in config.channels.items() if c.probes]


def reasons(line_: Recommendation) -> dict[str, Reason]:
    return {each.channel: each.reason for each in line_.passed_over}
