import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from config.plan_files import advice, mistakes, read
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from servers.scripted import udp_server

from secours import probes
from secours.config import BadConfig, catalogue
from secours.config.catalogue import ACCESS, INTERNET, MOBILE, load, outdated
from secours.languages import LANGUAGES, Text
from secours.model.nodes import DATA, name_in
from secours.model.observed import Evidence, ok
from secours.model.receivers.audiences import EARS
from secours.model.sections.channel import Carries
from secours.model.sections.line import Purpose
from secours.probes import udp
from secours.render.wording.mistakes import worded

NAMED_BY_INSTITUTIONS = [
    "whatsapp",
    "messenger",
    "signal",
    "telegram",
    "matrix-selfhosted",
    "mattermost-onprem",
    "slack",
    "teams",
    "email-m365",
    "email-onprem",
    "sms-operator-a",
    "sms-operator-b",
    "sms-gateway-api",
    "pstn-fixed",
    "sip-trunk",
    "satphone-iridium",
    "starlink",
    "radio-astrid",
    "pager-astrid",
    "be-alert",
    "voice-mobile",
    "voice-mobile-b",
    "blue-light-mobile",
    "poppy-alert",
    "mass-alert-api",
    "teamwire",
    "element",
    "deltachat",
    "tox",
    "sense-chat",
    "xmpp",
    "voip-conference",
    "website-public",
    "courier",
    "emergency-call-112",
    "whatsapp-business-api",
    "gmail-workspace",
    "analog-radio",
    "satellite-geo",
    "wire",
    "threema",
    "olvid",
    "tchap",
    "paragon",
    "regetel",
    "dect",
    "satellite-messenger",
    "winlink",
    "meshtastic",
    "fr-alert",
    "lu-alert",
    "nl-alert",
    "de-alert",
    "nina",
    "katwarn",
    "siren",
    "loudspeaker-van",
    "door-to-door",
    "broadcast-radio",
    "social-media",
]
KINDS = list(load().kinds)
PROPER_NAMES = {  # the same in every language
    *("112", "Azure Front Door", "BE-Alert", "Blue Light Mobile", "Delta Chat"),
    *("Element", "Mattermost", "Messenger", "Meta", "Microsoft Teams", "Poppy Alert"),
    *("Sense.Chat", "Signal", "Slack", "Starlink", "Teams", "Teamwire", "Telegram"),
    *("Tox", "Twilio", "VSAT", "WhatsApp", "WhatsApp Business", "XMPP"),
    *("DECT", "DE-Alert", "DE-Alert (Cell Broadcast)", "FR-Alert", "KATWARN"),
    *("LU-Alert", "Meshtastic", "Meshtastic (LoRa)", "MoWaS", "NINA", "NL-Alert"),
    *("Olvid", "Paragon", "REGETEL", "Tchap", "Threema", "Winlink", "Wire"),
}
TRAITS = {
    *("e2e", "managed", "sla", "gdpr", "low_bandwidth"),
    *("private_phone", "wakes_people", "phone_online", "daily"),
}
PROBED = [name for name in KINDS if load().kinds[name].suggestions]


def check_languages(text: Text) -> None:
    if text.plain:
        assert text.plain in PROPER_NAMES, (
            f"'{text.plain}' is in one language: write each in catalogue.json, or"
            " add it to PROPER_NAMES"
        )
    else:
        missing = {to for to in LANGUAGES if not text.translations.get(to)}
        assert not missing, f"{text.translations} lacks these, in catalogue.json"


def test_the_catalogue_knows_all_kinds_that_institutions_name() -> None:
    missing = set(NAMED_BY_INSTITUTIONS) - load().kinds.keys()

    assert not missing, "they have no entry in catalogue.json"


def test_a_label_in_one_language_is_found() -> None:
    for text in (Text("Pigeons"), Text("", {"fr": "Pigeons", "nl": "Duiven"})):
        with pytest.raises(AssertionError, match=r"catalogue\.json"):
            check_languages(text)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_whole(name: str) -> None:
    kind = load().kinds[name]

    check_languages(kind.label)
    check_languages(kind.short_name)
    assert all(0 < len(kind.short_name.in_(to)) <= 17 for to in LANGUAGES)
    assert kind.purposes
    assert kind.traits.keys() == load().traits.keys() == TRAITS
    assert kind.carries
    assert kind.gdpr_note
    assert kind.suggestions or kind.people or kind.discontinued
    assert re.search(r"\((V|M|A)\)", kind.source)
    assert date(2026, 1, 1) <= kind.reviewed <= datetime.now(UTC).date()


