"""A town with groups that hear by devices of their own."""

from typing import Any

from msgspec.structs import replace
from plans import channel, component, line, plan

from secours.languages import Text
from secours.model.plan import Config
from secours.model.receivers.audiences import (
    Audience,
    Device,
    DeviceNeeds,
    DeviceService,
    PeopleGroup,
)
from secours.model.sections.channel import Needs

VOICE, TEXT, DATA = DeviceService
OPERATORS = "carrier:a", "carrier:b"


def device(
    name: str, service: DeviceService, *split: str, needs: Needs = (), **options: Any
) -> Device:
    services = {service: DeviceNeeds(needs=needs, split=split)}
    return Device(name=name, label=Text(name), services=services, **options)


DEVICES = (
    device("mobile", TEXT, *OPERATORS, autonomy_s=86400.0),
    device("astrid", VOICE, needs=(("radio:mast",),)),
    device("desk", DATA, needs=(("power:grid",),), workplace=True),
    device("satphone", VOICE),
)


SMS = channel("sms", "site:gateway", heard_on=(("mobile", TEXT),))
RADIO = channel("radio", "radio:mast", heard_on=(("astrid", VOICE),))
MAIL = channel("mail", heard_on=(("desk", DATA),))
SATELLITE = channel(
    "satphone", heard_on=(("satphone", VOICE),), traits={"wakes_people": "no"}
)


SIREN = channel("siren", traits={"wakes_people": "yes"})
FIELD = PeopleGroup(
    name="field", label=Text("Field"), people=20, devices=("mobile", "astrid")
)


HOME = PeopleGroup(name="home", label=Text("Home"), devices=("mobile",))
OFFICE = PeopleGroup(name="office", label=Text("Office"), devices=("desk",))


def town(*names: str, groups: tuple[PeopleGroup, ...], **options: Any) -> Config:
    made = plan(
        component("power:grid"),
        component("site:gateway"),
        *(component(n, "power:grid", autonomy_s=7200.0) for n in OPERATORS),
        component("radio:mast", "power:grid", autonomy_s=36000.0),
        *(SMS, RADIO, MAIL, SATELLITE, SIREN),
        line(*names, **options),
    )
    audience = Audience(name="management", groups=groups)
    return replace(
        made,
        audiences={"management": audience},
        devices={each.name: each for each in DEVICES},
    )
