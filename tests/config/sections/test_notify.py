"""The section `notify`: read, and each mistake in it with its place."""

from collections.abc import AsyncIterator, Sequence
from datetime import time
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from config.plan_files import advice, mistakes, read
from msgspec import Struct

from secours import probes
from secours.config.advice import warnings
from secours.config.reader.mistakes import shown
from secours.config.sections.notify import schemes
from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, ok
from secours.model.sections.channel import Path as Way
from secours.model.sections.notify import NoticeKind
from secours.probes import ProbeType

PLAN = """\
site: {name: Town, public_url: "https://secours.example.org/"}
components: {internet:fibre: {}}
channels:
  sms:
    purposes: [alert]
    probes: [{type: tcp, host: h, port: 1}, {type: fake, host: h}]
  mail: {purposes: [alert], probes: [{type: tcp, host: h, port: 25}]}
  smtp: {purposes: [alert], probes: [{type: smtp, host: h}]}
  horn: {purposes: [alert], carries: [signal], probes: [{type: fake, host: h}]}
"""
WHOLE = """\
notify:
  to:
    duty: {label: {en: Duty officer}, targets: [text, push], escalate_to: chief}
    chief: {targets: ring}
  targets:
    text: {through: sms, to: "${DUTY_NUMBER}"}
    push: {url: "${NTFY_URL}", depends_on: [internet:fibre]}
    ring: {command: [/usr/local/bin/ring, loud]}
  on: [recommendation, nothing-left]
"""


class Settings(Struct, frozen=True, kw_only=True):
    """What a fake carrier takes."""

    host: str


def addressee(settings: Any, to: str) -> str:
    """Take numbers only."""
    if not to.isdigit():
        raise BadValue("plan.option.telephone", option="to")
    return to


async def probe(settings: Any, path: Way | None) -> Outcome:
    """Answer at once."""
    return ok(Evidence.SERVED)


async def send(settings: Any, path: Way | None, notice: Notice) -> AsyncIterator[Stage]:
    """Take it at once."""
    yield Stage.ACCEPTED


@pytest.fixture(autouse=True)
def _a_type_that_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = ProbeType(
        Settings, probe, Evidence.SERVED, "A fake.", send=send, addressee=addressee
    )
    real = probes.find
    monkeypatch.setattr(probes, "find", lambda n: fake if n == "fake" else real(n))
    monkeypatch.setenv("DUTY_NUMBER", "470123456")
    monkeypatch.setenv("NTFY_URL", "ntfys://ntfy.example.org/secret-topic")


def test_who_is_told_over_what(tmp_path: Path) -> None:
    config = read(tmp_path, PLAN + WHOLE)
    duty, chief = config.notify.recipients.values()
    text, push, ring = config.notify.targets.values()

    assert config.site.public_url == "https://secours.example.org"
    assert (duty.label.in_("en"), duty.targets) == ("Duty officer", ("text", "push"))
    assert (duty.escalate_to, duty.escalate_after_s) == ("chief", 900.0)
    assert (chief.label.in_("en"), chief.targets) == ("chief", ("ring",))
    assert text.carrier is not None
    assert (text.carrier.id, text.needs_known) == ("channels/sms/fake", True)
    assert text.to is not None
    assert text.to.reveal() == "470123456"
    assert (push.needs, push.needs_known) == ((("internet:fibre",),), True)
    assert (ring.command, ring.needs_known) == (("/usr/local/bin/ring", "loud"), False)
    assert ring.allowed.reveal() == ""
    assert config.notify.on == {NoticeKind.RECOMMENDATION, NoticeKind.NOTHING_LEFT}
    assert "470123456" not in repr(config.notify)
    assert "secret-topic" not in repr(config.notify)


