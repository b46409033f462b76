"""What a broker keeps of a snapshot, and what Home Assistant makes of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jinja2
import pytest
from msgspec.structs import replace
from render import hearing, town_statements
from render.situations import meanwhile, starting
from render.snapshots import NOON, channel, snapshot, standing, with_channel

from secours.engine.publishing.messages import timed
from secours.languages import LANGUAGES
from secours.model.observed import Reason
from secours.model.sections.site import Site
from secours.model.snapshot import Snapshot
from secours.render.export.topics import (
    OTHER_CLOCK_S,
    Discovery,
    discovered,
    identifier,
    state_topics,
)
from secours.render.redact import discreet

WHERE = Discovery(prefix="site/secours", found_under="homeassistant", expire_after_s=15)


def said(shown: Snapshot, topic: str) -> Any:
    """Return what a receiver reads under a topic."""
    return json.loads(timed(state_topics(shown)[topic], shown))


def shown_by(
    shown: Snapshot, topic: str, platform: str = "sensor", *, late_s: float = 1.0
) -> str:
    """Return what Home Assistant shows of a topic so long after the snapshot."""
    (entity,) = (
        each
        for where, each in discovered(shown, WHERE).items()
        if each["state_topic"] == f"site/secours/{topic}"
        and where.split("/")[1] == platform
    )
    env = jinja2.Environment()
    env.globals |= {
        "now": lambda: NOON + timedelta(seconds=late_s),
        "as_timestamp": _as_timestamp,
    }
    template = env.from_string(entity["value_template"])
    return template.render(value_json=said(shown, topic))


def _as_timestamp(value: Any, default: Any = None) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    try:
        return datetime.fromisoformat(value).astimezone(UTC).timestamp()
    except (TypeError, ValueError):
        return default


def test_every_channel_line_and_our_own_link_has_its_topic() -> None:
    assert set(state_topics(snapshot())) == {
        *(f"channel/{name}" for name in ("sms", "calls", "pager", "runner")),
        *(f"channel/{name}" for name in ("teams", "bridge", "radio", "satphone")),
        "component/carrier:mobile-a",
        "line/alert/management",
        "line/coordinate/management",
        "own_link",
    }


def test_a_component_of_which_nothing_is_known_is_not_worth_one() -> None:
    shown = snapshot()
    idle = replace(shown.components[0], standing=standing("?"))

    assert not [
        topic
        for topic in state_topics(replace(shown, components=(idle,)))
        if topic.startswith("component/")
    ]


def test_a_line_says_what_to_use_and_what_else() -> None:
    found = said(snapshot("xooo"), "line/alert/management")

    assert found["valid_until"] > found["at"]
    del found["at"], found["valid_until"]
    assert found == {
        "schema": 1,
        "purpose": "alert",
        "audience": "management",
        "use": "calls",
        "measuring": False,
        "label": "Appels vocaux",
        "tier": "alternate",
        "state": "available",
        "verified": True,
        "pinned": False,
        "backup": "pager",
        "backup_label": "Radiomessagerie",
        "independent": True,
        "reach": None,
        "with": [],
    }


def test_a_line_says_whom_its_channel_misses_and_what_completes_it() -> None:
    found = said(hearing.missing("-o", "calls"), "line/alert/management")

    assert found["reach"] == {"people": 60, "of": 80, "missed": ["Terrain"]}
    assert found["with"] == ["calls"]


def test_a_line_says_whom_its_channel_was_never_to_reach() -> None:
    shown = hearing.hears(snapshot(), 0, {"sms": hearing.heard("o-", "o-")})

    found = said(shown, "line/alert/management")

    assert found["reach"] == {"people": 20, "of": 80, "missed": ["À domicile"]}


def test_a_line_that_is_being_measured_says_so() -> None:
    first = said(starting(), "line/alert/management")
    later = said(meanwhile(), "line/alert/management")

    assert (first["use"], first["measuring"], first["label"]) == (
        None,
        True,
        "MESURE EN COURS",
    )
    assert (later["use"], later["measuring"]) == ("calls", True)


def test_where_nothing_is_left_a_line_says_so() -> None:
    found = said(snapshot("xxxx"), "line/alert/management")

    assert (found["use"], found["label"]) == (None, "AUCUN CANAL UTILISABLE")
    assert (found["verified"], found["backup"]) == (False, None)


@pytest.mark.parametrize(
    "shown",
    [
        snapshot("xdoo", "?x?d", config_error="probes.yaml:1:1"),
        town_statements.town("oooo", "xooo"),
        town_statements.set_aside(),
        town_statements.pinned("x"),
    ],
    ids=["failures", "marks", "set-aside", "pinned"],
)
def test_no_more_is_said_than_a_stranger_may_see(shown: Snapshot) -> None:
    hidden = discreet(shown)

    assert state_topics(shown) == state_topics(hidden)
    assert discovered(shown, WHERE) == discovered(hidden, WHERE)


@pytest.mark.parametrize(
    ("state", "enum", "connected"),
    [
        pytest.param("o", "available", "ON", id="available"),
        pytest.param("d", "degraded", "ON", id="degraded"),
        pytest.param("x", "down", "OFF", id="down"),
        pytest.param("?", "None", "None", id="unknown"),
    ],
)
def test_home_assistant_shows_the_state_and_unknown_is_never_connected(
    state: str, enum: str, connected: str
) -> None:
    shown = with_channel(snapshot(), "sms", standing=standing(state))

    assert shown_by(shown, "channel/sms") == enum
    assert shown_by(shown, "channel/sms", "binary_sensor") == connected


@pytest.mark.parametrize("state", ["o", "?"])
def test_what_is_set_aside_is_not_connected(state: str) -> None:
    aside = standing(state, aside=Reason.SET_ASIDE)
    shown = with_channel(snapshot(), "sms", standing=aside)

    assert said(shown, "channel/sms")["set_aside"] == "distrusted"
    assert shown_by(shown, "channel/sms", "binary_sensor") == "OFF"


@pytest.mark.parametrize(
    ("topic", "platform"),
    [
        ("channel/sms", "sensor"),
        ("channel/sms", "binary_sensor"),
        ("component/carrier:mobile-a", "sensor"),
        ("line/alert/management", "sensor"),
        ("own_link", "sensor"),
    ],
)
def test_what_a_broker_kept_too_long_is_unknown(topic: str, platform: str) -> None:
    ends_s = 15.0 + OTHER_CLOCK_S

    assert shown_by(snapshot(), topic, platform, late_s=ends_s - 1) != "None"
    assert shown_by(snapshot(), topic, platform, late_s=ends_s + 1) == "None"


def test_an_entity_expires_and_goes_with_us() -> None:
    for where, entity in discovered(snapshot(), WHERE).items():
        platform = where.split("/")[1]
        assert where.split("/")[0] == "homeassistant"
        assert where.split("/")[2] == identifier("site/secours")
        assert where.endswith("/config")
        assert entity["expire_after"] == 15
        assert entity["availability"] == [
            {
                "topic": "site/secours/status",
                "payload_available": "online",
                "payload_not_available": "offline",
            }
        ]
        assert entity["origin"] == {"name": "Secours"}
        assert entity["device"]["identifiers"] == [identifier("site/secours")]
        assert platform == "binary_sensor" or "unknown" not in entity.get("options", ())


def test_no_two_entities_are_the_same_whatever_channels_are_called() -> None:
    names = ("a b", "a_b", "a+b", "a#b", "é")
    shown = replace(snapshot(), channels=tuple(map(channel, names)))
    shown = replace(shown, recommendations=())
    found = discovered(shown, WHERE)

    assert len(found) == 2 * len(names) + 2
    assert len({each["unique_id"] for each in found.values()}) == len(found)
    for where, entity in found.items():
        parts = where.split("/")
        assert len(parts) == 5
        assert all(part.replace("-", "_").replace("_", "").isalnum() for part in parts)
        assert set("+#").isdisjoint(entity["state_topic"])
    assert len(state_topics(shown)) == len(names) + 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_entities_are_named_in_the_language_of_the_site(language: str) -> None:
    site = Site(language=language)
    found = discovered(replace(snapshot(), site=site), WHERE)

    names = {each["name"] for each in found.values()}
    assert len(names) == len(found)
    assert not any("topics." in name for name in names)


def test_a_pinned_channel_that_is_down_is_not_what_to_use() -> None:
    line = said(town_statements.pinned("x"), "line/alert/management")

    assert (line["use"], line["state"], line["pinned"]) == ("sms", "available", False)
    assert line["label"] == "SMS d\u2019astreinte"
