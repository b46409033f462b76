from importlib import metadata
from pathlib import Path

import pytest
from config import fake_probes
from config.fake_probes import FAKE
from config.plan_files import mistakes, read

from secours import probes
from secours.config import extras
from secours.model.observed import Evidence
from secours.model.sections.channel import Probe
from secours.probes import ProbeType
from secours.probes.call_roundtrip import ModemEnd, SipEnd


@pytest.fixture
def fake_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "find", lambda name: FAKE)


def only(folder: Path, entry: str, more: str = "") -> Probe:
    text = f"channels: {{c: {{probes: [{entry}]}}}}\n{more}"
    return read(folder, text).channels["c"].probes[0]


def test_a_probe_has_its_place_and_the_built_in_times(tmp_path: Path) -> None:
    probe = only(tmp_path, "{type: tcp, host: h, port: 1}")

    assert probe == Probe(
        id="channels/c/tcp",
        owner="c",
        name="tcp",
        type="tcp",
        settings=probe.settings,
        way_of="channels/c/tcp",
        best=Evidence.REACHED,
    )
    assert (probe.interval_s, probe.watch_every_s, probe.timeout_s) == (60, 15, 10)
    assert (probe.confirm, probe.recover, probe.retry_every_s) == (2, 2, 5)


def test_what_a_probe_says_holds_over_probing(tmp_path: Path) -> None:
    entry = "{type: tcp, host: h, port: 1, interval: 1m, confirm: 4, required: false}"
    more = "probing: {interval: 2m, timeout: 3s, confirm: 5, watch_every: 1s}"
    probe = only(tmp_path, entry, more)

    assert (probe.interval_s, probe.interval_written) == (60, True)
    assert (probe.timeout_s, probe.confirm, probe.watch_every_s) == (3, 4, 1)
    assert not probe.required


def test_words_for_a_failure_are_of_one_language_or_several(tmp_path: Path) -> None:
    entry = "{type: tcp, host: h, port: 1, says: %s}"

    assert only(tmp_path, entry % "UPS on battery").says == (("", "UPS on battery"),)
    assert only(tmp_path, entry % "{fr: A, en: B}").says == (("fr", "A"), ("en", "B"))
    (wrong,) = mistakes(tmp_path, f"channels: {{c: {{probes: [{entry % '{xx: A}'}]}}}}")
    assert "channels.c.probes[0].says" in wrong


def test_an_interval_of_probing_is_not_written_on_the_probe(tmp_path: Path) -> None:
    probe = only(tmp_path, "{type: tcp, host: h, port: 1}", "probing: {interval: 2m}")

    assert (probe.interval_s, probe.interval_written) == (120, False)


@pytest.mark.parametrize(
    ("more", "every_s"), [("", 30), ("probing: {interval: 10s}", 10)]
)
def test_a_type_that_is_tested_often_is_retried_quickly(
    tmp_path: Path, more: str, every_s: float
) -> None:
    probe = only(tmp_path, "{type: nut, host: h, ups: u}", more)

    assert (probe.interval_s, probe.interval_written) == (every_s, False)


@pytest.mark.usefixtures("fake_type")
def test_what_a_type_asks_for_holds_over_probing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_probes, "DEFAULT_INTERVAL_S", 900.0, raising=False)
    monkeypatch.setattr(
        fake_probes, "default_timeout_s", lambda settings: settings.port, raising=False
    )
    monkeypatch.setattr(fake_probes, "DEFAULT_COST", True, raising=False)
    more = "probing: {interval: 2m, timeout: 3s}"

    asked = only(tmp_path, "{type: fake, host: h, port: 40}", more)
    written = only(tmp_path, "{type: fake, host: h, interval: 5s, timeout: 1s}", more)

    assert (asked.interval_s, asked.timeout_s, asked.cost) == (900, 40, True)
    assert (written.interval_s, written.timeout_s) == (5, 1)


def test_a_probe_that_costs_runs_rarely(tmp_path: Path) -> None:
    entry = "{type: tcp, host: h, port: 1, cost: true}"

    assert only(tmp_path, entry, "probing: {interval: 10s}").interval_s == 300


