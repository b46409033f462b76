"""The section `publish`: where the state goes, and what is refused of it."""

import json
from pathlib import Path

import jsonschema
import pytest
from config.plan_files import advice, mistakes, read

from secours.config.reader import document
from secours.config.schema import schema

CHANNELS = "channels: {a: {depends_on: [], probes: [{type: smtp, host: h}]}}\n"


def written(options: str) -> str:
    return f"{CHANNELS}publish: {{mqtt: {{{options}}}}}\n"


def test_without_it_nothing_is_published(tmp_path: Path) -> None:
    assert read(tmp_path, CHANNELS).mqtt is None
    assert read(tmp_path, CHANNELS + "publish: {}\n").mqtt is None


def test_a_host_is_enough(tmp_path: Path) -> None:
    broker = read(tmp_path, written("host: broker")).mqtt

    assert broker is not None
    assert (broker.where, broker.prefix) == (1883, "secours")
    assert broker.discovery_prefix == "homeassistant"


@pytest.mark.parametrize(
    ("option", "under"),
    [("false", ""), ("true", "homeassistant"), ("ha/site", "ha/site")],
)
def test_home_assistant_looks_where_it_is_told(
    tmp_path: Path, option: str, under: str
) -> None:
    broker = read(tmp_path, written(f"host: h, discovery: {option}")).mqtt

    assert broker is not None
    assert broker.discovery_prefix == under


def test_the_rest_is_as_in_any_test_of_a_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER", "hunter2-hunter2")
    text = "host: h, security: tls, username: u, password: '${BROKER}', ca: ca.pem"
    broker = read(tmp_path, written(f"{text}, prefix: town/secours")).mqtt

    assert broker is not None
    assert broker.where == 8883
    assert broker.ca == str(tmp_path / "ca.pem")
    assert broker.password is not None
    assert broker.password.reveal() == "hunter2-hunter2"
    assert "hunter2" not in repr(broker)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("prot: 1", "publish.mqtt"),
        ("host: h, prefx: a", "prefix"),
        ("host: h, port: 70000", "publish.mqtt.port: "),
        ("host: h, security: starttls", "publish.mqtt.security: "),
        ("host: h, password: hunter2-hunter2, username: u", "publish.mqtt.password: "),
        ("host: h, prefix: 'a/#'", "publish.mqtt.prefix: must be one topic"),
        ("host: h, prefix: /a", "publish.mqtt.prefix: must be one topic"),
        ("host: h, prefix: $SYS", "publish.mqtt.prefix: must be one topic"),
        ("host: h, discovery: 'a+b'", "publish.mqtt.discovery: must be one topic"),
        ("host: h, discovery: 5", "publish.mqtt.discovery: "),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, options: str, said: str
) -> None:
    found = mistakes(tmp_path, written(options))

    assert any(said in each for each in found), found
    assert not any("hunter2" in each for each in found)


def test_a_password_without_a_name_and_one_that_is_missing_are_told(
    tmp_path: Path,
) -> None:
    text = written("host: h, password: '${NOT_SET}'")
    (alone,) = mistakes(tmp_path, text)
    named = read(tmp_path, written("host: h, username: u, password: '${NOT_SET}'"))

    assert "needs a username" in alone
    assert "the state is not published by MQTT" in " ".join(advice(named))


def test_the_schema_knows_it() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(schema())))

    def valid(options: str) -> bool:
        node = document.parse(written(options).encode())
        return bool(validator.is_valid(document.plain(node)))

    assert valid("host: h, discovery: false, password: '${X}', username: u")
    assert not valid("prefix: x")
    assert not valid("host: h, nothing: x")
    assert not valid("host: h, security: starttls")
