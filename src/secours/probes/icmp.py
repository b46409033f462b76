"""ICMP echo: do packets to a host come back?

A pass shows that the host and the way to it live, not that any service runs there; a
firewall may answer in its place. Needs a right that may be missing: then unknown.

Source: RFC 792 (echo, destination unreachable); RFC 4443 sections 3.1 and 4.
"""

import asyncio
import secrets
from contextlib import suppress
from time import perf_counter

import icmplib
from msgspec import Struct, field

from secours.message import BadValue
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.wire.net.bind import (
    bind,
    drain_errors,
    has_route,
    no_route,
    report_errors,
)
from secours.wire.net.sockets import resolve

BEST = Evidence.REACHED
MOST_PACKETS = 100
SENDING_S = 2.0  # all packets leave within this time
BETWEEN_S = 0.2  # at most this long apart
LAST_ANSWER_S = 3.0  # a packet over satellites may be this late
ECHO_REPLY = (0, 129)  # RFC 792; RFC 4443 section 4.2


class Settings(Struct, frozen=True, kw_only=True):
    """Whom to ping, how often in one run, and what share of packets may be lost."""

    host: str
    count: int = 3
    max_loss: float = 0.34

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_PACKETS:
            raise BadValue(
                "plan.option.from-to", option="count", low=1, high=MOST_PACKETS
            )
        if not 0 <= self.max_loss < 1:
            raise BadValue("plan.option.share-below", option="max_loss")


class _Echoes(Struct):
    """What was sent, and what came back: of each packet the first answer counts."""

    number: int = field(default_factory=lambda: secrets.randbelow(1 << 16))
    sent: dict[int, float] = field(default_factory=dict)  # when, by sequence number
    rtts_s: dict[int, float] = field(default_factory=dict)
    unreachable: set[int] = field(default_factory=set)

    def complete(self, count: int) -> bool:
        return len(self.rtts_s.keys() | self.unreachable) == count

    def judge(self, max_loss: float) -> Outcome:
        """Compare the share of lost packets with what is allowed."""
        if not self.rtts_s:
            reason = Reason.UNREACHABLE if self.unreachable else Reason.TIMEOUT
            return failed(reason, sent=len(self.sent))
        loss = 1 - len(self.rtts_s) / len(self.sent)
        rtt_s = sum(self.rtts_s.values()) / len(self.rtts_s)
        facts = {"loss": f"{loss:.0%}", "rtt_ms": round(1000 * rtt_s, 1)}
        if loss > max_loss:
            return degraded(Reason.LOSS, Evidence.REACHED, **facts)
        return ok(Evidence.REACHED, latency_s=rtt_s, **facts)


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Send the packets and wait for those that come back."""
    addresses = await resolve(settings.host, path)
    address = next((a for a in addresses if has_route(a, path)), None)
    if address is None:
        raise no_route(path, addresses[0])
    with _open(address, path) as sock:
        echoes = _Echoes()
        try:
            await _exchange(sock, address, settings.count, echoes)
        except asyncio.CancelledError:  # the deadline: judge what came back until now
            if not echoes.rtts_s:
                raise
            raise Stop(echoes.judge(settings.max_loss)) from None
        return echoes.judge(settings.max_loss)


def _open(address: str, path: Path | None) -> icmplib.ICMPv4Socket:
    """Open a socket as anybody may, or else as root may."""
    kind = icmplib.ICMPv6Socket if ":" in address else icmplib.ICMPv4Socket
    for privileged in (False, True):
        with suppress(icmplib.SocketPermissionError):
            sock = kind(privileged=privileged)
            break
    else:
        raise Stop(unknown(Reason.PERMISSION))
    bind(sock.sock, path)
    if not sock.is_privileged:
        report_errors(sock.sock)
    return sock


async def _exchange(
    sock: icmplib.ICMPv4Socket, address: str, count: int, echoes: _Echoes
) -> None:
    asynchronous = icmplib.AsyncSocket(sock)
    hearing = asyncio.create_task(_hear(asynchronous, count, echoes))
    try:
        for sequence in range(count):
            request = icmplib.ICMPRequest(address, echoes.number, sequence)
            echoes.sent[sequence] = perf_counter()
            try:
                sock.send(request)
            except icmplib.SocketBroadcastError:  # also what a local firewall causes
                raise Stop(unknown(Reason.PERMISSION)) from None
            except icmplib.ICMPSocketError:  # what the packet before it met
                echoes.unreachable.add(sequence)
            echoes.number = request.id  # the kernel chooses it for an ordinary user
            await asyncio.wait({hearing}, timeout=min(BETWEEN_S, SENDING_S / count))
        await asyncio.wait({hearing}, timeout=LAST_ANSWER_S)
    finally:
        hearing.cancel()
        with suppress(asyncio.CancelledError):
            await hearing
        asynchronous.detach()


async def _hear(sock: icmplib.AsyncSocket, count: int, echoes: _Echoes) -> None:
    """Note what comes back until each packet has its answer."""
    while not echoes.complete(count):
        try:
            reply = await sock.receive(timeout=LAST_ANSWER_S)
        except icmplib.TimeoutExceeded:
            continue
        except icmplib.ICMPSocketError:  # an ICMP error, as an ordinary user sees it
            drain_errors(sock.sock)
            echoes.unreachable.update(echoes.sent.keys() - echoes.rtts_s.keys())
            continue
        if reply.id != echoes.number or reply.sequence not in echoes.sent:
            continue
        if reply.type in ECHO_REPLY:
            rtt_s = perf_counter() - echoes.sent[reply.sequence]
            echoes.rtts_s.setdefault(reply.sequence, rtt_s)
        else:
            echoes.unreachable.add(reply.sequence)
