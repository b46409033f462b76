"""Identity of viewers for pages and routes, in an unforgeable header."""

import os
from urllib.parse import quote, unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from secours.dashboard.access.policy import (
    KNOWN,
    LOCAL,
    SEES_WALL,
    STRANGER,
    Access,
    Viewer,
    environment,
    is_trusted,
    viewer,
)
from secours.web.door import BEARER
from secours.web.tokens import FULL, SCREEN
from secours.wire.net.addresses import is_loopback

HEADER = "x-secours-viewer"
LOOPBACK = "127.0.0.1"
ALLOWED = "FORWARDED_ALLOW_IPS"  # whom uvicorn believes; by default this machine


class Identity:
    """Middleware that sets the viewer of each request, and drops forged ones."""

    def __init__(self, app: ASGIApp, access: Access | None = None) -> None:
        self.app = app
        self.access = environment() if access is None else access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward it."""
        if scope["type"] in ("http", "websocket"):
            header = written(who(self.access, scope))
            headers = [
                pair for pair in scope["headers"] if pair[0].lower() != HEADER.encode()
            ]
            scope["headers"] = [*headers, (HEADER.encode(), header.encode())]
        await self.app(scope, receive, send)


def who(access: Access, scope: Scope) -> Viewer:
    """Return the viewer of an admitted request."""
    viewer = placed(access, scope)
    let_in = scope.get(BEARER)
    if viewer.kind == LOCAL and let_in != FULL:
        viewer = Viewer(kind=STRANGER)
    if viewer.kind == STRANGER and let_in == SCREEN:
        return Viewer(kind=SEES_WALL)
    return viewer


def placed(access: Access, scope: Scope) -> Viewer:
    """Return who sent a request, by its origin and its proxy."""
    named = [
        (name.decode("latin-1").lower(), _decoded(text))
        for name, text in scope["headers"]
    ]
    return viewer(access, peer(scope), named)


def _decoded(text: bytes) -> str:
    """Decode a header of a proxy; RFC 9110, section 5.5, leaves the charset open."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def comes_by_proxy(access: Access, scope: Scope) -> bool:
    """Return whether a trusted remote proxy sent it: no page here can be one."""
    end = peer(scope)
    return bool(access.user_header) and not is_loopback(end) and is_trusted(access, end)


def peer(scope: Scope) -> str:
    """Return the peer of the connection, "" where unknown.

    Uvicorn puts the client that a proxy on this machine names in its place, without a
    port: then that proxy is the other end. With a port it might be either.
    """
    if not scope.get("client"):
        return ""
    host, port = scope["client"]
    if not port:
        return "" if os.environ.get(ALLOWED) else LOOPBACK
    named = b",".join(
        text for name, text in scope["headers"] if name.lower() == b"x-forwarded-for"
    )
    return "" if str(host).encode() in named else str(host)


def written(who: Viewer) -> str:
    """Write a viewer as the text of a header."""
    return f"{who.kind}:{quote(who.name)}"


def read(text: str | None) -> Viewer:
    """Parse a viewer; invalid is a stranger."""
    kind, _, name = (text or "").partition(":")
    if kind == KNOWN and name:
        return Viewer(kind=KNOWN, name=unquote(name))
    return Viewer(kind=kind) if kind in (LOCAL, SEES_WALL) else Viewer()
