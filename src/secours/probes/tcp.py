"""TCP: does a port accept connections, and say what is expected?

An accepted connection is `reached`: it proves that something listens there, not that it
works. With `expect` the answer is read, and a match is `served`.

Source: RFC 9293 section 3.5 (establishing a connection).
"""

import asyncio
from dataclasses import dataclass

from secours.model import Evidence, Outcome, Path, Reason, Stop, failed, ok
from secours.wire import sockets
from secours.wire.options import check_port, matches, pattern
from secours.wire.words import plain

BEST = Evidence.SERVED
ANSWER_LIMIT_BYTES = 1 << 16
CHUNK_BYTES = 1 << 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where to connect, what to say, and what the answer must contain."""

    host: str
    port: int
    send: str = ""
    expect: str | None = None  # a regular expression

    def __post_init__(self) -> None:
        check_port(self.port)
        pattern(self.expect or "")


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
    wanted, answer = pattern(expect), b""
    try:
        while len(answer) < ANSWER_LIMIT_BYTES:
            chunk = await reader.read(CHUNK_BYTES)
            answer += chunk
            if matches(wanted, answer):
                return ok(Evidence.SERVED)
            if not chunk:
                break
    except asyncio.CancelledError:  # the deadline, which is no silence if it spoke
        if not answer:
            raise
        raise Stop(_unexpected(expect, answer)) from None
    return _unexpected(expect, answer)


def _unexpected(expect: str, answer: bytes) -> Outcome:
    said = plain(answer[:ANSWER_LIMIT_BYTES])
    return failed(Reason.CONTENT, Evidence.REACHED, what=plain(expect), said=said)
