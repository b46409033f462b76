"""Access check of both servers, before anything else: who is let in, and as whom.

- A request for a foreign host is refused (421): a page rebound its name to us (DNS).
- Actions, and every websocket, come from a page of ours or from no page at all.
- On this machine viewers bear its token: as a link, which is replaced by a cookie, or
  as `Authorization: Bearer TOKEN`. Other users of the machine have none.
- A program that reads feeds may send the token as the password of HTTP Basic, for feeds
  alone: a browser would send it unasked to every other address.
- A screen has a token of its own, for the wall and the plain page alone, and like the
  other on this machine alone.
- A standby has one too, valid from anywhere for its report alone, as a bearer.
- An SMS gateway has one in the address, to hand over messages and for nothing else.
- The link in a notice suffices for its page, from anywhere.
- Without a known token the answer is 401, on this machine for a browser a page with a
  field for the token; with a known one that lacks the right it is 403, as for foreign
  pages.

Source: RFC 9110, sections 7.2 (Host), 11.6.1 and 15.5.2 (401) and 15.5.20 (421);
RFC 6454, section 7 (Origin); RFC 6265 (cookies); RFC 6750, sections 2.1 and 3; RFC
7617.
"""

import os
import pwd
import re
from collections.abc import Callable, Collection
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from secours import places, texts
from secours.engine import access_token
from secours.model.plan import Config
from secours.web.answers import ASKS_FOR_TOKEN, HEADERS, json_answer
from secours.web.entrance import FORM, EntrancePage
from secours.web.tokens import (
    FULL,
    NOBODY,
    OUTDATED,
    QUERY,
    SCREEN,
    STANDBY,
    bearer_of,
    by_password,
    let_in,
    without_token,
)
from secours.wire import heartbeats
from secours.wire.net.addresses import is_loopback