def test_of_what_is_not_said_everything_is_told(tmp_path: Path) -> None:
    plain = PLAN + "notify: {to: {a: {targets: b}}, targets: {b: {command: [x]}}}"

    assert read(tmp_path, plain).notify.on == {*NoticeKind}
    assert mistakes(tmp_path, PLAN + "notify: {on: [lunch]}") == [
        "10:15: notify.on[0]: must be one of recommendation, nothing-left, own-link, "
        "ending, distrust, test-overdue, secours-itself, not 'lunch'"
    ]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            "{through: sms}",
            "b.through: to must be a telephone number, such as +32470123456",
        ),
        (
            "{through: sms, to: me}",
            "b.to: must be a telephone number, such as +32470123456",
        ),
        ("{through: smss, to: '1'}", "b.through: no such channel 'smss': did you mean"),
        ("{through: horn, to: '1'}", "b.through: the channel horn carries no text"),
        ("{through: mail, to: a@b}", "b.through: no probe of the channel mail can"),
        ("{through: smtp, to: nobody at x}", "b.to: must be a mail address such as d"),
        ("{through: smtp}", "b.through: to must say to whom: the test has no rcpt_to"),
        ("{to: a@b}", "b: must have one of through, url, command"),
        ("{command: [x], url: 'ntfy://h/t'}", "b: must have one of through, url"),
        ("{url: 'ntfy://h/t', to: x}", "b.to: belongs to a target that has 'through'"),
        ("{url: 'ntfi://h/t'}", "b.url: Apprise knows no addresses of the kind 'ntfi'"),
        ("{url: h}", "b.url: must be an address as Apprise writes them, such as ntfys"),
        ("{url: 'json://'}", "b.url: must say where to behind ://, such as ntfys://h"),
        ("{url: 'ntfy:///'}", "b.url: must say where to behind ://"),
        ("{url: 'mailto://'}", "b.url: must say where to behind ://"),
        ("{url: 'json://h:99999/'}", "b.url: port must be 1 to 65535"),
        ("{url: 'json://h:0/'}", "b.url: port must be 1 to 65535"),
        ("{url: 'jsons://u:p@h:port/'}", "b.url: port must be 1 to 65535"),
        ("{url: 'json://[::1/'}", "b.url: must be an address as Apprise writes them"),
        ("{url: 'http://h/t'}", "b.url: a web address is written json:// or form://"),
        ("{url: 'HTTPS://h/t'}", "b.url: a web address is written jsons:// or forms:"),
        ("{command: []}", "b.command: must name a program"),
        ("{command: ['${X}']}", "b.command[0]: "),
        ("{command: [x], depends_on: [no:such]}", "b.depends_on[0]: "),
        ("{command: [x], lunch: 1}", "b.lunch: unknown key 'lunch'"),
    ],
)
def test_a_target_that_cannot_be_is_a_mistake_at_its_place(
    tmp_path: Path, target: str, said: str
) -> None:
    text = f"{PLAN}notify: {{to: {{a: {{targets: b}}}}, targets: {{b: {target}}}}}"

    (found,) = mistakes(tmp_path, text)

    assert f" notify.targets.{said}" in found


PHONES = """\
  phones: {purposes: [alert], carries: [voice], probes: [{type: sip, host: h}]}
  gsm: {purposes: [alert], carries: voice, probes: [{type: modem, port: /dev/ttyS9}]}
  lines: {purposes: [alert], carries: [voice], probes: [{type: tcp, host: h, port: 1}]}
"""
CALLS = """\
notify:
  to: {duty: {targets: [text, call]}}
  targets:
    text: {through: sms, to: "470123456"}
    call: CALL
"""


