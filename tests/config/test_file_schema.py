import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from config.fake_probes import FAKE
from config.test_load import EVERYTHING, LARGE, TEN

from secours import probes
from secours.config.reader import document
from secours.config.schema import schema
from secours.config.starter import starter

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
    assert valid(validator, starter("fr"))


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
    assert own["properties"]["type"] == {"const": "fake"}
    assert own["properties"]["within"]["default"] == "2m"
    assert own["properties"]["mode"] == {"enum": ["fast", "slow"], "default": "fast"}
    assert own["properties"]["many"]["maximum"] == 9
    assert own["properties"]["imap"]["anyOf"][0]["required"] == ["host"]
    json.dumps(own)
