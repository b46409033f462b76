"""NTP: does a time server serve the time, and does our own clock agree with it?

An ok shows that the server says it is synchronised and that the two clocks agree. It
does not show that either is right. Where they differ by more than `max_offset` nobody
can tell from one server which is wrong, so that is degraded with `clock`, not failed;
the part of the difference that a slow path explains does not count. A server that is
itself too far from a clock of reference sets no client's clock: degraded.

Source: RFC 5905 sections 7.3 (packet), 7.4 (kiss codes), 8 (offset), 11.1 (root
distance), 14 (client) and figure 27 (MAXDIST); RFC 4330 section 5 (SNTP).
"""

import asyncio
import secrets
import struct
import time
from typing import NamedTuple

from msgspec import Struct

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, degraded, failed, ok
from secours.model.sections.channel import Path
from secours.model.sections.field_types import Duration
from secours.outside_text import plain
from secours.wire.net import sockets
from secours.wire.option_checks import check_port, host_port
from secours.wire.progress import Progress, followed

BEST = Evidence.SERVED
PORT = 123

ASK = bytes([4 << 3 | 3])  # version 4, mode client
SERVER = 4  # mode
UNSYNCHRONISED = 3  # leap indicator
HIGHEST_STRATUM = 15
EPOCH_S = 2_208_988_800  # from 1900 to 1970, RFC 5905 figure 4
ERA_S = 1 << 32  # timestamps come round every 136 years, RFC 5905 section 6
SLOW_DOWN, TURNED_AWAY = "RATE", ("DENY", "RSTR")  # RFC 5905 section 7.4
MAXDIST_S = 1.0  # RFC 5905 figure 27
SECOND = Duration(1.0)
AGAIN_S = 2.0  # a datagram may be lost: it is sent again
FIELDS = struct.Struct("!BBbb II4s Q8sQQ")


class Settings(Struct, frozen=True, kw_only=True):
    """Server, and the limit of its clock's offset from ours."""

    host: str
    """Name or address of the time server, HOST or HOST:PORT."""
    port: int = PORT
    """Port of the server."""
    max_offset: Duration = SECOND
    """Largest difference of its clock from ours."""

    def __post_init__(self) -> None:
        check_port(self.port)
        host_port(self.host)
        if self.max_offset <= 0:
            raise BadValue("plan.option.above-zero", option="max_offset")


class NtpReply(NamedTuple):
    """Answer of a server, with its clock's offset and the path's delay."""

    leap: int
    stratum: int
    reference: bytes
    distance_s: float  # how wrong its clock may be, as it says: the root distance
    offset_s: float  # of its clock against ours
    delay_s: float  # there and back


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Ask for the time until an answer to us comes, or the network raises OSError."""
    host, port = host_port(settings.host, settings.port)
    progress = Progress()
    async with (
        followed(progress),
        await sockets.open_udp(host, port or PORT, path) as datagrams,
    ):
        answer = await _exchange(datagrams, progress)
    return _judge(answer, settings.max_offset)


async def _exchange(datagrams: sockets.Datagrams, progress: Progress) -> NtpReply:
    """Ask repeatedly; an answer without one of our cookies does not count."""
    sent_at: dict[bytes, float] = {}
    while True:
        cookie = secrets.token_bytes(8)  # says nothing of our clock, RFC 9109 section 3
        sent_at[cookie] = time.time()
        datagrams.send(ASK + bytes(39) + cookie)
        try:
            async with asyncio.timeout(AGAIN_S):
                while True:
                    received = await datagrams.receive()
                    if answer := _read(received, sent_at, time.time()):
                        return answer
                    progress.proven = Evidence.REACHED
        except TimeoutError:
            continue


def _read(received: bytes, sent_at: dict[bytes, float], now: float) -> NtpReply | None:
    if len(received) < FIELDS.size:
        return None
    fields = FIELDS.unpack_from(received)
    first, stratum, _, _, delay, dispersion, reference, _, cookie, arrived, sent = (
        fields
    )
    if first & 7 != SERVER or cookie not in sent_at:
        return None
    if stratum and not (arrived and sent):
        return None  # it never was set, RFC 5905 section 8
    there, back = _past(arrived, sent_at[cookie]), _past(sent, now)
    took_s = max(0.0, now - sent_at[cookie])
    held_s = min(max(0.0, (sent - arrived) / (1 << 32)), took_s)  # as it says
    return NtpReply(
        leap=first >> 6,
        stratum=stratum,
        reference=reference,
        distance_s=(delay / 2 + dispersion) / (1 << 16),
        offset_s=(there + back) / 2,
        delay_s=took_s - held_s,
    )


def _past(timestamp: int, ours: float) -> float:
    """Return how far a timestamp is ahead of our clock, in the nearest era."""
    apart_s = timestamp / (1 << 32) - (ours + EPOCH_S) % ERA_S
    return (apart_s + ERA_S / 2) % ERA_S - ERA_S / 2


def _judge(answer: NtpReply, max_offset_s: float) -> Outcome:
    served = Evidence.SERVED
    code = plain(answer.reference.rstrip(b"\0")) if answer.stratum == 0 else ""
    if code == SLOW_DOWN:
        return degraded(Reason.RATE_LIMITED, served, said=code)
    if code in TURNED_AWAY:
        return failed(Reason.REJECTED, served, said=code)
    if answer.leap == UNSYNCHRONISED or not 0 < answer.stratum <= HIGHEST_STRATUM:
        return failed(Reason.REPORTED, served, problem="not-synchronised")
    facts = {"offset_s": round(answer.offset_s, 6), "stratum": answer.stratum}
    is_unfit = answer.distance_s > MAXDIST_S  # and may itself be that far off
    unsure_s = answer.delay_s / 2 + (answer.distance_s if is_unfit else 0.0)
    if abs(answer.offset_s) - unsure_s > max_offset_s:
        return degraded(Reason.CLOCK, served, **facts)
    if is_unfit:
        facts["distance_s"] = round(answer.distance_s, 3)
        return degraded(Reason.REPORTED, served, problem="too-uncertain", **facts)
    return ok(served, latency_s=answer.delay_s, **facts)
