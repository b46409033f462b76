"""JSON of the sites followed."""

from collections.abc import Callable, Iterable

import msgspec
from starlette.responses import Response

from secours import places
from secours.core.sites.all_sites import is_fresh
from secours.engine.published import sites_file, snapshot_file
from secours.engine.published.current import Look
from secours.engine.published.current_sites import is_alone
from secours.model.sites.views import SitesView
from secours.render.answers.notes import hub_now
from secours.render.answers.sites.answer import answer
from secours.render.export import sites as exposition
from secours.render.export.families import Family
from secours.web.answers import json_answer

NONE = "no other site is followed"

LookAtSites = Callable[[], tuple[SitesView, float] | None]


def published() -> tuple[SitesView, float] | None:
    """Return the view of all sites, and its age; None without one."""
    try:
        return sites_file.read(places.runtime_dir())
    except (OSError, snapshot_file.Corrupt, places.NoPlace):
        return None


def sites_answer(
    aged_view: tuple[SitesView, float] | None, latest: Look, language: str
) -> Response:
    """Answer as `secours sites` prints; 503 for a stale view.

    A view left by an earlier engine is ignored where that of `latest` has no hub.
    """
    if aged_view is None or is_alone(latest):
        return json_answer({"schema": 1, "error": NONE}, 503)
    view, age_s = aged_view
    hub = hub_now(latest.snapshot, latest.age_s) if latest.snapshot else None
    body = answer(view, age_s, language, hub=hub)
    return json_answer(msgspec.to_builtins(body), 200 if is_fresh(age_s) else 503)


def families_of_sites(
    found: tuple[SitesView, float] | None, seen: Look
) -> Iterable[Family]:
    """Return the metrics of the sites followed."""
    return () if found is None or is_alone(seen) else exposition.sites(*found)
