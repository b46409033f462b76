"""The page behind the link in a notice, by which whoever gets it acknowledges it.

The token in the link is a right of its own, to that and to nothing else: the page needs
no other. To open it changes nothing, for mail scanners open links; a POST with a name
does. Whoever comes later with a token of that notice reads who it was and when. What is
wrong with a token is not told: too old and never given out get the same answer. The
engine knows the tokens; who sends many wrong ones is not passed on.

Source: RFC 9110, sections 9.2.1 (safe methods) and 15.5; RFC 6585, section 4.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs

import msgspec
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from secours import places, texts
from secours.engine.control import requests
from secours.engine.published import current, snapshot_file
from secours.engine.published.current import Look
from secours.model.notices import Dispatch
from secours.outside_text import plain
from secours.render.plain import ack
from secours.render.wording.localizer import Localizer
from secours.web.answers import HEADERS
from secours.web.door import names_a_notice

LONGEST_FORM = 4096  # bytes
AT_ONCE, PER_S = 30, 5.0  # wrong tokens of one address that are looked up
MOST_ADDRESSES = 4096
OF_A_PAGE = HEADERS | {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "form-action 'none'", "form-action 'self'"
    )
}


class Silent(Exception):
    """The engine does not answer."""


class Guesses:
    """Counts the wrong tokens of each address, and forgets them in time.

    It spares the engine; a token is too long to be guessed. So whoever shares the
    address of one who guesses is let through now and then.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Count by this clock."""
        self._now = now
        self._made: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def are_too_many(self, address: str) -> bool:
        """Tell whether one more of this address is not looked up now."""
        return self._left(network(address)) > AT_ONCE - 1

    def note(self, address: str) -> None:
        """Count one."""
        of = network(address)
        self._made[of] = self._left(of) + 1, self._now()
        self._made.move_to_end(of)
        if len(self._made) > MOST_ADDRESSES:
            self._made.popitem(last=False)

    def _left(self, of: str) -> float:
        count, at = self._made.get(of, (0.0, 0.0))
        return max(0.0, count - (self._now() - at) * PER_S)


class AckPage:
    """Shows a notice to who has its token, and lets them acknowledge it."""

    def __init__(self, look: Callable[[], Look], guesses: Guesses) -> None:
        """Speak in the language of what there is to look at."""
        self._look = look
        self._guesses = guesses

    async def answer(self, request: Request) -> Response:
        """Answer a request for the page, or the form on it."""
        form = await _form(request) if request.method == "POST" else None
        return await run_in_threadpool(self._answer, request, form)

    def _answer(self, request: Request, form: bytes | None) -> Response:
        localizer = self._localizer(request)
        address = request.client.host if request.client else ""
        if self._guesses.are_too_many(address):
            often = localizer.say("ack.often")
            return _refused(localizer, HTTPStatus.TOO_MANY_REQUESTS, often)
        try:
            found = self._notice(request, address)
            if found is None:
                gone = localizer.say("ack.gone"), localizer.say("ack.gone.how")
                return _refused(localizer, HTTPStatus.NOT_FOUND, *gone)
            if form is None:
                return _page(ack.ack_html(found, localizer))
            return self._acknowledged(request, found, form, localizer)
        except Silent:
            silent = localizer.say("ack.silent")
            return _refused(localizer, HTTPStatus.SERVICE_UNAVAILABLE, silent)

    def _acknowledged(
        self, request: Request, found: Dispatch, form: bytes, localizer: Localizer
    ) -> Response:
        if found.acknowledged_at:
            return _page(ack.ack_html(found, localizer), HTTPStatus.GONE)
        by = name_in(form)
        if not by:
            drawn = ack.ack_html(found, localizer, nameless=True)
            return _page(drawn, HTTPStatus.UNPROCESSABLE_ENTITY)
        answer = _asked({"do": "ack", "token": _token(request), "by": by})
        now = _notice_in(answer.get("notice"))
        if now is None:  # it has just ended
            return _refused(localizer, HTTPStatus.GONE, localizer.say("ack.gone"))
        quicker = now.acknowledged_by != by  # somebody else was
        status = HTTPStatus.GONE if quicker else HTTPStatus.OK
        return _page(ack.ack_html(now, localizer), status)

    def _notice(self, request: Request, address: str) -> Dispatch | None:
        """Return the notice of the token in the address, if it is one."""
        found = None
        if names_a_notice(f"/ack/{_token(request)}"):
            told = _asked({"do": "notices", "token": _token(request)})
            found = next(map(_notice_in, told.get("notices", ())), None)
        if found is None:
            self._guesses.note(address)
        return found

    def _localizer(self, request: Request) -> Localizer:
        try:
            known = self._look().known or current.of_nothing()
        except (OSError, snapshot_file.Corrupt, places.NoPlace):
            known = current.of_nothing()
        asked = request.query_params.get("lang")
        return Localizer(known, texts.language_of(asked, known.site.language))


def network(address: str) -> str:
    """Return what one client has of addresses: of IPv6 it is a whole network."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(known) if known.version == 4 else known.exploded[:19]


async def _form(request: Request) -> bytes:
    """Read what was filled in; what is longer than any form of ours is left."""
    read = b""
    try:
        async for part in request.stream():
            read += part
            if len(read) > LONGEST_FORM:
                return b""
    except ClientDisconnect:
        return b""
    return read


def name_in(form: bytes) -> str:
    """Return the name that was filled in, "" for none."""
    try:
        given = parse_qs(form.decode(), max_num_fields=8)
    except ValueError:
        return ""
    return plain(given.get("by", [""])[0], ack.LONGEST_NAME)


def _token(request: Request) -> str:
    return str(request.path_params["token"])


def _asked(asked: dict[str, str]) -> dict[str, Any]:
    """Ask the engine; a refusal is an answer that holds no notice."""
    try:
        return requests.ask(places.runtime_dir(), asked)
    except (requests.NoEngine, places.NoPlace):
        raise Silent from None


def _notice_in(told: object) -> Dispatch | None:
    return msgspec.convert(told, Dispatch) if told else None


def _page(drawn: Markup, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return HTMLResponse(drawn, status, OF_A_PAGE)


def _refused(localizer: Localizer, status: HTTPStatus, *words: str) -> Response:
    return _page(ack.refused_html(localizer, *words), status)
