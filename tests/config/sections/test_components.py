from pathlib import Path

import pytest
from config.plan_files import mistakes, read

from secours.config.catalogue import load as catalogue
from secours.model.sections.channel import Carries, Channel, Component, Needs
from secours.model.sections.line import Purpose


def needs(folder: Path, channel: str, more: str = "") -> Needs:
    return read(folder, f"channels: {{c: {channel}}}\n{more}").channels["c"].needs


ACCESS = (
    "site: {access: {internet: [internet:fibre], mobile: [carrier:x, carrier:y]}}\n"
)
DECLARED = (
    "components: {internet:fibre: {}, carrier:x: {}, carrier:y: {}, power:ups: {}}\n"
)


def test_a_kind_brings_what_it_needs_over_the_sites_own_access(tmp_path: Path) -> None:
    assert needs(tmp_path, "{kind: signal}", ACCESS + DECLARED) == (
        ("provider:signal",),
        ("cloud:aws-us-east-1",),
        ("internet:fibre", "carrier:x", "carrier:y"),
        ("push:apple-google",),
    )
    assert needs(tmp_path, "{kind: be-alert}", ACCESS + DECLARED) == (
        ("gov:be-alert",),
        ("internet:fibre",),
        ("carrier:x", "carrier:y"),
    )


def test_a_site_without_access_still_shares_one(tmp_path: Path) -> None:
    usual = ("internet:isp", "carrier:mobile-a", "carrier:mobile-b")

    assert usual in needs(tmp_path, "{kind: signal}")


def test_a_channel_adds_to_its_kind_and_takes_away(tmp_path: Path) -> None:
    channel = (
        "{kind: signal, depends_on: [power:ups], "
        "without: [cloud:aws-us-east-1, carrier:y, push:apple-google]}"
    )

    assert needs(tmp_path, channel, ACCESS + DECLARED) == (
        ("provider:signal",),
        ("internet:fibre", "carrier:x"),
        ("power:ups",),
    )


def test_access_as_a_whole_can_be_taken_away(tmp_path: Path) -> None:
    channel = "{kind: slack, without: [access]}"

    assert needs(tmp_path, channel) == (("provider:slack",), ("cloud:aws-us-east-1",))


MOBILES = ("carrier:mobile-a", "carrier:mobile-b")
MODEM = "probes: [{type: modem, port: /dev/ttyUSB2}]"
TLS = "probes: [{type: tls, host: chat.invalid}]"
MOBILES = ("carrier:mobile-a", "carrier:mobile-b")


def test_a_probed_channel_brings_the_service_it_uses(tmp_path: Path) -> None:
    config = read(tmp_path, f"channels: {{tel: {{kind: voice-mobile, {MODEM}}}}}")

    assert config.channels["tel"].needs == (("voice:mobile-a",),)
    voice = config.components["voice:mobile-a"]
    assert voice.needs == (("carrier:mobile-a",),)
    assert voice.label.in_("fr") == "Appels mobiles A"
    assert "carrier:mobile-a" in config.components


@pytest.mark.parametrize(
    ("channel", "needed"),
    [
        ("{kind: voice-mobile}", ("carrier:mobile-a",)),
        ("{kind: pstn-fixed}", ("carrier:fixed",)),
        (
            "{kind: sense-chat}",
            ("internet:isp", *MOBILES),
        ),
    ],
)
def test_a_service_nothing_tells_from_its_network_is_no_part_of_a_plan(
    tmp_path: Path, channel: str, needed: tuple[str, ...]
) -> None:
    config = read(tmp_path, f"channels: {{c: {channel}}}")

    assert needed in config.channels["c"].needs
    assert not {"voice", "data"} & {part.kind for part in config.components.values()}