@pytest.mark.parametrize("name", KINDS)
def test_what_a_kind_needs_is_in_the_catalogue(name: str) -> None:
    kind = load().kinds[name]
    needed = {part for group in kind.needs for part in group}

    assert needed <= {*load().components, ACCESS, INTERNET, MOBILE}
    assert needed or name in ("courier", "loudspeaker-van", "door-to-door")


def test_a_text_is_not_sent_by_what_carries_only_voice() -> None:
    kinds = load().kinds
    voiced = {name for name, kind in kinds.items() if Carries.TEXT not in kind.carries}

    assert voiced == {
        *("voice-mobile", "voice-mobile-b", "emergency-call-112", "pstn-fixed"),
        *("sip-trunk", "voip-conference", "satphone-iridium"),
        *("radio-astrid", "analog-radio", "regetel", "dect", "siren"),
        *("loudspeaker-van", "broadcast-radio"),
    }, "a kind that carries no text is listed in test_catalogue.py"
    assert kinds["sms-operator-a"].carries == {Carries.TEXT}
    assert kinds["teams"].carries == {Carries.TEXT, Carries.VOICE}


def test_every_component_is_whole() -> None:
    for name, component in load().components.items():
        check_languages(component.label)
        assert component.source, name
        assert isinstance(component.reviewed, date), name
        assert name.partition(":")[0] in load().priors, name
        needed = {part for group in component.needs for part in group}
        assert needed <= load().components.keys(), name
        if component.only_named:
            assert [len(group) for group in component.needs] == [1], name


def test_every_device_is_whole() -> None:
    assert [*load().devices] == [
        *("mobile", "landline", "desk", "home-internet", "astrid", "analog-radio"),
        *("pager", "satphone", "dect", "regetel", "mesh-radio", "amateur-radio"),
        *("satellite-messenger", "radio-receiver", "ears"),
    ]
    for name, device in load().devices.items():
        check_languages(device.label)
        assert re.search(r"\((V|M|A)\)", device.source), name
        needed = {
            part
            for each in device.services.values()
            for group in (*each.needs, each.split)
            for part in group
        }
        assert device.services, name
        assert needed <= {*load().components, MOBILE}, name
        assert needed or name == EARS


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_heard_on_devices_that_have_the_service(name: str) -> None:
    heard_on = [each.partition(".") for each in load().kinds[name].heard_on]

    assert heard_on, "each kind says in catalogue.json on which devices it is heard"
    for device, _, service in heard_on:
        assert {service} - {""} <= {*load().devices[device].services}


def test_every_component_is_needed_or_known_to_have_failed() -> None:
    needs = [kind.needs for kind in load().kinds.values()]
    needs += [component.needs for component in load().components.values()]
    needed = {part for groups in needs for group in groups for part in group}
    needed |= {name for names in load().access.values() for name in names}
    needed |= {f"{DATA}:{name_in(carrier)}" for carrier in load().access[MOBILE]}
    only_by_some = {  # a plan names them where they apply, as its entry says
        *("carrier:core-a", "cloud:ovh-sbg", "endpoint:windows-fleet"),
        *("vendor:ericsson-packet-core",),
    }

    assert load().components.keys() - needed == only_by_some, (
        "what nothing in catalogue.json needs is listed in test_catalogue.py"
    )


@pytest.mark.parametrize("name", PROBED)
def test_every_suggested_probe_loads(name: str, tmp_path: Path) -> None:
    kind = load().kinds[name]
    entries = [{"type": each.type, **each.options} for each in kind.suggestions]
    plan = {"channels": {name: {"kind": name, "probes": entries}}}

    assert mistakes(tmp_path, yaml.safe_dump(plan, allow_unicode=True)) == []


@pytest.mark.parametrize("name", PROBED)
def test_every_suggested_probe_can_be_copied_as_it_is_said(
    name: str, tmp_path: Path
) -> None:
    for each in load().kinds[name].suggestions:
        text = f"channels:\n  x:\n    probes:\n      - {each}\n"

        (probe,) = read(tmp_path, text).channels["x"].probes
        assert probe.type == each.type


