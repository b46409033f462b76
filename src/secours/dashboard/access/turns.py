"""Limit of open pages and of requests for each kind of viewer.

Strangers share one limit, and viewers with the token of a screen another; each request
waits for its turn, as a run of a script delays all others. Known people have no limit.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from secours.dashboard.access.page_socket import Allowance
from secours.dashboard.access.policy import SEES_WALL, STRANGER

MOST_PAGES = 64  # of one kind
FULL = "secours.full"  # in the scope of a request: asks whether it has them all
ASKED_PER_S, ASKED_AT_ONCE = {STRANGER: 10.0, SEES_WALL: 20.0}, 20.0
GONE, AGAIN_LATER = "websocket.disconnect", 1013  # RFC 6455, registered


class Turns:
    """The open pages and the rate of requests of one kind of viewer."""

    def __init__(self, per_s: float) -> None:
        """Begin without pages."""
        self.pages = 0
        self._asked = Allowance(per_s, ASKED_AT_ONCE)
        self._queue = asyncio.Lock()

    async def wait(self) -> None:
        """Wait for a turn, first come first served."""
        async with self._queue:
            now_s = asyncio.get_running_loop().time()
            await asyncio.sleep(self._asked.take(1.0, now_s))


class InTurn:
    """Middleware that holds each kind of viewer to its limit."""

    def __init__(self, app: ASGIApp, kind: Callable[[HTTPConnection], str]) -> None:
        """Wrap `app`; `kind` is of the client."""
        self.app = app
        self._kind = kind
        self._turns = {of: Turns(per_s) for of, per_s in ASKED_PER_S.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a websocket in turn, or refuse it."""
        is_page = scope["type"] == "websocket"
        turns = self._of(scope) if is_page else None
        if scope["type"] == "http":
            scope[FULL] = partial(self._has_all, scope)
        if turns is None:
            await self.app(scope, receive, send)
        elif self._has_all(scope):
            await WebSocket(scope, receive, send).close(AGAIN_LATER)
        else:
            await self._pass_on(turns, scope, receive, send)

    def _of(self, scope: Scope) -> Turns | None:
        return self._turns.get(self._kind(HTTPConnection(scope)))

    def _has_all(self, scope: Scope) -> bool:
        turns = self._of(scope)
        return turns is not None and turns.pages >= MOST_PAGES

    async def _pass_on(
        self, turns: Turns, scope: Scope, receive: Receive, send: Send
    ) -> None:
        async def in_turn() -> Message:
            message = await receive()
            if message["type"] != GONE:
                await turns.wait()
            return message

        turns.pages += 1
        try:
            await self.app(scope, in_turn, send)
        finally:
            turns.pages -= 1
