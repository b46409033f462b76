from pathlib import Path
from typing import Any

import pytest
from config.fake_probes import FAKE, Server, Settings
from config.plan_files import mistakes, read

from secours import probes
from secours.model.secret import Secret, SecretMissing, Template
from secours.model.sections.field_types import Duration
from secours.texts import in_words


@pytest.fixture(autouse=True)
def fake_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "find", lambda name: FAKE)
    monkeypatch.setattr(probes, "names", lambda: ["fake"])


def plan(options: str) -> str:
    return f"channels: {{c: {{probes: [{{type: fake, host: h, {options}}}]}}}}"


def settings(folder: Path, options: str) -> Any:
    (probe,) = read(folder, plan(options)).channels["c"].probes
    return probe.settings


def told(folder: Path, options: str) -> list[str]:
    start = "channels.c.probes[0]"
    found = [said.split(": ", 1)[1] for said in mistakes(folder, plan(options))]
    assert all(said.startswith(start) for said in found)
    return [said.removeprefix(start).removeprefix(".") for said in found]


def test_every_kind_of_option_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "t0ken")
    found = settings(
        tmp_path,
        "port: 26, ratio: 1, many: 9, mode: slow, any_or: any, strict: false,"
        "within: 5m, password: '${TOKEN}', url: 'https://h/${TOKEN}',"
        "headers: {A: 'B ${TOKEN}'}, statuses: [200, 204-205], expect: [a, b],"
        "expect_json: {a.b: [1, true]}, ca: ca.pem,"
        "imap: {host: i, password: '${TOKEN}'}, checks: [{host: j, port: 1}]",
    )

    assert found == Settings(
        owner="channels/c/fake",
        host="h",
        port=26,
        ratio=1.0,
        many=9,
        mode="slow",
        any_or="any",
        strict=False,
        within=Duration(300),
        password=Secret("t0ken"),
        url=Template("https://h/t0ken"),
        headers={"A": Template("B t0ken")},
        statuses=(200, "204-205"),
        expect=("a", "b"),
        expect_json={"a.b": [1, True]},
        ca=str(tmp_path / "ca.pem"),
        imap=Server(host="i", password=Secret("t0ken")),
        checks=(Server(host="j", port=1),),
    )


def test_null_stands_for_an_option_that_may_be_none(tmp_path: Path) -> None:
    assert settings(tmp_path, "expect: ~, imap: null").imap is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("port: x", "port: must be a whole number, not 'x'"),
        ("port: '25'", "port: must be a whole number: take the quotes off 25"),
        ("port: 70000", "port: must be a port from 1 to 65535, not 70000"),
        ("port: 0", "port: must be a port from 1 to 65535, not 0"),
        ("port: [1]", "port: must be a whole number, not a list"),
        ("port: true", "port: must be a whole number, not 'true'"),
        ("ratio: x", "ratio: must be a number, not 'x'"),
        ("ratio: .nan", "ratio: must be a finite number, not '.nan'"),
        ("many: 10", "many: must be a whole number from 1 to 9, not '10'"),
        ("mode: fats", "mode: must be one of fast, slow, not 'fats': did you mean "),
        ("any_or: all", "any_or: must be a whole number or any, not 'all'"),
        ("strict: no", "strict: must be true or false, not 'no'"),
        ("within: 60", "within: 60 needs its unit, such as 60s or 60m"),
        ("within: 0s", "within: must be longer than 0, not '0s'"),
        ("password: hunter2", "password: a secret never stands in this file: write"),
        ("password: [hunter2]", "password: a secret never stands in this file: write"),
        ("url: '${A'", "url: '${' is not closed"),
        ("headers: {A: 5}", "headers.A: must be text: put it in quotes"),
        ("headers: [a]", "headers: must be a mapping (key: value), not a list"),
        ("statuses: 200", "statuses: must be a list"),
        ("statuses: [200, {}]", "statuses[1]: must be a whole number or text, not a"),
        ("expect: {}", "expect: must be a text or list of text, not a mapping"),
        ("expect: '${A}'", "expect: no secret may stand here"),
        ("expect_json: {a: ['${A}']}", "expect_json.a[0]: no secret may stand here"),
        ("imap: {}", "imap: 'host' is missing (text)"),
        ("imap: {host: h, prot: 1}", "imap.prot: unknown key 'prot': did you mean 'po"),
        ("imap: {host: h, password: x}", "imap.password: a secret never stands in"),
        ("checks: [{host: h}, {host: 5}]", "checks[1].host: must be text: put it in"),
        ("owner: x", "owner: unknown key 'owner'"),
        ("prot: 1", "prot: unknown key 'prot': did you mean 'port'?"),
        ("intervall: 5s", "intervall: unknown key 'intervall': did you mean 'interval"),
    ],
)
def test_a_wrong_option_says_what_it_must_be(
    tmp_path: Path, options: str, message: str
) -> None:
    (said,) = told(tmp_path, options)

    assert said.startswith(message)
    assert "hunter2" not in said


def test_every_wrong_option_of_one_probe_is_told(tmp_path: Path) -> None:
    said = told(tmp_path, "port: x, mode: y, imap: {port: z}, checks: [{port: q}]")

    assert [message.split(":")[0] for message in said] == [
        "port",
        "mode",
        "imap",
        "imap.port",
        "checks[0]",
        "checks[0].port",
    ]


def test_a_required_option_is_asked_for(tmp_path: Path) -> None:
    text = "channels: {c: {probes: [{type: fake}]}}"

    assert mistakes(tmp_path, text) == [
        "1:25: channels.c.probes[0]: 'host' is missing (text)"
    ]


def test_what_settings_refuse_is_placed_at_the_option(tmp_path: Path) -> None:
    text = "channels: {c: {probes: [{type: fake, host: bad}]}}"

    assert mistakes(tmp_path, text) == [
        "1:44: channels.c.probes[0].host: must not be bad"
    ]


def test_a_missing_secret_is_no_mistake(tmp_path: Path) -> None:
    found = settings(tmp_path, "password: '${NOT_THERE}', url: 'h${NOT_THERE}'")

    for secret in (found.password, found.url):
        with pytest.raises(SecretMissing) as missing:
            secret.reveal()
        said = in_words("en", missing.value.said)
        assert said == "environment variable NOT_THERE is not set"


def test_no_mistake_ever_shows_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")

    said = told(tmp_path, "password: '${TOKEN}', url: '${TOKEN}${', prt: 1, mode: x")

    assert len(said) == 3
    assert "hunter2" not in "".join(said)


def test_what_settings_refuse_shows_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")

    assert told(tmp_path, "url: 'x-${TOKEN}', strict: false") == [
        "url: must not be ***"
    ]


def test_a_mistake_in_an_alias_is_told_once(tmp_path: Path) -> None:
    said = mistakes(
        tmp_path,
        "channels:\n"
        "  a: {probes: [&p {type: fake, host: h, port: x}]}\n"
        "  b: {probes: [*p]}\n",
    )

    assert said == ["2:47: channels.a.probes[0].port: must be a whole number, not 'x'"]


def test_key_that_stands_twice_inside_a_free_value_is_a_mistake(tmp_path: Path) -> None:
    assert told(tmp_path, "expect_json: {a: {ok: true, ok: false}}") == [
        "expect_json.a: 'ok' stands twice here (first in line 1): remove one"
    ]


def test_empty_text_with_a_secret_is_not_to_be_quoted(tmp_path: Path) -> None:
    assert told(tmp_path, "headers: {A: }") == ["headers.A: must be text, not nothing"]