def test_no_suggestion_holds_a_secret() -> None:
    options = [
        (option, value)
        for kind in load().kinds.values()
        for each in kind.suggestions
        for option, value in each.options.items()
    ]
    secret = re.compile("token|password|secret|community")

    assert any(secret.search(option) for option, _ in options)
    for option, value in options:
        if secret.search(option):
            assert re.fullmatch(r"\$\{[A-Z_]+\}", str(value)), option


def test_the_probe_types_made_for_a_channel_are_suggested_for_one() -> None:
    suggested = {
        each.type for kind in load().kinds.values() for each in kind.suggestions
    }
    made_for_one = """
        whatsapp signal telegram matrix mattermost slack teams twilio kannel ntfy
        smtp imap mail_roundtrip modem sms_roundtrip sip call_roundtrip iridium
        starlink snmp heartbeat statuspage
    """

    assert set(made_for_one.split()) <= suggested <= set(probes.names())


async def test_a_bootstrap_node_of_tox_answers_what_is_suggested(
    tmp_path: Path,
) -> None:
    def node(question: bytes) -> bytes | None:  # c-toxcore, bootstrap_node_packets.c
        asked = len(question) == 78 and question[0] == 0xF0
        return b"\xf0\x00\x00\x0b\xb8Welcome" if asked else None

    (suggested,) = load().kinds["tox"].suggestions
    async with udp_server(node) as port:
        near = {**suggested.options, "host": "127.0.0.1", "port": port}
        text = f"channels: {{x: {{probes: [{replace(suggested, options=near)}]}}}}"
        (probe,) = read(tmp_path, text).channels["x"].probes

        assert await udp.probe(probe.settings, None) == ok(Evidence.SERVED)


def test_the_usual_access_is_of_components_it_knows() -> None:
    assert set(load().access) == {INTERNET, MOBILE}
    for names in load().access.values():
        assert set(names) <= load().components.keys()


def all_needed(kind: str) -> set[str]:
    """Return what a kind cannot do without, with what that needs itself."""
    found: set[str] = set()
    waiting = [*load().kinds[kind].needs]
    while waiting:
        group = waiting.pop()
        if len(group) == 1 and group[0] not in found:
            found.add(group[0])
            known = load().components.get(group[0])
            waiting += known.needs if known else ()
    return found


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("whatsapp", "messenger", "provider:meta"),
        ("whatsapp", "whatsapp-business-api", "service:whatsapp"),
        ("signal", "slack", "cloud:aws-us-east-1"),
        ("teams", "email-m365", "identity:microsoft"),
        ("pstn-fixed", "sip-trunk", "carrier:fixed"),
        ("deltachat", "email-onprem", "site:it"),
        ("voice-mobile", "sms-operator-a", "carrier:mobile-a"),
        ("voice-mobile-b", "sms-operator-b", "carrier:mobile-b"),
        ("blue-light-mobile", "sms-gateway-api", MOBILE),
        ("poppy-alert", "be-alert", MOBILE),
        ("de-alert", "nina", "gov:mowas"),
        ("satellite-messenger", "satphone-iridium", "sat:iridium"),
    ],
)
def test_false_independences_are_seen(one: str, other: str, shared: str) -> None:
    assert shared in all_needed(one) & all_needed(other)


def test_a_chat_group_wakes_nobody() -> None:
    for name in ("whatsapp", "messenger", "signal", "telegram", "teams", "slack"):
        assert load().kinds[name].purposes == {Purpose.COORDINATE}


def test_what_tells_the_population_informs() -> None:
    informs = {n for n, kind in load().kinds.items() if Purpose.INFORM in kind.purposes}

    assert informs == {
        *("be-alert", "fr-alert", "lu-alert", "nl-alert", "de-alert", "nina"),
        *("katwarn", "siren", "loudspeaker-van", "door-to-door", "broadcast-radio"),
        *("social-media", "website-public"),
    }


def test_a_discontinued_kind_loads_with_a_warning(tmp_path: Path) -> None:
    config = read(tmp_path, "channels: {old: {kind: sense-chat, test: {every: 7d}}}")

    (said,) = advice(config)
    assert said.startswith("channels.old: 'sense-chat' is discontinued (")


def test_only_what_is_gone_is_discontinued() -> None:
    gone = [name for name, kind in load().kinds.items() if kind.discontinued]

    assert gone == ["sense-chat"], "list it in test_catalogue.py"


def test_a_kind_is_known_by_the_name_it_had_in_recordings(tmp_path: Path) -> None:
    config = read(tmp_path, "channels: {tel: {kind: voice-mobile-a}}")

    assert config.channels["tel"].kind == "voice-mobile"
    assert advice(config) == advice(
        read(tmp_path, "channels: {tel: {kind: voice-mobile}}")
    )


