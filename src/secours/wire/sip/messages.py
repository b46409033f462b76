"""SIP: requests and answers, over UDP with retransmission, TCP and TLS.

The codec is our own, because the library at hand refuses what the standard allows and
exchanges send: folded headers, commas inside quotes, a status line without words.

Source: RFC 3261 sections 7 (messages), 7.3.3 (compact names), 17.1.2 (retransmission),
17.1.3 (which answer is ours), 18.3 (framing); RFC 3581 section 3 (rport); RFC 5626
section 4.4.1 (keep-alives).
"""

import asyncio
import re
import secrets
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Literal

from msgspec import Struct

from secours.model.observed import Evidence, Reason, failed
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.net import sockets
from secours.wire.numbers import whole

Transport = Literal["udp", "tcp", "tls"]

T1_S = 0.5  # before the first retransmission, RFC 3261 section 17.1.1.1
T2_S = 4.0  # the longest wait between two, RFC 3261 section 17.1.2.2
PORTS: Mapping[Transport, int] = {"udp": 5060, "tcp": 5060, "tls": 5061}
MESSAGE_BYTES = 1 << 16  # none is longer, RFC 3261 section 18.1.1
MOST_LINES = 256  # of the head of one message
MOST_MESSAGES = 256  # before the final answer to a request
COMPACT = {  # RFC 3261 section 7.3.3 and 20
    "i": "call-id",
    "m": "contact",
    "e": "content-encoding",
    "l": "content-length",
    "c": "content-type",
    "f": "from",
    "s": "subject",
    "k": "supported",
    "t": "to",
    "v": "via",
}
STATUS_LINE = re.compile(r"SIP/2\.0[ \t]+([1-6]\d\d)(?:[ \t]+(.*))?", re.IGNORECASE)
REQUEST_LINE = re.compile(r"([A-Z]+)[ \t]+\S+[ \t]+SIP/2\.0")
BRANCH = re.compile(r";\s*branch\s*=\s*([^\s;,]+)", re.IGNORECASE)


class Request(Struct, frozen=True):
    """A request; `headers` are all but Via and Content-Length."""

    method: str
    uri: str
    call_id: str
    number: int  # of CSeq
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


class SipResponse(Struct, frozen=True):
    """An answer; the headers by their long name in lower case, in order."""

    code: int
    phrase: str
    headers: Mapping[str, tuple[str, ...]]

    @property
    def final(self) -> bool:
        """Tell whether it is final; 1xx never is."""
        return self.code >= 200

    def header(self, name: str) -> str:
        """Return the first header of this name, empty where there is none."""
        return self.headers.get(name.lower(), ("",))[0]

    def belongs_to(self, request: Request, branch: str) -> bool:
        """Tell whether it answers this request, RFC 3261 section 17.1.3."""
        top = self.header("via").partition(",")[0]
        match = BRANCH.search(top)
        number, _, method = self.header("cseq").partition(" ")
        return (
            match is not None
            and match[1].lower() == branch.lower()
            and number == str(request.number)
            and method.strip().upper() == request.method
            and self.header("call-id") == request.call_id
        )


class SipRequest(Struct, frozen=True):
    """A request of the exchange; the headers as in an answer."""

    method: str
    headers: Mapping[str, tuple[str, ...]]

    @property
    def branch(self) -> str:
        """Return the name of its transaction, empty where there is none."""
        match = BRANCH.search(self.header("via").partition(",")[0])
        return match[1] if match else ""

    def header(self, name: str) -> str:
        """Return the first header of this name, empty where there is none."""
        return self.headers.get(name.lower(), ("",))[0]


def read(message: bytes) -> SipResponse | None:
    """Parse an answer; None where the message is a request or no SIP at all.

    Raises:
        Stop: it has more headers than any answer.

    """
    first, rest = _head(message)
    status = STATUS_LINE.fullmatch(first)
    if not status:
        return None
    return SipResponse(int(status[1]), plain(status[2] or ""), _headers(rest))


def read_request(message: bytes) -> SipRequest | None:
    """Parse a request; None where the message is an answer or no SIP at all.

    Raises:
        Stop: it has more headers than any request.

    """
    first, rest = _head(message)
    asked = REQUEST_LINE.fullmatch(first)
    return SipRequest(asked[1], _headers(rest)) if asked else None


def _head(message: bytes) -> tuple[str, list[str]]:
    """Return the first line and the headers, each on one line."""
    head = re.split(r"\r?\n\r?\n", message.decode("utf-8", "replace").lstrip("\r\n"))[0]
    unfolded = re.sub(r"\r?\n[ \t]+", " ", head)  # RFC 3261 section 7.3.1
    first, *rest = re.split(r"\r?\n", unfolded)
    return first.strip(), rest


def _headers(rest: list[str]) -> Mapping[str, tuple[str, ...]]:
    if len(rest) > MOST_LINES:
        raise _no_sip(problem="endless-answer")
    headers: dict[str, list[str]] = {}
    for line in rest:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        headers.setdefault(COMPACT.get(name, name), []).append(value.strip())
    return {name: tuple(values) for name, values in headers.items()}


