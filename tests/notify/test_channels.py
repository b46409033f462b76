"""A notice over channels of a plan as it is written, to real servers."""

from contextlib import nullcontext
from pathlib import Path

import pytest
from servers.scripted import closed_port, silent, tcp_server
from servers.sip_callee import sip_callee
from servers.smtp_peer import Mailbox, mail_server

from secours import config
from secours.model.notices import Notice, Stage
from secours.model.observed import Outcome, Reason
from secours.model.sections.channel import Probe
from secours.notify import carriers
from secours.notify.sending import carried

NOTICE = Notice(
    title="Use SMS",
    text="Use SMS\nCode ABC123",
    brief="Use SMS. Code ABC123",
    mark="ABC123",
)
PLAN = """
probing: {{timeout: 500ms}}
channels:
  mail:
    purposes: [coordinate]
    depends_on: []
    probes:
      - {{type: tcp, host: 127.0.0.1, port: 1}}
      - {{type: smtp, host: 127.0.0.1, port: {port}, mail_from: us@example.org}}
plan: [{{purpose: coordinate, audience: staff, primary: mail}}]
notify:
  to: {{duty: {{targets: [duty-mail]}}}}
  targets: {{duty-mail: {{through: mail, to: {to}}}}}
"""
CALLS = """
channels:
  phones:
    purposes: [coordinate]
    depends_on: []
    carries: voice
    probes: [{{type: sip, host: 127.0.0.1, port: {port}, user: secours}}]
plan: [{{purpose: coordinate, audience: staff, primary: phones}}]
notify:
  to: {{duty: {{targets: [text, call]}}}}
  targets:
    text: {{command: [/bin/true], depends_on: []}}
    call: {{through: phones, to: "+32 470 12 34 56"}}
"""
KNOWN, UNKNOWN = "crisis@example.org", "nobody@example.org"


async def over_mail(
    folder: Path, port: int, to: str = KNOWN
) -> tuple[list[Stage], Outcome | None]:
    """Send over the first probe of a channel that can."""
    file = folder / "probes.yaml"
    file.write_text(PLAN.format(port=port, to=to))
    plan = config.load(file)

    def turn(_: Probe) -> "nullcontext[None]":
        return nullcontext(None)

    heard: list[Stage] = []
    target = plan.notify.targets["duty-mail"]
    return heard, await carried(plan, target, NOTICE, heard.append, turn, lambda: None)


async def test_mail_server_takes_it_for_the_addressee(tmp_path: Path) -> None:
    box = Mailbox({})
    async with mail_server(box) as port:
        heard, outcome = await over_mail(tmp_path, port)

    assert (heard, outcome) == ([Stage.ACCEPTED], None)
    assert box.heard == [f"RCPT {KNOWN}", "DATA"]


async def test_addressee_whom_the_server_repeats_is_struck_out(tmp_path: Path) -> None:
    async with mail_server(Mailbox({})) as port:
        heard, outcome = await over_mail(tmp_path, port, UNKNOWN)

    assert heard == []
    assert outcome is not None
    assert outcome.reason is Reason.REJECTED
    assert UNKNOWN not in str(outcome.facts)


async def test_server_that_is_not_there_refuses(tmp_path: Path) -> None:
    heard, outcome = await over_mail(tmp_path, closed_port())

    assert heard == []
    assert outcome is not None
    assert outcome.reason is Reason.REFUSED


async def test_server_that_says_nothing_is_left_at_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carriers, "LEAST_S", 0.5)
    async with tcp_server(silent) as port:
        heard, outcome = await over_mail(tmp_path, port)

    assert heard == []
    assert outcome is not None
    assert outcome.reason is Reason.TIMEOUT


async def test_channel_that_speaks_calls_the_number_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secours.wire.voice.speech.shutil.which", lambda _: None)
    file = tmp_path / "probes.yaml"
    async with sip_callee({"INVITE": ["180 Ringing", "200 OK"]}) as exchange:
        file.write_text(CALLS.format(port=exchange.port))
        plan = config.load(file)
        heard: list[Stage] = []
        target = plan.notify.targets["call"]
        outcome = await carried(
            plan,
            target,
            NOTICE,
            heard.append,
            lambda _: nullcontext(None),
            lambda: None,
        )
        await exchange.came("BYE")

    assert (heard, outcome) == ([Stage.ACCEPTED], None)
    assert exchange.invite.startswith(b"INVITE sip:+32470123456@127.0.0.1 ")
