"""Time-outs of idle and slow clients, and a limit on concurrent requests.

A whole request has to arrive within five seconds, and within one where many connections
of its address are idle: silent clients must not block others. So it is for clients that
do not read the answer. A reverse proxy sends whole requests at once and reads
answers, so its clients lose nothing by sharing one address.
"""

import asyncio
import resource
import socket
from collections import Counter
from typing import ClassVar

import h11
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

LIMIT_S = 5.0
CROWDED_LIMIT_S = 1.0
CROWD = 32  # idle connections of one address
MOST_FILES = 1 << 16  # more would only slow their closing one by one
ROOM_BYTES = 1 << 17  # of kernel buffer for an answer: soon full without a reader
OWING = (h11.IDLE, h11.SEND_BODY)  # states of an unfinished request


class HttpConnection(H11Protocol):
    """Connection of uvicorn with time-outs for its client."""

    _waiting: ClassVar[Counter[str]] = Counter()  # by address
    _timer: asyncio.TimerHandle | None = None
    _unsent = 0  # bytes of an answer, when last looked at

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Start waiting for a request."""
        super().connection_made(transport)
        if (connected := transport.get_extra_info("socket")) is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM_BYTES)
        self._look()

    def data_received(self, data: bytes) -> None:
        """Receive a part of a request, perhaps the last."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        """Resume it."""
        super().resume_writing()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        super().connection_lost(exc)
        self._wait_no_more()

    def _look(self) -> None:
        ours = self.transport.get_protocol() is self  # no websocket by now
        owes = self.conn.their_state in OWING and not self.transport.is_closing()
        if not ours or not (owes or self.flow.write_paused):
            self._wait_no_more()
        elif self._timer is None:
            self._waiting[self._address()] += 1
            self._timer = self.loop.call_later(CROWDED_LIMIT_S, self._look_round)

    def _look_round(self) -> None:
        if self._waiting[self._address()] > CROWD:
            self._hang_up()
        else:
            self._unsent = self.transport.get_write_buffer_size()
            left_s = LIMIT_S - CROWDED_LIMIT_S
            self._timer = self.loop.call_later(left_s, self._look_again)

    def _look_again(self) -> None:
        """Allow more time to a client that reads an answer slowly."""
        taken = self.transport.get_write_buffer_size() < self._unsent
        if self.flow.write_paused and taken:
            self._timer = self.loop.call_later(CROWDED_LIMIT_S, self._look_round)
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        self._wait_no_more()
        self.transport.abort()

    def _wait_no_more(self) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        self._waiting[self._address()] -= 1
        if not self._waiting[self._address()]:
            del self._waiting[self._address()]

    def _address(self) -> str:
        return self.client[0] if self.client else ""


class AtMost:
    """Middleware that rejects requests above a number at once.

    Answers that were made and are on their way, however slowly, do not count.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most, self._now = app, most, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request, or answer it with 503."""
        if self._now >= self._most:
            await PlainTextResponse("Service Unavailable", 503)(scope, receive, send)
            return
        self._now += 1
        is_made = False

        async def send_made(message: Message) -> None:
            nonlocal is_made
            if not is_made:
                self._now -= 1
                is_made = True
            await send(message)

        try:
            await self._app(scope, receive, send_made)
        finally:
            if not is_made:
                self._now -= 1


def open_more_files() -> None:
    """Raise the limit of open files as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
