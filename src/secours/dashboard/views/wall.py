"""The wall: what to use now, for a whole room."""

import math

from markupsafe import Markup

from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.model.snapshot import Snapshot
from secours.render.made_once import made_once
from secours.render.wall.wall import line_asked, wall_html
from secours.render.wording.localizer import Localizer

drawn = made_once(wall_html)


def draw(localizer: Localizer, address: Address, _: Visit) -> Markup:
    """Draw the wall; the address may ask for language, line, layout and theme."""
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
    """Draw the wall once for all who look within a second: it is written in seconds."""
    whole_s = math.floor(age_s) if math.isfinite(age_s) else age_s
    return drawn(
        snapshot, language, age_s=whole_s, line=line, layout=layout, theme=theme
    )
