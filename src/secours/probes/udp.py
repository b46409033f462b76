"""UDP: does a port answer a datagram, and with what is expected?

Any answer is `reached`, one that matches `expect` is `served`. Silence is a failure:
a service that never answers, such as a log server, cannot be tested like this.

Source: RFC 768; RFC 1122 section 4.1.3.3 (a closed port is told by ICMP).
"""

import asyncio

from secours.model.observed import Evidence, Outcome, Reason, failed, ok
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.net import sockets
from secours.wire.pattern import ExpectOptions, Pattern

BEST = Evidence.SERVED
AGAIN_S = 1.0  # a datagram may be lost: it is sent again


class Settings(ExpectOptions, frozen=True, kw_only=True):
    """Address, datagram to send, and pattern of the answer."""


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Send the datagram each second until an answer, or an OSError, comes."""
    async with await sockets.open_udp(settings.host, settings.port, path) as datagrams:
        answer = await _exchange(datagrams, settings.send.encode())
    if not settings.expect:
        return ok(Evidence.REACHED)
    if await Pattern(settings.expect).found_in(answer):
        return ok(Evidence.SERVED)
    what, said = plain(settings.expect), plain(answer)
    return failed(Reason.CONTENT, Evidence.REACHED, what=what, said=said)


async def _exchange(datagrams: sockets.Datagrams, message: bytes) -> bytes:
    while True:
        datagrams.send(message)
        try:
            async with asyncio.timeout(AGAIN_S):
                return await datagrams.receive()
        except TimeoutError:
            continue
