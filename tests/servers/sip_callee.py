"""An exchange on loopback that takes calls over UDP as a test tells it to.

    async with sip_callee({"INVITE": ["100 Trying", "180 Ringing"]}) as exchange: ...

Each request gets the answers of its method in turn, at once; a CANCEL gets its 200 and
the INVITE a 487, unless `cancels` has others. `say` sends another answer to the INVITE
later. `heard` has what came, `came` waits for a method. `drops` many of the first
datagrams of a method are lost on the way, and `on` is called when a method comes.

A `Switchboard` also registers one telephone, whatever its name, which `ring` calls; it
takes back what `stop_ringing` names. `loses` lets it forget the telephone.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar, cast

from servers.sip_peer import Registrar, answer, headers_of

Script = Mapping[str, Sequence[str | tuple[str, ...]]]
WAIT_S = 30.0
Each = TypeVar("Each", bound="Callee")


class Callee(asyncio.DatagramProtocol):
    """The exchange; `port` is where it listens."""

    def __init__(self, script: Script) -> None:
        self.script = {"CANCEL": ["200 OK"], "BYE": ["200 OK"], **script}
        self.cancels: Sequence[str] = ["487 Request Terminated"]
        self.drops: dict[str, int] = {}
        self.on: dict[str, Callable[[], None]] = {}
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
        if method in self.on:
            self.on[method]()
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


class Switchboard(Callee):
    """An exchange that also calls the telephone registered with it."""

    def __init__(self) -> None:
        super().__init__({})
        self.accounts = {"bob": "secret"}
        self.contact = ""
        self.loses = False
        self.acknowledges = True
        self._calls: dict[str, tuple[str, str]] = {}
        self.registered: list[bytes] = []
        self.sends = 1  # how often each INVITE is sent
        self.on_registered: Callable[[], object] = lambda: None
        self.telephone: tuple[str, int] | None = None
        self.tags: dict[str, set[str]] = {}  # of the telephone, by the caller's URI
        self.answered: dict[str, list[str]] = {}  # status lines by the caller's URI

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Register the telephone, keep what it answers, and take calls."""
        if data.startswith(b"REGISTER"):
            if (said := self._registered(data)) is not None:
                self.telephone = addr
                self.transport.sendto(said, addr)
                if said.startswith(b"SIP/2.0 200") and b"Expires: 0" not in data:
                    self.on_registered()
        elif data.startswith(b"SIP/2.0"):
            self._note(data)
        else:
            super().datagram_received(data, addr)
        self._more.set()

    def _registered(self, request: bytes) -> bytes | None:
        self.registered.append(request)
        given = headers_of(request)
        if "contact" not in given:  # it asks who is there
            there = [] if self.loses else [f"Contact: {self.contact};expires=99"]
            return answer(request, "200 OK", *there)
        self.contact = given["contact"].partition(";expires")[0]
        registrar = Registrar(self.accounts)
        registrar._nonce = "n"
        registrar.grants_s = int(given["expires"])
        return registrar(request)

    def _note(self, data: bytes) -> None:
        given = headers_of(data)
        status = data.decode().partition("\r\n")[0].removeprefix("SIP/2.0 ")
        if given["cseq"].endswith("INVITE"):
            self.answered[given["from"]].append(status)
            self.tags[given["from"]].add(given["to"])
            self._calls[given["from"]] = given["via"], given["call-id"]
            if status[0] not in "12" and self.acknowledges:
                self.acknowledge(given["from"])

    def acknowledge(self, caller: str) -> None:
        """Say that its refusal of a call has come."""
        self._request("ACK", caller, *self._calls[caller])

    def ring(self, caller: str, *more: str) -> Callable[[], None]:
        """Call the telephone; return what takes the call back."""
        via = f"SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(8)}"
        call_id = secrets.token_hex(8)
        self.answered[caller], self.tags[caller] = [], set()
        for _ in range(self.sends):
            self._request("INVITE", caller, via, call_id, *more)
        return lambda: self._request("CANCEL", caller, via, call_id)

    def _request(self, method: str, *about: str) -> None:
        caller, via, call_id, *more = about
        lines = (
            f"{method} {self.contact.strip('<>')} SIP/2.0",
            f"Via: {via}",
            f"From: {caller}",
            "To: <sip:bob@example.org>",
            f"Call-ID: {call_id}",
            f"CSeq: 7 {method}",
            *more,
            "Content-Length: 0",
        )
        assert self.telephone
        self.transport.sendto("\r\n".join((*lines, "", "")).encode(), self.telephone)

    async def got(self, caller: str, status: str, times: int = 1) -> None:
        """Wait until the telephone answered a call so, so often."""
        async with asyncio.timeout(WAIT_S):
            while times > sum(x.startswith(status) for x in self.answered[caller]):
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def running(callee: Each) -> AsyncIterator[Each]:
    """Run an exchange while the block lasts."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: callee, ("127.0.0.1", 0))
    try:
        yield callee
    finally:
        transport.abort()


def sip_callee(script: Script) -> AbstractAsyncContextManager[Callee]:
    """Run an exchange that answers by a script."""
    return running(Callee(script))