def test_a_plan_that_names_a_service_has_it(tmp_path: Path) -> None:
    text = "channels: {c: {kind: voice-mobile}}\ncomponents: {'voice:mobile-a': {}}"
    declared = read(tmp_path, text)
    text = "channels: {c: {kind: voice-mobile}, d: {depends_on: ['voice:mobile-a']}}"
    referred = read(tmp_path, text)

    assert declared.channels["c"].needs == (("voice:mobile-a",),)
    assert declared.components["voice:mobile-a"].needs == ()
    assert referred.channels["c"].needs == (("voice:mobile-a",),)
    assert referred.components["voice:mobile-a"].needs == (("carrier:mobile-a",),)


def test_a_chat_that_is_probed_uses_mobile_data_and_a_text_none(tmp_path: Path) -> None:
    text = f"channels: {{a: {{kind: sense-chat, {TLS}}}, b: {{kind: be-alert, {TLS}}}}}"
    config = read(tmp_path, text)

    assert config.channels["a"].needs == (
        ("internet:isp", "data:mobile-a", "data:mobile-b"),
    )
    assert MOBILES in config.channels["b"].needs


def test_data_of_the_sites_own_operators_is_apart_where_the_plan_says_so(
    tmp_path: Path,
) -> None:
    channel = f"{{kind: sense-chat, {TLS}}}"
    apart = DECLARED.replace("carrier:y: {}", "carrier:y: {}, data:y: {}")

    assert needs(tmp_path, channel, ACCESS + apart) == (
        ("internet:fibre", "carrier:x", "data:y"),
    )


@pytest.mark.parametrize("probes", ["", f", {MODEM}"])
@pytest.mark.parametrize("gone", ["carrier:mobile-a", "voice:mobile-a"])
def test_a_channel_without_a_network_is_without_its_services(
    tmp_path: Path, gone: str, probes: str
) -> None:
    own = "depends_on: [carrier:mobile-b]"
    channel = f"{{kind: voice-mobile, without: ['{gone}'], {own}{probes}}}"

    assert needs(tmp_path, channel) == (("carrier:mobile-b",),)


def test_a_chat_without_a_network_is_without_its_data(tmp_path: Path) -> None:
    channel = f"{{kind: sense-chat, without: [carrier:mobile-a], {TLS}}}"

    assert needs(tmp_path, channel) == (("internet:isp", "data:mobile-b"),)


def test_the_supply_of_the_building_is_apart_from_the_grid_where_named(
    tmp_path: Path,
) -> None:
    channel = "channels: {c: {kind: starlink}}"
    plain = read(tmp_path, channel)
    feed = "components: {'power:feed': {depends_on: ['power:grid']}}"
    named = read(tmp_path, f"{channel}\n{feed}")

    assert plain.components["power:site"].needs == (("power:grid",),)
    assert named.components["power:site"].needs == (("power:feed",),)
    assert named.components["power:feed"].needs == (("power:grid",),)


def test_what_is_needed_of_the_catalogue_comes_with_its_own_needs(
    tmp_path: Path,
) -> None:
    config = read(tmp_path, "channels: {c: {depends_on: [internet:isp]}}")

    assert set(config.components) == {
        "internet:isp",
        "carrier:fixed",
        "power:site",
        "power:grid",
    }
    site = config.components["power:site"]
    assert site.label.in_("fr") == "Courant du bâtiment"
    assert (site.needs, site.autonomy_s) == ((("power:grid",),), 1800)
    assert site.prior == catalogue().priors["power"]


def test_a_declared_component_needs_only_what_the_file_says(tmp_path: Path) -> None:
    text = "channels: {c: {depends_on: [internet:isp]}}\ncomponents: {internet:isp: {}}"
    config = read(tmp_path, text)

    assert list(config.components) == ["internet:isp"]
    assert config.components["internet:isp"].needs == ()
    assert config.components["internet:isp"].label.in_("en") == "Internet access"


