"""Tokens of the screens, and the rights that they give.

Source: RFC 6265 (cookies); RFC 6750, section 2.1; RFC 7617.
"""

import hmac
from base64 import b64decode
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from secours.engine import access_token

FULL, SCREEN, STANDBY, NOBODY = "full", "screen", "standby", ""
QUERY = "token"
LINK, OUTDATED = "link", "outdated"  # in the address, replacing a wrong token
COOKIE_S = 30 * 86400


def let_in(answer: Response, offered: str, token: str, start: str) -> bool:
    """Set a cookie for a valid token; return whether it is."""
    kind = kind_of(offered, token)
    if kind:
        answer.set_cookie(
            cookie_name(token),
            cookie_of(kind, token),
            max_age=COOKIE_S,
            path=start or "/",
            httponly=True,
            samesite="lax",  # strict is not sent after the redirect of a link
        )
    return bool(kind)


def without_token(scope: Scope, **more: str) -> str:
    """Return the requested address without a token, and with more parameters."""
    asked = QueryParams(scope["query_string"]).multi_items()
    kept = [(name, text) for name, text in asked if name not in (QUERY, LINK)]
    rest = urlencode([*kept, *more.items()])
    path = quote(str(scope["path"]).lstrip("/\\"))  # and not //another.host
    return f"/{path}?{rest}" if rest else f"/{path}"


def bearer_of(headers: Headers, token: str | None) -> str:
    """Return the kind of token, in a cookie or a header."""
    if token is None:
        return NOBODY
    kind, _, offered = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        if _same(offered.strip(), access_token.of_standby(token)):
            return STANDBY
        if kind_offered := kind_of(offered.strip(), token):
            return kind_offered
    cookie = cookie_parser(headers.get("cookie", "")).get(cookie_name(token), "")
    for each in (FULL, SCREEN):
        if _same(cookie, cookie_of(each, token)):
            return each
    return NOBODY


def by_password(headers: Headers, token: str) -> str:
    """Return the kind of token in the password of HTTP Basic, for any user."""
    kind, _, offered = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return NOBODY
    try:
        login = b64decode(offered.strip(), validate=True).decode()
    except ValueError:
        return NOBODY
    return kind_of(login.partition(":")[2], token)


def kind_of(offered: str, token: str) -> str:
    """Return the kind of a token."""
    if _same(offered, token):
        return FULL
    return SCREEN if _same(offered, access_token.of_screen(token)) else NOBODY


def cookie_name(token: str) -> str:
    """Return the name of the cookie: another Secours on this host has another."""
    return f"secours-{access_token.derived(token, 'name')[:8]}"


def cookie_of(kind: str, token: str) -> str:
    """Return the value of the cookie for a kind of token."""
    return access_token.derived(token, f"cookie of {kind}")


def _same(offered: str, expected: str) -> bool:
    return hmac.compare_digest(offered.encode(), expected.encode())
