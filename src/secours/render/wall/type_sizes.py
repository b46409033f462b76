"""Type sizes: the table of the wall, and the needs of the farthest reader.

Sizes are in the wall's unit, a hundredth of the height of a 16:9 screen. The table
serves a reader at 3 and at 5 m from a screen 1210 mm wide (55 inches), and at 5 m from
one of 1660: capitals of the answer, and the shapes of states, are seen there under 22
minutes of arc, words under 16; only the changes at the bottom are for people who walk
up, and the chips of hidden lines where they have no room for larger letters. For
readers farther away the answer, how to use it and the shape of the rung in use grow to
the same angles, and the wall shows one line of the plan, its rungs in two columns.
"""

from msgspec import Struct
from msgspec.structs import asdict, replace

from secours.model.sections.site import Screen

CAPITAL = 0.66  # height of a capital in Source Sans, as part of the type size
STATE_ARC, TEXT_ARC = 22.0, 16.0  # minutes of arc
FARTHEST = 8.4  # units of text: with more, not even the answer fits
BANDS_MOST = 5.6  # units of text beside the answer of a band
FRAME = 1.6  # around the shape on a rung, above and below


class Sizes(Struct, frozen=True, kw_only=True):
    """The type size of each element, in units."""

    short: float = 12.4  # the answer, by the length of its name
    medium: float = 9.6  # and the last resort
    long: float = 8.0
    small: float = 6.4  # beside a pinned channel, and for long words
    head: float = 5.2  # the purpose, and the rank
    audience: float = 5.2
    how: float = 5.6
    words: float = 5.2  # backup, caveats and why
    name: float = 5.2  # of a rung
    shape: float = 5.0
    used: float = 5.0  # the shape of the rung in use
    state: float = 5.2
    beside: float = 3.8
    number: float = 5.2
    clock: float = 6.6
    top: float = 5.2
    banner: float = 5.2
    unsafe: float = 5.2
    chip: float = 3.8
    strip: float = 3.1
    short_most: int = 13  # characters of an answer of this size
    medium_most: int = 17

    @property
    def answers(self) -> tuple[tuple[str, float, int], ...]:
        """Return the sizes of an answer, each with its name and most letters."""
        return (
            ("short", self.short, self.short_most),
            ("medium", self.medium, self.medium_most),
            ("long", self.long, 10_000),
            ("small", self.small, 10_000),
        )

    @property
    def rung(self) -> float:
        """Return how high a rung of one row is."""
        return max(self.shape, self.used) + FRAME


COLUMNS = Sizes()
BANDS = Sizes(
    short=16.0,
    medium=14.0,
    long=11.6,
    how=4.2,
    words=4.2,
    name=3.5,
    shape=3.4,
    used=3.4,
    state=3.6,
    beside=3.1,
    number=6.4,
    short_most=11,
    medium_most=15,
)
TABLES = {"columns": COLUMNS, "bands": BANDS}

HOW_LEAST = 4.3  # `how` is set smaller rather than cut, down to this
HOW_ROWS = 3  # and before it takes more rows


class Cover(Struct, frozen=True, kw_only=True):
    """The type size of each text of a cover, in units."""

    title: float = 8.8
    order: float = 5.6
    age: float = 4.3  # and the heading of the plan
    paper: float = 6.4  # the plan, at most
    how: float = 5.2

    def with_plan(self, size: float, how: float) -> "Cover":
        """Return these sizes with others for the plan, and its `how`."""
        return replace(self, paper=size, how=how)


def of_cover(screen: Screen) -> Cover:
    """Return the sizes of a cover: it is read from as far as the wall."""
    text = needed(screen, TEXT_ARC)
    grown = {
        name: max(size, text)
        for name, size in named(Cover()).items()
        if name != "how"  # read close up
    }
    return replace(Cover(), **grown)


def layout_of(screen: Screen, *names: str | None) -> str:
    """Return the first of these that is a layout, else the columns.

    Bands leave too little room beside the answer for words read from afar.
    """
    layout = next((name for name in names if name and name in TABLES), "columns")
    too_far = needed(screen, TEXT_ARC) > BANDS_MOST
    return "columns" if layout == "bands" and too_far else layout


def is_far(screen: Screen) -> bool:
    """Tell whether words of the table are too small for the farthest reader."""
    return needed(screen, TEXT_ARC) > COLUMNS.words


def sizes_of(screen: Screen, layout: str = "columns") -> Sizes:
    """Return the sizes that this screen needs at its reading distance."""
    table = TABLES[layout]
    state, text = needed(screen, STATE_ARC), needed(screen, TEXT_ARC)
    if not is_far(screen):
        return table
    return replace(
        table,
        short=max(table.short, state),
        medium=max(table.medium, state),
        long=max(table.long, state),
        small=max(table.small, text),
        how=max(table.how, text),
        used=max(table.used, CAPITAL * state),
    )


def needed(screen: Screen, arc_minutes: float) -> float:
    """Return the type size whose capitals look so high from the farthest reader."""
    most = FARTHEST * arc_minutes / TEXT_ARC
    return min(screen.units_seen(arc_minutes) / CAPITAL, most)


def named(sizes: Sizes | Cover) -> dict[str, float]:
    """Return the type sizes by their names."""
    return {name: size for name, size in asdict(sizes).items() if "_" not in name}


def variables(sizes: Sizes | Cover) -> str:
    """Write the sizes as custom properties of CSS, in units."""
    return "".join(f"--z-{name}:{size:.4g};" for name, size in named(sizes).items())
