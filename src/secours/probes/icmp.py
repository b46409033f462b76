"""ICMP echo: do packets to a host come back?

A pass shows that the host and the way to it live, not that any service runs there; a
firewall may answer in its place. Needs a right that may be missing: then unknown.

Source: RFC 792 (echo, destination unreachable); RFC 4443 sections 3.1 and 4.
"""

import asyncio

from msgspec import Struct

from secours.message import BadValue
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    degraded,
    failed,
    ok,
)
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.net.bind import has_route, no_route
from secours.wire.net.echo import Echoes, echoes_to
from secours.wire.net.sockets import resolve

BEST = Evidence.REACHED
MOST_PACKETS = 100
SENDING_S = 2.0  # all packets leave within this time
BETWEEN_S = 0.2  # at most this long apart
LAST_ANSWER_S = 3.0  # a packet over satellites may be this late


class Settings(Struct, frozen=True, kw_only=True):
    """Host to ping, packets in one run, and the share that may be lost."""

    host: str
    """Name or address to ping."""
    count: int = 3
    """Number of packets that one test sends."""
    max_loss: float = 0.34
    """Share of the packets, from 0 to 1, that may be lost."""

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_PACKETS:
            raise BadValue(
                "plan.option.from-to", option="count", low=1, high=MOST_PACKETS
            )
        if not 0 <= self.max_loss < 1:
            raise BadValue("plan.option.share-below", option="max_loss")


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Send the packets, to the next address of the host where none comes back."""
    addresses = await resolve(settings.host, path)
    routed = [each for each in addresses if has_route(each, path)]
    if not routed:
        raise no_route(path, addresses[0])
    outcome = await _pinged(routed[0], settings, path)
    for address in routed[1:]:
        if outcome.evidence is Evidence.NONE:
            outcome = await _pinged(address, settings, path)
    return outcome


async def _pinged(address: str, settings: Settings, path: Path | None) -> Outcome:
    """Send the packets to an address and wait for their answers."""
    with echoes_to(address, path) as echoes:
        try:
            await _exchange(echoes, settings.count)
        except asyncio.CancelledError:  # the deadline: judge what came back until now
            if not echoes.rtts_s:
                raise
            raise Stop(_judge(echoes, settings.max_loss)) from None
        return _judge(echoes, settings.max_loss)


async def _exchange(echoes: Echoes, count: int) -> None:
    for _ in range(count):
        echoes.send()
        await echoes.ended(count, min(BETWEEN_S, SENDING_S / count))
    await echoes.ended(count, LAST_ANSWER_S)


def _judge(echoes: Echoes, max_loss: float) -> Outcome:
    """Compare the share of lost packets with the allowed one."""
    if not echoes.rtts_s:
        reason = Reason.UNREACHABLE if echoes.unreachable else Reason.TIMEOUT
        return failed(reason, sent=len(echoes.sent))
    loss = 1 - len(echoes.rtts_s) / len(echoes.sent)
    rtt_s = sum(echoes.rtts_s.values()) / len(echoes.rtts_s)
    facts = {"loss": f"{loss:.0%}", "rtt_ms": round(1000 * rtt_s, 1)}
    if loss > max_loss:
        return degraded(Reason.LOSS, Evidence.REACHED, **facts)
    return ok(Evidence.REACHED, latency_s=rtt_s, **facts)
