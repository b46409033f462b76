"""Where other organisations put their warnings: each becomes a note in the journal.

A warning comes as a POST with the token that the plan has for it, and with no other.
It changes no state: it is what somebody says, under their name, and "unverified" unless
the certificate in the plan signed all of it. One that came before is not noted again.

Source: OASIS CAP 1.2; RFC 9110, section 15.5; RFC 6750, sections 2.1 and 3.
"""

import hashlib
import hmac
import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Error
from threading import Lock

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from secours import places, texts
from secours.engine.control import requests
from secours.engine.store.database.schema import Newer
from secours.engine.store.reader import HistoryReader
from secours.model.plan import Config, Site
from secours.model.secret import SecretMissing
from secours.model.warnings_in import WarningsIn
from secours.outside_text import plain
from secours.render.wording.localizer import zone
from secours.web.answers import ASKS_FOR_TOKEN, json_answer
from secours.web.forms import Guesses
from secours.wire.cap import alert, signature
from secours.wire.cap.alert import AlertInfo, CapAlert, NoAlert

log = logging.getLogger(__name__)

MEDIA_TYPES = ("application/cap+xml", "application/xml", "text/xml")
LONGEST_SENDER, LONGEST_HEADLINE, LONGEST_TEXT = 100, 200, 600  # characters
LONGEST_NOTE = 1900
MOST_REFERENCES = 5
ON_THE_WAY = timedelta(minutes=15)  # or by how much clocks differ
REMEMBERED = 1000  # of those that came last


class NotTaken(Exception):
    """A warning is not taken: with which status, and why."""

    def __init__(self, status: int, why: str, **headers: str) -> None:
        super().__init__(why)
        self.status, self.headers = status, headers


class CapInbox:
    """Takes warnings in."""

    def __init__(self, plan: Callable[[], Config | None], guesses: Guesses) -> None:
        """Take them as the plan says."""
        self._plan, self._guesses = plan, guesses
        self._noted: OrderedDict[str, None] = OrderedDict()
        self._turn = Lock()  # two of the same warning may come at once

    async def answer(self, request: Request) -> Response:
        """Answer who sends a warning."""
        try:
            config, expected = self._expected()
            self._check_token(request, expected)
            _check_type(request)
            body = await _body(request)
            return await run_in_threadpool(self._take, body, config, expected)
        except NotTaken as refused:
            said: dict[str, object] = {"error": str(refused)}
            return json_answer(said, refused.status, **refused.headers)

    def _expected(self) -> tuple[Config, WarningsIn]:
        config = self._plan()
        if config is None or config.cap is None:
            raise NotTaken(404, "no warnings are taken: the plan has no section cap")
        return config, config.cap

    def _check_token(self, request: Request, expected: WarningsIn) -> None:
        try:
            token = expected.token.reveal()
        except SecretMissing as missing:
            log.warning("no warning is taken: %s", missing)
            raise NotTaken(503, "the token is not there: see `validate`") from None
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode(), token.encode())
        if same and token and kind.lower() == "bearer":
            return
        address = request.client.host if request.client else ""
        too_many = self._guesses.are_too_many(address)
        self._guesses.note(address)
        if too_many:
            raise NotTaken(429, "too many wrong tokens")
        raise NotTaken(401, "a warning needs the token in the plan", **ASKS_FOR_TOKEN)

    def _take(self, body: bytes, config: Config, expected: WarningsIn) -> Response:
        try:
            came = alert.read(body)
        except NoAlert as wrong:
            raise NotTaken(400, str(wrong)) from None
        held = expected.certificate
        signed = held is not None and signature.is_signed(
            body, came, Path(held), datetime.now(UTC)
        )
        with self._turn:
            is_new = not self._is_noted(came)
            if is_new:
                _note(came, config.site, signed=signed)
                self._remember(came)
        answer: dict[str, object] = {"ok": True, "new": is_new, "signed": signed}
        return json_answer(answer, 200)

    def _is_noted(self, came: CapAlert) -> bool:
        return mark(came.identity) in self._noted or _is_in_journal(came)

    def _remember(self, came: CapAlert) -> None:
        self._noted[mark(came.identity)] = None
        if len(self._noted) > REMEMBERED:
            self._noted.popitem(last=False)


