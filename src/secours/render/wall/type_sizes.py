"""How big is the type? The table of the wall, and what the farthest reader needs.

Sizes are in the wall's unit, a hundredth of the height of a 16:9 screen. The rule:
no text is ever smaller than in the table; the recommended channel and the words of
states reach 22 minutes of arc at `distance_m`, capital height, and every other text 16,
but for the changes at the bottom, which are for people who walk up. What then has no
room is left out, in this order: the second row of changes, all of them, why it is not
the usual channel (its rung tells), the ladder, the second line of the plan. Settings
and names decide that, never the state of a channel.

The table itself serves 3 m on a screen 1210 mm wide (55 inches), 4 m on one of 1660.
Sizes grow up to 8 m on the first and 11 m on the second, where the answer fills it.
"""

import math

from msgspec import Struct
from msgspec.structs import asdict, replace

from secours.model.plan import Screen

CAPITAL = 0.66  # height of a capital in Source Sans, as part of the type size
STATE_ARC, TEXT_ARC = 22.0, 16.0  # minutes of arc
HIGH = 9 / 16  # of a screen, as part of its width
FARTHEST = 8.4  # units of text: with more, not even the answer has room
BANDS_MOST = 5.6  # units of text beside the answer of a band

STATES = ("short", "medium", "long", "state")
NEAR = ("strip", "calm")  # for people who walk up


class Sizes(Struct, frozen=True, kw_only=True):
    """The type size of each element, in units."""

    short: float = 12.4  # the answer, by the length of its name
    medium: float = 9.6
    long: float = 8.0
    head: float = 5.2  # the purpose
    rank: float = 5.2
    audience: float = 3.8
    how: float = 4.3
    why: float = 3.7
    name: float = 4.7  # of a rung
    state: float = 4.7
    beside: float = 3.4
    number: float = 4.7
    clock: float = 6.6
    top: float = 3.8
    banner: float = 3.8
    strip: float = 3.1
    calm: float = 3.8
    short_most: int = 13  # characters that an answer of this size may have
    medium_most: int = 17
    letter_width: float = 1.0  # of the font, beside that of Source Sans

    @property
    def answers(self) -> tuple[tuple[str, float, int], ...]:
        """Return the sizes of an answer, each with its name and its most letters."""
        return (
            ("short", self.short, self.short_most),
            ("medium", self.medium, self.medium_most),
            ("long", self.long, 10_000),
        )


COLUMNS = Sizes()
BANDS = Sizes(
    short=16.0,
    medium=14.0,
    long=11.6,
    rank=4.0,
    how=4.2,
    why=4.0,
    name=3.5,
    state=3.9,
    number=6.4,
    short_most=11,
    medium_most=15,
)
TABLES = {"columns": COLUMNS, "bands": BANDS}


class Cover(Struct, frozen=True, kw_only=True):
    """The type size of each text of a cover, in units."""

    title: float = 12.4
    order: float = 6.6
    age: float = 4.3  # and what stands above the plan
    paper: float = 5.2
    audience: float = 3.8
    last: float = 3.8
    least: float = 3.1

    def of_paper(self, lines: int) -> tuple[float, float]:
        """Return the sizes of so many lines of the plan, and of their last resorts."""
        return (self.last, self.least) if lines > 2 else (self.paper, self.last)


def of_cover(screen: Screen) -> Cover:
    """Return the sizes of a cover: it is read from as far as the wall."""
    text = needed(screen, TEXT_ARC)
    return Cover(**{name: max(size, text) for name, size in asdict(Cover()).items()})


def layout_of(screen: Screen, *asked: str | None) -> str:
    """Return the first of these that is a layout, else the columns.

    Bands leave too little room beside the answer for words that are read from far.
    """
    layout = next((name for name in asked if name and name in TABLES), "columns")
    too_far = needed(screen, TEXT_ARC) > BANDS_MOST
    return "columns" if layout == "bands" and too_far else layout


def sizes_of(screen: Screen, layout: str = "columns") -> Sizes:
    """Return the sizes that this screen needs at its reading distance."""
    table = TABLES[layout]
    state, text = needed(screen, STATE_ARC), needed(screen, TEXT_ARC)
    grown = {
        name: max(size, state if name in STATES else text)
        for name, size in named(table).items()
        if name not in NEAR
    }
    return replace(table, **grown)


def needed(screen: Screen, arc_minutes: float) -> float:
    """Return the type size whose capitals look so high from the farthest reader."""
    capital_mm = 1000 * screen.distance_m * math.tan(math.radians(arc_minutes / 60))
    unit_mm = screen.width_mm * HIGH / 100
    most = FARTHEST * arc_minutes / TEXT_ARC
    return min(capital_mm / CAPITAL / unit_mm, most)


def named(sizes: Sizes | Cover) -> dict[str, float]:
    """Return the type sizes by their names."""
    return {name: size for name, size in asdict(sizes).items() if "_" not in name}


def variables(sizes: Sizes | Cover) -> str:
    """Write the sizes as custom properties of CSS, in units."""
    return "".join(f"--z-{name}:{size:.4g};" for name, size in named(sizes).items())
