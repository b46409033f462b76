"""Subscriptions for other programs: changes, warnings, and test calendar.

Strangers get what the screens show to them. Answers bear an ETag, so that frequent
requests cost few bytes (304). Changes are read from the history, with or without an
engine; warnings need a fresh snapshot.

Source: RFC 9110, sections 8.8 (validators), 13 (conditional requests), 15.4.5 (304).
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from secours import places, texts
from secours.core.snapshot import usual_path
from secours.engine.published import current, snapshot_file
from secours.engine.published.current import Look
from secours.engine.store import saved_memory
from secours.engine.store.database.schema import UNREADABLE
from secours.engine.store.reader import HistoryReader
from secours.model.plan import Config
from secours.model.snapshot import Change, Snapshot
from secours.render.export import atom, calendar, changes, situations, warnings
from secours.render.export.calendar import TestCalendar
from secours.render.export.changes import FeedPlace
from secours.render.export.situations import Situation
from secours.render.wording.localizer import Localizer
from secours.web.answers import HEADERS, closed

log = logging.getLogger(__name__)

READ = 4 * changes.MOST  # strangers see some of them
SETTLED = timedelta(minutes=1)  # after this no entry of that moment is still to come
OURS = HEADERS | {
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization, Cookie",
}


class HistorySpoilt(Exception):
    """Unreadable history."""


class Feeds(Struct, frozen=True, kw_only=True):
    """Handlers of the feeds, with the rights of requests."""

    seen: Callable[[Request], Look]  # as the viewer may see it
    is_barred: Callable[[Request], bool]
    sees_all: Callable[[Request], bool]
    plan: Callable[[], Config | None]
    page: str  # linked by the feeds
    start: str = ""  # base path
    acts: bool = False  # tests are noted here

    def routes(self) -> list[Route]:
        """Return the routes."""
        handlers = {
            "feed.atom": self.changes,
            "tests.ics": self.tests,
            "cap.xml": self.warnings,
            f"{warnings.FOLDER}/{{name}}.xml": self.warning,
        }
        return [
            Route(f"{self.start}/{path}", self._to_who_may(make), methods=["GET"])
            for path, make in handlers.items()
        ]

    def changes(self, request: Request, look: Look) -> Response:
        """Return the changes, as a feed."""
        localizer = _localizer(request, look)
        try:
            recent = _changes()
        except HistorySpoilt:
            return _refused(localizer, "journal.unreadable")
        feed = changes.feed(
            recent,
            localizer,
            self._place(request, localizer),
            sees_all=self.sees_all(request),
        )
        newest = feed.entries[0].at if feed.entries else None
        return _answer(request, atom.atom(feed), atom.MEDIA_TYPE, newest)

    def tests(self, request: Request, look: Look) -> Response:
        """Return the tests that people make, as a calendar."""
        localizer, config = _localizer(request, look), self.plan()
        if config is None:
            return _refused(localizer, "no_plan")
        tests = TestCalendar(
            config=config,
            trials=saved_memory.trials(),
            noted=_tests_noted(),
            now=datetime.now(UTC),
            base=self._place(request, localizer).base,
            acts=self.acts,
            sees_all=self.sees_all(request),
        )
        body = calendar.calendar(tests, localizer).encode()
        return _answer(request, body, calendar.MEDIA_TYPE)

    def warnings(self, request: Request, look: Look) -> Response:
        """Return the feed of warnings."""
        localizer = _localizer(request, look)
        if not look.is_fresh:
            return _refused(localizer, "stale")
        found = self._situations(localizer.snapshot)
        place = self._place(request, localizer)
        body = atom.atom(warnings.index(found, localizer, place))
        return _answer(request, body, atom.MEDIA_TYPE)

    def warning(self, request: Request, look: Look) -> Response:
        """Return one warning."""
        localizer, name = _localizer(request, look), request.path_params["name"]
        if not look.is_fresh:
            return _refused(localizer, "stale")
        shown = localizer.snapshot
        for each in self._situations(shown):
            if warnings.identifier(each, shown) == name:
                place = self._place(request, localizer)
                body = warnings.warning(each, shown, place)
                return _answer(request, body, warnings.MEDIA_TYPE)
        return PlainTextResponse("Not Found", 404, HEADERS)

    def _to_who_may(
        self, make: Callable[[Request, Look], Response]
    ) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            if self.is_barred(request):
                return closed(request.query_params.get("lang"), self.plan())
            try:
                look = self.seen(request)
            except (OSError, snapshot_file.Corrupt, places.NoPlace):
                look = Look()
            return make(request, look)

        return answer

    def _situations(self, shown: Snapshot) -> list[Situation]:
        config = self.plan()
        path = usual_path(config) if config else None
        of_a_day = _changes_of(shown.at.utc - situations.DAY) or shown.changes
        return situations.situations(shown, path.name if path else None, of_a_day)

    def _place(self, request: Request, localizer: Localizer) -> FeedPlace:
        public = localizer.snapshot.site.public_url
        base = public or f"{request.url.scheme}://{request.url.netloc}{self.start}"
        return FeedPlace(base=f"{base}/", page=self.page)


def _localizer(request: Request, look: Look) -> Localizer:
    known = look.known or current.of_nothing()
    asked = request.query_params.get("lang")
    return Localizer(known, texts.language_of(asked, known.site.language))


def _changes() -> list[Change]:
    """Return the changes, newest first, [] for no history, or raise HistorySpoilt."""
    try:
        with HistoryReader(places.data_dir()) as reader:
            return reader.transitions(limit=READ)
    except FileNotFoundError:
        return []
    except UNREADABLE as error:
        log.warning("the history cannot be read: %s", error)
        raise HistorySpoilt from None


def _changes_of(since: datetime) -> list[Change]:
    """Return how lines, paths and marks changed, and the last change before that."""
    try:
        with HistoryReader(places.data_dir()) as reader:
            changes = [
                change
                for subject in ("line", "path", "mark")
                for change in reader.changes_of_all(subject, since)
            ]
    except UNREADABLE:
        return []
    return sorted(changes, key=lambda change: change.at.utc, reverse=True)


def _tests_noted() -> Mapping[str, datetime]:
    """Return when a test of each channel was last noted or withdrawn."""
    try:
        with HistoryReader(places.data_dir()) as reader:
            found = reader.changes_of_all("test", datetime.now(UTC))
    except UNREADABLE:
        return {}
    return {change.name: change.at.utc for change in reversed(found)}


def _refused(localizer: Localizer, key: str) -> Response:
    return PlainTextResponse(localizer.say(key), 503, HEADERS)


def _answer(
    request: Request, body: bytes, media_type: str, changed: datetime | None = None
) -> Response:
    """Return it, or that whoever asks has it already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = OURS | {"ETag": tag}
    if changed is not None and datetime.now(UTC) - changed > SETTLED:
        headers["Last-Modified"] = format_datetime(changed, usegmt=True)
    if _has(request, tag, headers.get("Last-Modified")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=f"{media_type}; charset=utf-8", headers=headers)


def _has(request: Request, tag: str, modified: str | None) -> bool:
    """Tell whether whoever asks says that they have it."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        named = {each.strip().removeprefix("W/") for each in tags.split(",")}
        return tag in named or "*" in named
    since = request.headers.get("if-modified-since")
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(since) >= parsedate_to_datetime(modified)
    except (ValueError, TypeError):  # no date, or without a zone
        return False
