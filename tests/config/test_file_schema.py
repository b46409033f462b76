import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from config.channel_pages import PAGES, block_of
from config.fake_probes import FAKE
from config.sample_plans import EVERYTHING, LARGE, TEN
from msgspec import StructMeta

from secours import probes
from secours.config.reader import document
from secours.config.schema import schema
from secours.config.sections.fields import descriptions
from secours.config.sections.scenario import REFERENCE
from secours.config.starter import starter
from secours.languages import LANGUAGES
from secours.model import plan
from secours.model.receivers import audiences
from secours.model.sections import channel, line, notify, site
from secours.model.sites import membership

EXAMPLE = Path(__file__).parents[2] / "probes.yaml"


@pytest.fixture(scope="module")
def validator() -> Any:
    found = schema()
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(json.loads(json.dumps(found)))


def valid(validator: Any, text: str) -> bool:
    return bool(validator.is_valid(document.plain(document.parse(text.encode()))))


def test_what_loads_is_valid(validator: Any) -> None:
    assert valid(validator, EXAMPLE.read_text())
    assert valid(validator, EVERYTHING.replace("carrier:x:\n", "carrier:x: {}\n"))
    assert valid(validator, LARGE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_plan_is_valid(validator: Any, language: str) -> None:
    assert valid(validator, starter(language))


@pytest.mark.parametrize("page", sorted(PAGES))
def test_the_example_of_each_kind_is_valid(validator: Any, page: str) -> None:
    block = re.sub("^", "  ", block_of(page), flags=re.MULTILINE)

    assert valid(validator, f"channels:\n{block}")


def test_the_plan_of_the_recorded_outages_is_valid(validator: Any) -> None:
    assert valid(validator, REFERENCE.read_text("utf-8"))


def said(validator: Any, text: str) -> tuple[str, str]:
    """Return the place of what is wrong with a plan, and what is said of it."""
    plan = document.plain(document.parse(text.encode()))
    error = jsonschema.exceptions.best_match(validator.iter_errors(plan))
    assert error is not None, "nothing is"
    return ".".join(map(str, error.absolute_path)), error.message


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (
            "channels: {a: {probes: [{type: smtp, host: h, securty: tls}]}}",
            "channels.a.probes.0",
            "'securty' was unexpected",
        ),
        (
            "channels: {a: {probes: [{type: smtp, host: h, security: ssl}]}}",
            "channels.a.probes.0.security",
            "'ssl' is not one of ['none', 'starttls', 'tls']",
        ),
        (
            "channels: {a: {probes: [{type: smtp}]}}",
            "channels.a.probes.0",
            "'host' is a required property",
        ),
        (
            "channels: {a: {probes: [{type: smpt, host: h}]}}",
            "channels.a.probes.0.type",
            "'smpt' is not one of",
        ),
        (
            "channels: {a: {probes: [{host: h}]}}",
            "channels.a.probes.0",
            "'type' is a required property",
        ),
        ("channels: {a: {knd: x}}", "channels.a", "'knd' was unexpected"),
        ("channels: {a: {}}\nsit: {}", "", "'sit' was unexpected"),
        (
            "channels: {a: {test: {every: 31d, on: first thirsday}}}",
            "channels.a.test.on",
            "'first thirsday' is not one of",
        ),
        ("channels: {a: {}}\nsites: {name: a}", "sites", "'hub' is a required"),
        (
            "channels: {a: {}}\nsites: {name: a, hub: ['http://h']}",
            "sites.hub.0",
            "does not match '^(tls|nats)://'",
        ),
        (
            "channels: {a: {}}\nsites: {name: a, hub: 'tls://h', at: [1, 2, 3]}",
            "sites.at",
            "[1, 2, 3] is too long",
        ),
        (
            "channels: {a: {}}\nsites: {name: a, hub: 'tls://h', credentials: SUA}",
            "sites.credentials",
            "'SUA' does not match",
        ),
    ],
    ids=[
        *("key of a probe", "value of a probe", "missing option", "type", "no type"),
        *("key of a channel", "section", "day"),
        *("site without a hub", "hub", "place of a site", "secret of a site"),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(
    validator: Any, text: str, place: str, words: str
) -> None:
    where, why = said(validator, text)

    assert where == place
    assert words in why


def keys(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every key that a schema names, and what it says of it."""
    if isinstance(schema, dict):
        for key, inner in schema.get("properties", {}).items():
            if isinstance(inner, dict) and "if" not in path.split("."):
                yield f"{path}.{key}", inner
        for name, inner in schema.items():
            yield from keys(inner, f"{path}.{name}")
    elif isinstance(schema, list):
        for inner in schema:
            yield from keys(inner, path)


def test_every_key_has_a_sentence() -> None:
    found = dict(keys(schema()))

    assert len(found) > 400
    assert [path for path, key in found.items() if not key.get("description")] == []
    for key in found.values():
        assert key["description"][-1] in ".?", key["description"]
        assert len(key["description"]) <= 130, key["description"]


def test_every_sentence_is_of_a_key() -> None:
    said = {key["description"] for _, key in keys(schema())}
    parts = (plan, channel, line, notify, site, audiences, membership)
    declared = [each for part in parts for each in vars(part).values()]

    for each in declared:
        if isinstance(each, StructMeta):
            assert set(descriptions(each).values()) <= said


def test_an_option_without_a_sentence_would_be_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probes, "names", lambda: ["fake"])
    monkeypatch.setattr(probes, "find", lambda name: FAKE)

    bare = [path for path, key in keys(schema()) if not key.get("description")]

    assert any(path.endswith(".host") for path in bare)


def test_devices_are_offered_and_others_may_stand_too(validator: Any) -> None:
    text = """\
channels: {a: {heard_on: [mobile.text, drum.voice]}, b: {heard_on: drum}}
audiences: {staff: {groups: {field: {devices: [mobile, drum]}, home: {devices: drum}}}}
"""
    channel = schema()["properties"]["channels"]["additionalProperties"]
    offered = channel["properties"]["heard_on"]["anyOf"][0]["anyOf"][0]["enum"]

    assert {"mobile", "mobile.text", "landline.voice", "ears"} <= {*offered}
    assert validator.is_valid(document.plain(document.parse(text.encode())))


def test_a_schema_has_a_name_and_every_choice_a_sentence() -> None:
    found = schema()
    kinds = _kind(found)
    types = found["$defs"]["probe"]["properties"]["type"]

    assert found["$id"] == "urn:secours:schema:probes:1"
    assert found["title"] == "probes.yaml of Secours"
    for choices in (kinds, types):
        assert len(choices["enum"]) == len(choices["enumDescriptions"]) > 20
        assert all(choices["enumDescriptions"])
    place = kinds["enum"].index("signal")
    assert kinds["enumDescriptions"][place] == "Signal"
    about = _kind(schema(lambda kind: kind.source))["enumDescriptions"]
    assert len({*about}) > 5


def _kind(found: Any) -> Any:
    channel = found["properties"]["channels"]["additionalProperties"]
    return channel["properties"]["kind"]


def test_what_holds_where_nothing_is_written_is_said() -> None:
    found = schema()["properties"]

    assert found["screen"]["properties"]["max_age"]["default"] == "30s"
    assert found["probing"]["properties"]["timeout"]["default"] == "10s"
    assert found["probing"]["properties"]["failback_after"]["default"] == "10m"
    assert found["site"]["properties"]["language"]["default"] == "en"
    assert "default" not in found["site"]["properties"]["name"]


@pytest.mark.parametrize(
    "text",
    [
        TEN,
        "channels: []",
        "site: {}",
        "channels: {a: {kind: signall}}",
        "channels: {a: {probes: [{host: h}]}}",
        "channels: {a: {probes: [{type: nothing}]}}",
        "channels: {a: {probes: [{type: tcp, host: h}]}}",
        "channels: {a: {probes: [{type: tcp, host: h, port: 70000}]}}",
        "channels: {a: {probes: [{type: tcp, host: h, port: 1, prot: 1}]}}",
        "channels: {a: {probes: [{type: tcp, host: h, port: 1, interval: 60}]}}",
        "channels: {a: {probes: [{type: modem, port: x, pin: '1234'}]}}",
        "channels: {a: {}}\nsite: {langage: fr}",
        "channels: {a: {}}\nplan: [{purpose: alert, audience: x}]",
    ],
    ids=lambda text: text[-40:],
)
def test_what_is_wrong_is_not(validator: Any, text: str) -> None:
    assert not valid(validator, text)


def test_every_kind_of_option_has_a_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "names", lambda: ["fake"])
    monkeypatch.setattr(probes, "find", lambda name: FAKE)
    own = schema()["$defs"]["probe-fake"]

    assert own["required"] == ["type", "host"]
    assert "owner" not in own["properties"]
    assert own["properties"]["type"]["const"] == "fake"
    assert own["properties"]["within"]["default"] == "2m"
    assert own["properties"]["mode"] == {"enum": ["fast", "slow"], "default": "fast"}
    assert own["properties"]["many"]["maximum"] == 9
    assert own["properties"]["imap"]["anyOf"][0]["required"] == ["host"]
    json.dumps(own)
