"""Draw a page again and again, under the watchdog; and what its address asks for."""

import os
from collections.abc import Callable
from contextlib import suppress

import streamlit as st
from markupsafe import Markup

from secours import places, texts
from secours.dashboard.component import watched
from secours.dashboard.engine.source import Look
from secours.dashboard.feed import Draw, Wish, feed
from secours.engine.published import snapshot_file
from secours.model.snapshot import Snapshot
from secours.render.pages.head import top_html
from secours.render.wording.localizer import Localizer

REFRESH_S = 5.0
QUICKEST_S = 0.2
QUICK_S = 1.0  # while a person waits for an answer


def refresh_s() -> float:
    """Return how often a page is drawn again, seconds."""
    with suppress(ValueError):
        wanted = float(os.environ.get("SECOURS_REFRESH_S", ""))
        return min(max(wanted, QUICKEST_S), 60.0)
    return REFRESH_S


def watch(
    look: Callable[[], Look],
    draw: Draw,
    wish: Wish,
    key: str,
    every_s: float | None = None,
) -> None:
    """Show what `draw` makes of the snapshot, for as long as the page is open."""

    @st.fragment(run_every=every_s or refresh_s())
    def again() -> None:
        watched(feed(look, draw, wish), key=key)

    again()


def watch_top(
    look: Callable[[], Look],
    page: str,
    more: Callable[[Localizer], Markup | None] = lambda _: None,
) -> Localizer | None:
    """Show the top of a page as `watch` does; return who speaks in what is below.

    `more` is drawn with it. None where there is not even a plan.
    """

    def draw(snapshot: Snapshot, language: str, age_s: float) -> Markup:
        localizer = Localizer(snapshot, language, age_s)
        return top_html(localizer, page, more(localizer))

    watch(look, draw, Wish(language=asked("lang"), band=True), key=page)
    return localizer_of(look)


def asked(name: str) -> str | None:
    """Return what the address says under this name, if anything."""
    value = st.query_params.get(name)
    return str(value) if value else None


def language(look: Callable[[], Look]) -> str:
    """Return the language to speak: the one asked for, else that of the site."""
    localizer = localizer_of(look)
    return localizer.language if localizer else texts.language_of(asked("lang"))


def localizer_of(look: Callable[[], Look]) -> Localizer | None:
    """Return who speaks of what there is, or None where there is not even a plan."""
    try:
        seen = look()
    except (snapshot_file.Corrupt, places.NoPlace):
        return None
    if seen.known is None:
        return None
    language = texts.language_of(asked("lang"), seen.known.site.language)
    return Localizer(seen.known, language, seen.age_s if seen.snapshot else 0.0)
