"""An exchange on loopback that takes calls over UDP as a test tells it to.

    async with sip_callee({"INVITE": ["100 Trying", "180 Ringing"]}) as exchange: ...

Each request gets the answers of its method in turn, at once; a CANCEL gets its 200 and
the INVITE a 487, unless `cancels` has others. `say` sends another answer to the INVITE
later. `heard` has what came, `came` waits for a method. `drops` many of the first
datagrams of a method are lost on the way.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

from servers.sip_peer import answer

Script = Mapping[str, Sequence[str | tuple[str, ...]]]
WAIT_S = 30.0


class Callee(asyncio.DatagramProtocol):
    """The exchange; `port` is where it listens."""

    def __init__(self, script: Script) -> None:
        self.script = {"CANCEL": ["200 OK"], "BYE": ["200 OK"], **script}
        self.cancels: Sequence[str] = ["487 Request Terminated"]
        self.drops: dict[str, int] = {}
        self.heard: list[str] = []
        self.requests: list[bytes] = []
        self.invite = b""
        self.port = 0
        self._caller: tuple[str, int] | None = None
        self._more = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one request by the script."""
        method = data.split(b" ", 1)[0].decode()
        if self.drops.get(method, 0):
            self.drops[method] -= 1
            return
        self._caller = addr
        self.heard.append(method)
        self.requests.append(data)
        if method == "INVITE":
            self.invite = data
        for each in self.answers(method, data):
            self._send(data, each)
        if method == "CANCEL":
            for each in self.cancels:
                self.say(each)
        self._more.set()

    def answers(self, method: str, request: bytes) -> Sequence[str | tuple[str, ...]]:
        """Return what a request gets."""
        return self.script.get(method, ())

    def say(self, status: str, *more: str) -> None:
        """Send another answer to the latest INVITE."""
        self._send(self.invite, (status, *more))

    def _send(self, request: bytes, each: str | tuple[str, ...]) -> None:
        status, *more = (each,) if isinstance(each, str) else each
        self.transport.sendto(answer(request, status, *more), self._caller)

    async def came(self, method: str, times: int = 1) -> bytes:
        """Wait until a method came so often; return the latest request of it."""
        async with asyncio.timeout(WAIT_S):
            while self.heard.count(method) < times:
                self._more.clear()
                await self._more.wait()
        return [r for r in self.requests if r.startswith(method.encode())][-1]


@asynccontextmanager
async def sip_callee(
    script: Script, kind: type[Callee] = Callee
) -> AsyncIterator[Callee]:
    """Run it while the block lasts."""
    loop = asyncio.get_running_loop()
    callee = kind(script)
    transport, _ = await loop.create_datagram_endpoint(lambda: callee, ("127.0.0.1", 0))
    try:
        yield callee
    finally:
        transport.abort()
