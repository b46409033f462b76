"""Layout of the wall: its parts, and the room of each.

Heights are in units, a hundredth of a 16:9 screen. Settings, names, words of the plan
and statements decide, not the state of a channel: no rung moves because one fails, but
where the people that a channel misses have no room.
Parts give way in a fixed order: the rows of changes, why it is not the usual channel,
the sizes of a card, the size of the names on the rungs, the answers of an exercise, the
second line of the plan; never the ladder, what must not be used, nor how to use a
channel.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.model.sections.site import Screen
from secours.model.snapshot import Recommendation, Snapshot
from secours.render import text_width
from secours.render.badges import Badge, Tone
from secours.render.escape import plain
from secours.render.text_width import Space
from secours.render.wall import rungs
from secours.render.wall.card_fit import Frame, has_room, heads_of
from secours.render.wall.card_text import (
    LONGEST_HOW,
    CardText,
    Row,
    first_measurement,
    last_resort,
    pinned_down,
    said,
)
from secours.render.wall.footer import CHIPS, ChipRows, chip_rows
from secours.render.wall.type_sizes import (
    COLUMNS,
    TABLES,
    TEXT_ARC,
    Sizes,
    is_far,
    needed,
    sizes_of,
)
from secours.render.wording import caveats
from secours.render.wording.localizer import Localizer

MOST_LINES = 2
ACROSS = 172.78  # a 16:9 screen without the paddings of the wall
PADDING, TOP = 2.8, 7.0  # of the wall, above and below; its first line
GAP, GUTTER = 1.3, 2.4  # between two parts below each other; between two columns
EDGE, SIDE, WITHIN = 1.8, 2.3, 3.2  # of a card: left; paddings beside, above and below
RUNG_SIDE, NUMBER, SHAPE = 1.5, 3.9, 1.8  # beside; its number; after its shape
TAB, BAND_EDGE = 3.6, 2.5  # of a band: above its rungs, for a word; left
TIER_SIDE, TIER_WITHIN = 1.6, 1.7  # of a rung in a band: beside; above and below
ROW = 1.3  # a row that stands alone, as part of its type size
ONE_ROW, TWO_ROWS = (5.2, 4.7, 4.3), (4.3, 3.8, 3.1)
"""Sizes of a name on a rung that has one row, and of one that needs two."""


Lines = tuple[Recommendation, ...]


class Names(NamedTuple):
    """Size of each channel's name on its rung, and its number of rows."""

    sizes: Mapping[str, float]
    rows: Mapping[str, int]

    @property
    def high(self) -> float:
        """Return how high the highest is."""
        heights = (size * self.rows[name] for name, size in self.sizes.items())
        return 1.04 * max(heights, default=0.0)


class Level(NamedTuple):
    """Amount shown: rows of changes and reasons, and cards in smaller sizes."""

    news: int
    reasons: int
    tight: bool = False
    bare: bool = False  # without the row of Secours' own troubles, and one of chips
    large: bool = False  # chips are read from as far as the cards


LEVELS = (
    Level(2, 1),
    Level(1, 1),
    Level(0, 1),
    Level(0, 0),
    Level(0, 0, tight=True),
    Level(0, 0, tight=True, bare=True),
)
LARGE = tuple(level for level in LEVELS if not level.tight)
FAR = tuple(level._replace(large=True) for level in LEVELS[:3])


class Around(Struct, frozen=True, kw_only=True):
    """Parts of the wall besides the lines of the plan."""

    banners: int = 0  # rows of them
    below: tuple[float, ...] = (0.0,)  # heights under the rungs, with and
    # without optional parts, the most first
    notes: bool = False  # a row of Secours' own troubles
    letter_width: float = 1.0  # of the font, beside that of Source Sans


class Layout(Struct, frozen=True, kw_only=True):
    """Parts to draw, and the room of each."""

    sizes: Sizes
    bands: bool = False
    lines: tuple[Recommendation, ...]
    hidden: tuple[Recommendation, ...] = ()
    card: Space  # inside its paddings
    rung: float  # height of each
    abreast: int = 1  # rungs side by side
    names: Mapping[str, float]  # the size of each channel's name on them
    below: int = 0  # index of the height under the rungs that fits
    news: int = 0  # rows of changes and notes
    chips: ChipRows = CHIPS[0]
    aligned: bool = True  # each answer is as high as the largest
    silent: frozenset[str] = frozenset()  # channels with room for their state alone
    brief: bool = False  # one of these is down: all say so in brief

    @property
    def frame(self) -> Frame:
        """Return the frame of a card."""
        return Frame(self.card, self.sizes, beside=self.bands, aligned=self.aligned)


def measured(
    localizer: Localizer, asked: int | None, around: Around, *, bands: bool = False
) -> Layout:
    """Choose the layout: as much as fits at readable sizes."""
    shown = lines_shown(localizer.snapshot, asked)
    wanted = _wanted(localizer.snapshot.screen, shown, bands=bands)
    groups = [WallContent(localizer, around, bands, *each) for each in wanted]
    ways = (way for group in groups for way in group.ways())
    layout, enough = next(ways)
    while not enough:
        layout, enough = next(ways, (layout, True))
    return layout


