"""Page behind the link in a notice, to acknowledge it.

The token in the link grants this right alone: the page needs no other. Opening it
changes nothing, as mail scanners open links; a POST with a name acknowledges. Later
visitors with a token of that notice see who did, and when. Wrong tokens give no
details: outdated and unknown ones get the same answer. The engine knows the tokens; an
address that sent many wrong ones is served one at a time, and more wrong ones refused.
A right one always passes: behind a reverse proxy all share one address, and a guesser
must lock out nobody.

Source: RFC 9110, sections 9.2.1 (safe methods) and 15.5; RFC 6585, section 4.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import msgspec
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from secours import places, texts
from secours.engine.control import requests
from secours.engine.published import current, snapshot_file
from secours.engine.published.current import Look
from secours.model.notices import Dispatch
from secours.model.requests import AckRequest, NoticesRequest
from secours.outside_text import plain
from secours.render.export import forms
from secours.render.wording.localizer import Localizer
from secours.web.door import names_a_notice
from secours.web.forms import OF_A_PAGE, Guesses, read_form


class Silent(Exception):
    """The engine does not answer."""


class AckPage:
    """Handler that shows a notice to a token's holder, to acknowledge."""

    def __init__(self, look: Callable[[], Look], guesses: Guesses) -> None:
        self._look = look
        self._guesses = guesses
        self._turn = asyncio.Lock()  # of addresses with too many

    async def answer(self, request: Request) -> Response:
        """Answer a request for the page, or the form on it."""
        form = await read_form(request) if request.method == "POST" else None
        if not self._guesses.are_too_many(_address(request)):
            return await run_in_threadpool(self._answer, request, form)
        async with self._turn:
            return await run_in_threadpool(self._answer, request, form)

    def _answer(self, request: Request, form: bytes | None) -> Response:
        localizer = self._localizer(request)
        try:
            notice = self._notice(request)
            if notice is None:
                return self._wrong(localizer, _address(request))
            if form is None:
                return _page(forms.ack_html(notice, localizer))
            return self._acknowledged(request, notice, form, localizer)
        except Silent:
            silent = localizer.say("ack.silent")
            return _refused(localizer, HTTPStatus.SERVICE_UNAVAILABLE, silent)

    def _wrong(self, localizer: Localizer, address: str) -> Response:
        """Answer a wrong token, and count it."""
        too_many = self._guesses.are_too_many(address)
        self._guesses.note(address)
        if too_many:
            often = localizer.say("ack.often")
            return _refused(localizer, HTTPStatus.TOO_MANY_REQUESTS, often)
        gone = localizer.say("ack.gone"), localizer.say("ack.gone.how")
        return _refused(localizer, HTTPStatus.NOT_FOUND, *gone)

    def _acknowledged(
        self, request: Request, notice: Dispatch, form: bytes, localizer: Localizer
    ) -> Response:
        if notice.acknowledged_at:
            return _page(forms.ack_html(notice, localizer), HTTPStatus.GONE)
        by = name_in(form)
        if not by:
            drawn = forms.ack_html(notice, localizer, nameless=True)
            return _page(drawn, HTTPStatus.UNPROCESSABLE_ENTITY)
        answer = _asked(AckRequest(token=_token(request), by=by))
        now = _notice_in(answer.get("notice"))
        if now is None:  # just ended
            return _refused(localizer, HTTPStatus.GONE, localizer.say("ack.gone"))
        quicker = now.acknowledged_by != by  # somebody else was
        status = HTTPStatus.GONE if quicker else HTTPStatus.OK
        return _page(forms.ack_html(now, localizer), status)

    def _notice(self, request: Request) -> Dispatch | None:
        """Return the notice of the token in the address, if valid."""
        if not names_a_notice(f"/ack/{_token(request)}"):
            return None
        told = _asked(NoticesRequest(token=_token(request)))
        return next(map(_notice_in, told.get("notices", ())), None)

    def _localizer(self, request: Request) -> Localizer:
        try:
            shown = self._look().known or current.of_nothing()
        except (OSError, snapshot_file.Corrupt, places.NoPlace):
            shown = current.of_nothing()
        asked = request.query_params.get("lang")
        return Localizer(shown, texts.language_of(asked, shown.site.language))


def name_in(form: bytes) -> str:
    """Return the name in the form, "" for none."""
    try:
        given = parse_qs(form.decode(), max_num_fields=8)
    except ValueError:
        return ""
    return plain(given.get("by", [""])[0], forms.LONGEST_NAME)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _token(request: Request) -> str:
    return str(request.path_params["token"])


def _asked(asked: AckRequest | NoticesRequest) -> dict[str, Any]:
    """Ask the engine; its refusal is an answer without a notice."""
    try:
        return requests.ask(places.runtime_dir(), asked)
    except (requests.NoEngine, places.NoPlace):
        raise Silent from None


def _notice_in(told: object) -> Dispatch | None:
    return msgspec.convert(told, Dispatch) if told else None


def _page(drawn: Markup, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return HTMLResponse(drawn, status, OF_A_PAGE)


def _refused(localizer: Localizer, status: HTTPStatus, *words: str) -> Response:
    return _page(forms.refused_html(localizer, *words), status)
