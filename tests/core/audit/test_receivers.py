from typing import Any

from msgspec.structs import replace
from plans import channel, component, line, plan

from secours.core.audit.line import LineAudit, examine
from secours.core.audit.receivers import GroupAudit, Later
from secours.core.audit.remedy import gains, spares
from secours.model.plan import Config, Needs, Purpose, Text
from secours.model.receivers.audiences import (
    Audience,
    Device,
    DeviceNeeds,
    DeviceService,
    PeopleGroup,
)

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
    audience = Audience(name="management", label=Text("M"), groups=groups)
    return replace(
        made,
        audiences={"management": audience},
        devices={each.name: each for each in DEVICES},
    )


def found(*names: str, groups: tuple[PeopleGroup, ...], **options: Any) -> LineAudit:
    config = town(*names, groups=groups, **options)
    return examine(config, config.plan[0])


def test_audit_says_which_channels_miss_a_group_by_design() -> None:
    first, second = found("sms", "radio", groups=(FIELD, HOME)).groups

    assert first == GroupAudit(
        group="field",
        people=20,
        hears=("sms", "radio"),
        misses=(),
        cut_off_by=(Later(component="power:grid", after_s=36000.0),),
    )
    assert (second.hears, second.misses) == (("sms",), ("radio",))


def test_audit_says_what_alone_leaves_a_group_with_nothing_and_after_how_long() -> None:
    [home] = found("sms", "radio", groups=(HOME,)).groups

    assert home.cut_off_by == (
        Later(component="site:gateway", after_s=0.0),
        Later(component="channel:sms", after_s=0.0),
        Later(component="power:grid", after_s=7200.0),
    )


def test_group_is_cut_off_only_when_the_last_operator_is_gone() -> None:
    [home] = found("sms", groups=(HOME,)).groups

    assert not {"carrier:a", "carrier:b"} & {e.component for e in home.cut_off_by}


def test_workplace_counts_in_an_alert_only_where_somebody_is_there() -> None:
    staffed = replace(OFFICE, name="watch", staffed=True)
    alert = found("mail", groups=(OFFICE, staffed), purpose=Purpose.ALERT)

    assert [each.hears for each in alert.groups] == [(), ("mail",)]


def test_alert_names_the_channels_that_wake_nobody_or_not_everybody() -> None:
    alert = found("satphone", "siren", groups=(HOME,), purpose=Purpose.ALERT)
    chat = found("satphone", "siren", groups=(HOME,))

    assert (alert.wakes_nobody, chat.wakes_nobody) == (("satphone",), ())


def test_audit_names_the_channels_of_which_nobody_says_on_what_they_are_heard() -> None:
    declared = found("sms", "siren", groups=(HOME,))
    undeclared = found("sms", "siren", groups=())

    assert (declared.receivers_declared, declared.heard_unknown) == (True, ("siren",))
    assert undeclared.groups == ()
    assert (undeclared.receivers_declared, undeclared.heard_unknown) == (False, ())


def test_group_gains_a_channel_of_the_plan_or_a_device_that_lasts_longer() -> None:
    config = town("sms", "radio", groups=(HOME,))
    planned = config.plan[0]

    mains, mast = Later(component="power:grid", after_s=7200.0), "radio:mast"
    assert gains(config, planned, HOME) == (("siren",), ("astrid",))
    assert gains(config, planned, HOME, mains) == (("siren",), ("astrid",))
    assert gains(config, planned, HOME, replace(mains, after_s=36000.0))[1] == ()
    assert gains(config, planned, HOME, Later(component=mast, after_s=0.0))[1] == ()


def test_channel_that_no_group_hears_is_no_mend() -> None:
    config = town("sms", groups=(HOME,))

    assert spares(config, config.plan[0], ()) == ("siren",)
