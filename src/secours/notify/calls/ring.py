"""One call of a recipient: it rings, and speaks where baresip can place it.

That somebody answers is *accepted*, for a voicemail answers too; key 1 is *arrived*.

Source: RFC 4733 (keys); docs of baresip, "Accounts".
"""

import asyncio
import logging
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path as File
from tempfile import gettempdir, mkdtemp
from typing import Any

import msgspec

from secours.model.notices import Notice, Stage
from secours.model.observed import Outcome, Reason, failed
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.nagios import command
from secours.wire.sip.messages import SipResponse, host_in_uri
from secours.wire.sip.options import SipOptions
from secours.wire.voice.call import CallState, of_exchange
from secours.wire.voice.legs import open_leg
from secours.wire.voice.speech import PROGRAMS, lacking, speaks

log = logging.getLogger(__name__)

FOLDER = "secours-call-"  # prefix of a call's folder; the engine's process id follows
RING_S = 25.0
SETUP_S = 15.0  # for a telephone to begin to ring
LONGEST_S = 150.0  # of one call, with its speech
CHILD = str(File(__file__).with_name("child.py"))
HANG_UP_S = 5.0  # for baresip to end a call in order
WORDS = 600  # characters spoken at most
UNSPOKEN = re.compile(r"[^\w\s.,:;!?'\u2019()+-]")  # espeak-ng has commands of [ and <


def clear_left() -> None:
    """Delete what is left of calls whose engine was killed; no call is under way."""
    for folder in File(gettempdir()).glob(f"{FOLDER}*-*"):
        engine = folder.name.removeprefix(FOLDER).partition("-")[0]
        if engine == str(os.getpid()) or not File("/proc", engine).exists():
            shutil.rmtree(folder, ignore_errors=True)


async def ring(
    settings: Any, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Call once, and yield how far it came.

    Raises:
        Stop: nobody answered, or the network ended it, or we cannot call.
        OSError: the exchange refuses or cannot be reached.
        SecretMissing: the password could not be read.
    """
    if speaks(settings, path) and not lacking():
        report = await _spoken(settings, notice)
        if report.why:
            raise Stop(report.why)
        if report.answered:
            yield Stage.ACCEPTED
            if report.pressed:
                yield Stage.ARRIVED
            return
        log.warning("a call only rings: %s made no speech", " or ".join(PROGRAMS))
    loop = asyncio.get_running_loop()
    async with open_leg(settings, path) as leg, leg.dial(notice.to) as call:
        try:
            async with asyncio.timeout(SETUP_S + RING_S) as limit:
                while (event := await call.next()).state is CallState.RINGING:
                    limit.reschedule(loop.time() + RING_S)
        except TimeoutError:
            raise Stop(failed(Reason.TIMEOUT, timeout_s=RING_S)) from None
        if event.state is CallState.ENDED:
            raise Stop(event.why or failed(Reason.REJECTED))
        yield Stage.ACCEPTED


class CallReport(msgspec.Struct, frozen=True):
    """Answer of the child."""

    answered: bool = False
    pressed: bool = False
    forged: bool = False  # a packet came to a port that no peer was told
    ended: str | None = None

    @property
    def why(self) -> Outcome | None:
        """Return why nobody answered, None where somebody did or nothing is known."""
        if self.answered or self.ended is None:
            return None
        code, _, phrase = self.ended.partition(" ")
        if code.isdecimal() and len(code) == len("486"):
            return of_exchange(SipResponse({}, int(code), plain(phrase)))
        if self.ended:
            return failed(Reason.UNREACHABLE, said=plain(self.ended))
        return failed(Reason.TIMEOUT, timeout_s=RING_S)


async def _spoken(settings: SipOptions, notice: Notice) -> CallReport:
    try:
        folder = mkdtemp(prefix=f"{FOLDER}{os.getpid()}-")
    except OSError:  # no room
        return CallReport()
    try:
        job = {
            "folder": folder,
            "voice": notice.language,
            "text": UNSPOKEN.sub(" ", notice.spoken)[:WORDS],
            "host": settings.host,
            "port": settings.port_used,
            "account": _account(settings),
            "uri": f"sip:{notice.to}@{settings.registered_domain}",
            "ring_s": RING_S,
        }
        program = (sys.executable, "-I", CHILD)
        encoded = msgspec.json.encode(job)
        ended = await command.run(program, {}, stdin=encoded, grace_s=HANG_UP_S)
        report = msgspec.json.decode(ended.output, type=CallReport)
        if report.forged:
            log.warning("keys do not count: somebody sends to ports at random")
        return report
    except msgspec.DecodeError:
        return CallReport()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account(settings: SipOptions) -> str:
    """Return our account as baresip reads it."""
    by = f"transport={settings.transport}"
    host = f"{host_in_uri(settings.host)}:{settings.port_used}"
    user = settings.registered_user or "secours"
    login = ""
    if settings.password:
        login = f";auth_user={settings.username};auth_pass={settings.password.reveal()}"
    return (
        f"<sip:{user}@{settings.registered_domain};{by}>;regint=0{login}"
        f';outbound="sip:{host};{by}";audio_codecs=pcma,pcmu;call_transfer=no'
    )
