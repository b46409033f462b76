"""Refresh rate of pages, and their language."""

import os
from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from secours import places, texts
from secours.dashboard.engine.source import Look
from secours.engine.published import snapshot_file
from secours.render.wording.localizer import Localizer

REFRESH_S = 5.0
QUICKEST_S = 0.2
QUICK_S = 1.0  # while a person waits for an answer


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
