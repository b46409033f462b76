"""SIP user agent: our requests and those of an exchange, over one connection.

Whatever comes is read in one place. Answers go to the request they belong to; a final
one to an INVITE is acknowledged again each time it is repeated. Requests go to
`on_request`; one that is repeated gets the answer that it got before.

Source: RFC 3261 sections 17.1.1 and 17.1.2 (requests), 17.1.1.3 (ACK), 17.2 (answers),
8.2.6 (what they repeat), 9.1 (CANCEL).
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from msgspec.structs import replace

from secours.model.observed import Evidence, Reason, failed
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.wire.net import sockets
from secours.wire.sip.messages import (
    MOST_MESSAGES,
    T1_S,
    T2_S,
    Peer,
    Request,
    SipRequest,
    SipResponse,
    framed,
    new_branch,
    open_way,
    read,
    read_request,
)
from secours.wire.sip.options import SipOptions

SILENT_S = 64 * T1_S  # no answer by then, RFC 3261 section 17.1.1.2, Timer B
MOST_ANSWERED = 64  # requests whose answer is kept for when they are repeated
COURTESY = ("OPTIONS", "NOTIFY", "BYE")  # answered, and without effect here


class Transaction:
    """One request of ours, and the answers to it."""

    def __init__(self, agent: "UserAgent", request: Request, branch: str) -> None:
        """Send the request; `UserAgent.send` makes it."""
        self.request, self.branch = request, branch
        self.provisional = False  # whether the exchange works on it
        self._agent = agent
        self._inbox: asyncio.Queue[SipResponse | Exception] = asyncio.Queue(
            MOST_MESSAGES
        )
        self._message = agent.written(request, branch)
        self._now_s = asyncio.get_running_loop().time
        self._end_s = self._now_s() + SILENT_S
        self._pause_s = T1_S
        self._due_s = self._now_s() + T1_S
        agent.write(self._message)

    def take(self, answer: SipResponse | Exception) -> None:
        """Keep an answer for `next`."""
        if not self._inbox.full():
            self._inbox.put_nowait(answer)

    async def next(self) -> SipResponse:
        """Return the next answer; over UDP, the request is repeated until one comes.

        Raises:
            Stop: nothing answers it at all, or what does is no SIP.
            OSError: the network refuses.
            EOFError: the peer hung up.

        """
        while True:
            answer = await self._waited()
            if answer is not None:
                break
            if self._now_s() >= self._end_s:
                waited_s = float(SILENT_S)
                raise Stop(failed(Reason.TIMEOUT, Evidence.NONE, timeout_s=waited_s))
            if self._repeats and self._now_s() >= self._due_s:
                self._agent.write(self._message)
                self._pause_s = self._longer_s()
                self._due_s = self._now_s() + self._pause_s
        if isinstance(answer, Exception):
            raise answer
        self.provisional = True
        return answer

    async def final(self) -> SipResponse:
        """Return the final answer; errors as of `next`."""
        while not (answer := await self.next()).final:
            pass
        return answer

    async def _waited(self) -> SipResponse | Exception | None:
        """Wait until an answer is there or something is due."""
        due_s = min(self._due_s, self._end_s) if self._repeats else self._end_s
        is_invited = self.provisional and self._is_invite
        try:
            async with asyncio.timeout_at(None if is_invited else due_s):
                return await self._inbox.get()
        except TimeoutError:
            return None

    @property
    def _is_invite(self) -> bool:
        return self.request.method == "INVITE"

    @property
    def _repeats(self) -> bool:
        """Tell whether it is still repeated: an INVITE until something answers it."""
        return self._agent.transport == "udp" and not (
            self._is_invite and self.provisional
        )

    def _longer_s(self) -> float:
        if self._is_invite:
            return 2 * self._pause_s
        return T2_S if self.provisional else min(2 * self._pause_s, T2_S)


class UserAgent(Peer):
    """Both directions of a connection to an exchange."""

    def __init__(
        self, options: SipOptions, way: sockets.Datagrams | sockets.Streams, name: Any
    ) -> None:
        """Use this connection; `open_agent` makes it, and reads from it."""
        super().__init__(options.transport, way, name)
        self.options = options
        self.on_request: Callable[[SipRequest], None] = self.be_courteous
        self._running: dict[tuple[str, str], Transaction] = {}
        self._acknowledged: dict[str, bytes] = {}  # ACK by the branch of its INVITE
        self._answered: dict[tuple[str, str], bytes] = {}
        self._unacknowledged = set[str]()  # branches of INVITEs that we refused
        self.broken: Exception | None = None  # what ended the connection
        self.ended = asyncio.Event()

    def send(self, request: Request, branch: str = "") -> Transaction:
        """Send a request; a CANCEL has the branch of its INVITE."""
        branch = branch or new_branch()
        transaction = Transaction(self, request, branch)
        self._running[branch, request.method] = transaction
        if self.broken is not None:
            transaction.take(self.broken)
        return transaction

    async def ask(self, request: Request) -> SipResponse:
        """Send a request and return its final answer; errors as of `next`."""
        return await self.send(request).final()

    def acknowledge(self, branch: str, ack: Request, own_branch: str = "") -> None:
        """Send an ACK, also when the answer to this INVITE is repeated."""
        message = self.written(ack, own_branch or branch)
        self._acknowledged[branch] = message
        self.write(message)

    def reply(self, request: SipRequest, status: str, tag: str, *more: str) -> None:
        """Answer a request; `tag` names our end of the call, `more` are headers."""
        given = request.headers
        to = request.header("to")
        lines = (
            f"SIP/2.0 {status}",
            *(f"Via: {via}" for via in given.get("via", ())),
            *(f"Record-Route: {each}" for each in given.get("record-route", ())),
            f"From: {request.header('from')}",
            f"To: {to}" if ";tag=" in to.lower() else f"To: {to};tag={tag}",
            f"Call-ID: {request.header('call-id')}",
            f"CSeq: {request.header('cseq')}",
            *more,
            "Content-Length: 0",
        )
        message = "\r\n".join((*lines, "", "")).encode()
        if len(self._answered) >= MOST_ANSWERED:
            self._answered.pop(next(iter(self._answered)))
        self._answered[request.branch, request.method] = message
        if request.method == "INVITE" and status[0] not in "12":
            self._unacknowledged.add(request.branch)
            self._refuse(request.branch, message, T1_S)
        else:
            self.write(message)

    def _refuse(self, branch: str, message: bytes, pause_s: float) -> None:
        """Send a refusal until it is acknowledged, section 17.2.1."""
        if branch in self._unacknowledged and pause_s < SILENT_S and not self.broken:
            self.write(message)
            loop, again_s = asyncio.get_running_loop(), min(2 * pause_s, T2_S)
            if self.transport == "udp":
                loop.call_later(pause_s, self._refuse, branch, message, again_s)

    def written(self, request: Request, branch: str) -> bytes:
        """Return a request as it is sent."""
        return self._written(request, branch)

    def write(self, message: bytes) -> None:
        """Send a message; one that cannot be sent is noticed by who reads."""
        if isinstance(self._way, sockets.Datagrams):
            self._way.send(message)
        else:
            self._way[1].write(message)

    async def listen(self) -> None:
        """Read until the connection ends, and hand on what comes."""
        try:
            while True:
                self._take(await self._message())
                await asyncio.sleep(0)  # what has come already is read without a pause
        except (OSError, EOFError, Stop) as error:
            self.broken = error
            self.ended.set()
            for transaction in self._running.values():
                transaction.take(error)

    async def _message(self) -> bytes:
        if isinstance(self._way, sockets.Datagrams):
            return await self._way.receive()
        return await framed(self._way[0])

    def _take(self, message: bytes) -> None:
        if answer := read(message):
            self._take_answer(answer)
        elif request := read_request(message):
            if request.method == "ACK":
                self._unacknowledged.discard(request.branch)
                return
            before = self._answered.get((request.branch, request.method))
            if before is not None:
                self.write(before)
            else:
                self.on_request(request)

    def _take_answer(self, answer: SipResponse) -> None:
        for (branch, _), transaction in self._running.items():
            request = transaction.request
            if not answer.belongs_to(request, branch):
                continue
            if answer.final and branch in self._acknowledged:
                self.write(self._acknowledged[branch])
            elif answer.final and request.method == "INVITE" and answer.code >= 300:
                self.acknowledge(branch, _ack(request, answer))
            transaction.take(answer)
            return

    def be_courteous(self, request: SipRequest) -> None:
        """Answer what has no effect here, and leave the rest."""
        if request.method in COURTESY:
            self.reply(request, "200 OK", secrets.token_hex(4))


def _ack(request: Request, answer: SipResponse) -> Request:
    """Return the ACK of a refusal: of the same transaction, section 17.1.1.3."""
    kept = [(n, v) for n, v in request.headers if n in ("From", "Route")]
    headers = (*kept, ("To", answer.header("to")))
    return replace(request, method="ACK", headers=headers, body=b"")


@asynccontextmanager
async def open_agent(
    options: SipOptions, path: Path | None
) -> AsyncIterator[UserAgent]:
    """Open a connection to an exchange and listen on it, until the block ends.

    Raises:
        Stop: the name does not resolve, no way out, or TLS failed.
        OSError: refused, unreachable, reset.

    """
    where = options.host, options.port_used, options.transport, path
    async with open_way(*where, tls=options.tls()) as (way, name):
        agent = UserAgent(options, way, name)
        listening = asyncio.create_task(agent.listen())
        try:
            yield agent
        finally:
            agent.broken = agent.broken or EOFError()  # nothing is sent from now on
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