def mark(identity: tuple[str, ...]) -> str:
    """Return what stands at the end of a note, by which the warning is known again."""
    said = "\0".join(identity).encode("utf-8", "replace")
    return f"#{hashlib.sha256(said).hexdigest()[:12]}"


def author(came: CapAlert) -> str:
    """Return whose word a warning is."""
    return f"CAP: {plain(came.sender, LONGEST_SENDER)}"


def note_text(came: CapAlert, site: Site, now: datetime, *, signed: bool) -> str:
    """Say what a warning says, in the words of whoever sent it.

    One of another time bears its date: whoever has it may send it again years later.
    """
    language = site.language
    info, said = came.info_in(language), list[str]()
    headline = None
    if info is not None:
        weights = filter(None, (info.urgency, info.severity, info.certainty))
        headline = plain(info.headline or info.event, LONGEST_HEADLINE)
        said = [info.description, info.instruction, f"({', '.join(weights)})"]
    first = texts.say(
        language,
        "cap.heard",
        unverified=None if signed else texts.say(language, "unverified.word"),
        type=came.type,
        status=came.status,
        sent=_sent(came, site, now),
        over=_over(info, site, now),
        refers=" ".join(map(mark, came.refers_to[:MOST_REFERENCES])) or None,
        headline=headline or None,
    )
    words = " ".join((first, *(plain(each, LONGEST_TEXT) for each in said)))
    return f"{plain(words, LONGEST_NOTE)} {mark(came.identity)}"


def _sent(came: CapAlert, site: Site, now: datetime) -> str | None:
    if abs(now - came.sent_at) <= ON_THE_WAY:
        return None
    return texts.say(site.language, "cap.sent", time=_time(came.sent_at, site))


def _over(info: AlertInfo | None, site: Site, now: datetime) -> str | None:
    if info is None or info.expires is None or info.expires > now:
        return None
    return texts.say(site.language, "cap.over", time=_time(info.expires, site))


def _time(at: datetime, site: Site) -> str:
    here = at.astimezone(zone(site.timezone))
    return f"{texts.written_date(site.language, here)} {here:%H:%M}"


def _note(came: CapAlert, site: Site, *, signed: bool) -> None:
    text = note_text(came, site, datetime.now(UTC), signed=signed)
    asked = {"do": "journal", "by": author(came), "text": text}
    try:
        answer = requests.ask(places.runtime_dir(), asked)
    except (requests.NoEngine, places.NoPlace):
        raise NotTaken(503, "the engine does not answer") from None
    if "error" in answer:
        log.warning("a warning was not noted: %s", answer["error"])
        raise NotTaken(503, "it was not noted")


def _is_in_journal(came: CapAlert) -> bool:
    try:
        with HistoryReader(places.data_dir()) as reader:
            return reader.has_note(author(came), mark(came.identity))
    except (FileNotFoundError, Newer, OSError, Error):
        return False  # better noted twice than not at all


def _check_type(request: Request) -> None:
    sent, _, _ = request.headers.get("content-type", "").partition(";")
    if sent.strip().lower() not in MEDIA_TYPES:
        raise NotTaken(415, f"a warning is {MEDIA_TYPES[0]}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotTaken(415, "a warning comes as it is, not packed")


async def _body(request: Request) -> bytes:
    too_long = NotTaken(413, f"more than {alert.MOST_BYTES} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > alert.MOST_BYTES:
        raise too_long
    read = b""
    try:
        async for part in request.stream():
            read += part
            if len(read) > alert.MOST_BYTES:
                raise too_long
    except ClientDisconnect:
        raise NotTaken(400, "it broke off") from None
    return read
