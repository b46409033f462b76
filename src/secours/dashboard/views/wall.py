"""The wall: what to use now, for a whole room."""

from collections.abc import Callable

from markupsafe import Markup

from secours.dashboard.engine.source import Look
from secours.dashboard.feed import Wish
from secours.dashboard.refresh import asked, watch
from secours.model.snapshot import Snapshot
from secours.render.wall.wall import line_asked, wall_html


def show(look: Callable[[], Look]) -> None:
    """Show the wall; the address may ask for language, line, layout and theme."""
    wish = Wish(language=asked("lang"), line=line_asked(asked("line")), full=True)
    layout, theme = asked("layout"), asked("theme")

    def draw(snapshot: Snapshot, language: str, age_s: float) -> Markup:
        return wall_html(
            snapshot,
            language,
            age_s=age_s,
            line=wish.line,
            layout=layout,
            theme=theme,
        )

    watch(look, draw, wish, key="wall")
