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
UCS2 = "UTF-16BE"  # for what has letters outside of the alphabet; else UTF-8


def answer(request: Request) -> Response:
    """Hand a message to the engine, or refuse."""
    token = access_token.read(places.data_dir())
    came = _fields(request)
    wanted = access_token.of_gateway(token).encode() if token else b""
    given = came.get("key", "").encode()
    if not wanted or not hmac.compare_digest(given, wanted):
        return refusal(request, NEEDS_KEY)
    octets = came.get("text", "").encode("latin-1")[:LONGEST]
    charset = UCS2 if came.get("charset") == UCS2 else "utf-8"
    text = octets.decode(charset, "replace")
    with suppress(requests.NoEngine, places.NoPlace):
        asked = TextRequest(sender=came.get("from", "")[:LONGEST], text=text)
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
