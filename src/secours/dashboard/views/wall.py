"""The wall: what to use now, for a whole room."""

import math
from collections.abc import Callable

from markupsafe import Markup

from secours.dashboard.engine.source import Look
from secours.dashboard.feed import Wish
from secours.dashboard.refresh import asked, watch
from secours.model.snapshot import Snapshot
from secours.render.made_once import made_once
from secours.render.wall.wall import line_asked, wall_html

drawn = made_once(wall_html)


def show(look: Callable[[], Look]) -> None:
    """Show the wall; the address may ask for language, line, layout and theme."""
    wish = Wish(language=asked("lang"), line=line_asked(asked("line")), full=True)
    layout, theme = asked("layout"), asked("theme")

    def draw(snapshot: Snapshot, language: str, age_s: float) -> Markup:
        return drawn_in_seconds(
            snapshot, language, age_s, line=wish.line, layout=layout, theme=theme
        )

    watch(look, draw, wish, key="wall")


def drawn_in_seconds(
    snapshot: Snapshot,
    language: str,
    age_s: float,
    *,
    line: int | None = None,
    layout: str | None = None,
    theme: str | None = None,
) -> Markup:
    """Draw the wall once for all who look within a second: it is written in seconds."""
    whole_s = math.floor(age_s) if math.isfinite(age_s) else age_s
    return drawn(
        snapshot, language, age_s=whole_s, line=line, layout=layout, theme=theme
    )
