"""What has room on the wall at these sizes? Decided before anything is known of states.

Heights are in units, a hundredth of a 16:9 screen. What does not fit is left out in a
fixed order: the second row of the strip, the strip, why it is not the usual channel,
the ladder, the second line.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from secours.model.snapshot import Recommendation, State
from secours.render.badges import TONES, Badge
from secours.render.wall import text_width
from secours.render.wall.card import FURNITURE, HEAD_LEADING, head_width
from secours.render.wall.text_width import Space
from secours.render.wall.tiers import mark_of, state_width
from secours.render.wall.type_sizes import Sizes
from secours.render.wording.localizer import Localizer

PADDING, GAP = 2.8, 1.3  # of the wall, above and below; between two parts of it
NARROW = 1.4  # a rung is less wide inside than a card, without its number
LOWEST, HIGHEST = 6.5, 8.1  # a rung of one line
BETWEEN = 0.9  # two rungs
FRAME = 1.7  # around the one to use, above and below
TAB = 3.6  # above the rungs of a band, for the word that one is to be used
BAND_FURNITURE = 1.8
SCROLLED = 6.0  # by so much a page may be longer than a screen
SLACK = 0.5  # lengths of texts are estimates

StateWidth = Callable[[str], float]  # of a channel


class Arrangement(NamedTuple):
    """What is drawn, and how much room a card has."""

    rows: int  # of the strip
    ladder: bool
    card: Space
    enough: bool  # for what has to be said
    rungs: tuple[tuple[float, ...], ...] = ()  # how high, by lines, side by side
    bare: frozenset[str] = frozenset()  # channels of which only the state has room


class Wall(Struct, frozen=True, kw_only=True):
    """What is to be shown, and what is always above and below it."""

    localizer: Localizer
    shown: Sequence[Recommendation]
    layout: str = "columns"
    banners: int = 0  # rows of them
    least: int = 0  # rows of the strip that are kept
    below: float = 0.0  # the height of what else is there, in units
    scrolls: bool = False  # a page, where nothing has to be left out

    @property
    def sizes(self) -> Sizes:
        """Return the sizes of its type."""
        return self.localizer.sizes

    @property
    def names(self) -> list[str]:
        """Return the names on its rungs."""
        tiers = (names for each in self.shown for _, names in each.tiers)
        return [self.localizer.short_name(name) for names in tiers for name in names]

    @property
    def wide(self) -> float:
        """Return how wide the words of a card are."""
        wide = text_width.WIDE[2 if self.layout == "columns" and self.shown[1:] else 1]
        return wide / self.sizes.letter_width


def arrange(wall: Wall) -> Arrangement:
    """Leave out as little as the sizes allow.

    States decide nothing of that, nor of where a rung stands, but for a remark beside
    one that takes more room.
    """
    bare = _bare(wall)
    widest, now = _widest(wall), _now(wall, bare)
    if wall.scrolls:
        rows = 1 if wall.banners or wall.below else 2
        room = _room(wall, rows, True, now).less(-SCROLLED)
        return Arrangement(rows, ladder=True, card=room, enough=True)

    def state(name: str) -> float:
        return max(widest, now(name))

    enough, rows, ladder, room = False, 0, True, Space(0.0, wall.wide)
    for rows, ladder, why in _steps(wall):
        room = _room(wall, rows, ladder, state)
        enough = _is_enough(wall, room, ladder=ladder, why=why)
        if enough:
            break
    if wall.layout == "bands" or not ladder or not wall.shown:
        return Arrangement(rows, ladder, room, enough)
    low = _rung_height(wall, room)
    rungs = tuple(_rungs(wall, each, state, low) for each in wall.shown)
    lowest = (_rungs(wall, each, state, rung_height(wall.sizes)) for each in wall.shown)
    more = max(map(sum, rungs)) - max(map(sum, lowest))
    return Arrangement(rows, ladder, room.less(more), enough, rungs, bare)


def _rung_height(wall: Wall, room: Space) -> float:
    """Return how high a rung of one line is; the words of a usual card come first."""
    sizes, low = wall.sizes, rung_height(wall.sizes)
    heads = max(_head_rows(wall, each, room.wide) for each in wall.shown)
    usual = sizes.short + 2 * (sizes.how + sizes.why) * text_width.LEADING
    left = room.high - FURNITURE - heads * sizes.head * HEAD_LEADING - usual
    count = max(len(each.tiers) for each in wall.shown)
    return max(low, min(HIGHEST, low + left / max(count, 1)))


def _steps(wall: Wall) -> Iterator[tuple[int, bool, bool]]:
    """Yield the rows of the strip, and whether there is a ladder, and room for why."""
    if not wall.banners and not wall.below:
        yield 2, True, True  # a banner costs the strip a row
    if not wall.below:
        yield 1, True, True
    yield wall.least, True, True
    yield wall.least, True, False  # the rungs tell what is down
    yield wall.least, False, True


def _widest(wall: Wall) -> float:
    """Return how wide a state may be, whichever it is."""
    marks = (Badge(TONES[s], wall.localizer.say(f"state.{s}")) for s in State)
    return max(state_width(mark, wall.sizes) for mark in marks)


def _now(wall: Wall, bare: frozenset[str]) -> StateWidth:
    """Return how wide the state of each channel is now."""

    def wide(name: str) -> float:
        return state_width(mark_of(name, wall.localizer, bare=name in bare), wall.sizes)

    return wide


def _bare(wall: Wall) -> frozenset[str]:
    """Return the channels whose names need the room beside the state themselves."""
    if wall.layout == "bands" or wall.scrolls:
        return frozenset()
    now, free = _now(wall, frozenset()), _rung_width(wall)
    channels = {n for each in wall.shown for _, names in each.tiers for n in names}
    short = wall.localizer.short_name
    return frozenset(
        name for name in channels if not _takes_two(short(name), wall, free - now(name))
    )


def _room(wall: Wall, rows: int, ladder: bool, state: StateWidth) -> Space:
    """Return how big a card is."""
    sizes, count = wall.sizes, max(len(wall.shown), 1)
    above = top_height(sizes) + GAP + wall.banners * banner_height(sizes) + wall.below
    high = 100 - PADDING - above - strip_height(sizes, rows) - GAP * bool(rows)
    if wall.layout == "bands":
        band = (high - GAP * (count - 1)) / count
        rungs = _tiers_height(wall, state) + TAB if ladder else 0.0
        return Space(band - rungs + FURNITURE - BAND_FURNITURE, wall.wide)
    heights = (_ladder_height(wall, each, state) for each in wall.shown)
    return Space(high - ladder * (max(heights, default=0.0) + GAP), wall.wide)


def _is_enough(wall: Wall, room: Space, *, ladder: bool, why: bool) -> bool:
    """Tell whether answer, how, what else and why have a row each, and rungs too."""
    sizes = wall.sizes
    words = (2 * sizes.how + why * sizes.why) * text_width.LEADING
    heads = max((_head_rows(wall, each, room.wide) for each in wall.shown), default=1)
    answer = max(
        (text_width.rows(n, sizes.long, room.wide) for n in wall.names), default=1
    )
    needed = words + answer * sizes.long
    if wall.layout == "bands":
        heads, needed = 1, max(sizes.long, 2 * sizes.how * text_width.LEADING)
    free = room.high - FURNITURE - heads * sizes.head * HEAD_LEADING
    return free >= needed - SLACK and (_holds(wall) or not ladder)


def _head_rows(wall: Wall, line: Recommendation, wide: float) -> int:
    """Return how many rows a usual rank and the purpose take."""
    rank = wall.localizer.say("choice.2")
    return 1 + (head_width(line, rank, wall.localizer) > wide)


def _holds(wall: Wall) -> bool:
    """Tell whether a rung holds each name in two lines, by any state or above it."""
    state = _widest(wall)
    if wall.layout == "bands":
        wide = _tier_width(wall)
        return state <= wide and _in_two(wall, wide)
    return _in_two(wall, _rung_width(wall) - state)


def _in_two(wall: Wall, wide: float) -> bool:
    return all(_takes_two(name, wall, wide) for name in wall.names)


def _takes_two(name: str, wall: Wall, wide: float) -> bool:
    """Tell whether a name takes two lines at most."""
    size = wall.sizes.name
    return wide > 4 * size and text_width.rows(name, size, wide) <= 2


def top_height(sizes: Sizes) -> float:
    """Return how high the first line is."""
    return max(7.0, sizes.clock * 1.06, sizes.top * 1.2 + 1.0)


def banner_height(sizes: Sizes) -> float:
    """Return how high a banner is, with what is between it and the next part."""
    return max(5.6, sizes.banner * 1.3) + GAP


def strip_height(sizes: Sizes, rows: int) -> float:
    """Return how high so many rows of changes are."""
    row = max(4.6, sizes.strip * 1.3, sizes.calm * 1.21)
    return rows * row + 1.1 if rows else 0.0


def rung_height(sizes: Sizes) -> float:
    """Return how high a rung of one line is, at least."""
    return max(LOWEST, sizes.state * 1.09 + 1.0)


def number_width(sizes: Sizes) -> float:
    """Return how wide the number of a rung is: less, where words need the room."""
    return 5.8 if sizes.state < 5 else 0.81 * sizes.number


def _rung_width(wall: Wall) -> float:
    """Return how wide the name and the state of a rung are together."""
    return wall.wide + NARROW - number_width(wall.sizes)


def _tier_width(wall: Wall) -> float:
    """Return how wide the words of a rung of a band are, with paddings of states."""
    return (wall.wide - 3 * GAP) / 4 - 3.4 - 0.72 * wall.sizes.number + 1.2


def _ladder_height(wall: Wall, line: Recommendation, state: StateWidth) -> float:
    """Return how high a ladder is at least."""
    heights = _rungs(wall, line, state, rung_height(wall.sizes))
    return sum(heights) + max(len(heights) - 1, 0) * BETWEEN


def _rungs(
    wall: Wall, line: Recommendation, state: StateWidth, low: float
) -> tuple[float, ...]:
    """Return how high each rung is; a name that is too long takes two lines."""
    tall, free = max(2.04 * wall.sizes.name + FRAME, low), _rung_width(wall)
    return tuple(
        tall if any(_name_width(wall, n) > free - state(n) for n in names) else low
        for _, names in line.tiers
    )


def _tiers_height(wall: Wall, state: StateWidth) -> float:
    """Return how high the ladder of a band is: a long name or state takes two lines."""
    sizes, wide = wall.sizes, _tier_width(wall)
    channels = [n for each in wall.shown for _, names in each.tiers for n in names]
    name_rows = 1 + any(_name_width(wall, n) > wide for n in channels)
    below = any(state(n) > wide for n in channels) * sizes.strip
    return 1.05 * sizes.name * name_rows + 1.14 * sizes.state + 1.1 * below + 2.3


def _name_width(wall: Wall, channel: str) -> float:
    return text_width.width(wall.localizer.short_name(channel), wall.sizes.name)