def test_a_kind_gives_words_purposes_and_traits(tmp_path: Path) -> None:
    channel = read(tmp_path, "channels: {c: {kind: radio-astrid}}").channels["c"]
    kind = catalogue().kinds["radio-astrid"]

    assert (channel.label, channel.short_name) == (kind.label, kind.short_name)
    assert (channel.purposes, channel.traits) == (kind.purposes, kind.traits)
    assert channel.autonomy_s is None  # that of the handset is the device's
    assert channel.carries == kind.carries == {Carries.VOICE}


def test_how_long_a_battery_takes_to_be_full_is_said_beside_its_autonomy(
    tmp_path: Path,
) -> None:
    text = """\
components:
  power:site: {autonomy: 30m, recharge: 8h}
  carrier:a: {depends_on: [power:site], autonomy: 4h}
channels:
  sms: {depends_on: [carrier:a], autonomy: 1h, recharge: 90m}
  pager: {depends_on: [carrier:a], autonomy: 1h}
"""
    config = read(tmp_path, text)

    owners = (config.components, config.channels)
    batteries: list[Component | Channel] = [e for room in owners for e in room.values()]
    assert [(each.name, each.autonomy_s, each.recharge_s) for each in batteries] == [
        ("power:site", 1800, 28800),
        ("carrier:a", 14400, None),  # as long as its autonomy
        ("sms", 3600, 5400),
        ("pager", 3600, None),
    ]


@pytest.mark.parametrize("written", ["often", "-1h", "[1h]"])
def test_a_recharge_that_is_no_length_of_time_is_a_mistake(
    tmp_path: Path, written: str
) -> None:
    text = f"channels: {{c: {{kind: signal, autonomy: 1h, recharge: {written}}}}}"

    (mistake,) = mistakes(tmp_path, text)
    assert "channels.c.recharge: " in mistake
    assert "must be a length of time" in mistake


def test_what_a_channel_says_holds_over_its_kind(tmp_path: Path) -> None:
    text = (
        "channels: {c: {kind: signal, label: L, purposes: [alert], autonomy: 1h, "
        "traits: {sla: yes}, carries: text}}"
    )
    channel = read(tmp_path, text).channels["c"]

    assert channel.label.plain == channel.short_name.plain == "L"
    assert channel.purposes == {Purpose.ALERT}
    assert channel.autonomy_s == 3600
    assert channel.carries == {Carries.TEXT}
    assert (channel.traits["sla"], channel.traits["e2e"]) == ("yes", "yes")


@pytest.mark.parametrize(
    ("said", "label", "short_name"),
    [
        ("label: Telephone", "Telephone", "Telephone"),
        ("label: {fr: Central, en: Exchange}", "Exchange", "Exchange"),
        ("label: Telephone, short_name: Phone", "Telephone", "Phone"),
        ("short_name: Phone", "IP telephony", "Phone"),
    ],
)
def test_channel_is_called_by_its_label_unless_a_short_name_says_another(
    tmp_path: Path, said: str, label: str, short_name: str
) -> None:
    text = f"channels: {{c: {{kind: sip-trunk, {said}}}}}"
    channel = read(tmp_path, text).channels["c"]

    assert (channel.label.in_("en"), channel.short_name.in_("en")) == (
        label,
        short_name,
    )


def test_a_channel_without_a_kind_carries_all_unless_it_says_otherwise(
    tmp_path: Path,
) -> None:
    text = "channels: {a: {purposes: [alert]}, b: {purposes: [alert], carries: signal}}"
    channels = read(tmp_path, text).channels

    assert channels["a"].carries == set(Carries)
    assert channels["b"].carries == {Carries.SIGNAL}