def _wanted(
    screen: Screen, shown: Lines, *, bands: bool
) -> list[tuple[Lines, Sizes, bool, int]]:
    """Return the lines, their sizes, whether a card may be tight, and rungs abreast.

    A far reader is shown one line; its text and the shape in use have grown, else its
    text alone, else nothing: that comes before a smaller answer. Its rungs stand in two
    columns; elsewhere only where one line does not fit otherwise.
    """
    kind = "bands" if bands else "columns"
    grown, table = sizes_of(screen, kind), TABLES[kind]
    if not is_far(screen):
        return [
            (shown, table, True, 1),
            (shown[:1], table, True, 1),
            (shown[:1], table, True, 2),
        ]
    text = replace(grown, used=table.used)
    return [
        (shown[:1], grown, False, 2),
        (shown[:1], text, False, 2),
        (shown[:1], table, True, 2),
    ]


def lines_shown(
    snapshot: Snapshot, line: int | None = None
) -> tuple[Recommendation, ...]:
    """Return the lines on the wall: one asked for, else two of the first audience.

    Where an audience has only one line, the next line of the plan follows.
    """
    lines = snapshot.recommendations
    if line is not None:
        return lines[line - 1 : line] if line > 0 else ()
    first = [each for each in lines if each.audience == lines[0].audience]
    others = [each for each in lines if each.audience != lines[0].audience]
    chosen = (first + others)[:MOST_LINES]
    return tuple(each for each in lines if each in chosen)


def hidden(
    snapshot: Snapshot, shown: Sequence[Recommendation]
) -> tuple[Recommendation, ...]:
    """Return the hidden lines of the plan."""
    return tuple(e for e in snapshot.recommendations if e not in shown) if shown else ()


def column(count: int) -> float:
    """Return the width for words on each of so many cards side by side."""
    return (ACROSS - (count - 1) * GUTTER) / count - EDGE - 2 * SIDE


