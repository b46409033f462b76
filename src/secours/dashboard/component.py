"""The one component of the pages: shows our HTML and watches its age."""

from functools import lru_cache
from importlib.resources import files
from typing import Any

import streamlit as st
from markupsafe import Markup

from secours.render.styles import css

SKELETON, WATCH = "skeleton.js", "watch.js"
SEAMS = "streamlit_seams.js"
PARTS = {SKELETON: (SEAMS, SKELETON), WATCH: (SEAMS, "presses.js", WATCH)}
HTML = Markup('<div class="secours-root"></div>')


def watched(fed: dict[str, Any], key: str) -> None:
    """Show HTML under the watchdog."""
    _component()(data=fed, key=key)


def script(name: str) -> str:
    """Return a script as served: that of a component can import no other."""
    folder = files("secours.dashboard")
    return "".join(folder.joinpath(part).read_text("utf-8") for part in PARTS[name])


@lru_cache(maxsize=1)
def _component() -> Any:
    folder = files("secours.dashboard")
    style = css() + Markup(folder.joinpath("page.css").read_text("utf-8"))
    return st.components.v2.component(
        "secours_screen",
        html=HTML,
        css=style,
        js=script(WATCH),
        isolate_styles=False,
    )
