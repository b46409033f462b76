"""Text messages that Kannel hands over by its `get-url`, for a token of their own.

`/api/v1/text?key=…&from=%p&charset=%C&text=%b`: the token stands in the address, as
Kannel sends no header; it allows this and nothing else. The answer is empty, for Kannel
sends it to who wrote.

Source: Kannel User's Guide 1.4, "SMS services" (get-url and its escape codes).
"""

import hmac
from contextlib import suppress
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from secours import places
from secours.engine import access_token
from secours.engine.control import requests
from secours.model.requests import TextRequest
from secours.web.answers import HEADERS, json_answer
from secours.web.door import refusal

NEEDS_KEY = "a gateway bears the key that `secours link` prints for it"
NOBODY = "nobody takes text messages here"
LONGEST = 4000  # bytes of a message
CHARSETS = ("utf-8", "utf-16-be", "utf-16be", "iso-8859-1", "windows-1252", "us-ascii")


def answer(request: Request) -> Response:
    """Hand a message to the engine, or refuse."""
    token = access_token.read(places.data_dir())
    came = _fields(request)
    wanted = access_token.of_gateway(token).encode() if token else b""
    given = came.get("key", "").encode()
    if not wanted or not hmac.compare_digest(given, wanted):
        return refusal(request, NEEDS_KEY)
    sender, text = (_decoded(came, name) for name in ("from", "text"))
    with suppress(requests.NoEngine, places.NoPlace):
        asked = TextRequest(sender=sender, text=text)
        if requests.ask(places.runtime_dir(), asked).get("ok"):
            return PlainTextResponse("", headers=HEADERS)
    return json_answer({"error": NOBODY}, 503)


def _fields(request: Request) -> dict[str, str]:
    """Return the fields in an address, each octet as one letter."""
    query = request.scope["query_string"].decode("latin-1")
    try:
        found = parse_qsl(query, True, encoding="latin-1", max_num_fields=8)
    except ValueError:
        return {}
    return dict(found)


def _decoded(came: dict[str, str], name: str) -> str:
    """Return a field in the charset that Kannel names; the number is in ASCII."""
    octets = came.get(name, "").encode("latin-1")[:LONGEST]
    charset = came.get("charset", "").lower() if name == "text" else ""
    known = charset if charset in CHARSETS else "utf-8"
    return octets.decode(known, "replace")
