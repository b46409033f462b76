"""What is taken along of the journal: pages for paper, and files for programs."""

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
from secours.dashboard.engine.source import look
from secours.dashboard.views.incidents import looked_for
from secours.engine.published import snapshot_file
from secours.engine.store.reader import JournalEntry
from secours.model.snapshot import Snapshot
from secours.render.answers import incident as incident_answer
from secours.render.answers.values import encoded
from secours.render.logbook import entries, incident
from secours.render.logbook.incident import Incident
from secours.render.pages.head import Asked
from secours.render.paper import export
from secours.render.wording.localizer import Localizer
from secours.web.answers import HEADERS
from secours.web.printing import PRINTS, SCRIPT

PAGE = "html"
FILES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


class Nothing(Exception):
    """There is nothing to take along; the text is a key of `texts`."""


class Export(Struct, frozen=True):
    """What is taken along: of what it is, and when."""

    kind: str  # how the name of the file ends
    name: str
    text: str


Make = Callable[[str, Localizer, Asked, datetime], Export]


def routes(start: str) -> list[Route]:
    """Return the addresses of all that is taken along."""
    return [
        Route(f"{start}/{name}.{{kind}}", _answer(name, make), methods=["GET"])
        for name, make in (("journal", journal), ("incidents", one_incident))
    ]


def journal(kind: str, localizer: Localizer, asked: Asked, now: datetime) -> Export:
    """Return the entries of the journal that an address asks for."""
    wish = entries.filter_of(asked)
    everything = history.journal(wish.since(now), MOST_CHANGES)
    found = entries.matching(everything, wish, localizer)
    name = f"journal-{now:%Y%m%d-%H%M}"
    if kind == "csv":
        return Export(kind, name, export.as_csv(found))
    if kind == "json":
        site = localizer.in_language(localizer.snapshot.site.name)
        return Export(kind, name, export.as_json(found, site))
    return Export(kind, name, export.as_page(found, localizer, now, script=SCRIPT))


def one_incident(
    kind: str, localizer: Localizer, asked: Asked, now: datetime
) -> Export:
    """Return the incident that an address asks for, with what the journal says of it.

    Raises:
        Nothing: there is none, or not as such a file.

    """
    _, chosen = looked_for(localizer, asked)
    if chosen is None or kind == "csv":
        raise Nothing("incident.none")
    name = f"incident-{chosen.detected:%Y%m%d-%H%M}"
    if kind == "json":
        answer = incident_answer.answer(chosen, localizer)
        return Export(kind, name, encoded(answer).decode())
    within = incident.during(chosen, _since(chosen))
    page = incident.incident_page(chosen, within, localizer, now, script=SCRIPT)
    return Export(kind, name, page)


def _since(one: Incident) -> list[JournalEntry]:
    return history.journal(one.started or one.detected, MOST_CHANGES)


def _answer(name: str, make: Make) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        kind = str(request.path_params["kind"])
        if kind not in (PAGE, *FILES):
            return PlainTextResponse("Not Found", 404, headers=HEADERS)
        wanted = request.query_params.get("lang")
        if not visit.of_request(request).trusted:
            return _said(texts.language_of(wanted), "access.closed", 403)
        asked = of_request(name, request).asked
        try:
            known = _known()
            localizer = Localizer(known, texts.language_of(wanted, known.site.language))
            return _file(make(kind, localizer, asked, datetime.now(UTC)))
        except (NoHistory, Nothing) as none:
            return _said(texts.language_of(wanted), str(none), 404)

    return answer


def _known() -> Snapshot:
    """Return the snapshot, or the plan while there is none.

    Raises:
        Nothing: there is neither.

    """
    try:
        known = look().known
    except (OSError, snapshot_file.Corrupt, places.NoPlace):
        known = None
    if known is None:
        raise Nothing("no_plan")
    return known


def _file(made: Export) -> Response:
    if made.kind == PAGE:
        return Response(made.text, media_type="text/html", headers=PRINTS)
    file = f"{made.name}.{made.kind}"
    saved = {"Content-Disposition": f'attachment; filename="{file}"'}
    media_type = FILES[made.kind]
    return Response(made.text, media_type=media_type, headers=HEADERS | saved)


def _said(language: str, key: str, status: int) -> Response:
    return PlainTextResponse(texts.say(language, key), status, headers=HEADERS)
