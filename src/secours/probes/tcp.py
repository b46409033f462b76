"""TCP: does a port accept connections, and say what is expected?

An accepted connection is `reached`: it proves that something listens there, not that it
works. With `expect` the answer is read, and a match is `served`.

Source: RFC 9293 section 3.5 (establishing a connection).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from secours.model.observed import Evidence, Outcome, Reason, failed, ok
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.net import sockets
from secours.wire.pattern import SEARCHED_BYTES, ExpectOptions, Pattern

BEST = Evidence.SERVED
Reading = Callable[[int], Awaitable[bytes]]  # at most so many bytes
QUIET_S = 0.3  # without a byte for so long, an answer is searched in a dear way


class Settings(ExpectOptions, frozen=True, kw_only=True):
    """Address, text to send, and pattern of the answer."""


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Connect, and read until the expected text comes; raise OSError if unreachable."""
    loop = asyncio.get_running_loop()
    with await sockets.connected_socket(settings.host, settings.port, path) as sock:
        if settings.send:
            await loop.sock_sendall(sock, settings.send.encode())
        if not settings.expect:
            return ok(Evidence.REACHED)
        return await _read_until(partial(loop.sock_recv, sock), settings.expect)


async def _read_until(read: Reading, expect: str) -> Outcome:
    """Read until the answer matches, ends, is too long, or time is up."""
    pattern, answer = Pattern(expect), b""
    try:
        while len(answer) < SEARCHED_BYTES:
            chunk = await read(SEARCHED_BYTES - len(answer))
            answer += chunk
            if chunk and pattern.refused:
                answer = await _read_on(read, answer)
            if answer and await pattern.found_in(answer):
                return ok(Evidence.SERVED)
            if not chunk:
                break
            await asyncio.sleep(0)  # what has come already is read without a pause
    except asyncio.CancelledError:  # the deadline, which is no silence if it spoke
        if not answer:
            raise
        raise Stop(_unexpected(expect, answer)) from None
    return _unexpected(expect, answer)


async def _read_on(read: Reading, answer: bytes) -> bytes:
    """Read what came without a pause: a costly search is not made for each piece."""
    with suppress(TimeoutError):
        while len(answer) < SEARCHED_BYTES:
            async with asyncio.timeout(QUIET_S):
                chunk = await read(SEARCHED_BYTES - len(answer))
            if not chunk:
                break
            answer += chunk
            await asyncio.sleep(0)
    return answer


def _unexpected(expect: str, answer: bytes) -> Outcome:
    what, said = plain(expect), plain(answer)
    return failed(Reason.CONTENT, Evidence.REACHED, what=what, said=said)
