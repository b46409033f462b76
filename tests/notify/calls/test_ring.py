"""One call of a recipient, by real telephones, exchanges and modems."""

import asyncio
import itertools
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import debian, exchange, kamailio, telephone
from servers.pty_modem import running
from servers.scripted import LOOPBACK
from servers.sip_callee import sip_callee
from servers.voice_modem import VoiceModem

from secours.model.notices import Notice, Stage
from secours.model.observed import Outcome, Reason
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.notify.calls import ring
from secours.notify.calls.ring import ring as call
from secours.probes.modem import Settings as Modem
from secours.probes.sip import Settings as Sip
from secours.wire.voice import speech

Test = Callable[..., Any]
Came = tuple[list[Stage], Outcome | None]
BOTH = [Stage.ACCEPTED, Stage.ARRIVED]
LIMIT_S = 60.0
KAMAILIO = debian.needs(str(kamailio.PROGRAM), "kamailio")
SPOKEN = (
    'Press 1. "Use"; $(touch PWNED) `touch PWNED` <break time="9s"/> [[_:9000]] \n-f x'
)


def speaking(test: Test) -> Test:
    """Mark a test that has telephones speak."""
    marks = (pytest.mark.usefixtures("processes"), telephone.NEEDED, telephone.SPEAKS)
    for mark in marks:
        test = mark(test)
    return test


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "RING_S", 4.0)


def at(port: int, **more: Any) -> Sip:
    return Sip(host=LOOPBACK, port=port, user="secours", **more)


def notice(to: str = "duty") -> Notice:
    return Notice(
        to=to, title="t", text="t", brief="b", mark="m", spoken=SPOKEN, language="nl"
    )


async def came_to(settings: Any, to: str = "duty") -> Came:
    """Return how far a call came, and why no farther."""
    stages: list[Stage] = []
    try:
        async with asyncio.timeout(LIMIT_S):
            async for stage in call(settings, None, notice(to)):
                stages.append(stage)
    except Stop as stopped:
        return stages, stopped.outcome
    return stages, None


async def pressed(phone: telephone.Telephone, calling: "asyncio.Task[Came]") -> Came:
    """Press key 1 again and again, as people do, until the caller hangs up."""
    while not calling.done():
        phone.press("1")
        await asyncio.wait({calling}, timeout=0.5)
    return calling.result()


def left(folder: Path, pattern: str = "secours-call-*") -> list[Path]:
    """Return what of a call lies in a folder."""
    return [*folder.glob(pattern)]


