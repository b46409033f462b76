"""Content of pages before Streamlit's script has run, or if it never does.

Streamlit's page is empty until then. So the server fills it with content drawn from the
newest snapshot: it can be read at once, and the watchdog watches its age from the first
moment. The component replaces it.

A proxy without websockets, or a hanging server, would leave it so for ever. So the page
has a cover without script: it appears after a while, with the plan and a link to the
plain page. The script beside it removes it once the websocket is
connected.

An unknown address gets a page of ours, in the viewer's language; a former one
redirects.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from secours import texts
from secours.dashboard import component, streamlit_seams
from secours.dashboard.access.turns import FULL
from secours.model.snapshot import Snapshot
from secours.render.pages import skeleton
from secours.render.palette import THEMES
from secours.render.redact import on_wall

log = logging.getLogger(__name__)

SCRIPTS = (component.SKELETON, component.WATCH)
STORED = ("etag", "last-modified", "accept-ranges")  # of a file, which it no longer is
LONGEST_BYTES = 1 << 20  # of the page to fill
PLAIN = "lite"
DARK = "dark"
THEME_S = 365 * 86400
NO_PAGES = (*streamlit_seams.NO_PAGES, "ack", "api", "healthz", "metrics")
ANYTHING = b"*/*"  # also meant by no header
FRESH = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
WHOLE = ("lite", "paper")  # pages that need no script

Fed = Mapping[str, Any]


class Pages(Struct, frozen=True, kw_only=True):
    """Pages that Streamlit serves, and their first content."""

    names: tuple[str, ...]
    screens: tuple[str, ...]  # those that fill the screen, in colours of their own
    moved: Mapping[str, str]  # former addresses, and their pages now
    plan: Callable[[Request], Snapshot | None]  # as the viewer may see it
    first: Callable[[str, Request], Fed | None]  # content of a page, None for none
    viewers: Callable[[Request], str | None]  # a language to add to its address
    theme: Callable[[Request], str]
    theme_cookie: str
    start: str = ""  # base path


class PageContent(Struct, frozen=True, kw_only=True):
    """Content to fill into an empty page of Streamlit."""

    language: str
    title: str
    inside: str


class Skeleton:
    """Middleware that fills content and cover into Streamlit's page."""

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request; fill in pages, and answer unknown addresses."""
        if scope["type"] != "http" or not _wants_page(scope):
            await self.app(scope, receive, send)
            return
        request, start = Request(scope), self.pages.start
        name = scope["path"].removeprefix(start).strip("/")
        if name.partition("/")[0] in NO_PAGES:
            await self.app(scope, receive, send)
        elif language := self.pages.viewers(request):
            query = request.url.include_query_params(lang=language).query
            there = f"{start}/{quote(name)}?{query}"
            await RedirectResponse(there, headers=FRESH)(scope, receive, send)
        elif name in WHOLE:
            await self.app(scope, receive, send)
        elif name in self.pages.moved:
            query = f"?{request.url.query}" if request.url.query else ""
            moved = RedirectResponse(f"{start}/{self.pages.moved[name]}{query}")
            await moved(scope, receive, send)
        elif name and name not in self.pages.names:
            await self.missing(request)(scope, receive, send)
        else:
            bare = {**scope, "headers": _unpacked(scope["headers"])}
            draw = partial(self.filling, name, request)
            filled = ContentSender(send, draw, self.cookie(name, request))
            await self.app(bare, receive, filled)

    def filling(self, name: str, request: Request) -> PageContent | None:
        """Return the content of the page; None where it cannot be drawn."""
        try:
            return self._drawn(name, request)
        except Exception:  # Streamlit's own page goes out without it
            log.exception("the page could not be filled in")
            return None

    def _drawn(self, name: str, request: Request) -> PageContent:
        """Draw the page's first content."""
        plan, fed = self.pages.plan(request), self.pages.first(name, request)
        language = fed["lang"] if fed else _language(request, plan)
        start = self.pages.start
        own = name in self.pages.screens
        inside = skeleton.inside_html(
            on_wall(plan) if own else plan,
            language,
            fed=fed,
            theme=DARK if own else self.pages.theme(request),
            script=f"{start}/{SCRIPTS[0]}",
            plain=f"{start}/{PLAIN}?lang={language}",
            full=request.scope.get(FULL, bool)(),
        )
        title = fed["title"] if fed else texts.say(language, "title.ok")
        return PageContent(language=language, title=title, inside=inside)

    def cookie(self, name: str, request: Request) -> str:
        """Return the cookie that keeps the theme asked for, "" for none."""
        theme = request.query_params.get("theme", "")
        if theme not in THEMES or name in self.pages.screens:
            return ""
        path = self.pages.start or "/"
        kept = f"Path={path}; Max-Age={THEME_S}; SameSite=Strict"
        return f"{self.pages.theme_cookie}={theme}; {kept}"

    def missing(self, request: Request) -> Response:
        """Say that there is no such page, and which there are."""
        language = _language(request, self.pages.plan(request))
        names, start = self.pages.names, self.pages.start
        found = [(name, f"{start}/{name}?lang={language}") for name in names]
        return HTMLResponse(skeleton.missing_html(language, found), 404)


