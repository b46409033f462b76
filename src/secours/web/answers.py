"""Headers and helpers of all our answers."""

from collections.abc import Mapping

import msgspec
from starlette.responses import PlainTextResponse, Response

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