def our_children() -> Iterator[Path]:
    """Yield the processes of ours that make a call."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            argv = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"secours-call-" in argv or ring.CHILD.encode() in argv:
            yield folder


async def until_no_child() -> None:
    """Wait until the last of them has ended, which may be after its call."""
    async with asyncio.timeout(LIMIT_S):
        while [*our_children()]:  # noqa: ASYNC110 -- only /proc knows
            await asyncio.sleep(0.05)


@speaking
async def test_person_who_answers_and_presses_1_has_it(tmp_path: Path) -> None:
    async with telephone.telephone(tmp_path / "b") as phone:
        calling = asyncio.create_task(came_to(at(phone.port)))
        await phone.until("Call established")
        found = await pressed(phone, calling)

    assert found == (BOTH, None)
    await until_no_child()


@speaking
async def test_who_answers_passes_the_call_on_to_nobody(tmp_path: Path) -> None:
    async with telephone.telephone(tmp_path / "b") as phone:
        calling = asyncio.create_task(came_to(at(phone.port)))
        await phone.until("Call established")
        phone.press("/transfer sip:112@127.0.0.1\n")
        await phone.until("transfer failure|line 2")
        calling.cancel()
        await asyncio.wait({calling})

    assert "line 2" not in phone.said


@speaking
async def test_who_answers_and_is_silent_or_a_voicemail_is_no_person(
    tmp_path: Path,
) -> None:
    async with telephone.telephone(tmp_path / "b") as phone:
        found = await came_to(at(phone.port))

    assert found == ([Stage.ACCEPTED], None)
    assert "received in-band DTMF" not in phone.said


@speaking
async def test_thousand_other_keys_are_none(tmp_path: Path) -> None:
    async with telephone.telephone(tmp_path / "b") as phone:
        calling = asyncio.create_task(came_to(at(phone.port)))
        await phone.until("Call established")
        phone.press("0923456789*#" * 84)
        found = await calling

    assert found == ([Stage.ACCEPTED], None)


def key_1(number: int) -> bytes:
    """Return the end of a telephone event in RTP, RFC 4733 section 2.3."""
    header = struct.pack("!BBHII", 0x80, 0x80 | 101, number & 0xFFFF, 1600, 1)
    return header + struct.pack("!BBH", 1, 0x80 | 10, 1600)


@speaking
async def test_key_from_who_does_not_know_the_port_counts_for_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with telephone.telephone(tmp_path / "b") as phone:
        calling = asyncio.create_task(came_to(at(phone.port)))
        await phone.until("Call established")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
            elsewhere.bind(("127.0.0.66", 0))
            for number in itertools.count():
                for port in range(1024, 1 << 16, 2):
                    elsewhere.sendto(key_1(number), (LOOPBACK, port))
                    if port % 256 == 0:
                        await asyncio.sleep(0)
                if calling.done():
                    break

    assert calling.result() == ([Stage.ACCEPTED], None)
    assert "keys do not count" in caplog.text


@speaking
async def test_telephone_that_rings_and_rings_is_hung_up(tmp_path: Path) -> None:
    async with telephone.telephone(tmp_path / "b", answers=False) as phone:
        stages, why = await came_to(at(phone.port))
        await phone.until("session closed|terminated")

    assert stages == []
    assert why is not None
    assert why.reason is Reason.TIMEOUT


@speaking
@KAMAILIO
@pytest.mark.parametrize(
    ("who", "password", "reason"),
    [
        ("busy", "secret", Reason.BUSY),
        ("declines", "secret", Reason.REJECTED),
        ("nobody", "secret", Reason.UNREACHABLE),
        ("busy", "wrong", Reason.AUTH),
    ],
)
async def test_exchange_that_refuses_says_why(
    tmp_path: Path, who: str, password: str, reason: Reason
) -> None:
    login = {"username": "secours", "password": Secret(password)}
    async with exchange.exchange(tmp_path) as port:
        stages, why = await came_to(at(port, domain="example.org", **login), who)

    assert stages == []
    assert why is not None
    assert why.reason is reason


@speaking
async def test_cancelled_call_ends_all_that_it_started_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    async with telephone.telephone(tmp_path / "b", answers=False) as phone:
        calling = asyncio.create_task(came_to(at(phone.port)))
        await phone.until("incoming call|Incoming call")
        (folder,) = left(tmp_path)
        assert folder.stat().st_mode & 0o777 == 0o700
        calling.cancel()
        await asyncio.wait({calling})
        await phone.until("session closed: |terminated")

    assert left(tmp_path) == []
    await until_no_child()
    assert left(tmp_path, "**/PWNED") == []


CALLER = """
import asyncio, sys
from secours.model.notices import Notice
from secours.notify.calls.ring import ring
from secours.probes.sip import Settings
text = dict(title="t", text="t", brief="b", mark="m", spoken="Press 1.")
async def main():
    settings = Settings(host="127.0.0.1", port=int(sys.argv[1]), user="secours")
    async for stage in ring(settings, None, Notice(to="duty", language="en", **text)):
        pass
