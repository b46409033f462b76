"""TCP: does a port accept connections, and say what is expected?

An accepted connection is `reached`: it proves that something listens there, not that it
works. With `expect` the answer is read, and a match is `served`.

Source: RFC 9293 section 3.5 (establishing a connection).
"""

import asyncio
from contextlib import suppress

from msgspec import Struct

from secours.message import Message
from secours.model.observed import Evidence, Outcome, Reason, failed, ok
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.net import sockets
from secours.wire.option_checks import check_port
from secours.wire.pattern import SEARCHED_BYTES, Pattern, advice

BEST = Evidence.SERVED
QUIET_S = 0.3  # without a byte for so long, an answer is searched in a dear way


class Settings(Struct, frozen=True, kw_only=True):
    """Where to connect, what to say, and what the answer must contain."""

    host: str
    port: int
    send: str = ""
    expect: str | None = None  # a regular expression of RE2

    def __post_init__(self) -> None:
        check_port(self.port)
        if self.expect is not None:
            Pattern(self.expect)

    def warnings(self) -> tuple[Message, ...]:
        """Return what is unwise in it."""
        said = advice("expect", self.expect)
        return (said,) if said else ()


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Connect, and where something is expected read until it comes.

    Raises:
        OSError: the host refuses, resets or cannot be reached.

    """
    async with sockets.connection(settings.host, settings.port, path) as (
        reader,
        writer,
    ):
        if settings.send:
            writer.write(settings.send.encode())
        if settings.expect is None:
            return ok(Evidence.REACHED)
        return await _read_until(reader, settings.expect)


async def _read_until(reader: asyncio.StreamReader, expect: str) -> Outcome:
    """Read until the answer matches, ends, is too long, or time is up."""
    wanted, answer = Pattern(expect), b""
    try:
        while len(answer) < SEARCHED_BYTES:
            chunk = await reader.read(SEARCHED_BYTES - len(answer))
            answer += chunk
            if chunk and wanted.refused:
                answer = await _read_on(reader, answer)
            if await wanted.found_in(answer):
                return ok(Evidence.SERVED)
            if not chunk:
                break
    except asyncio.CancelledError:  # the deadline, which is no silence if it spoke
        if not answer:
            raise
        raise Stop(_unexpected(expect, answer)) from None
    return _unexpected(expect, answer)


async def _read_on(reader: asyncio.StreamReader, answer: bytes) -> bytes:
    """Read what comes without a pause: a dear search is not made for each piece."""
    with suppress(TimeoutError):
        while len(answer) < SEARCHED_BYTES:
            async with asyncio.timeout(QUIET_S):
                chunk = await reader.read(SEARCHED_BYTES - len(answer))
            if not chunk:
                break
            answer += chunk
    return answer


def _unexpected(expect: str, answer: bytes) -> Outcome:
    what, said = plain(expect), plain(answer)
    return failed(Reason.CONTENT, Evidence.REACHED, what=what, said=said)
