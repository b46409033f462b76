"""A time server on loopback that says what a test wants, right or wrong.

    async with ntp_server(ahead_s=3600) as port: ...

Break it with `leap=3` (not synchronised), `stratum=0, reference=b"RATE"` (a kiss of
death), `mode`, `cookie` (an answer to somebody else), `cut` (a short datagram),
`held_s` (it says that it held the question for so long), `unset` (no timestamp),
`root_delay_s` or `root_dispersion_s` (how far it is from a clock of reference).
"""

import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from servers.scripted import udp_server

EPOCH_S = 2_208_988_800  # RFC 5905 figure 4


@asynccontextmanager
async def ntp_server(
    *,
    ahead_s: float = 0.0,
    leap: int = 0,
    stratum: int = 2,
    reference: bytes = b"\x7f\x00\x00\x01",
    mode: int = 4,
    cookie: bytes | None = None,
    cut: int = 48,
    deaf: int = 0,
    held_s: float = 0.0,
    unset: bool = False,
    root_delay_s: float = 0.0,
    root_dispersion_s: float = 0.0,
) -> AsyncIterator[int]:
    """Answer as RFC 5905 says; the first `deaf` questions get none."""
    heard: list[bytes] = []

    def reply(question: bytes) -> bytes | None:
        heard.append(question)
        if len(heard) <= deaf:
            return None
        now = int((time.time() + ahead_s + EPOCH_S) * (1 << 32)) % (1 << 64)
        first = leap << 6 | 4 << 3 | mode
        root = (int(s * (1 << 16)) for s in (root_delay_s, root_dispersion_s))
        head = struct.pack("!BBbbII4s", first, stratum, 6, -20, *root, reference)
        asked = cookie if cookie is not None else question[40:48]
        sent = 0 if unset else (now + int(held_s * (1 << 32))) % (1 << 64)
        return (head + struct.pack("!Q8sQQ", now, asked, now, sent))[:cut]

    async with udp_server(reply) as port:
        yield port