asyncio.run(main())
"""


@speaking
async def test_engine_that_is_killed_hangs_up_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    async with telephone.telephone(tmp_path / "b", answers=False) as phone:
        caller = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CALLER, str(phone.port)),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        await phone.until("incoming call|Incoming call")
        caller.kill()
        await caller.wait()
        await phone.until("session closed: |terminated")
        await until_no_child()


@speaking
@KAMAILIO
async def test_call_through_an_exchange_logs_in_and_shows_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    async with exchange.exchange(tmp_path) as port:
        account = (
            "<sip:duty@example.org>;regint=60;auth_user=duty;auth_pass=secret;"
            f'outbound="sip:{LOOPBACK}:{port}"'
        )
        async with telephone.telephone(tmp_path / "b", account=account) as phone:
            await phone.until("200 OK|useragent registered")
            login = {"username": "secours", "password": Secret("secret")}
            options = at(port, domain="example.org", **login)
            calling = asyncio.create_task(came_to(options))
            await phone.until("Call established")
            seen = [(p / "cmdline").read_bytes() for p in our_children()]
            seen += [(p / "environ").read_bytes() for p in our_children()]
            kept = left(tmp_path, "secours-call-*/accounts")
            found = await pressed(phone, calling)

    assert found == (BOTH, None)
    assert len(seen) >= 4
    assert not any(b"auth_pass" in each or b"=secret" in each for each in seen)
    assert kept == []


@pytest.mark.usefixtures("processes")
async def test_without_baresip_it_only_rings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secours.wire.voice.speech.shutil.which", lambda _: None)
    answers = ["100 Trying", "180 Ringing", "200 OK"]
    async with sip_callee({"INVITE": answers}) as answering:
        found = await came_to(at(answering.port))
        await answering.came("BYE")
    async with sip_callee({"INVITE": answers[:2]}) as ringing:
        stages, why = await came_to(at(ringing.port))
        await ringing.came("CANCEL")

    assert found == ([Stage.ACCEPTED], None)
    assert (stages, why and why.reason) == ([], Reason.TIMEOUT)


@speaking
@pytest.mark.parametrize("lacks", [*speech.PROGRAMS, "folder"])
async def test_call_that_cannot_be_spoken_rings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    broken = tmp_path / lacks
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    if lacks == "folder":
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    async with sip_callee({"INVITE": ["100 Trying", "180 Ringing"]}) as ringing:
        stages, why = await came_to(at(ringing.port))
        await ringing.came("CANCEL")

    assert (stages, why and why.reason) == ([], Reason.TIMEOUT)


@speaking
@pytest.mark.parametrize("spoken", [False, True])
async def test_exchange_that_says_again_that_it_rings_rings_no_longer(
    monkeypatch: pytest.MonkeyPatch, *, spoken: bool
) -> None:
    if not spoken:
        monkeypatch.setattr("secours.wire.voice.speech.shutil.which", lambda _: None)
    async with sip_callee({"INVITE": ["100 Trying", "180 Ringing"]}) as ringing:
        calling = asyncio.create_task(came_to(at(ringing.port)))
        await ringing.came("INVITE")
        for _ in range(12):
            ringing.say("180 Ringing")
            await asyncio.wait({calling}, timeout=ring.RING_S / 4)
        ended = calling.done()
        stages, why = await calling

    assert ended
    assert (stages, why and why.reason) == ([], Reason.TIMEOUT)


@pytest.mark.parametrize(
    ("options", "can"),
    [
        ({}, True),
        ({"transport": "tcp"}, True),
        ({"transport": "tls"}, False),
        ({"username": "a", "password": Secret("p;answermode=auto")}, False),
        ({"username": "a", "password": Secret("p\\n<sip:b@c>")}, False),
        ({"username": "a", "password": Secret("pa$$'w&rd")}, True),
    ],
)
def test_account_that_baresip_could_misread_only_rings(
    options: dict[str, Any], can: bool
) -> None:
    assert speech.speaks(at(5060, **options), None) is can
    assert not speech.speaks(Modem(port="/dev/ttyUSB2"), None)


@pytest.mark.usefixtures("processes")
async def test_modem_rings_and_hangs_up() -> None:
    modem = VoiceModem()
    modem.dialled = lambda _: modem.alert()
    async with running(modem):
        stages, why = await came_to(Modem(port=modem.port), "+32470123456")

    assert (stages, why and why.reason) == ([], Reason.TIMEOUT)
    assert "ATD+32470123456;" in modem.heard
    assert not modem.calls


async def test_modem_that_is_answered_or_busy_says_so() -> None:
    answered, busy = VoiceModem(), VoiceModem()
    answered.dialled = lambda _: answered.answer()
    busy.dialled = lambda _: busy.end("BUSY")
    async with running(answered):
        assert await came_to(Modem(port=answered.port)) == ([Stage.ACCEPTED], None)
    async with running(busy):
        _, why = await came_to(Modem(port=busy.port))

    assert why is not None
    assert why.reason is Reason.BUSY