PATHS = "paths: {lan: {source: 127.0.0.1}, 4g: {interface: wwan0}}"


def test_probes_that_differ_only_in_via_are_ways_of_one(tmp_path: Path) -> None:
    text = f"""\
{PATHS}
channels:
  c:
    probes:
      - {{type: tcp, host: h, port: 1, name: a, via: lan}}
      - {{type: tcp, host: h, port: 1, name: b, via: 4g}}
      - {{type: tcp, host: h, port: 1, name: c, via: 4g, confirm: 9}}
      - {{type: tcp, host: h, port: 2, name: d, via: 4g}}
"""
    found = read(tmp_path, text).channels["c"].probes

    assert [probe.way_of.removeprefix("channels/c/") for probe in found] == [
        "a",
        "a",
        "c",
        "d",
    ]


def test_a_dns_probe_is_named_by_its_question(tmp_path: Path) -> None:
    entry = (
        "{type: dns, name: a.invalid, via: lan}, {type: dns, name: a.invalid, via: 4g}"
    )
    text = f"{PATHS}\nchannels: {{c: {{probes: [{entry}]}}}}"
    first, second = read(tmp_path, text).channels["c"].probes

    assert (first.name, second.name) == ("a.invalid", "a.invalid 4g")
    assert first.settings.name == second.settings.name == "a.invalid"
    assert second.way_of == first.id


def test_a_default_path_is_for_those_that_can_take_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = "{type: tcp, host: h, port: 1}"
    more = f"{PATHS}\nprobing: {{via: 4g}}"

    assert only(tmp_path, entry, more).via == "4g"
    monkeypatch.setattr(probes, "find", lambda name: FAKE)
    monkeypatch.setattr(fake_probes, "BINDS_PATH", False, raising=False)
    assert only(tmp_path, "{type: fake, host: h}", more).via is None


def test_a_reference_goes_over_its_own_path(tmp_path: Path) -> None:
    text = """\
channels: {c: {}}
paths: {lan: {references: [{type: tls, host: h}]}}
"""
    (reference,) = read(tmp_path, text).paths["lan"].references

    assert (reference.id, reference.via) == ("paths/lan/tls", "lan")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{host: h}", "1:25: channels.c.probes[0]: 'type' is missing: "),
        (
            "{type: htp}",
            "1:32: channels.c.probes[0].type: no such probe type 'htp': did",
        ),
        ("{type: ../x}", "1:32: channels.c.probes[0].type: no such probe type '../x'"),
        (
            "{type: __init__}",
            "1:32: channels.c.probes[0].type: no such probe type '__i",
        ),
        ("{type: [a]}", "1:32: channels.c.probes[0].type: no such probe type a list"),
        (
            "tcp",
            "1:25: channels.c.probes[0]: must be a mapping (key: value), not 'tcp'",
        ),
        (
            "{type: tcp, host: h, port: 1, via: 5g}",
            "1:60: channels.c.probes[0].via: no such path '5g': there is none",
        ),
        (
            "{type: tcp, host: h, port: 1, name: a/b}",
            "1:61: channels.c.probes[0].name: must be a name of at most 253 chara",
        ),
        (
            "{type: tcp, host: h, port: 1}, {type: tcp, host: h, port: 2}",
            "1:56: channels.c.probes[1]: 'c' already has a probe named 'tcp'",
        ),
        (
            "{type: modem, port: /dev/ttyUSB0, via: lan}",
            "1:64: channels.c.probes[0].via: a modem probe finds its own way",
        ),
    ],
)
def test_a_wrong_entry_is_told(tmp_path: Path, entry: str, message: str) -> None:
    text = f"channels: {{c: {{probes: [{entry}]}}}}"
    (said,) = mistakes(tmp_path, text)

    assert said.startswith(message)


def test_a_reference_names_no_path_and_must_be_able_to_take_one(tmp_path: Path) -> None:
    text = """\
channels: {c: {}}
paths:
  lan: {references: [{type: tls, host: h, via: lan}, {type: modem, port: /dev/x}]}
"""
    via, modem = mistakes(tmp_path, text)

    assert via.endswith("a reference goes over its own path: remove 'via'")
    assert "a modem probe cannot be sent over a path" in modem


