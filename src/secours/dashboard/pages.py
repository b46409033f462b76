"""The pages: each draws what it is given, again and again, under the watchdog."""

import os
from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from secours.dashboard.component import watched
from secours.dashboard.feed import Wish, feed
from secours.dashboard.source import Look
from secours.model import Snapshot
from secours.screen.status import status_html
from secours.screen.wall import wall_html

REFRESH_S = 5.0
QUICKEST_S = 0.2


def refresh_s() -> float:
    """Return how often a page is drawn again, seconds."""
    with suppress(ValueError):
        wanted = float(os.environ.get("SECOURS_REFRESH_S", ""))
        return min(max(wanted, QUICKEST_S), 60.0)
    return REFRESH_S


def wall(look: Callable[[], Look]) -> None:
    """Show the wall; the address may ask for a language and a line of the plan."""
    wish = Wish(language=_asked("lang"), line=_line(), full=True)

    def draw(snapshot: Snapshot, language: str, age_s: float) -> str:
        return wall_html(snapshot, language, age_s=age_s, line=wish.line)

    @st.fragment(run_every=refresh_s())
    def again() -> None:
        watched(feed(look, draw, wish), key="wall")

    again()


def status(look: Callable[[], Look]) -> None:
    """Show every channel, with what each of its probes says."""
    wish = Wish(language=_asked("lang"))

    def draw(snapshot: Snapshot, language: str, age_s: float) -> str:
        return status_html(snapshot, language, age_s=age_s)

    @st.fragment(run_every=refresh_s())
    def again() -> None:
        watched(feed(look, draw, wish), key="status")

    again()


def _asked(name: str) -> str | None:
    value = st.query_params.get(name)
    return str(value) if value else None


def _line() -> int | None:
    """Return the line asked for; what is no number asks for none that there is."""
    asked = _asked("line")
    if asked is None:
        return None
    return int(asked) if asked.isascii() and asked.isdigit() else 0
