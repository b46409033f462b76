"""Exports of the journal: pages for paper, and files for programs."""

import math
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from secours import places, texts
from secours.dashboard.access import visit
from secours.dashboard.address import of_request
from secours.dashboard.engine import history
from secours.dashboard.engine.history import MOST_CHANGES, NoHistory
from secours.dashboard.engine.source import Look, look
from secours.dashboard.views.incidents import looked_for
from secours.dashboard.views.shift import known
from secours.engine.published import snapshot_file
from secours.render.answers import incident as incident_answer
from secours.render.answers.values import encoded
from secours.render.logbook import entries, incident, shift
from secours.render.paper import export
from secours.render.templates.links import Asked
from secours.render.wording.localizer import Localizer
from secours.web.answers import HEADERS, PRINTS, SCRIPT

PAGE = "html"
FILES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


class Nothing(Exception):
    """Nothing to export; the text is a key of `texts`."""


class Export(Struct, frozen=True):
    """Exported file: its kind, name and text."""

    kind: str  # suffix of the file
    name: str
    text: str


class ExportAsked(Struct, frozen=True, kw_only=True):
    """Request for an export."""

    kind: str  # suffix of the file
    asked: Asked
    localizer: Localizer
    is_fresh: bool  # state of the channels
    now: datetime

    def file(self, name: str, text: str) -> Export:
        """Return it, dated."""
        return Export(self.kind, f"{name}-{self.now:%Y%m%d-%H%M}", text)


Make = Callable[[ExportAsked], Export]


def routes(start: str) -> list[Route]:
    """Return the addresses of all exports."""
    made = {"journal": journal, "incidents": one_incident, "shift": shift_sheet}
    return [
        Route(f"{start}/{name}.{{kind}}", _answer(name, make), methods=["GET"])
        for name, make in made.items()
    ]


def journal(want: ExportAsked) -> Export:
    """Return the entries of the journal that an address asks for."""
    localizer, wish = want.localizer, entries.filter_of(want.asked)
    everything = history.journal(wish.since(want.now), MOST_CHANGES)
    matching = entries.matching(everything, wish, localizer)
    if want.kind == "csv":
        return want.file("journal", export.as_csv(matching))
    if want.kind == "json":
        return want.file("journal", export.as_json(matching, localizer.site))
    page = export.as_page(matching, localizer, want.now, script=SCRIPT)
    return want.file("journal", page)


def one_incident(want: ExportAsked) -> Export:
    """Return an address's incident, with its journal entries, or raise Nothing."""
    _, chosen = looked_for(want.localizer, want.asked)
    if chosen is None or want.kind == "csv":
        raise Nothing("incident.none")
    if want.kind == "json":
        answer = incident_answer.answer(chosen, want.localizer)
        return want.file("incident", encoded(answer).decode())
    within = incident.during(chosen, history.journal(chosen.began, MOST_CHANGES))
    page = incident.incident_page(
        chosen, within, want.localizer, want.now, script=SCRIPT
    )
    return want.file("incident", page)


def shift_sheet(want: ExportAsked) -> Export:
    """Return the page of the watch for its next holder, to sign, or raise Nothing."""
    if want.kind != PAGE:
        raise Nothing("page.missing")
    page = shift.paper_html(
        known(want.localizer, want.asked),
        want.localizer,
        want.now,
        is_fresh=want.is_fresh,
        script=SCRIPT,
    )
    return want.file("watch", page)


def _answer(name: str, make: Make) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        kind = str(request.path_params["kind"])
        if kind not in (PAGE, *FILES):
            return PlainTextResponse("Not Found", 404, headers=HEADERS)
        language = request.query_params.get("lang")
        if not visit.of_request(request).trusted:
            return _said(texts.language_of(language), "access.closed", 403)
        asked = of_request(name, request).asked
        try:
            return _file(make(_wanted(kind, asked, language)))
        except (NoHistory, Nothing) as none:
            return _said(texts.language_of(language), str(none), 404)

    return answer


def _wanted(kind: str, query: Asked, language: str | None) -> ExportAsked:
    """Return the request, on the snapshot, else on the plan, or raise Nothing."""
    try:
        latest = look()
    except (OSError, snapshot_file.Corrupt, places.NoPlace):
        latest = Look()
    if latest.known is None:
        raise Nothing("no_plan")
    language = texts.language_of(language, latest.known.site.language)
    age_s = latest.age_s if math.isfinite(latest.age_s) else 0.0
    return ExportAsked(
        kind=kind,
        asked=query,
        localizer=Localizer(latest.known, language, age_s),
        is_fresh=latest.is_fresh,
        now=datetime.now(UTC),
    )


def _file(content: Export) -> Response:
    if content.kind == PAGE:
        return Response(content.text, media_type="text/html", headers=PRINTS)
    file = f"{content.name}.{content.kind}"
    saved = {"Content-Disposition": f'attachment; filename="{file}"'}
    media_type = FILES[content.kind]
    return Response(content.text, media_type=media_type, headers=HEADERS | saved)


def _said(language: str, key: str, status: int) -> Response:
    return PlainTextResponse(texts.say(language, key), status, headers=HEADERS)
