from datetime import date

import pytest

from secours.config.catalogue import ACCESS, INTERNET, MOBILE, load
from secours.model import Purpose, Text

KINDS = [
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
]
LANGUAGES = ("fr", "nl", "de", "en")


def has_every_language(text: Text) -> bool:
    return bool(text.plain) or all(text.translations.get(to) for to in LANGUAGES)


def test_the_catalogue_knows_all_twenty_kinds() -> None:
    assert sorted(load().kinds) == sorted(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_whole(name: str) -> None:
    catalogue = load()
    kind = catalogue.kinds[name]

    assert has_every_language(kind.label)
    assert has_every_language(kind.short_name)
    assert all(len(kind.short_name.in_(to)) <= 17 for to in LANGUAGES)
    assert kind.purposes
    assert kind.traits.keys() == catalogue.traits.keys()
    assert kind.source
    assert date.fromisoformat(kind.reviewed)
    known = {*catalogue.components, ACCESS, INTERNET, MOBILE}
    assert {part for group in kind.needs for part in group} <= known


def test_every_component_is_whole() -> None:
    catalogue = load()
    for name, component in catalogue.components.items():
        assert has_every_language(component.label), name
        assert component.source, name
        assert date.fromisoformat(component.reviewed), name
        assert name.partition(":")[0] in catalogue.priors, name
        needed = {part for group in component.needs for part in group}
        assert needed <= catalogue.components.keys(), name


def test_the_usual_access_is_of_components_it_knows() -> None:
    catalogue = load()

    assert set(catalogue.access) == {INTERNET, MOBILE}
    for names in catalogue.access.values():
        assert set(names) <= catalogue.components.keys()


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("whatsapp", "messenger", "provider:meta"),
        ("signal", "slack", "cloud:aws-us-east-1"),
        ("teams", "email-m365", "identity:microsoft"),
        ("pstn-fixed", "sip-trunk", "carrier:fixed"),
    ],
)
def test_false_independences_are_seen(one: str, other: str, shared: str) -> None:
    kinds = load().kinds

    assert (shared,) in kinds[one].needs
    assert (shared,) in kinds[other].needs


def test_a_chat_group_wakes_nobody() -> None:
    for name in ("whatsapp", "messenger", "signal", "telegram", "teams", "slack"):
        assert load().kinds[name].purposes == {Purpose.COORDINATE}
