"""Page for visitors without a token: an explanation, and a field for one.

The token is sent as a form and answered with a redirect, so that it stays out of
addresses, histories and logs. The page holds no data of the site. An address that sent
many wrong tokens is told to wait; a right one always passes.

Source: RFC 9110, sections 11.6.1 and 15.4.4 (303); RFC 6585, section 4 (429).
"""

from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from secours.render.export.forms import entrance_html
from secours.web.answers import ASKS_FOR_TOKEN, HEADERS
from secours.web.forms import OF_A_PAGE, Guesses, read_form
from secours.web.tokens import LINK, OUTDATED, QUERY, let_in, without_token

FORM = "application/x-www-form-urlencoded"


class EntrancePage:
    """Handler of the page with a field for the token."""

    def __init__(self, start: str, user: str) -> None:
        """Set the base path, and the user that Secours runs as."""
        self._start = start
        self._user = user
        self._guesses = Guesses()

    async def answer(
        self, token: str, language: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a request for any page, or the form on this one."""
        request = Request(scope, receive)
        if request.method != "POST":
            is_outdated = request.query_params.get(LINK) == OUTDATED
            wrong = "access.outdated" if is_outdated else ""
            answer = self._page(language, HTTPStatus.UNAUTHORIZED, wrong)
        else:
            given = token_in(await read_form(request))
            answer = self._answer(request, given, token, language)
        await answer(scope, receive, send)

    def _answer(
        self, request: Request, given: str, token: str, language: str
    ) -> Response:
        opened = RedirectResponse(without_token(request.scope), 303, HEADERS)
        if let_in(opened, given, token, self._start):
            return opened
        address = request.client.host if request.client else ""
        too_many = self._guesses.are_too_many(address)
        self._guesses.note(address)
        if too_many:
            status, wrong = HTTPStatus.TOO_MANY_REQUESTS, "access.often"
            return self._page(language, status, wrong)
        return self._page(language, HTTPStatus.UNAUTHORIZED, "access.wrong")

    def _page(self, language: str, status: HTTPStatus, wrong: str = "") -> Response:
        drawn = entrance_html(language, self._user, wrong)
        return HTMLResponse(drawn, status, OF_A_PAGE | ASKS_FOR_TOKEN)


def token_in(form: bytes) -> str:
    """Return the typed token, alone or in its link."""
    try:
        typed = parse_qs(form.decode(), max_num_fields=8)
        text = typed.get(QUERY, [""])[0].strip()
        query = parse_qs(urlsplit(text).query, max_num_fields=8)
    except ValueError:
        return ""
    return query.get(QUERY, [text])[0]
