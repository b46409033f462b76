"""Headers and helpers of all our answers, and the script of pages that print."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from secours import texts
from secours.model.plan import Config

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
ASKS_FOR_TOKEN = {"WWW-Authenticate": "Bearer"}  # of 401

SCRIPT = "print.js"  # beside the pages that print
POLICY = "Content-Security-Policy"
PRINTS = HEADERS | {POLICY: f"{HEADERS[POLICY]}; script-src 'self'"}


def json_answer(answer: Mapping[str, object], status: int, **headers: str) -> Response:
    """Answer a program."""
    return Response(
        msgspec.json.encode(answer),
        status_code=status,
        media_type="application/json",
        headers=HEADERS | headers,
    )


def closed(asked: str | None, plan: Config | None) -> Response:
    """Refuse a stranger, in the language asked for or the site's."""
    language = texts.language_of(asked, plan.site.language if plan else "en")
    return PlainTextResponse(texts.say(language, "access.closed"), 403, HEADERS)


def script_route(start: str) -> Route:
    """Return the route of the print script."""
    text = Path(__file__).with_name(SCRIPT).read_text("utf-8")

    def script(_: Request) -> Response:
        return Response(text, media_type="text/javascript", headers=HEADERS)

    return Route(f"{start}/{SCRIPT}", script, methods=["GET"])
