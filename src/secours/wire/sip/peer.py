"""An exchange as our peer: requests of ours and of its own, over one connection.

What comes is read in one place. Answers go to the request they belong to; a final one
to an INVITE is acknowledged again each time it is repeated. Requests go to
`on_request`; one that is repeated gets the answer that it got before.

Source: RFC 3261 sections 17.1 (requests, their repetition and ACK), 17.2 (answers),
8.2.6 (what they repeat), 9.1 (CANCEL); RFC 3581 section 3 (rport).
"""

import asyncio
import secrets
from collections.abc import Callable

from msgspec.structs import replace

from secours.model.runs import Stop
from secours.wire.net import sockets
from secours.wire.sip.messages import (
    Request,
    SipRequest,
    SipResponse,
    Transport,
    framed,
    host_in_uri,
    no_sip,
    read,
    read_request,
    written,
)

T1_S = 0.5  # before the first retransmission, RFC 3261 section 17.1.1.1
T2_S = 4.0  # the longest wait between two, RFC 3261 section 17.1.2.2
MOST_MESSAGES = 256  # that lead nowhere, one after another
MOST_ANSWERED = 64  # requests whose answer is kept for when they are repeated
COURTESY = ("OPTIONS", "NOTIFY", "BYE")  # answered, and without effect here
INVITE = "INVITE"

Way = sockets.Datagrams | sockets.Streams


class Transaction:
    """One request of ours, and the answers to it."""

    def __init__(self, peer: "Peer", request: Request, branch: str) -> None:
        """Send the request; `Peer.send` makes it."""
        self.request, self.branch = request, branch
        self.provisional = False  # whether the exchange works on it
        self.inbox: asyncio.Queue[SipResponse | Exception] = asyncio.Queue()
        self._write: Callable[[], None] = lambda: peer.write(
            peer.written(request, branch)
        )
        self._wait_s = T1_S if peer.transport == "udp" else None
        self._due_s = self._from_now()
        self._write()

    async def next(self) -> SipResponse:
        """Return the next answer; over UDP, the request is repeated until one comes.

        Raises:
            OSError: the network refuses.
            EOFError: the peer hung up.
            Stop: what it says is no SIP, or has no end.
        """
        is_invite = self.request.method == INVITE
        while True:
            try:
                async with asyncio.timeout_at(self._due_s):
                    answer = await self.inbox.get()
                break
            except TimeoutError:
                self._write()
                self._wait_s = 2 * (self._wait_s or T1_S)
                self._wait_s = self._wait_s if is_invite else min(self._wait_s, T2_S)
                self._due_s = self._from_now()
        if isinstance(answer, Exception):
            raise answer
        self.provisional = True  # it works on it, section 17.1.2.2
        self._wait_s = T2_S if self._wait_s and not is_invite else None
        self._due_s = self._due_s if self._wait_s else None
        return answer

    async def final(self) -> SipResponse:
        """Return the final answer; errors as of `next`."""
        while not (answer := await self.next()).final:
            pass
        return answer

    def _from_now(self) -> float | None:
        now_s = asyncio.get_running_loop().time()
        return None if self._wait_s is None else now_s + self._wait_s


