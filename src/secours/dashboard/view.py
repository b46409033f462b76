"""A page as the script of Streamlit and the server both draw it.

Its content is HTML, made from the newest snapshot: the server fills it into the page,
to be read before anything of Streamlit runs, and the script redraws it while that is
open. Forms come below, from the script alone.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import streamlit as st
from markupsafe import Markup
from msgspec import Struct

from secours import places, texts
from secours.dashboard.access import person
from secours.dashboard.access import visit as visits
from secours.dashboard.access.policy import SEES_WALL
from secours.dashboard.access.visit import Visit, shown_to
from secours.dashboard.address import Address, of_viewer
from secours.dashboard.component import watched
from secours.dashboard.engine.source import Look, look
from secours.dashboard.feed import Fed, Title, Wish, feed
from secours.engine.published import snapshot_file
from secours.engine.published.current_sites import sites
from secours.model.snapshot import Snapshot
from secours.render.pages.head import ENTRIES, PageHead, page_html
from secours.render.wall import wall
from secours.render.wall.wall import line_asked
from secours.render.wording.localizer import Localizer
from secours.web.app import wall_of

OPEN = ("now",)  # the entries that strangers may open
ACTING = ("act",)  # entries for those who may act
FOLLOWING = ("sites",)  # entries where other sites are followed

Draw = Callable[[Localizer, Address, Visit], Markup]
Below = Callable[[Localizer, Address, Visit], None]
Every = Callable[[Localizer, Address], float | None]

REFRESH_S = 5.0
QUICKEST_S = 0.2
QUICK_S = 1.0  # while a person waits for an answer


class View(Struct, frozen=True, kw_only=True):
    """Page: its content, and the form below it."""

    name: str
    draw: Draw
    below: Below | None = None
    every_s: Every | None = None  # refresh interval, where not the usual one
    is_open: bool = False  # to strangers too
    full: bool = False  # the whole screen, with nothing around it
    band: bool = False  # a stale page stays readable, under a band
    look: Callable[[], Look] = look  # at its data, as old as the oldest of them
    title: Title = wall.title


def may_open(view: View, visit: Visit) -> bool:
    """Tell whether a viewer may see a page."""
    if view.full:
        return visit.sees_wall
    return visit.looks if view.is_open else visit.trusted


def fed(view: View, address: Address, visit: Visit) -> Fed:
    """Draw a page of what is published now."""
    wish = Wish(
        language=address.get("lang"),
        line=line_asked(address.get("line")),
        light=visit.theme == "light" and not view.full,
        full=view.full,
        band=view.band,
    )
    draw = partial(_drawn, view, address, visit)
    return feed(_seen(view, visit), draw, wish, view.title)


def show(view: View) -> None:
    """Show a page while it is open, and the form below it."""
    visit = visits.of_page()
    own_look = _seen(view, visit)
    if not visit.trusted:
        visits.door(visit.viewer, language(own_look))
    if not may_open(view, visit):
        if not visit.looks:
            st.text("\n".join(visits.closed(language(own_look))))
            return
        view = View(name=view.name, draw=_closed, is_open=True)
    localizer = localizer_of(own_look)
    address = of_viewer(view.name)
    every_s = _every_s(view, localizer, address)

    @st.fragment(run_every=every_s)
    def again() -> None:
        drawn = fed(view, of_viewer(view.name), visit)
        watched({**drawn, **person.to_remember()}, key=view.name)
        if view.every_s and _every_s(view, localizer_of(own_look), address) != every_s:
            st.rerun()

    again()
    if view.below and localizer:
        view.below(localizer, address, visit)
    if visit.trusted and not view.full:
        visits.door(visit.viewer, language(own_look))


def _every_s(view: View, localizer: Localizer | None, address: Address) -> float:
    own_s = view.every_s(localizer, address) if view.every_s and localizer else None
    return own_s or refresh_s()


def _closed(localizer: Localizer, _: Address, __: Visit) -> Markup:
    """Draw the replacement of a page for known people only."""
    said = " ".join(visits.closed(localizer.language))
    return Markup('<p class="s-warning">{}</p>').format(said)


def _seen(view: View, visit: Visit) -> Callable[[], Look]:
    """Return the look of a page: a screen sees the wall as known viewers do."""
    whole = view.full and visit.viewer.kind == SEES_WALL
    look = view.look if whole else shown_to(visit.viewer, view.look)
    return (lambda: wall_of(look())) if view.full else look


def _drawn(
    view: View,
    address: Address,
    visit: Visit,
    snapshot: Snapshot,
    language: str,
    age_s: float,
) -> Markup:
    localizer = Localizer(snapshot, language, age_s)
    content = view.draw(localizer, address, visit)
    if view.full:
        return content
    head = PageHead(
        page=view.name,
        open=_entries(view, visit, snapshot),
        theme=visit.theme,
        asked=address.asked,
    )
    return page_html(localizer, head, content)


def _entries(view: View, visit: Visit, snapshot: Snapshot) -> list[str]:
    if not visit.trusted:
        return list(OPEN)
    acts = () if visit.acts else ACTING
    closed = acts if _follows(snapshot) else (*acts, *FOLLOWING)
    here = [name for name in FOLLOWING if view.name in (name, *ENTRIES[name])]
    return [name for name in ENTRIES if name not in closed or name in here]


def _follows(snapshot: Snapshot) -> bool:
    """Return whether other sites are followed; unreadable data count as yes."""
    try:
        return sites(Look(snapshot=snapshot)) is not None
    except (snapshot_file.Corrupt, places.NoPlace):
        return True


def refresh_s() -> float:
    """Return the refresh interval of a page, seconds."""
    with suppress(ValueError):
        wanted = float(os.environ.get("SECOURS_REFRESH_S", ""))
        return min(max(wanted, QUICKEST_S), 60.0)
    return REFRESH_S


def asked(name: str) -> str | None:
    """Return a query parameter, if any."""
    value = st.query_params.get(name)
    return str(value) if value else None


def language(look: Callable[[], Look]) -> str:
    """Return the language: the one asked for, else that of the site."""
    localizer = localizer_of(look)
    return localizer.language if localizer else texts.language_of(asked("lang"))


def localizer_of(look: Callable[[], Look]) -> Localizer | None:
    """Return the localizer of the snapshot or plan, None without either."""
    try:
        latest = look()
    except (snapshot_file.Corrupt, places.NoPlace):
        return None
    if latest.known is None:
        return None
    language = texts.language_of(asked("lang"), latest.known.site.language)
    return Localizer(latest.known, language, latest.age_s if latest.snapshot else 0.0)
