"""`secours import`: plans made of what Uptime Kuma and Gatus have."""

import json
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from secours.cli import run
from secours.config import load
from secours.config.advice import warnings
from secours.config.migration import migrated
from secours.config.reader.document import LIMIT_BYTES
from secours.languages import LANGUAGES
from secours.model.sections.channel import Probe

KUMA: list[Any] = [
    {
        "name": "Site",
        "type": "http",
        "url": "https://admin:hunter2@www.example.org/a?token=abc123",
        "headers": '{"X-Api-Key": "s3cr3t", "Accept": "text/html"}',
        "basic_auth_user": "probe",
        "basic_auth_pass": "p4ssw0rd",
        "interval": 60,
        "maxretries": 2,
        "accepted_statuscodes": ["200-299"],
    },
    {
        "name": "Site",
        "type": "keyword",
        "url": "https://hooks.example.org/services/T00000000/XXXXabcd1234XXXXabcd",
        "method": "POST",
        "body": '{"password": "topsecret"}',
        "keyword": "Welcome",
        "ignoreTls": 1,
        "timeout": 24,
        "accepted_statuscodes": ["200-299", "301"],
    },
    {"name": "Mail", "type": "port", "hostname": "mail.example.org", "port": "587"},
    {"name": "Router", "type": "ping", "hostname": "192.0.2.1"},
    {
        "name": "Name",
        "type": "dns",
        "hostname": "example.org",
        "dns_resolve_server": "9.9.9.9,1.1.1.1",
        "dns_resolve_type": "MX",
        "port": 53,
    },
    {"name": "Cron", "type": "push", "interval": 3600, "pushToken": "t0k3n"},
    {
        "name": "Relay",
        "type": "smtp",
        "hostname": "m",
        "port": 465,
        "smtpSecurity": "secure",
    },
]
SECRETS = ("hunter2", "abc123", "s3cr3t", "p4ssw0rd", "topsecret", "t0k3n", "XXXXabcd")
GATUS = """\
alerting: {slack: {webhook-url: "https://hooks.example.org/s3cr3t"}}
endpoints:
  - name: website
    group: core
    url: "https://$DOMAIN/health"
    interval: 1m30s
    headers: {Authorization: "Bearer ${TOKEN}", X-Key: p0tat0}
    client: {insecure: true, timeout: 5s}
    conditions:
      - "[STATUS] == any(200, 429)"
      - "[BODY].status == UP"
      - "[BODY].healthy == true"
      - "[BODY] == pat(*Welcome*)"
      - "[RESPONSE_TIME] < 300"
      - "[CERTIFICATE_EXPIRATION] > 48h"
      - "len([BODY].users) > 3"
  - {name: cache, url: "tcp://127.0.0.1:6379", conditions: ["[CONNECTED] == true"]}
  - {name: host, url: "icmp://example.org", conditions: ["[CONNECTED] == true"]}
  - name: resolver
    url: 9.9.9.9:53
    dns: {query-name: example.org, query-type: A}
    conditions: ["[BODY] == 192.0.2.1", "[DNS_RCODE] == NOERROR"]
  - {name: mail, url: "starttls://mail.example.org:587"}
  - {name: shell, url: "ssh://example.org:22"}
  - {name: asleep, url: "https://example.org", enabled: false}
  - {name: other, url: "https://example.org", client: {oauth2: {client-secret: x}}}
external-endpoints:
  - {name: pushed, token: p0tat0}
  - {name: nightly, group: core, token: p0tat0, heartbeat: {interval: 30m}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kuma(*monitors: Any, **more: Any) -> str:
    return json.dumps({"version": "1.23.11", "monitorList": monitors, **more})


def imported(text: str | bytes, *argv: str) -> int:
    raw = text if isinstance(text, bytes) else text.encode()
    Path("other").write_bytes(raw)
    return run(["import", "other", *(argv or ("--lang", "en"))])


def probes() -> dict[str, Probe]:
    """Return the probe of each channel of the plan that was written."""
    channels = load("probes.yaml").channels
    return {name: channel.probes[0] for name, channel in channels.items()}


def options(name: str) -> Any:
    return probes()[name].settings


def left_out(capsys: pytest.CaptureFixture[str], text: str) -> dict[str, str]:
    """Return what is said of each monitor that is not taken."""
    imported(text)
    lines = capsys.readouterr().out.partition("Not taken:\n")[2].splitlines()
    said = (line.strip().partition(": ")[::2] for line in lines if line[0] == " ")
    return dict(said)


def test_monitors_of_uptime_kuma_become_channels_with_a_probe() -> None:
    assert imported(kuma(*KUMA)) == 0

    assert {name: probe.type for name, probe in probes().items()} == {
        "site": "http",
        "site-2": "http",
        "mail": "tcp",
        "router": "icmp",
        "name": "dns",
        "cron": "heartbeat",
        "relay": "smtp",
    }
    assert probes()["site"].confirm == 3
    assert probes()["site-2"].timeout_s == 24.0
    assert options("site-2").expect_text == "Welcome"
    assert options("site-2").verify is False
    assert options("site-2").expect_status == ("200-299", "301")
    assert options("mail").port == 587
    assert options("name").server == "9.9.9.9"
    assert options("cron").every == 3600.0
    assert options("relay").security == "tls"


def test_no_secret_is_copied_and_each_variable_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    imported(kuma(*KUMA))

    written, said = Path("probes.yaml").read_text("utf-8"), capsys.readouterr().out
    assert not [each for each in SECRETS if each in written + said]
    for variable in (
        *("SITE__HEADER_AUTHORIZATION", "SITE__QUERY", "SITE__HEADER_X_API_KEY"),
        *("SITE_2__PATH", "SITE_2__BODY"),
    ):
        assert f"${{{variable}}}" in written
        assert said.count(f"  {variable}: ") == 1
    assert "  SITE__QUERY: query of 'Site'" in said
    assert "Accept: text/html" in written


def test_two_monitors_never_share_the_variable_of_a_secret() -> None:
    found = migrated(
        kuma(
            {
                "name": "a",
                "type": "http",
                "url": "https://a",
                "headers": '{"B-C": "1"}',
            },
            {
                "name": "a header b",
                "type": "http",
                "url": "https://b",
                "headers": '{"C": "2"}',
            },
        ).encode()
    )

    assert len({each.variable for each in found.secrets}) == len(found.secrets) == 2


def test_endpoints_of_gatus_become_channels_with_a_probe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOMAIN", "www.example.org")
    assert imported(GATUS) == 0
    said, written = capsys.readouterr().out, Path("probes.yaml").read_text("utf-8")

    assert {name: probe.type for name, probe in probes().items()} == {
        "core-website": "http",
        "cache": "tcp",
        "host": "icmp",
        "resolver": "dns",
        "mail": "smtp",
        "core-nightly": "heartbeat",
    }
    website = probes()["core-website"]
    assert (website.interval_s, website.timeout_s, website.slow_after_s) == (90, 5, 0.3)
    assert options("core-website").url.reveal() == "https://www.example.org/health"
    assert options("core-website").expect_status == (200, 429)
    assert options("core-website").expect_json == {"status": "UP", "healthy": True}
    assert options("core-website").expect_text == "Welcome"
    assert options("core-website").expires_within == 48 * 3600
    assert options("resolver").expect == "192.0.2.1"
    assert options("mail").security == "starttls"
    assert "Bearer ${TOKEN}" in written
    assert "p0tat0" not in written + said
    assert "s3cr3t" not in written + said


def test_what_cannot_be_taken_is_listed_with_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert left_out(capsys, GATUS) == {
        "website": "taken without its condition len([BODY].users) > 3: the test asks"
        " for less",
        "shell": "no test here does that: ssh",
        "asleep": "it is paused there",
        "other": "it uses client: oauth2, which no test here has",
        "pushed": "it has no heartbeat with an interval: nothing says when it is"
        " overdue",
        "alerting": "ways to send notices are not taken: write targets under 'notify'",
        "CORE_WEBSITE__HEADER_X_KEY": "header X-Key of 'core website'",
    }


def test_conditions_merged_from_defaults_are_asked_for() -> None:
    defaults = "{client: {insecure: true}, conditions: ['[BODY].status == UP']}"
    merged = "{<<: *usual, name: web, url: 'https://h'}"
    own = "{<<: [*usual, *usual], conditions: ['[STATUS] == 201'], name: api}"
    own = own.replace("name:", "url: 'https://h', name:")
    imported(f"defaults: &usual {defaults}\nendpoints: [{merged}, {own}]")

    web, api = options("web"), options("api")
    assert (web.verify, web.expect_json) == (False, {"status": "UP"})
    assert (api.verify, api.expect_json, api.expect_status) == (False, {}, (201,))


@pytest.mark.parametrize("word", ["no", "off", "false", "yes", "on", "true"])
def test_words_of_gatus_for_yes_and_no_are_read_as_it_does(word: str) -> None:
    client = f"{{insecure: {word}, ignore-redirect: {word}}}"
    imported(f"endpoints: [{{name: web, url: 'https://h', client: {client}}}]")

    is_strict = word in ("no", "off", "false")
    assert (options("web").verify, options("web").follow) == (is_strict, is_strict)


@pytest.mark.parametrize(
    "condition",
    [
        *("[CONNECTED] == false", "[CONNECTED] != true", "[STATUS] != 200"),
        *("[STATUS] >= 400", "[STATUS] > 399", "[DNS_RCODE] == NXDOMAIN"),
    ],
)
def test_an_endpoint_that_is_well_when_ours_would_fail_is_not_taken(
    condition: str, capsys: pytest.CaptureFixture[str]
) -> None:
    web = {"name": "web", "url": "https://h", "conditions": [condition]}
    well = {"name": "ok", "url": "https://h", "conditions": ["[STATUS] >= 200"]}
    said = left_out(capsys, json.dumps({"endpoints": [web, well]}))

    assert said == {"web": f"it uses {condition}, which no test here has"}
    assert [*probes()] == ["ok"]


@pytest.mark.parametrize(
    ("monitor", "why"),
    [
        ({"type": "docker"}, "no test here does that: docker"),
        ({"type": "ping", "hostname": "h", "active": False}, "it is paused there"),
        ({"type": "ping", "hostname": "h", "upsideDown": True}, "it uses upsideDown"),
        ({"type": "ping", "hostname": "h", "proxyId": 1}, "it uses proxyId"),
        (
            {"type": "dns", "hostname": "h", "conditions": [{"variable": "record"}]},
            "it uses conditions",
        ),
        ({"type": "http", "url": "https://h", "authMethod": "ntlm"}, "it uses ntlm"),
        ({"type": "http", "url": "https://h", "headers": "{"}, "it uses headers"),
        (
            {"type": "http", "url": "https://h", "headers": '{"A\\nB": "x"}'},
            "it uses headers",
        ),
        ({"type": "http", "url": "https://[h"}, "this is no address: https://[h"),
        ({"type": "http", "url": "ftp://h"}, "must start with http:// or https://"),
        ({"type": "http", "url": "https://"}, "must start with http:// or https://"),
        ({"type": "http", "url": "https://:80/x"}, "https:// and a host"),
        ({"type": "port", "hostname": "h", "port": "many"}, "a value is none"),
        ({"type": "ping", "hostname": ""}, "'host' is missing"),
        ({"type": {}}, "a value is none that program writes: Expected `str`"),
        ("nonsense", "a value is none that program writes: Expected `object`"),
    ],
)
def test_a_monitor_of_no_use_says_why(
    monitor: Any, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    named = {"name": "It", **monitor} if isinstance(monitor, dict) else monitor

    (said,) = left_out(capsys, kuma(named)).values()

    assert said.startswith(why) or why in said


def test_a_file_that_is_there_stays_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("probes.yaml").write_text("channels: {mine: {}}\n", "utf-8")

    assert imported(kuma(*KUMA)) == 3

    assert "probes.yaml" in capsys.readouterr().err
    assert Path("probes.yaml").read_text("utf-8") == "channels: {mine: {}}\n"
    assert imported(kuma(*KUMA), "--to", "new.yaml", "--lang", "en") == 0
    assert len(load("new.yaml").channels) == len(KUMA)


@pytest.mark.parametrize("make", [os.mkfifo, lambda name: os.symlink("gone", name)])
def test_what_is_there_and_no_plan_stays_as_it_is(
    make: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    make("new.yaml")

    assert imported(kuma(*KUMA), "--to", "new.yaml", "--lang", "en") == 3

    assert "new.yaml" in capsys.readouterr().err
    assert not Path("gone").exists()


def test_a_disk_that_takes_a_part_only_gets_no_plan(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("kuma.json").write_text(kuma(*KUMA), "utf-8")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        code = run(["import", "kuma.json", "--to", "new.yaml", "--lang", "en"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert (code, os.listdir()) == (3, ["kuma.json"])
    assert "cannot write new.yaml: File too large" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "the file is empty"),
        (b"{}", "neither a backup of Uptime Kuma (JSON) nor a configuration of Gatus"),
        (b"hello", "neither a backup"),
        (b'{"monitorList": {}, "endpoints": 7}', "neither a backup"),
        (b"\xff\xfe\x00", "UTF-16"),
        (b"\x80{", "not UTF-8"),
        (b"[" * 100_000, ""),
        (b'{"monitorList": ' + b"[" * 100_000, ""),
        (b"a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nendpoints: *c", ""),
        (b'{"monitorList": [' + b"{}," * 3000 + b"{}]}", "3001 monitorList are more"),
        (b" " * (LIMIT_BYTES + 1), "larger than 4 MB"),
    ],
)
def test_a_hostile_file_gets_a_sentence(
    raw: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(raw) == 3

    found = capsys.readouterr()
    assert said in found.err
    assert "Traceback" not in found.err
    assert not Path("probes.yaml").exists()


def test_of_a_hundred_megabytes_only_the_beginning_is_read() -> None:
    with open("large", "wb") as file:
        file.truncate(100_000_000)

    assert run(["import", "large"]) == 3


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", "nowhere", "--lang", "en"]) == 3

    assert "nowhere:1:1: there is no such file" in capsys.readouterr().err


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_each_language(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(kuma(*KUMA, {"name": "It", "type": "docker"}), "--lang", language)

    said = capsys.readouterr().out
    assert "{" not in said
    assert "docker" in said


def test_the_plan_has_no_warning_but_for_what_people_are_to_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    imported(kuma({"name": "Host", "type": "ping", "hostname": "192.0.2.1"}))

    slugs = {each.message.slug for each in warnings(load("probes.yaml"))}
    assert slugs <= {
        "plan.advice.needs-unknown",
        "plan.advice.no-plan",
        "plan.advice.thin",
    }
