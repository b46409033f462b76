"""SIP messages: requests and answers, written and read.

The codec is our own, because the library at hand refuses what the standard allows and
exchanges send: folded headers, commas inside quotes, a status line without words.

Source: RFC 3261 sections 7 (messages), 7.3.3 (compact names), 17.1.3 (which answer is
ours), 18.3 (framing); RFC 5626 section 4.4.1 (keep-alives).
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.numbers import whole

Transport = Literal["udp", "tcp", "tls"]

PORTS: Mapping[Transport, int] = {"udp": 5060, "tcp": 5060, "tls": 5061}
MESSAGE_BYTES = 1 << 16  # none is longer, RFC 3261 section 18.1.1
MOST_LINES = 256  # of the head of one message
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


class Received(Struct, frozen=True):
    """Headers of a message by their long name in lower case, in order."""

    headers: Mapping[str, tuple[str, ...]]

    def header(self, name: str) -> str:
        """Return the first header of this name, empty where there is none."""
        return self.headers.get(name.lower(), ("",))[0]

    @property
    def branch(self) -> str:
        """Return the name of its transaction, empty where there is none."""
        match = BRANCH.search(self.header("via").partition(",")[0])
        return match[1] if match else ""


class SipRequest(Received, frozen=True):
    """A request of the exchange."""

    method: str


class SipResponse(Received, frozen=True):
    """An answer."""

    code: int
    phrase: str

    @property
    def final(self) -> bool:
        """Tell whether it is final; 1xx never is."""
        return self.code >= 200

    @property
    def retry_after_s(self) -> float | None:
        """Return for how long the peer asks us to wait, section 20.33."""
        wait = re.match(r"\d{1,6}", self.header("retry-after"))
        return float(wait[0]) if wait else None

    def belongs_to(self, request: Request, branch: str) -> bool:
        """Tell whether it answers this request, RFC 3261 section 17.1.3."""
        number, _, method = self.header("cseq").partition(" ")
        return (
            self.branch.lower() == branch.lower()
            and number == str(request.number)
            and method.strip().upper() == request.method
            and self.header("call-id") == request.call_id
        )


def read(message: bytes) -> SipResponse | None:
    """Parse an answer; None where it is none; raise Stop for too many headers."""
    first, rest = _head(message)
    status = STATUS_LINE.fullmatch(first)
    if not status:
        return None
    return SipResponse(_headers(rest), int(status[1]), plain(status[2] or ""))


def read_request(message: bytes) -> SipRequest | None:
    """Parse a request; None where it is none; raise Stop for too many headers."""
    first, rest = _head(message)
    asked = REQUEST_LINE.fullmatch(first)
    return SipRequest(_headers(rest), asked[1]) if asked else None


def _head(message: bytes) -> tuple[str, list[str]]:
    """Return the first line and the headers, each on one line."""
    head = re.split(r"\r?\n\r?\n", message.decode("utf-8", "replace").lstrip("\r\n"))[0]
    unfolded = re.sub(r"\r?\n[ \t]+", " ", head)  # RFC 3261 section 7.3.1
    first, *rest = re.split(r"\r?\n", unfolded)
    return first.strip(), rest


def _headers(rest: list[str]) -> Mapping[str, tuple[str, ...]]:
    if len(rest) > MOST_LINES:
        raise no_sip(problem="endless-answer")
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


def written(first: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> bytes:
    """Write a message from its first line, its headers and its body."""
    lines = (first, *(f"{name}: {value}" for name, value in headers))
    length = f"Content-Length: {len(body)}"
    return "\r\n".join((*lines, length, "", "")).encode() + body


async def framed(reader: asyncio.StreamReader) -> bytes:
    """Read the head of one message, and discard its body."""
    line = await _line(reader)
    while not line.strip():  # a keep-alive
        await asyncio.sleep(0)  # what has come already is read without a pause
        line = await _line(reader)
    if b"SIP/2.0" not in line.upper():
        raise no_sip(said=plain(line))
    lines = 1
    head = line
    while line.strip():
        line = await _line(reader)
        head, lines = head + line, lines + 1
        if len(head) > MESSAGE_BYTES or lines > MOST_LINES:
            raise no_sip(said=plain(head))
    length = re.search(rb"^(?:content-length|l)\s*:\s*(\d+)", head, re.I | re.M)
    if length:
        left = whole(length[1])
        if left > MESSAGE_BYTES:
            raise no_sip(said=plain(length[0]))
        await reader.readexactly(left)
    return head


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        rest = await reader.read(MESSAGE_BYTES)
        raise no_sip(said=plain(rest)) from None
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise no_sip(said=plain(error.partial)) from None
        raise


def no_sip(**facts: str) -> Stop:
    """Return the failure of a peer that speaks no SIP, to be raised."""
    return Stop(failed(Reason.PROTOCOL, Evidence.REACHED, **facts))