class Peer:
    """An open connection to an exchange; `here` is our address in headers."""

    def __init__(
        self, transport: Transport, way: Way, sockname: tuple[object, ...]
    ) -> None:
        """Use this connection; `connection` makes it, and reads from it."""
        self.transport = transport
        self.here = f"{host_in_uri(str(sockname[0]))}:{sockname[1]}"
        self.on_request: Callable[[SipRequest], None] = self.be_courteous
        self.on_end: Callable[[], None] = lambda: None
        self.broken: Exception | None = None  # what ended the connection
        self._way = way
        self._running: list[Transaction] = []
        self._idle = 0  # messages that led nowhere
        self._acknowledged: dict[str, bytes] = {}  # ACK by the branch of its INVITE
        self._answered: dict[tuple[str, str], bytes] = {}
        self._refused = set[str]()  # branches of INVITEs, until they are acknowledged

    def contact(self, user: str) -> str:
        """Return the address at which a user is reached over this connection."""
        by = "" if self.transport == "udp" else f";transport={self.transport}"
        return f"<sip:{user}@{self.here}{by}>"

    async def ask(self, request: Request) -> SipResponse:
        """Send a request and return its final answer, however long that takes.

        Raises:
            OSError: the network refuses.
            EOFError: the peer hung up.
            Stop: the stream is no SIP, or has no end.
        """
        return await self.send(request).final()

    def send(self, request: Request, branch: str = "") -> Transaction:
        """Send a request; a CANCEL has the branch of its INVITE."""
        transaction = Transaction(self, request, branch or _new_branch())
        self._running.append(transaction)
        if self.broken is not None:
            transaction.inbox.put_nowait(self.broken)
        return transaction

    def acknowledge(self, branch: str, ack: Request, own_branch: str = "") -> None:
        """Send an ACK, also when the answer to this INVITE is repeated."""
        message = self.written(ack, own_branch or _new_branch())
        self._acknowledged[branch] = message
        self.write(message)

    def reply(self, request: SipRequest, status: str, tag: str, *more: str) -> None:
        """Answer a request; `tag` names our end of the call, `more` is its Contact."""
        to = request.header("to")
        headers = [
            *(("Via", via) for via in request.headers.get("via", ())),
            *(("Record-Route", x) for x in request.headers.get("record-route", ())),
            ("From", request.header("from")),
            ("To", to if ";tag=" in to.lower() else f"{to};tag={tag}"),
            ("Call-ID", request.header("call-id")),
            ("CSeq", request.header("cseq")),
            *(("Contact", contact) for contact in more),
        ]
        message = written(f"SIP/2.0 {status}", headers)
        if len(self._answered) >= MOST_ANSWERED:
            self._answered.pop(next(iter(self._answered)))
        self._answered[request.branch, request.method] = message
        if request.method == INVITE and status[0] not in "12":
            self._refused.add(request.branch)
            self._refuse(request.branch, message, T1_S)
        else:
            self.write(message)

    def _refuse(self, branch: str, message: bytes, wait_s: float) -> None:
        """Send a refusal until it is acknowledged, section 17.2.1."""
        if branch in self._refused and not self.broken:
            self.write(message)
            again = branch, message, min(2 * wait_s, T2_S)
            if self.transport == "udp":
                asyncio.get_running_loop().call_later(wait_s, self._refuse, *again)

    def written(self, request: Request, branch: str) -> bytes:
        """Return a request as it is sent."""
        by = f"SIP/2.0/{self.transport.upper()} {self.here}"
        headers = (
            ("Via", f"{by};branch={branch};rport"),
            ("Max-Forwards", "70"),
            ("Call-ID", request.call_id),
            ("CSeq", f"{request.number} {request.method}"),
            *request.headers,
            ("User-Agent", "secours"),
        )
        return written(f"{request.method} {request.uri} SIP/2.0", headers, request.body)

    def write(self, message: bytes) -> None:
        """Send a message; one that cannot be sent is noticed by who reads."""
        if isinstance(self._way, sockets.Datagrams):
            self._way.send(message)
        else:
            self._way[1].write(message)

    def be_courteous(self, request: SipRequest) -> None:
        """Answer what has no effect here, and leave the rest."""
        if request.method in COURTESY:
            self.reply(request, "200 OK", secrets.token_hex(4))

    async def listen(self) -> None:
        """Read until the connection ends, and hand on what comes."""
        try:
            while self._idle < MOST_MESSAGES:
                if isinstance(self._way, sockets.Datagrams):
                    self._take(await self._way.receive())
                else:
                    self._take(await framed(self._way[0]))
                await asyncio.sleep(0)  # what has come already is read without a pause
            raise no_sip(problem="endless-answer")
        except (OSError, EOFError, Stop) as error:
            self.broken = error
            for transaction in self._running:
                transaction.inbox.put_nowait(error)
            self.on_end()

    def _take(self, message: bytes) -> None:
        self._idle += 1
        if answer := read(message):
            self._take_answer(answer)
        elif request := read_request(message):
            self._take_request(request)

    def _take_request(self, request: SipRequest) -> None:
        before = self._answered.get((request.branch, request.method))
        if request.method == "ACK":
            self._refused.discard(request.branch)
        elif before is not None:
            self.write(before)
        else:
            self._idle = 0
            self.on_request(request)

    def _take_answer(self, answer: SipResponse) -> None:
        for transaction in self._running:
            request, branch = transaction.request, transaction.branch
            if not answer.belongs_to(request, branch):
                continue
            if answer.final and branch in self._acknowledged:
                self.write(self._acknowledged[branch])
                return
            if answer.code >= 300 and request.method == INVITE:
                self.acknowledge(branch, _ack(request, answer), branch)
            if answer.final:
                self._idle = 0
            transaction.inbox.put_nowait(answer)


def _ack(request: Request, answer: SipResponse) -> Request:
    """Return the ACK of a refusal: of the same transaction, section 17.1.1.3."""
    headers = *kept(request, "From", "Route"), ("To", answer.header("to"))
    return replace(request, method="ACK", headers=headers, body=b"")


def kept(request: Request, *names: str) -> tuple[tuple[str, str], ...]:
    """Return some headers of a request."""
    return tuple(header for header in request.headers if header[0] in names)


def _new_branch() -> str:
    """Return a name for a transaction, RFC 3261 section 8.1.1.7."""
    return f"z9hG4bK{secrets.token_hex(8)}"
