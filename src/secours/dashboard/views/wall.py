"""The wall: what to use now, for a whole room."""

import math

from markupsafe import Markup

from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine.source import Look, look
from secours.engine.published.current_sites import SitesLook, province
from secours.model.sites.views import SitesView
from secours.model.snapshot import Snapshot
from secours.render.made_once import made_once
from secours.render.province.wall import province_html
from secours.render.province.wall import title as province_title
from secours.render.wall import wall
from secours.render.wall.wall import line_asked, wall_html
from secours.render.wording.localizer import Localizer

drawn = made_once(wall_html)


def draw(localizer: Localizer, address: Address, visit: Visit) -> Markup:
    """Draw the wall; the address may ask for language, line, layout and theme.

    That of a province shows all sites.
    """
    if found := _province(localizer.snapshot):
        return _province_drawn(
            localizer.snapshot,
            found.view,
            localizer.language,
            age_s=_whole(localizer.screen_age_s),
            theme=address.get("theme"),
            links=visit.trusted,
        )
    return drawn_in_seconds(
        localizer.snapshot,
        localizer.language,
        localizer.screen_age_s,
        line=line_asked(address.get("line")),
        layout=address.get("layout"),
        theme=address.get("theme"),
    )


def drawn_in_seconds(
    snapshot: Snapshot,
    language: str,
    age_s: float,
    *,
    line: int | None = None,
    layout: str | None = None,
    theme: str | None = None,
) -> Markup:
    """Draw the wall once a second for all viewers: its ages are in seconds."""
    return drawn(
        snapshot, language, age_s=_whole(age_s), line=line, layout=layout, theme=theme
    )


def _whole(age_s: float) -> float:
    return math.floor(age_s) if math.isfinite(age_s) else age_s


def look_at_wall() -> Look:
    """Look; the wall of a province is at most as fresh as its view."""
    seen = look()
    found = province(seen)
    return found.aged(seen) if found else seen


def title(snapshot: Snapshot, language: str) -> str:
    """Return the browser tab's title: the worst state on the wall."""
    if found := _province(snapshot):
        return province_title(found.view, language)
    return wall.title(snapshot, language)


def _province(snapshot: Snapshot) -> SitesLook | None:
    return province(Look(snapshot=snapshot))


@made_once
def _province_drawn(
    snapshot: Snapshot,
    view: SitesView,
    language: str,
    *,
    age_s: float,
    theme: str | None,
    links: bool,
) -> Markup:
    localizer = Localizer(snapshot, language, age_s)
    return province_html(localizer, view, age_s=age_s, theme=theme, links=links)
