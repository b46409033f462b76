"""Login state of requests outside the pages.

Streamlit tells only its pages. Routes read its cookie by its rules: signed by us, not
too old, and issued for the redirect address of the provider.
"""

import json
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from streamlit.auth_util import get_cookie_with_chunks, get_origin_from_redirect_uri
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME


def hosts_of_login() -> tuple[str, ...]:
    """Return the host names of the provider's redirect."""
    origin = get_origin_from_redirect_uri()
    return (urlsplit(origin).hostname or "",) if origin else ()


def is_logged_in(request: HTTPConnection) -> bool:
    """Return whether the request bears a person's login."""

    def signed(name: str) -> bytes | None:
        text = request.cookies.get(name, "")
        return decode_signed_value(get_cookie_secret(), name, text)

    found = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    said = json.loads(found) if found else {}
    origin = get_origin_from_redirect_uri()
    return said.get("is_logged_in") is True and said.get("origin") == origin is not None
