"""Streamlit's page is empty until its script has run: cover it until then.

A proxy that passes no websocket, or a server that hangs, would leave it empty for
ever, and an empty wall says nothing of why. So the page bears a cover that needs no
script: after a while it shows, with the plan on it and the way to the plain page. The
script beside it takes it away when the websocket is heard.

An address that is none of ours gets a page of ours, in the viewer's language.
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from secours import texts
from secours.model.snapshot import Snapshot
from secours.render.pages import skeleton

SCRIPT = "skeleton.js"
ADDRESS = "skeleton.js"
END = b"</body>"
LONGEST_BYTES = 1 << 20  # of the page into which the cover is put
PLAIN = "lite"
INNER = (
    "_stcore",
    "auth",
    "oauth2callback",
    "ack",
    "api",
    "healthz",
)  # no pages, whoever asks
WHOLE = ("lite", "paper")  # pages that need no script

Seen = Callable[[Request], Snapshot | None]
"""The plan that a viewer may see."""


class Skeleton:
    """Put the cover into the page that Streamlit serves at every address."""

    def __init__(self, app: ASGIApp, seen: Seen, pages: Collection[str], start: str):
        """Stand before `app`, whose `pages` are under the path `start`."""
        self.app = app
        self.seen = seen
        self.pages = pages
        self.start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a page is covered, and one that is none is said."""
        if scope["type"] != "http" or not _wants_page(scope):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        name = scope["path"].removeprefix(self.start).strip("/")
        if name in WHOLE or name.partition("/")[0] in INNER:
            await self.app(scope, receive, send)
            return
        if name and name not in self.pages:
            await self.missing(request)(scope, receive, send)
            return
        scope = {**scope, "headers": _unpacked(scope["headers"])}
        await self.app(scope, receive, Covered(send, lambda: self.cover(request)))

    def cover(self, request: Request) -> bytes:
        """Draw what the page says while it is not heard."""
        plan = self.seen(request)
        language = _language(request, plan)
        drawn = skeleton.cover_html(
            plan,
            language,
            script=f"{self.start}/{ADDRESS}",
            plain=f"{self.start}/{PLAIN}?lang={language}",
        )
        return drawn.encode()

    def missing(self, request: Request) -> Response:
        """Say that there is no such page, and which there are."""
        language = _language(request, self.seen(request))
        pages = [(name, f"{self.start}/{name}?lang={language}") for name in self.pages]
        return HTMLResponse(skeleton.missing_html(language, pages), 404)


class Covered:
    """Send an answer on, with the cover before the end of its page."""

    def __init__(self, send: Send, cover: Callable[[], bytes]) -> None:
        """Send by `send`; draw the cover only for what is a page."""
        self.send = send
        self.cover = cover
        self.began: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        """Hold a page back until it is whole; pass on what is none."""
        if message["type"] == "http.response.start" and _is_page(message):
            self.began = message
        elif self.began is None or message["type"] != "http.response.body":
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body") or len(self.body) > LONGEST_BYTES:
                await self.finish(more=bool(message.get("more_body")))

    async def finish(self, *, more: bool) -> None:
        """Send what was held back."""
        assert self.began is not None
        head, end, tail = bytes(self.body).rpartition(END)
        page = head + self.cover() + end + tail if end else bytes(self.body)
        if not more:
            MutableHeaders(scope=self.began)["content-length"] = str(len(page))
        await self.send(self.began)
        self.began = None
        await self.send({"type": "http.response.body", "body": page, "more_body": more})


def script_route(start: str) -> Route:
    """Return the address of the script that takes the cover away."""
    text = Path(__file__).with_name(SCRIPT).read_text("utf-8")

    def script(_: Request) -> Response:
        return Response(text, media_type="text/javascript")

    return Route(f"{start}/{ADDRESS}", script, methods=["GET"])


def _wants_page(scope: Scope) -> bool:
    """Tell whether a person opens an address, and no file of a page."""
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    last = scope["path"].rpartition("/")[2]
    opens = scope["method"] in ("GET", "HEAD") and "." not in last
    return opens and b"text/html" in headers.get(b"accept", b"")


def _unpacked(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Ask for a page that is not compressed: something is put into it."""
    kept = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
    return [(name, value) for name, value in headers if name.lower() not in kept]


def _is_page(message: Message) -> bool:
    kind = MutableHeaders(scope=message).get("content-type", "")
    return message["status"] == 200 and kind.startswith("text/html")


def _language(request: Request, plan: Snapshot | None) -> str:
    site = plan.site.language if plan else "en"
    return texts.language_of(request.query_params.get("lang"), site)
