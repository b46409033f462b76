from msgspec.structs import replace
from plans import channel, component, plan

from secours.core.replay.presets import Preset, presets
from secours.model.sections.site import Site

TOWN = plan(
    component("power:grid"),
    component("power:provider-dc"),
    component("power:site", "power:grid"),
    component("internet:fibre", "power:site"),
    component("internet:dish", "power:site"),
    component("carrier:fixed"),
    component("carrier:mobile-a"),
    component("carrier:blue-light-mobile"),
    component("provider:meta"),
    component("provider:metaswitch"),
    component("service:whatsapp"),
    component("identity:microsoft"),
    component("cloud:microsoft-wan"),
    component("cdn:azure-front-door"),
    component("power:microsoft"),
    channel("sms", "carrier:mobile-a"),
)


def test_each_preset_means_components_of_this_plan() -> None:
    assert presets(TOWN) == {
        Preset.POWER: ("power:grid",),
        Preset.FIBRE: ("internet:fibre", "internet:dish"),
        Preset.MOBILE: ("carrier:mobile-a", "carrier:blue-light-mobile"),
        Preset.META: ("provider:meta", "service:whatsapp"),
        Preset.MICROSOFT: (
            *("identity:microsoft", "cloud:microsoft-wan", "cdn:azure-front-door"),
        ),
    }


def test_what_the_site_says_of_its_access_goes_first() -> None:
    site = Site(access={"internet": ("internet:fibre",), "mobile": ("carrier:fixed",)})

    found = presets(replace(TOWN, site=site))

    assert found[Preset.FIBRE] == ("internet:fibre",)
    assert "carrier:fixed" in found[Preset.MOBILE]


def test_power_by_another_name_is_what_needs_no_other_power() -> None:
    config = plan(
        component("power:north"),
        component("power:house", "power:north"),
        channel("siren", "power:house"),
    )

    assert presets(config)[Preset.POWER] == ("power:north",)


def test_a_plan_without_any_of_it_has_nothing_to_press() -> None:
    assert not any(presets(plan(channel("radio"))).values())