def test_two_channels_of_a_kind_are_told_apart_by_their_labels(tmp_path: Path) -> None:
    text = "channels: {a: {kind: signal, label: A}, b: {kind: signal, label: B}}"
    channels = read(tmp_path, text).channels

    assert [channel.short_name.plain for channel in channels.values()] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "channels: {c: {depends_on: [carier:mobile-a]}}",
            "1:29: channels.c.depends_on[0]: component 'carier:mobile-a' is neither "
            "declared nor in the catalogue: did you mean 'carrier:mobile-a'?",
        ),
        (
            "channels: {c: {depends_on: [{any_of: [a:b, power:grid]}]}}",
            "1:39: channels.c.depends_on[0].any_of[0]: component 'a:b' is neither "
            "declared nor in the catalogue: add it under 'components'",
        ),
        (
            "channels: {c: {depends_on: [{any_off: [power:grid]}]}}",
            "1:30: channels.c.depends_on[0].any_off: unknown key 'any_off': did you "
            "mean 'any_of'?",
        ),
        (
            "channels: {c: {depends_on: [{any_of: []}]}}",
            "1:29: channels.c.depends_on[0]: must name at least one component: "
            "{any_of: [a, b]}",
        ),
        (
            "channels: {c: {}}\nsite: {access: {mobile: [carrier:z]}}",
            "2:26: site.access.mobile[0]: component 'carrier:z' is neither declared",
        ),
        (
            "channels: {c: {}}\npaths: {p: {depends_on: [x:y]}}",
            "2:26: paths.p.depends_on[0]: component 'x:y' is neither declared nor",
        ),
        (
            "channels: {c: {}}\ncomponents: {grid: {}}",
            "2:14: components.grid: must be class:name, such as power:grid",
        ),
        (
            "channels: {c: {}}\ncomponents: {'channel:c': {}}",
            "2:14: components.channel:c: the class 'channel' is kept for channels",
        ),
        (
            "channels: {c: {kind: signall}}",
            "1:22: channels.c.kind: no such kind 'signall': did you mean 'signal'?",
        ),
        (
            "channels: {c: {without: [power:grid]}}",
            "1:25: channels.c.without: takes away what a 'kind' brings: this channel",
        ),
        (
            "channels: {c: {kind: signal, without: [provider:meta]}}",
            "1:40: channels.c.without[0]: signal does not need 'provider:meta' anyway: "
            "did you mean 'provider:signal'?",
        ),
        (
            "channels: {c: {}}\ncomponents: {a:b: {depends_on: [a:b]}}",
            "2:33: components.a:b.depends_on[0]: goes round in a circle: a:b needs a:b",
        ),
        (
            "channels: {c: {}}\n"
            "components: {power:grid: {depends_on: [{any_of: [internet:isp]}]}}",
            "2:50: components.power:grid.depends_on[0].any_of[0]: goes round in a "
            "circle: ",
        ),
    ],
)
def test_a_wrong_name_is_told(tmp_path: Path, text: str, said: str) -> None:
    assert any(mistake.startswith(said) for mistake in mistakes(tmp_path, text))


def test_a_circle_is_told_in_the_order_of_the_needs(tmp_path: Path) -> None:
    text = """\
channels: {c: {}}
components:
  a:a: {depends_on: [b:b]}
  b:b: {depends_on: [c:c]}
  c:c: {depends_on: [a:a]}
"""
    (said,) = mistakes(tmp_path, text)
    circle = said.rsplit(": ", 1)[1].split(" needs ")

    assert circle[0] == circle[-1]
    assert "".join(name[0] for name in circle * 2).count("abc") > 0


def test_every_circle_is_told(tmp_path: Path) -> None:
    text = """\
channels: {c: {}}
components:
  a:a: {depends_on: [a:a]}
  b:b: {depends_on: [c:c]}
  c:c: {depends_on: [b:b]}
"""
    assert len(mistakes(tmp_path, text)) == 2


def test_alternatives_are_no_circle(tmp_path: Path) -> None:
    text = """\
channels: {c: {depends_on: [a:a]}}
components:
  a:a: {depends_on: [{any_of: [b:b, c:c]}]}
  b:b: {depends_on: [c:c]}
  c:c: {}
"""
    assert mistakes(tmp_path, text) == []


# ------------------------------------------------------------------ what is declared


