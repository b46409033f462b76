"""Harden the NATS client against malformed subjects and headers.

A server passes on subjects and headers of any bytes from a site. At some of them the
library stops reading: one message of one site would silence all.
"""

import re
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nats.aio.client import Client

_PART = b"([^ \t\r\n]+)"  # what a server separates by
_HEAD = _PART + b" " + _PART + b" (" + _PART + b" )?"
MESSAGE = re.compile(b"\\AMSG " + _HEAD + b"(\\d+)\r\n")
MESSAGE_WITH_HEADERS = re.compile(b"\\AHMSG " + _HEAD + b"(\\d+) (\\d+)\r\n")


def make_sound(client: "Client") -> None:
    """Have a client read every message; malformed headers are left out."""
    client._ps.parse = _sound_parse().__get__(client._ps)  # type: ignore[method-assign]
    process, headers_in = client._process_msg, client._process_headers

    async def process_any(
        sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes
    ) -> None:
        await process(sid, _text(subject), _text(reply), data, headers)

    async def headers_or_none(raw: bytes) -> dict[str, str] | None:
        try:
            return await headers_in(raw)
        except (ValueError, LookupError):
            return None

    client._process_msg = process_any  # type: ignore[method-assign]
    client._process_headers = headers_or_none  # type: ignore[method-assign, assignment]


def _sound_parse() -> FunctionType:
    """Return the library's parser with our patterns."""
    from nats.protocol import parser

    ours = {"MSG_RE": MESSAGE, "HMSG_RE": MESSAGE_WITH_HEADERS}
    theirs = parser.Parser.parse
    return FunctionType(
        theirs.__code__, vars(parser) | ours, argdefs=theirs.__defaults__
    )


def _text(name: bytes) -> bytes:
    """Return a name with marks in place of bytes that are no text."""
    return name if name.isascii() else name.decode(errors="replace").encode()