def test_a_former_name_is_of_one_kind_and_no_other_has_it() -> None:
    former = [name for kind in load().kinds.values() for name in kind.was]

    assert len(former) == len({*former, *load().kinds}) - len(load().kinds)


def test_nothing_is_outdated_in_the_year_after_its_review() -> None:
    newest = max(kind.reviewed for kind in load().kinds.values())

    assert outdated(newest) == ()


@given(st.dates(date(2026, 11, 24), date(2030, 1, 1)))
@example(date(2027, 11, 25))  # a kind is outdated, a device of the same name is not
def test_what_nobody_reviewed_for_a_year_is_named(on: date) -> None:
    known = load()
    tables: tuple[Mapping[str, Any], ...] = (
        *(known.kinds, known.components, known.devices),
    )
    reviews = [(name, e.reviewed) for table in tables for name, e in table.items()]
    named = {name for name, day in reviews if day < on - timedelta(days=365)}

    assert outdated(on) == tuple(sorted(named))


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('"2026-11-24"', '"last week"', "Invalid RFC3339 encoded date"),
        ('"type": "tls", ', "", "missing required field `type`"),
        ('"gdpr_note":', '"gdpr-note":', "unknown field `gdpr-note`"),
        ('"e2e": "yes"', '"e2e": "perhaps"', "Invalid enum value 'perhaps'"),
        ('"internet": 2', '"internet": 0', "`float` > 0.0"),
        ('"access"', "access", "malformed"),
    ],
)
def test_an_edit_that_spoils_the_catalogue_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, good: str, bad: str, said: str
) -> None:
    text = catalogue.FILE.read_text("utf-8")
    file = tmp_path / "catalogue.json"
    file.write_text(text.replace(good, bad, 1), "utf-8")
    monkeypatch.setattr(catalogue, "FILE", file)
    load.cache_clear()
    try:
        with pytest.raises(BadConfig) as refused:
            load()
    finally:
        monkeypatch.undo()
        load.cache_clear()

    (mistake,) = worded(refused.value.mistakes, "en")
    assert mistake.message.startswith("the catalogue of channels cannot be used: ")
    assert said in mistake.message
    assert mistake.file == str(file)


# ------------------------------------------------------------------ what they carry


def test_a_channel_carries_what_its_kind_does_or_what_the_plan_says(
    tmp_path: Path,
) -> None:
    config = read(
        tmp_path,
        """\
channels:
  sms: {kind: sms-operator-a}
  phone: {kind: sip-trunk}
  siren: {depends_on: [], carries: signal}
  radio: {kind: analog-radio, carries: [voice, text]}
  unsaid: {depends_on: []}
""",
    )

    carries = {name: channel.carries for name, channel in config.channels.items()}
    assert carries == {
        "sms": {Carries.TEXT},
        "phone": {Carries.VOICE},
        "siren": {Carries.SIGNAL},
        "radio": {Carries.VOICE, Carries.TEXT},
        "unsaid": set(Carries),
    }


def test_a_channel_begins_messages_as_its_kind_does(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        """\
channels:
  sms: {kind: sms-operator-a}
  mail: {kind: email-onprem}
  gateway: {kind: sms-gateway-api}
  unsaid: {depends_on: []}
""",
    )

    begun = {name: channel.uri_scheme for name, channel in config.channels.items()}
    assert begun == {"sms": "sms", "mail": "mailto", "gateway": "sms", "unsaid": ""}


def test_every_kind_of_sms_and_e_mail_begins_a_message() -> None:
    kinds = load().kinds
    begun = {
        scheme: {name for name in kinds if kinds[name].uri_scheme == scheme}
        for scheme in ("sms", "mailto")
    }

    assert begun["sms"] == {name for name in kinds if name.startswith("sms-")}
    assert begun["mailto"] == {"email-m365", "gmail-workspace", "email-onprem"}


def test_what_it_carries_is_one_of_three(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, "channels: {c: {carries: [smoke]}}")

    assert "text, voice, signal" in said


def test_every_kind_says_what_it_carries() -> None:
    assert all(kind.carries for kind in load().kinds.values())
    assert not any(
        Carries.TEXT in load().kinds[name].carries
        for name in ("sip-trunk", "pstn-fixed", "voice-mobile", "analog-radio")
    )