class ContentSender:
    """Sender of an answer with content added at the end of its page."""

    def __init__(
        self, send: Send, draw: Callable[[], PageContent | None], cookie: str
    ) -> None:
        """Send by `send`; draw the content only for pages."""
        self.send = send
        self.draw = draw
        self.cookie = cookie
        self.began: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        """Buffer a page until complete; forward others."""
        if message["type"] == "http.response.start" and _is_page(message):
            self.began = message
        elif self.began is None or message["type"] != "http.response.body":
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body") or len(self.body) > LONGEST_BYTES:
                await self.finish(more=bool(message.get("more_body")))

    async def finish(self, *, more: bool) -> None:
        """Send the page held back."""
        assert self.began is not None
        page = bytes(self.body)
        if streamlit_seams.END in page and (
            content := await run_in_threadpool(self.draw)
        ):
            page = streamlit_seams.filled(
                page, content.language, content.title, content.inside
            )
        headers = MutableHeaders(scope=self.began)
        headers["cache-control"] = "no-store"  # gone back to, it would look fresh
        for name in STORED:
            del headers[name]
        if not more:
            headers["content-length"] = str(len(page))
        if self.cookie:
            headers.append("set-cookie", self.cookie)
        await self.send(self.began)
        self.began = None
        await self.send({"type": "http.response.body", "body": page, "more_body": more})


def script_routes(start: str) -> list[Route]:
    """Return the routes of scripts that a page needs before Streamlit's."""
    return [_script(name, start) for name in SCRIPTS]


def _script(name: str, start: str) -> Route:
    text = component.script(name)

    def script(_: Request) -> Response:
        return Response(text, media_type="text/javascript")

    return Route(f"{start}/{name}", script, methods=["GET"])


def _wants_page(scope: Scope) -> bool:
    """Return whether a person opens an address, not a file of a page.

    So does a program that accepts anything, such as curl; a script does not.
    """
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    last = scope["path"].rpartition("/")[2]
    opens = scope["method"] in ("GET", "HEAD") and "." not in last
    accepted = headers.get(b"accept", ANYTHING)
    is_program = accepted == ANYTHING and b"sec-fetch-dest" not in headers
    return opens and (b"text/html" in accepted or is_program)


def _unpacked(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Ask for an uncompressed page, to fill content in."""
    kept = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
    return [(name, value) for name, value in headers if name.lower() not in kept]


def _is_page(message: Message) -> bool:
    kind = MutableHeaders(scope=message).get("content-type", "")
    return message["status"] == 200 and kind.startswith("text/html")


def _language(request: Request, plan: Snapshot | None) -> str:
    site = plan.site.language if plan else "en"
    return texts.language_of(request.query_params.get("lang"), site)