@pytest.mark.parametrize("through", ["phones", "gsm"])
def test_channel_that_carries_speech_alone_calls(tmp_path: Path, through: str) -> None:
    call = f'{{through: {through}, to: "+32 470 12 34 56"}}'
    config = read(tmp_path, PLAN + PHONES + CALLS.replace("CALL", call))
    text, phone = config.notify.targets.values()

    assert (text.rings, phone.rings) == (False, True)
    assert (text.is_proven, phone.is_proven) == (True, False)
    assert phone.carrier is not None
    assert phone.carrier.type in ("sip", "modem")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("{through: phones, to: '112'}", "to: must be an ordinary number: emergency"),
        ("{through: gsm, to: '0112'}", "to: must be an ordinary number: emergency"),
        ("{through: phones, to: '101'}", "to: must be an ordinary number"),
        ("{through: phones, to: '18 000'}", "to: must be an ordinary number"),
        ("{through: phones, to: '+32112'}", "to: must be an ordinary number"),
        ("{through: phones, to: '+352 112'}", "to: must be an ordinary number"),
        ("{through: gsm, to: '00358112'}", "to: must be an ordinary number"),
        ("{through: gsm, to: '+49 116 117'}", "to: must be an ordinary number"),
        ("{through: phones, to: '${SHORT}'}", "to: must be an ordinary number"),
        ("{through: phones, to: duty}", "to: must be a telephone number"),
        ("{through: phones}", "through: to must say to whom"),
        ("{through: lines, to: '470123456'}", "through: no probe of the channel lines"),
    ],
)
def test_call_of_nobody_is_a_mistake_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, said: str
) -> None:
    monkeypatch.setenv("SHORT", "112")

    (found,) = mistakes(tmp_path, PLAN + PHONES + CALLS.replace("CALL", call))

    assert f" notify.targets.call.{said}" in found
    assert found.startswith("17:")


def test_call_stands_beside_a_text(tmp_path: Path) -> None:
    call = "{through: phones, to: '+32470123456'}"
    alone = CALLS.replace("CALL", call).replace("[text, call]", "[call]")

    found = [m for m in mistakes(tmp_path, PLAN + PHONES + alone) if "no rec" not in m]

    assert len(found) == 1
    assert "notify.to.duty.targets: must also name a target that" in found[0]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("{a: {targets: [c]}}", "10:29: notify.to.a.targets[0]: no such target 'c'"),
        ("{a: {targets: []}}", "notify.to.a.targets: must name a target"),
        ("{a: {targets: b, escalate_to: z}}", "no such recipient 'z'"),
        ("{a: {targets: b, escalate_after: 1m}}", "needs escalate_to"),
        ("{a: {targets: b, escalate_to: a}}", "goes round in a circle: a needs a"),
        (
            "{a: {targets: b, escalate_to: c}, c: {targets: b, escalate_to: a}}",
            "notify.to.a.escalate_to: goes round in a circle: a needs c needs a",
        ),
    ],
)
def test_a_recipient_that_cannot_be_told_is_a_mistake(
    tmp_path: Path, to: str, said: str
) -> None:
    text = f"{PLAN}notify: {{to: {to}, targets: {{b: {{command: [x]}}}}}}"

    found = [m for m in mistakes(tmp_path, text) if "no recipient" not in m]

    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    ("written", "every_s", "at"),
    [
        ('{every: 7d, at: "10:00"}', 604800, time(10)),
        ("{every: 7d}", 604800, time(10)),
        ("{}", 604800, time(10)),
        ("{every: 1d, at: 6:05}", 86400, time(6, 5)),
        ("{every: 48h, at: '23:59'}", 172800, time(23, 59)),
    ],
)
def test_periodic_proof_has_days_and_an_hour(
    tmp_path: Path, written: str, every_s: float, at: time
) -> None:
    config = read(tmp_path, f"{PLAN}{WHOLE}  prove: {written}\n")

    assert (config.notify.prove_every_s, config.notify.prove_at) == (every_s, at)
    assert msgspec.json.encode(
        config.notify.prove_every_s
    )  # as `secours notify` has it
    assert config.notify.targets["text"].is_proven


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{every: 36h}", "prove.every: must be whole days, such as 7d"),
        ("{every: 10m}", "prove.every: must be whole days, such as 7d"),
        ("{every: 0d}", "prove.every: must be longer than 0"),
        ("{every: weekly}", "prove.every: must be a length of time such as"),
        ("{every: 7d, at: 24:00}", "prove.at: must be a time of day such as 10:00"),
        ("{every: 7d, at: 10:60}", "prove.at: must be a time of day such as 10:00"),
        ("{every: 7d, at: noon}", "prove.at: must be a time of day such as 10:00"),
        ("{every: 7d, on: monday}", "prove.on: unknown key 'on'"),
    ],
)
def test_periodic_proof_that_cannot_be_is_a_mistake_at_its_place(
    tmp_path: Path, written: str, said: str
) -> None:
    (found,) = mistakes(tmp_path, f"{PLAN}{WHOLE}  prove: {written}\n")

    assert found.startswith("19:")
    assert f" notify.{said}" in found


