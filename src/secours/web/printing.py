"""Server side of printed pages: a print script, and its policy."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from secours.web.answers import HEADERS

SCRIPT = "print.js"  # beside the pages that print
POLICY = "Content-Security-Policy"
PRINTS = HEADERS | {POLICY: f"{HEADERS[POLICY]}; script-src 'self'"}


def script_route(start: str) -> Route:
    """Return the route of the print script."""
    text = Path(__file__).with_name(SCRIPT).read_text("utf-8")

    def script(_: Request) -> Response:
        return Response(text, media_type="text/javascript", headers=HEADERS)

    return Route(f"{start}/{SCRIPT}", script, methods=["GET"])
