"""Data for the watchdog component in the browser, whatever happens.

A page never shows a traceback: a page that cannot be drawn becomes a cover.
"""

import logging
import math
import time
from collections.abc import Callable
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from secours import texts
from secours.dashboard.engine.source import Look
from secours.model.snapshot import Snapshot
from secours.render.made_once import made_once
from secours.render.wall import stale_cover, wall

log = logging.getLogger(__name__)

NOT_KNOWN_S = -1.0  # an age that the watchdog takes for stale; JSON has no infinity

stale_html = made_once(stale_cover.stale_html)

Fed = dict[str, Any]
Draw = Callable[[Snapshot, str, float], Markup]
Title = Callable[[Snapshot, str], str]
"""Title of the browser's tab for a snapshot, in a language."""


class Wish(Struct, frozen=True, kw_only=True):
    """Options in the address."""

    language: str | None = None
    line: int | None = None
    light: bool = False  # the light theme, of a page for a desk
    full: bool = False  # the whole screen, nothing of Streamlit around it
    band: bool = False  # a stale page stays readable, with a band below it


def feed(
    look: Callable[[], Look], draw: Draw, wish: Wish, title: Title = wall.title
) -> Fed:
    """Look, draw, and return the component's data; an error is a cover."""
    latest: Look | None = None
    try:
        latest = look()
        if latest.snapshot is None:
            return _waiting(latest, draw, wish)
        return _fed(latest, latest.snapshot, draw, wish, title)
    except Exception:
        log.exception("the page could not be drawn")
        return _error(latest.known if latest else None, wish)


def _fed(latest: Look, snapshot: Snapshot, draw: Draw, wish: Wish, title: Title) -> Fed:
    age_s = latest.age_s
    language = _language(snapshot, wish)
    has_age = math.isfinite(age_s) and age_s >= 0
    return {
        **_frame(snapshot, language, wish),
        "html": draw(snapshot, language, age_s),
        "stale_html": stale_html(snapshot, language, unstable=latest.unstable),
        "at": f"{snapshot.boot_id}/{snapshot.at.steady_s}/{has_age}",
        "age": age_s if has_age else NOT_KNOWN_S,
        "title": title(snapshot, language),
        "answers": wall.answers(snapshot, wish.line),
    }


def _waiting(latest: Look, draw: Draw, wish: Wish) -> Fed:
    """Cover the page; a page with a band is drawn from the plan alone."""
    language = _language(latest.plan, wish)
    words = stale_cover.waiting_html(
        latest.plan, language, refused=latest.refused, unstable=latest.unstable
    )
    covered = _covered(latest.plan, words, language, wish)
    if wish.band and latest.plan:
        covered |= {"html": draw(latest.plan, language, 0.0), "band": True}
    return covered


def _error(snapshot: Snapshot | None, wish: Wish) -> Fed:
    language = _language(snapshot, wish)
    try:
        words = stale_cover.error_html(snapshot, language)
    except Exception:  # the snapshot itself is what cannot be drawn
        log.exception("the cover could not be drawn")
        snapshot, words = None, stale_cover.error_html(None, language)
    return _covered(snapshot, words, language, wish)


def _covered(snapshot: Snapshot | None, words: str, language: str, wish: Wish) -> Fed:
    return {
        **_frame(snapshot, language, wish),
        "band": False,  # nothing is left to be read above it
        "html": Markup(),
        "stale_html": words,
        "at": f"cover/{hash(words)}",
        "age": NOT_KNOWN_S,
        "title": texts.say(language, "title.ok"),
        "answers": [],
    }


def _frame(snapshot: Snapshot | None, language: str, wish: Wish) -> Fed:
    return {
        "lang": language,
        "light": wish.light,
        "full": wish.full,
        "band": wish.band,
        "max_age": snapshot.screen.max_age_s if snapshot else 0.0,
        "server": time.time(),
        "tz": wall.timezone(snapshot) if snapshot else "UTC",
        "hour": texts.say(language, "unit.hour"),
        "stale_words": texts.say(language, "stale"),
    }


def _language(snapshot: Snapshot | None, wish: Wish) -> str:
    site = snapshot.site.language if snapshot else "en"
    return texts.language_of(wish.language, site)