def host_in_uri(host: str) -> str:
    """Write an IPv6 address in SIP's form, RFC 3261 section 25.1."""
    bare = host.strip("[]").partition("%")[0]
    return f"[{bare}]" if ":" in bare else host


class Peer:
    """An open connection to an exchange; `here` is our address in headers."""

    def __init__(
        self,
        transport: Transport,
        way: sockets.Datagrams | sockets.Streams,
        sockname: tuple[object, ...],
    ) -> None:
        """Use this transport; `open_peer` makes it."""
        self.transport = transport
        self.here = f"{host_in_uri(str(sockname[0]))}:{sockname[1]}"
        self._way = way

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
        branch = new_branch()
        message = self._written(request, branch)
        if isinstance(self._way, sockets.Datagrams):
            return await _ask_by_datagrams(self._way, message, request, branch)
        reader, writer = self._way
        writer.write(message)
        for _ in range(MOST_MESSAGES):
            answer = read(await framed(reader))
            if answer and answer.final and answer.belongs_to(request, branch):
                return answer
            await asyncio.sleep(0)  # what has come already is read without a pause
        raise _no_sip(problem="endless-answer")

    def _written(self, request: Request, branch: str) -> bytes:
        lines = (
            f"{request.method} {request.uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {self.here};branch={branch};rport",
            "Max-Forwards: 70",
            f"Call-ID: {request.call_id}",
            f"CSeq: {request.number} {request.method}",
            *(f"{name}: {value}" for name, value in request.headers),
            "User-Agent: secours",
            f"Content-Length: {len(request.body)}",
        )
        return "\r\n".join((*lines, "", "")).encode() + request.body


def new_branch() -> str:
    """Return a name for a transaction, RFC 3261 section 8.1.1.7."""
    return f"z9hG4bK{secrets.token_hex(8)}"


async def _ask_by_datagrams(
    way: sockets.Datagrams, message: bytes, request: Request, branch: str
) -> SipResponse:
    """Repeat the request until a final answer comes, ever less often."""
    loop = asyncio.get_running_loop()
    wait_s = T1_S
    way.send(message)
    due = loop.time() + wait_s
    heard = 0
    while heard < MOST_MESSAGES:
        try:
            async with asyncio.timeout_at(due):
                answer = read(await way.receive())
        except TimeoutError:
            wait_s = min(2 * wait_s, T2_S)
            way.send(message)
            due = loop.time() + wait_s
            continue
        if answer and answer.belongs_to(request, branch):
            if answer.final:
                return answer
            wait_s = T2_S  # it works on it, RFC 3261 section 17.1.2.2
        heard += 1
        await asyncio.sleep(0)  # what has come already is read without a pause
    raise _no_sip(problem="endless-answer")


async def framed(reader: asyncio.StreamReader) -> bytes:
    """Read the head of one message, and discard its body."""
    line = await _line(reader)
    while not line.strip():  # a keep-alive
        await asyncio.sleep(0)  # what has come already is read without a pause
        line = await _line(reader)
    if b"SIP/2.0" not in line.upper():
        raise _no_sip(said=plain(line))
    lines = 1
    head = line
    while line.strip():
        line = await _line(reader)
        head, lines = head + line, lines + 1
        if len(head) > MESSAGE_BYTES or lines > MOST_LINES:
            raise _no_sip(said=plain(head))
    length = re.search(rb"^(?:content-length|l)\s*:\s*(\d+)", head, re.I | re.M)
    if length:
        left = whole(length[1])
        if left > MESSAGE_BYTES:
            raise _no_sip(said=plain(length[0]))
        await reader.readexactly(left)
    return head


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        rest = await reader.read(MESSAGE_BYTES)
        raise _no_sip(said=plain(rest)) from None
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise _no_sip(said=plain(error.partial)) from None
        raise


def _no_sip(**facts: str) -> Stop:
    return Stop(failed(Reason.PROTOCOL, Evidence.REACHED, **facts))


@asynccontextmanager
async def open_peer(
    host: str,
    port: int,
    transport: Transport,
    path: Path | None,
    *,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Peer]:
    """Open a connection to an exchange, and close it at the end.

    Raises:
        Stop: the name does not resolve, no way out, or TLS failed.
        OSError: refused, unreachable, reset.

    """
    async with open_way(host, port, transport, path, tls=tls) as (way, sockname):
        yield Peer(transport, way, sockname)


@asynccontextmanager
async def open_way(
    host: str,
    port: int,
    transport: Transport,
    path: Path | None,
    *,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[tuple[sockets.Datagrams | sockets.Streams, tuple[object, ...]]]:
    """Open datagrams or streams to an exchange, with our own address."""
    if transport == "udp":
        async with await sockets.open_udp(host, port, path) as datagrams:
            yield datagrams, datagrams.sockname
        return
    options = {"tls": tls} if transport == "tls" else {}
    async with sockets.connection(host, port, path, **options) as way:
        yield way, way[1].get_extra_info("sockname")