@pytest.mark.parametrize(
    ("channel", "known"),
    [
        ("{}", False),
        ("{depends_on: }", False),  # left open is not the same as nothing
        ("{depends_on: []}", True),
        ("{depends_on: [site:lan]}", True),
        ("{depends_on: site:lan}", True),
        ("{kind: courier}", True),
        ("{kind: sms-operator-a, without: [carrier:mobile-a]}", True),
    ],
)
def test_needs_are_known_where_the_plan_says_them(
    tmp_path: Path, channel: str, known: bool
) -> None:
    config = read(tmp_path, f"channels: {{c: {channel}}}")

    assert config.channels["c"].needs_known is known


def test_a_channel_says_what_it_was_called(tmp_path: Path) -> None:
    config = read(tmp_path, "channels: {siren: {was: pager}, room: {}}")

    assert [each.was for each in config.channels.values()] == ["pager", None]


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        (
            "{siren: {was: room}, room: {}}",
            "1:25: channels.siren.was: 'room' is a channel of this plan: 'was' is a"
            " name that no channel has any more",
        ),
        (
            "{siren: {was: siren}}",
            "1:25: channels.siren.was: 'siren' is a channel of this plan: 'was' is a"
            " name that no channel has any more",
        ),
        (
            "{siren: {was: pager}, horn: {was: pager}}",
            "1:45: channels.horn.was: 'pager' is 'siren' now: one channel only can"
            " have been it",
        ),
        (
            "{siren: {was: [a, b]}}",
            "1:25: channels.siren.was: must be a name, not a list",
        ),
    ],
)
def test_a_former_name_is_nobodys_and_of_one_channel(
    tmp_path: Path, channels: str, said: str
) -> None:
    assert mistakes(tmp_path, f"channels: {channels}") == [said]


def test_a_component_says_what_it_was_called(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        "components: {identity:entra: {was: identity:ad}, site:it: {}}\n"
        "channels: {room: {}}",
    )

    assert [c.was for c in config.components.values()] == ["identity:ad", None]


@pytest.mark.parametrize(
    ("components", "said"),
    [
        (
            "{site:new: {was: site:it}, site:it: {}}",
            "1:30: components.site:new.was: 'site:it' is a component of this plan:"
            " 'was' is a name that no component has any more",
        ),
        (
            "{site:new: {was: power:grid}}",  # of the catalogue, and needed
            "1:30: components.site:new.was: 'power:grid' is a component of this plan:"
            " 'was' is a name that no component has any more",
        ),
        (
            "{site:a: {was: site:it}, site:b: {was: site:it}}",
            "1:52: components.site:b.was: 'site:it' is 'site:a' now: one component"
            " only can have been it",
        ),
        (
            "{site:new: {was: it}}",
            "1:30: components.site:new.was: must be class:name, such as power:grid or"
            " carrier:mobile-a",
        ),
    ],
)
def test_a_former_name_is_no_components_and_of_one(
    tmp_path: Path, components: str, said: str
) -> None:
    plan = f"components: {components}\nchannels: {{mail: {{depends_on: power:grid}}}}"

    assert mistakes(tmp_path, plan) == [said]


def test_component_is_not_named_as_a_path_is(tmp_path: Path) -> None:
    text = """\
components: {"path:lan": {depends_on: [power:grid]}, "path:other": {}}
paths: {lan: {depends_on: ["path:lan"]}}
channels: {a: {}}
"""

    assert mistakes(tmp_path, text) == [
        "1:14: components.path:lan: the class 'path' is kept for channels and paths: "
        "use another"
    ]


def test_name_without_a_class_is_not_to_be_declared(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "channels: {a: {depends_on: [internet]}}") == [
        "1:29: channels.a.depends_on[0]: component 'internet' is neither declared nor "
        "in the catalogue: write one such as power:grid"
    ]


def test_what_a_kind_needs_is_listed_once(tmp_path: Path) -> None:
    (said,) = mistakes(
        tmp_path, "channels: {a: {kind: email-onprem, without: [power:grid]}}"
    )
    names = said.split("one of: ")[1].split(", ")

    assert len(names) == len(set(names))
