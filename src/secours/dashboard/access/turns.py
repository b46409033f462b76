"""Limit of open pages and of requests for each kind of viewer.

Strangers share one limit, and viewers with the token of a screen another; each request
waits for its turn, as a run of a script delays all others. Where all places are taken,
the page that has asked for nothing for longest makes room: whoever holds many open
shuts nobody out. Known people have no limit.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from secours.dashboard.access.page_socket import Allowance
from secours.dashboard.access.policy import SEES_WALL, STRANGER

MOST_PAGES = 64  # of one kind
FULL = "secours.full"  # in the scope of a request: asks whether it has them all
ASKED_PER_S, ASKED_AT_ONCE = {STRANGER: 10.0, SEES_WALL: 20.0}, 20.0
GONE, CLOSE = "websocket.disconnect", "websocket.close"
AGAIN_LATER = 1013  # RFC 6455, registered


class Page:
    """An open page: whether it waits for its turn, and whether it was put out."""

    def __init__(self) -> None:
        self.waits = False
        self.out = asyncio.Event()


class Turns:
    """The open pages and the rate of requests of one kind of viewer."""

    def __init__(self, per_s: float) -> None:
        self._pages: list[Page] = []  # that asked last, last
        self._asked = Allowance(per_s, ASKED_AT_ONCE)
        self._queue = asyncio.Lock()

    @property
    def all_wait(self) -> bool:
        """Return whether there is no room, and no page that could make room."""
        return len(self._pages) >= MOST_PAGES and all(
            page.waits for page in self._pages
        )

    @contextmanager
    def opened(self) -> Iterator[Page]:
        """Count a page while it is open; the one that is idle longest makes room."""
        if len(self._pages) >= MOST_PAGES:
            idlest = next(page for page in self._pages if not page.waits)
            self._pages.remove(idlest)
            idlest.out.set()
        page = Page()
        self._pages.append(page)
        try:
            yield page
        finally:
            if not page.out.is_set():
                self._pages.remove(page)

    async def wait(self, page: Page) -> None:
        """Wait for the turn of a page, first come first served."""
        page.waits = True
        try:
            async with self._queue:
                now_s = asyncio.get_running_loop().time()
                await asyncio.sleep(self._asked.take(1.0, now_s))
        finally:
            page.waits = False
        self._pages.remove(page)
        self._pages.append(page)


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
            scope[FULL] = partial(self._has_no_room, scope)
        if turns is None:
            await self.app(scope, receive, send)
        elif turns.all_wait:
            await WebSocket(scope, receive, send).close(AGAIN_LATER)
        else:
            with turns.opened() as page:
                await self._pass_on(turns, page, scope, receive, send)

    def _of(self, scope: Scope) -> Turns | None:
        return self._turns.get(self._kind(HTTPConnection(scope)))

    def _has_no_room(self, scope: Scope) -> bool:
        turns = self._of(scope)
        return turns is not None and turns.all_wait

    async def _pass_on(
        self, turns: Turns, page: Page, scope: Scope, receive: Receive, send: Send
    ) -> None:
        async def in_turn() -> Message:
            message = await _until_out(page, receive)
            if message is None:
                with suppress(OSError):  # nobody is there
                    await send({"type": CLOSE, "code": AGAIN_LATER})
                return {"type": GONE, "code": AGAIN_LATER}
            if message["type"] != GONE:
                await turns.wait(page)
            return message

        async def while_in(message: Message) -> None:
            if not page.out.is_set():
                await send(message)

        await self.app(scope, in_turn, while_in)


async def _until_out(page: Page, receive: Receive) -> Message | None:
    """Return what a page says next, None once it is put out."""
    received = asyncio.ensure_future(receive())
    out = asyncio.create_task(page.out.wait())
    try:
        await asyncio.wait({received, out}, return_when=asyncio.FIRST_COMPLETED)
        return None if page.out.is_set() else received.result()
    finally:
        received.cancel()
        out.cancel()