BEARER = "secours.bearer"  # in the scope: the kind of token
HAS_TOKEN = "secours.has-token"  # in the scope: one of ours, valid for this or not
CHALLENGE = 'Basic realm="Secours", charset="UTF-8"'
READING = ("GET", "HEAD", "OPTIONS")
OPEN = ("/healthz", "/api/v1/text")  # and beats, which may ask for themselves
FEEDS = re.compile(r"/feed\.atom|/tests\.ics|/cap\.xml|/cap/[^/]+\.xml")
A_NOTICE = re.compile(r"/ack/[A-Za-z0-9_-]{16,128}")
OWN_SITES = ("none", "same-origin")
FROM_US = (
    "what acts comes from a page of ours, or from no page and"
    f" with {heartbeats.HEADER} or Authorization"
)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host")


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the access check."""

    plan: Callable[[], Config | None]
    is_here: Callable[[Scope], bool]  # from this machine itself
    is_vouched: Callable[[Scope], bool] = lambda _: False  # by a trusted remote proxy
    hosts: Collection[str] = ()  # ours besides those of the plan
    open: Collection[str] = ()  # addresses open to all besides ours
    start: str = ""  # base path


class Doorkeeper:
    """Middleware of the access check; notes the token's kind."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.app = app
        self.rules = rules
        self.entrance = EntrancePage(rules.start, _user())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        answer = self._refusal(scope)
        if answer is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close()
        else:
            await answer(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        """Note the kind of token, and return the refusal, if any."""
        plan, headers = self.rules.plan(), Headers(scope=scope)
        if not self._is_for_us(scope, headers, plan):
            name = headers.get("host", "")[:100]
            words = (
                f"{name!r} is not ours: access: {{allowed_hosts: [...]}} in the plan"
            )
            return self._say(scope, words, 421)
        if not self._is_from_us(scope, headers):
            return self._say(scope, FROM_US, 403)
        token = access_token.read(places.data_dir())
        if (came := self._came_by_link(scope, token)) is not None:
            return came
        is_here = self.rules.is_here(scope)
        scope[BEARER] = bearer_of(headers, token) or self._subscriber(scope, token)
        scope[HAS_TOKEN] = scope[BEARER] != NOBODY
        if not is_here and scope[BEARER] in (FULL, SCREEN):
            scope[BEARER] = NOBODY
        if token is None or (plan is not None and plan.access.loopback_open):
            if is_here and scope[BEARER] != STANDBY:
                scope[BEARER] = FULL
        elif is_here:
            return self._entrance(scope, plan, token)
        return None

    def _entrance(
        self, scope: Scope, plan: Config | None, token: str
    ) -> ASGIApp | None:
        """Return the page that asks for the token, or takes a typed one."""
        is_form = self._is_form(scope)
        if not is_form and (scope[BEARER] or self._is_open(scope)):
            return None
        asked = QueryParams(scope["query_string"]).get("lang")
        spoken = texts.language_of(asked, (plan and plan.site.language) or "en")
        if is_form or self._is_page(scope):
            return partial(self.entrance.answer, token, spoken)
        words = texts.say(spoken, "access.link", user=_user())
        is_feed = self._is_feed(scope)
        asks = {"WWW-Authenticate": CHALLENGE} if is_feed else ASKS_FOR_TOKEN
        return self._say(scope, words, 401, **asks)

    def _is_page(self, scope: Scope) -> bool:
        """Return whether a browser asks for a page for people."""
        if scope["type"] != "http" or scope["method"] not in READING:
            return False
        is_else = self._path(scope).startswith("/api/") or self._is_feed(scope)
        return not is_else and "text/html" in Headers(scope=scope).get("accept", "")

    def _is_form(self, scope: Scope) -> bool:
        """Return whether it is our form with a typed token."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return False
        path = self._path(scope)
        is_else = path.startswith("/api/") or names_a_notice(path)
        sent = Headers(scope=scope).get("content-type", "")
        return not is_else and sent.partition(";")[0].strip().lower() == FORM

    def _subscriber(self, scope: Scope, token: str | None) -> str:
        """Return the kind of token of a feed reader."""
        reads = self._is_feed(scope) and scope["method"] in READING
        return by_password(Headers(scope=scope), token) if reads and token else NOBODY

    def _is_feed(self, scope: Scope) -> bool:
        is_http = scope["type"] == "http"
        return is_http and FEEDS.fullmatch(self._path(scope)) is not None

    def _is_for_us(self, scope: Scope, headers: Headers, plan: Config | None) -> bool:
        if "host" not in headers:
            return True
        name = host_name(headers["host"])
        ours = {*self.rules.hosts, *(_hosts(plan) if plan else ())}
        known = is_loopback(name) or _is_address(name) or name in ours
        return known or self.rules.is_vouched(scope)

    def _is_open(self, scope: Scope) -> bool:
        path = self._path(scope)
        beats = path.startswith(heartbeats.ADDRESS)
        is_open = path in (*OPEN, *self.rules.open)
        return is_open or beats or names_a_notice(path)

    def _is_from_us(self, scope: Scope, headers: Headers) -> bool:
        """Return whether an action comes from a page of ours, or from no page.

        Pages without script send no referrer, and so no origin either.
        """
        is_plain = names_a_notice(self._path(scope)) or self._is_form(scope)
        if is_plain and headers.get("origin") in (None, "null"):
            return headers.get("sec-fetch-site", "none") in OWN_SITES
        return _is_from_us(scope, headers)

    def _came_by_link(self, scope: Scope, token: str | None) -> Response | None:
        """Replace a token in the address by a cookie.

        An invalid one leads to the page that asks for it.
        """
        offered = QueryParams(scope["query_string"]).get(QUERY)
        if offered is None or scope["type"] != "http" or scope["method"] not in READING:
            return None
        answer = RedirectResponse(without_token(scope), 303, HEADERS)
        if token is None or let_in(answer, offered, token, self.rules.start):
            return answer
        if bearer_of(Headers(scope=scope), token) or not self._is_page(scope):
            return answer
        return RedirectResponse(without_token(scope, link=OUTDATED), 303, HEADERS)

    def _say(self, scope: Scope, words: str, status: int, **more: str) -> Response:
        if self._path(scope).startswith("/api/"):
            return json_answer({"error": words}, status, **more)
        return PlainTextResponse(words, status, HEADERS | more)

    def _path(self, scope: Scope) -> str:
        return str(scope["path"]).removeprefix(self.rules.start)


def names_a_notice(path: str) -> bool:
    """Tell whether an address has the form of a link in a notice."""
    return A_NOTICE.fullmatch(path) is not None


def bearer(request: Request) -> str:
    """Return as whom they were let in."""
    return str(request.scope.get(BEARER, NOBODY))


def refusal(request: Request, words: str) -> Response:
    """Return 403 to a program whose token lacks the right, 401 without a token."""
    if request.scope.get(HAS_TOKEN):
        return json_answer({"error": words}, 403)
    return json_answer({"error": words}, 401, **ASKS_FOR_TOKEN)


def is_encrypted(scope: Scope) -> bool:
    """Return whether the browser uses TLS, also behind a proxy."""
    forwarded = Headers(scope=scope).get("x-forwarded-proto")
    return forwarded == "https" or scope["scheme"] in ("https", "wss")


def host_name(text: str) -> str:
    """Return the name in a Host header, without its port."""
    if text.startswith("["):
        name, _, rest = text[1:].partition("]")
        return name if not rest or rest.startswith(":") else ""
    return text.partition(":")[0].lower()


def _hosts(plan: Config) -> set[str]:
    """Return our host names in the plan."""
    public = urlsplit(plan.site.public_url or "").hostname
    return {*plan.access.hosts, *([public] if public else [])}


def _is_address(name: str) -> bool:
    """Return whether a host is an address, which cannot be rebound."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_from_us(scope: Scope, headers: Headers) -> bool:
    """Tell whether what acts comes from a page of ours, or from no page."""
    if scope["type"] == "http" and scope["method"] in READING:
        return True
    origin = headers.get("origin")
    if origin is None:
        named = heartbeats.HEADER in headers or "authorization" in headers
        return scope["type"] == "websocket" or named
    scheme, _, site = origin.lower().partition("://")
    if scheme == "http" and is_encrypted(scope):  # not TLS: anybody may have made it
        return False
    usual = DEFAULT_PORTS.get(scheme, "")
    host = headers.get("host", "").lower().removesuffix(usual)
    return bool(host) and site.removesuffix(usual) == host


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