def test_recipient_has_a_language_of_ours_and_a_way_stays_out_of_proofs(
    tmp_path: Path,
) -> None:
    text = PLAN + WHOLE.replace("duty: {label", "duty: {language: nl, label")
    text = text.replace("[internet:fibre]}", "[internet:fibre], prove: false}")
    config = read(tmp_path, text)

    assert config.notify.recipients["duty"].language == "nl"
    assert config.notify.recipients["chief"].language is None
    assert not config.notify.targets["push"].is_proven
    (found,) = mistakes(tmp_path, text.replace("language: nl", "language: it"))
    assert "notify.to.duty.language: must be one of fr, nl, de, en" in found


def test_a_target_that_nobody_names_is_a_mistake(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, PLAN + "notify: {targets: {b: {command: [x]}}}")

    assert found.endswith("targets.b: no recipient in notify.to names this target")


def test_a_missing_secret_leaves_that_target_out_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DUTY_NUMBER")
    monkeypatch.delenv("NTFY_URL")

    text = PLAN + WHOLE.replace("/usr/local/bin/ring", "/bin/sh")
    said = [a for a in advice(read(tmp_path, text)) if "notify" in a]

    assert said == [
        "notify.targets.text: environment variable DUTY_NUMBER is not set; nothing can "
        "be sent to this target",
        "notify.targets.push: environment variable NTFY_URL is not set; nothing can "
        "be sent to this target",
        "notify.targets.ring: what it needs is not known: targets that are known to "
        "need nothing that is down are tried before it: write its 'depends_on', [] if "
        "it needs nothing",
    ]


SMTP = "type: smtp, host: h, rcpt_to: a@example.org"
IMAP = "host: h, username: u, password: '${WORD}'"


@pytest.mark.parametrize(
    ("probe", "warned"),
    [
        (SMTP, True),
        (f"{SMTP}, mail_from: s@example.org", False),
        (f"{SMTP}, username: u, password: '${{WORD}}'", True),
        (f"{SMTP}, username: u@example.org, password: '${{WORD}}'", False),
        (
            "type: mail_roundtrip, smtp: {host: h, rcpt_to: a@example.org}, "
            f"imap: {{{IMAP}}}",
            True,
        ),
    ],
)
def test_mail_that_says_not_whom_it_is_from_is_advised_where_notices_go_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probe: str, warned: bool
) -> None:
    monkeypatch.setenv("WORD", "hunter2")
    text = f"""\
channels:
  mail: {{purposes: [alert], depends_on: [], probes: [{{{probe}}}]}}
plan: [{{purpose: alert, audience: staff, primary: mail}}]
"""
    notify = "notify: {to: {d: {targets: [m]}}, targets: {m: {through: mail}}}"

    assert not [a for a in advice(read(tmp_path, text)) if "mail_from" in a]
    said = [a for a in advice(read(tmp_path, text + notify)) if "mail_from" in a]
    assert [a.partition(":")[0] for a in said] == ["notify.targets.m"] * warned