def test_a_package_that_is_missing_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> ProbeType:
        raise ModuleNotFoundError("No module named 'sipmessage'", name="sipmessage")

    monkeypatch.setattr(probes, "find", missing)
    monkeypatch.setattr(extras, "of_package", {"sipmessage": "sip"}.get)

    assert mistakes(tmp_path, "channels: {c: {probes: [{type: sip, host: h}]}}") == [
        "1:32: channels.c.probes[0].type: 'sip' needs the Python package 'sipmessage', "
        "which is not installed (secours[sip]): secours doctor says what installs it"
    ]


@pytest.mark.parametrize(
    ("package", "extra"),
    [("sipmessage", "sip"), ("dbus_fast", "modem"), ("nobody_knows", "all")],
)
def test_an_extra_is_found_by_the_import(
    monkeypatch: pytest.MonkeyPatch, package: str, extra: str
) -> None:
    needs = [
        "httpx<0.29",
        "sipmessage<0.8,>=0.7; extra == 'sip'",
        'dbus-fast>=5; extra == "modem"',
        "secours[sip]; extra == 'all'",
    ]
    monkeypatch.setattr(metadata, "requires", lambda name: needs)
    extras._extras.cache_clear()

    assert extras.of_package(package) == extra
    extras._extras.cache_clear()


def test_probe_of_a_modem_says_by_which_device_it_measures(tmp_path: Path) -> None:
    text = """\
channels:
  sms:
    probes:
      - {type: modem, port: /dev/ttyUSB2}
      - {type: sms_roundtrip, port: /dev/ttyUSB2, to: "+32470000001"}
      - {type: modem, name: other, modemmanager: 1}
      - {type: iridium, port: /dev/ttyUSB5}
      - {type: tcp, host: a.invalid, port: 80}
"""
    probes = read(tmp_path, text).channels["sms"].probes

    devices = ["/dev/ttyUSB2", "/dev/ttyUSB2", "modemmanager:1", "/dev/ttyUSB5", ""]
    assert [probe.device for probe in probes] == devices


FROM = "{host: pbx, username: a, password: '${A}', number: '+3225550100'}"
TO = "{port: /dev/ttyUSB2, number: '+32470000001'}"


def test_end_of_a_call_is_an_account_or_a_modem_by_its_keys(tmp_path: Path) -> None:
    entry = f"{{type: call_roundtrip, from: {FROM}, to: {TO}}}"

    settings = only(tmp_path, entry).settings

    assert settings.from_ == SipEnd(
        host="pbx", username="a", password=settings.from_.password, number="+3225550100"
    )
    assert settings.to == ModemEnd(port="/dev/ttyUSB2", number="+32470000001")


@pytest.mark.parametrize(
    ("ends", "place", "words"),
    [
        (f"from: {FROM}, to: {{port: /dev/x, numbr: 1}}", "to.numbr", "number"),
        (f"from: {FROM}, to: {{port: /dev/x, number: x}}", "to.number", "telephone"),
        (f"from: {FROM}, to: {{modemmanager: any}}", "to", "'number' is missing"),
        (f"from: {{host: pbx, usr: a}}, to: {TO}", "from.usr", "user"),
        (f"from: {{user: a}}, to: {TO}", "from", "'host' is missing"),
        (f"from: 3, to: {TO}", "from", "must be a mapping"),
        (f"from: {TO}, to: {{host: pbx, user: b}}", "to", "needs a password"),
        (f"from: {TO}, to: {TO}", "to", "a call needs two ends"),
        (f"to: {TO}", "", "'from' is missing"),
    ],
)
def test_wrong_end_of_a_call_is_told_at_its_key(
    tmp_path: Path, ends: str, place: str, words: str
) -> None:
    said = mistakes(
        tmp_path, f"channels: {{c: {{probes: [{{type: call_roundtrip, {ends}}}]}}}}"
    )

    assert len(said) == 1
    start = ": channels.c.probes[0]" + (f".{place}" if place else "")
    assert f"{start}:" in said[0]
    assert words in said[0]
