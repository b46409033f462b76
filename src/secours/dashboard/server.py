"""The server around the pages: headers, plain page, snapshot, routes."""

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from secours import places
from secours.dashboard import address, exports
from secours.dashboard.access import identity, visit
from secours.dashboard.access.identity import Identity
from secours.dashboard.access.page_socket import TOO_MUCH
from secours.dashboard.access.policy import LOCAL, check_in_words, environment
from secours.dashboard.access.turns import AGAIN_LATER, InTurn
from secours.dashboard.engine import engine_keeper
from secours.dashboard.engine.source import look, plan
from secours.dashboard.pages import MOVED, VIEWS
from secours.dashboard.skeleton import Fed, Pages, Skeleton, script_routes
from secours.dashboard.streamlit_seams import (
    HEALTH,
    UNUSED,
    hear_our_pages_alone,
    hosts_of_login,
    is_logged_in,
    lose_no_press,
)
from secours.dashboard.view import ACTING, fed, may_open
from secours.engine import access_token
from secours.languages import preferred
from secours.web.app import Web
from secours.web.base_path import BasePath
from secours.web.door import Doorkeeper, Rules, is_encrypted

ROUTES = ("paper", "lite")
MAIN = Path(__file__).with_name("main.py")

GONE = "websocket.disconnect"
WE_END = (1012, AGAIN_LATER, TOO_MUCH)  # RFC 6455, registered: service restart
FINISH_S = 2.0  # for pressed actions to finish; delays a stop of the server
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; script-src 'self' 'wasm-unsafe-eval' blob:; "
    "worker-src 'self' blob:; connect-src 'self' {sockets} data: blob:; "
    "frame-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; "
    "object-src 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class SecureHeaders:
    """Send a content security policy and its like with every answer.

    It closes what of Streamlit no page of ours uses: metrics, and files, which whoever
    has a page could leave in memory without end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request; add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = POLICY.format(sockets="wss:" if is_encrypted(scope) else "ws:")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", policy)
                headers.update(HEADERS)
            await send(message)

        closed = scope["path"].removeprefix(_start()).startswith(UNUSED)
        app = PlainTextResponse("Not Found", 404) if closed else self.app
        await app(scope, receive, with_headers)


class LastRun:
    """Middleware that lets a closed page finish pressed actions.

    Streamlit stops the script of a closed page at once: here it learns of that a moment
    later, and its further output is dropped.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a websocket, and delay its end."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return

        async def and_end_later() -> Message:
            message = await receive()
            if message["type"] == GONE and message.get("code") not in WE_END:
                await asyncio.sleep(FINISH_S)
            return message

        async def while_there(message: Message) -> None:
            with suppress(OSError):  # nobody is there
                await send(message)

        await self.app(scope, and_end_later, while_there)


def engine_beside(app: object = None) -> AbstractAsyncContextManager[None]:
    """Keep an engine beside the server; raise RuntimeError if it must not listen."""
    check_in_words(str(st.get_option("server.address") or ""))
    return engine_keeper.engine_beside(app)


def middleware() -> list[Middleware]:
    """Return the middleware before Streamlit; makes presses lossless."""
    lose_no_press()
    hear_our_pages_alone()
    access_token.obtain(places.data_dir())
    return [
        Middleware(BasePath, start=_start()),
        Middleware(SecureHeaders),
        Middleware(Doorkeeper, rules=_rules()),
        Middleware(Identity),
        Middleware(InTurn, kind=lambda who: visit.of_request(who).viewer.kind),
        Middleware(LastRun),
        Middleware(Skeleton, pages=_pages()),
    ]


def _rules() -> Rules:
    access = environment()
    address = str(st.get_option("server.address") or "").lower()
    return Rules(
        plan=plan,
        is_here=lambda scope: identity.placed(access, scope).kind == LOCAL,
        is_vouched=lambda scope: identity.comes_by_proxy(access, scope),
        hosts=(address, *(hosts_of_login() if access.login else ())),
        open=(HEALTH,),
        start=_start(),
    )


def pages() -> tuple[str, ...]:
    """Return the addresses for people."""
    closed = ACTING if environment().read_only else ()
    return (*(name for name in VIEWS if name not in closed), *ROUTES)


def _pages() -> Pages:
    return Pages(
        names=pages(),
        screens=tuple(name for name, view in VIEWS.items() if view.full),
        moved=MOVED,
        plan=_web().plan,
        first=first,
        viewers=viewers_language,
        theme=lambda request: visit.of_request(request).theme,
        theme_cookie=visit.THEME,
        start=_start(),
    )


def first(name: str, request: Request) -> Fed | None:
    """Return the first data of a page, None where it is closed."""
    view, came = VIEWS[name], visit.of_request(request)
    if not may_open(view, came):
        return None
    return fed(view, address.of_request(name, request), came)


def viewers_language(request: Request) -> str | None:
    """Return the viewer's language where neither address nor plan names one.

    None where it is the default anyway.
    """
    config = plan()
    if (
        config is None
        or not config.site.speaks_to_each
        or request.query_params.get("lang")
    ):
        return None
    wanted = preferred(request.headers.get("accept-language", ""))
    return wanted if wanted != config.site.language else None


def routes() -> list[BaseRoute]:
    """Return our own routes, with the base path, which Streamlit does not add."""
    start = _start()
    own = _web().routes(start, acts=not environment().read_only)
    return [*script_routes(start), *exports.routes(start), *own]


def _start() -> str:
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""


@cache
def _web() -> Web:
    rules = environment()

    def sees_all(request: Request) -> bool:
        return _is_trusted(request) or (rules.login and is_logged_in(request))

    return Web(look, sees_all, _is_trusted, rules.known_only, config=plan, page="why")


def _is_trusted(request: Request) -> bool:
    """Return whether it comes from here, or from a proxy that names its user.

    A login does not count for actions: a foreign link would bear it too (CSRF).
    """
    return identity.read(request.headers.get(identity.HEADER)).trusted
