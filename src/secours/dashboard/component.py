"""The one component of the pages: shows HTML of ours and watches its age."""

from functools import lru_cache
from importlib.resources import files
from typing import Any, Protocol

import streamlit as st
from markupsafe import Markup

from secours.render.styles import css

HTML = Markup('<div class="secours-root"></div>')


class Renderer(Protocol):
    """What Streamlit returns for a component."""

    def __call__(self, *, data: Any, key: str) -> Any:
        """Draw it."""


def watched(fed: dict[str, Any], key: str) -> None:
    """Show what was drawn, under the watchdog."""
    _component()(data=fed, key=key)


@lru_cache(maxsize=1)
def _component() -> Renderer:
    folder = files("secours.dashboard")
    style = css() + Markup(folder.joinpath("page.css").read_text("utf-8"))
    script = folder.joinpath("watch.js").read_text("utf-8")
    return st.components.v2.component(
        "secours_screen", html=HTML, css=style, js=script, isolate_styles=False
    )