class WallContent(NamedTuple):
    """Lines to show, and the parts around them."""

    localizer: Localizer
    around: Around
    bands: bool
    lines: Lines
    sizes: Sizes
    tight: bool  # a card may be written in its smallest sizes
    abreast: int  # rungs side by side

    def ways(self) -> Iterator[tuple[Layout, bool]]:
        """Yield each layout, the best first, and whether the required words fit."""
        cards = [c for line in self.lines for c in _possible(line, self.localizer)]
        now = [said(line, self.localizer)[0] for line in self.lines]
        declared = any(line.receivers for line in self.lines)
        shot, levels = self.localizer.snapshot, LEVELS if self.tight else LARGE
        if hidden(shot, self.lines) and needed(shot.screen, TEXT_ARC) > COLUMNS.chip:
            levels = (*FAR, *levels)
        for below, names, level in product(
            range(len(self.around.below)),
            self._names(),
            levels,
        ):
            layout = self._layout(below, names, level)
            reasons = max(level.reasons, declared and not level.tight)  # why gives way
            frame = layout.frame
            if not self.bands:  # the heads of cards side by side are as high
                heads = max((heads_of(card, frame) for card in cards), default=1)
                frame = frame._replace(heads=heads)
            yield (
                layout,
                all(has_room(card, frame, reasons=0, tight=True) for card in now)
                and all(
                    has_room(card, frame, reasons=reasons, tight=level.tight)
                    for card in cards
                ),
            )

    def _layout(self, below: int, names: Names, level: Level) -> Layout:
        sizes, count = self.sizes, max(len(self.lines), 1)
        news = max(level.news, int(self.around.notes and not level.bare))
        others = hidden(self.localizer.snapshot, self.lines)
        high = 100 - PADDING - TOP - GAP - self.around.below[below]
        high -= self.around.banners * (sizes.banner * ROW + GAP)
        chips = chip_rows(others, self.localizer, bare=level.bare, large=level.large)
        in_news = news * sizes.strip * ROW + 1.1 + GAP if news else 0.0
        high -= in_news + (chips.rows * chips.size * ROW + GAP) * bool(others)
        rung = max(sizes.rung, names.high + 0.8)
        if self.bands:
            rung = names.high + sizes.state * 1.14 + TIER_WITHIN + 0.6
            band = (high - GAP * (count - 1)) / count
            card = Space(band - rung - TAB - 1.8, ACROSS - BAND_EDGE - 2 * 2.5)
        else:
            most = max((len(line.tiers) for line in self.lines), default=0)
            wide = column(count) / self.around.letter_width
            rows = math.ceil(most / self.abreast)
            card = Space(high - rows * rung - GAP - WITHIN, wide)
        silent = self._silent(names)
        brief = any(rungs.is_down(name, self.localizer) for name in silent)
        return Layout(
            sizes=sizes,
            bands=self.bands,
            lines=self.lines,
            hidden=others,
            card=card,
            rung=rung,
            abreast=self.abreast,
            names=self._beside_states(names, silent, brief=brief),
            below=below,
            news=news,
            chips=chips,
            aligned=not level.tight,
            silent=silent,
            brief=brief,
        )

    def _names(self) -> Iterator[Names]:
        """Yield the sizes of the names on the rungs, the best first.

        Each is as large as fits in one row beside any state, else in two.
        """
        widest = rungs.widest_state(self.localizer, self.sizes)
        scale = self.sizes.name / COLUMNS.name
        whole = {}
        for name in (name for line in self.lines for name in line.planned):
            sizes = (size * scale for size in ONE_ROW)
            fitting = (size for size in sizes if self._rows(name, size, widest) == 1)
            whole[name] = next(fitting, 0.0)
        for size in TWO_ROWS if not all(whole.values()) else TWO_ROWS[:1]:
            two = max(size * scale, TWO_ROWS[-1])
            chosen = {name: size or two for name, size in whole.items()}
            yield Names(
                chosen, {n: self._rows(n, z, widest) for n, z in chosen.items()}
            )

    def _beside_states(
        self, names: Names, silent: Collection[str], *, brief: bool
    ) -> dict[str, float]:
        """Return the sizes of names beside the states of now, the wide ones too.

        A name gives way to a long word; the rung keeps its height.
        """
        sizes = dict(names.sizes)
        for name, size in names.sizes.items():
            badge = self._badge(name, brief=brief)
            state = rungs.state_width(replace(badge, beside=""), self.sizes)
            if not self.bands and self._rows(name, size, state) > names.rows[name]:
                below = (*ONE_ROW, *TWO_ROWS)
                smaller = (s for s in below if self._rows(name, s, state) == 1)
                sizes[name] = next(smaller, TWO_ROWS[-1])
        return sizes

    def _silent(self, names: Names) -> frozenset[str]:
        """Return the channels whose names need the room of their state's remark."""
        silent = set()
        for name, size in names.sizes.items():
            badge = self._badge(name)
            wide = rungs.state_width(badge, self.sizes)
            too_wide = bool(badge.beside) and self.bands and wide > self._name_room()
            too_high = self._rows(name, size, wide) > names.rows[name]
            is_small = all(self._rows(name, one, wide) > 1 for one in ONE_ROW)
            if too_wide or (too_high and (badge.beside or is_small)):
                silent.add(name)
        return frozenset(silent)

    def _badge(self, name: str, *, brief: bool = False) -> Badge:
        """Return the widest state of a channel on its lines."""
        drawn = (
            rungs.badge_of(name, self.localizer, line, brief=brief)
            for line in self.lines
            if name in line.planned
        )
        return max(drawn, key=lambda badge: rungs.state_width(badge, self.sizes))

    def _rows(self, channel: str, size: float, state: float) -> int:
        """Return the rows of a name on a rung beside a state of this width."""
        name = plain(self.localizer.short_name(channel), 60)
        tiers = (held for line in self.lines for _, held in line.tiers)
        others = max(len(held) for held in tiers if channel in held)
        if others > 1:  # how many more there are stands after it
            more = self.localizer.say("more.channels", n=others - 1)
            name += f" \N{NO-BREAK SPACE}{more}"
        room = self._name_room() - (0.0 if self.bands else state)
        return text_width.rows(name, size, room)

    def _name_room(self) -> float:
        sizes, count = self.sizes, max(len(self.lines), self.abreast)
        if self.bands:
            wide = (ACROSS - BAND_EDGE - 2 * 2.5 - 3 * GAP) / 4
            return wide - 2 * TIER_SIDE - 0.72 * sizes.number - sizes.shape - SHAPE
        wide = (ACROSS - (count - 1) * GUTTER) / count - 2 * RUNG_SIDE
        return (wide - NUMBER - sizes.used - SHAPE) / self.around.letter_width


def _possible(line: Recommendation, localizer: Localizer) -> Iterator[CardText]:
    """Yield all possible cards of a line, whatever the states."""
    verb, audience = localizer.purpose(line)
    called = {name: plain(localizer.short_name(name), 60) for name in line.planned}
    spare = Row(
        "else", localizer.say("else"), max(called.values(), key=len, default="")
    )
    ends = caveats.is_on_battery(localizer)  # then cards say what comes after
    rows = 1 + ends + line.measuring
    pin = line.use.channel if line.use and line.use.pinned else None
    for name in line.planned:
        yield CardText(
            tone=Tone.OK,
            verb=verb,
            audience=audience,
            rank=texts.rank(localizer.language, 2),
            answer=called[name],
            how=localizer.how_shown(name, LONGEST_HOW),
            rows=(spare,) * rows,
            left=1.0 if ends else None,
            pinned=pinned_down(pin, [], localizer) if pin and pin != name else None,
        )
    yield last_resort(line, localizer)
    if line.measuring:
        yield first_measurement(line, localizer)