def test_a_command_that_cannot_be_started_here_is_unwise(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program")
    targets = f"b: {{command: [{tmp_path}/text]}}, c: {{command: [sh]}}, "
    targets += f"d: {{command: [{tmp_path}]}}, e: {{command: [no-such-bell, loud]}}"
    to = "notify: {to: {a: {targets: [b, c, d, e]}}, targets: {"

    said = advice(read(tmp_path, f"{PLAN}{to}{targets}}}}}"))

    ended = "is no program that can be started here; nothing can be sent to this target"
    assert [each for each in said if "program" in each] == [
        f"notify.targets.b: {shown(f'{tmp_path}/text')} {ended}",
        f"notify.targets.d: {shown(str(tmp_path))} {ended}",
        f"notify.targets.e: 'no-such-bell' {ended}",
    ]


def test_what_is_unwise_in_a_target_stands_in_its_own_line(tmp_path: Path) -> None:
    text = PLAN + WHOLE.replace("ring: {command", "ring:\n      {command")

    said = [each for each in warnings(read(tmp_path, text)) if "notify" in each.where]

    assert {text.splitlines()[each.line - 1] for each in said} == {"    ring:"}


def test_a_secret_address_of_an_unknown_kind_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTFY_URL", "hunter2://h")

    (found,) = mistakes(tmp_path, PLAN + WHOLE)

    assert "notify.targets.push.url: Apprise knows no addresses of the kind" in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    "wrong", ["json://u:hunter2@h:99999/", "json://[hunter2/", "https://h/hunter2"]
)
def test_a_secret_address_of_a_wrong_form_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("NTFY_URL", wrong)

    (found,) = mistakes(tmp_path, PLAN + WHOLE)

    assert " notify.targets.push.url: " in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    "right",
    [
        *("syslog://", "gnome://", "json://u:p@ss@[::1]:8080/", "ntfy://topic"),
        *("tgram://123456789:abc_def/1", "twilio://a:99999@b", "JSON://h:65535"),
    ],
)
def test_an_address_that_may_be_one_is_left_to_apprise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: str
) -> None:
    monkeypatch.setenv("NTFY_URL", right)

    assert mistakes(tmp_path, PLAN + WHOLE) == []


def test_where_people_reach_us_is_an_address(tmp_path: Path) -> None:
    for wrong in ("secours.example.org", "ftp://h", "https://u@h", "https://h/?a=b"):
        (found,) = mistakes(
            tmp_path, PLAN.replace("https://secours.example.org/", wrong)
        )
        assert "site.public_url: must be an address that starts with http" in found


def test_a_component_that_only_a_target_needs_is_in_the_plan(tmp_path: Path) -> None:
    text = PLAN + WHOLE.replace("internet:fibre", "push:apple-google")

    assert "push:apple-google" in read(tmp_path, text).components


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what it imports
def test_the_kinds_of_addresses_are_those_of_apprise() -> None:
    manager: Any = import_module("apprise.manager_plugins").NotificationManager()
    templates = {scheme: manager[scheme].templates for scheme in manager.schemas()}

    assert [*schemes().items()] == sorted(
        (scheme, _mark(forms)) for scheme, forms in templates.items()
    )


def _mark(forms: Sequence[str]) -> str:
    if "{schema}://" in forms:
        return "bare"
    return "port" if any("{host}:{port}" in form for form in forms) else ""


def test_needs_of_a_target_left_open_are_not_known(tmp_path: Path) -> None:
    target = "{b: {command: [x], depends_on: }}"
    text = f"{PLAN}notify: {{to: {{a: {{targets: b}}}}, targets: {target}}}"

    assert not read(tmp_path, text).notify.targets["b"].needs_known


def test_beat_needs_a_host(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, f"{PLAN}notify: {{beat_to: 'https://'}}")

    assert "must start with http:// or https:// and a host" in found
