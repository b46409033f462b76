"""Targets where a peer talks: mail, SIP, a UPS."""

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from fuzz.target import (
    Target,
    Unheard,
    check_outcome,
    check_text,
    reader_of,
    text_of,
)

from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.notify.calls.child import BaresipCall
from secours.notify.calls.ring import CallReport
from secours.probes import nut
from secours.wire.mail import imap_syntax, mailbox, submission
from secours.wire.mail.imap import ImapSession
from secours.wire.mail.options import ImapOptions
from secours.wire.mail.smtp import SmtpRefusal, Stage
from secours.wire.progress import (
    Progress,
    followed,
    unanswered_is_unknown,
)
from secours.wire.sip import digest, messages
from secours.wire.sip.messages import Request
from secours.wire.sip.options import SipOptions
from secours.wire.sip.peer import Peer
from secours.wire.sip.registration import Registration
from secours.wire.voice.sip_listener import callers

PIPE_BYTES = 1 << 15  # that one holds while nobody reads
STAGES: tuple[Stage, ...] = ("greeting", "ehlo", "starttls", "auth", "mail", "rcpt")


# ------------------------------------------------------------------ mail


def imap_line(raw: bytes) -> None:
    """Read a line with its literals, as a status and as an answer."""
    line, *literals = raw.split(b"\r\n")
    if found := imap_syntax.status(line):
        for text in found:
            check_text(text)
    response = imap_syntax.ImapResponse(told=[(line, literals)])
    for word in ("LIST", "FETCH", "SEARCH", "QUOTA"):
        response.lines(word)
    response.codes("UIDNEXT")


async def imap_talk(raw: bytes) -> None:
    """Hear all that a server says while a mailbox is searched and tidied up."""
    progress = Progress()
    session = ImapSession(ImapOptions(host="localhost", port=143), progress)
    session._streams = [(reader_of(raw), cast(asyncio.StreamWriter, Unheard()))]
    async with followed(progress):
        await session._greeting()
        await session._ask_capabilities()
        for box in await mailbox.boxes(session, "INBOX"):
            await mailbox.arrived(session, box)
            await mailbox.tidy(session, box)
        await mailbox.remove(session, [4])
        await session.goodbye()


def smtp_refusal(raw: bytes) -> None:
    """Judge a code and the words after it, at each stage."""
    code, _, said = text_of(raw).partition(" ")
    if code.isascii() and code.isdecimal() and len(code) == 3:
        for stage in STAGES:
            outcome = submission.judge(SmtpRefusal(stage, int(code), said), _NOTHING)
            check_text(str(outcome.facts["said"]))


_NOTHING = Progress().proven


# ------------------------------------------------------------------ SIP

REGISTER = Request("REGISTER", "sip:town", "call", 1, ())


def sip_message(raw: bytes) -> None:
    """Read an answer, what it asks for, and what it grants."""
    found = messages.read(raw)
    if found is None:
        return
    check_text(found.phrase)
    found.belongs_to(REGISTER, "z9hG4bK1")
    told = [*found.headers.get("www-authenticate", ()), found.header("via")]
    if (challenge := digest.usable(digest.challenges(told))) is not None:
        written = digest.answer(
            challenge, username="a", password="b", method="REGISTER", uri="sip:town"
        )
        assert "\n" not in written
    registered().granted_s(found)


def registered() -> Registration:
    """Return a registration of alice, from a place of her own."""
    peer = Peer("udp", cast(Any, None), ("127.0.0.1", 40_000))
    options = SipOptions(host="town", username="alice", password=Secret("b"))
    return Registration(peer, options, options.account)


async def sip_stream(raw: bytes) -> None:
    """Take messages off a connection, one after another."""
    reader = reader_of(raw)
    while not reader.at_eof():
        message = await messages.framed(reader)
        messages.read(message)
        if invite := messages.read_request(message):
            assert all(isinstance(who, str) for who in callers(invite))


def sip_challenge(raw: bytes) -> None:
    """Read the challenges of one header."""
    for challenge in digest.challenges([text_of(raw)]):
        assert challenge.scheme
        assert challenge.qop in ("", "auth", "auth-int")


def spoken_call(raw: bytes) -> None:
    """Hear all that baresip says of a call."""
    reading, writing = os.pipe()
    with open(writing, "wb") as file:
        file.write(raw[:PIPE_BYTES])
    with open(reading, "rb", buffering=0) as output:
        baresip: Any = SimpleNamespace(stdin=None, stdout=output)
        call = BaresipCall(baresip, Path("/nowhere/accounts"), "sip:a@b", 25.0)
        call.follow([])
    assert call.answered or not call.pressed
    if why := CallReport(answered=call.answered, ended=call.ended).why:
        check_outcome(why)


async def ups_talk(raw: bytes) -> None:
    """Log in at upsd, and hear a value of each form that is asked for."""
    progress = Progress()
    streams = (reader_of(raw), cast(asyncio.StreamWriter, Unheard()))
    settings = nut.Settings(host="localhost", ups="mains")
    talk = nut.UpsTalk(settings, streams, progress)
    async with unanswered_is_unknown(), followed(progress):
        status = await talk.value("ups.status")
        outcome = nut.judged(status, 1380.0, None, progress.proven)
        check_outcome(outcome)
        lasts = nut.number(await talk.value("battery.runtime", otherwise=""))
        check_outcome(nut.judged("OB", lasts, lasts, progress.proven))
        await talk.log_in("secours", 'a "quoted" one')


TARGETS = {
    "imap-line": Target(imap_line),
    "imap-talk": Target(imap_talk, (Stop, EOFError)),
    "smtp-refusal": Target(smtp_refusal),
    "sip-message": Target(sip_message, (Stop,)),
    "sip-stream": Target(sip_stream, (Stop, EOFError)),
    "sip-challenge": Target(sip_challenge),
    "spoken-call": Target(spoken_call),
    "ups-talk": Target(ups_talk, (Stop, nut.UpsRefusal)),
}
