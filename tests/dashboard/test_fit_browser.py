"""Does what is drawn fit on real screens, at the sizes that people can read?

The wall for readers at 3 and at 5 metres is the same, so it is drawn once. Lengths are
in the wall's unit, a hundredth of the height of a 16:9 screen.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from dashboard.drawing import Canvas, Drawing, listed
from msgspec.structs import replace
from render import hearing, town_statements
from render.desk import channels_page
from render.situations import SITUATIONS, SPOKEN
from render.snapshots import snapshot

from secours.languages import LANGUAGES, Text
from secours.model.sections.site import Site
from secours.model.snapshot import Recommendation, Snapshot, State
from secours.render.wall.stale_cover import stale_html
from secours.render.wall.wall import wall_html
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.browser

ALL = SITUATIONS | SPOKEN
SIZES = [(1920, 1080), (3840, 2160), (1366, 768), (1024, 768), (390, 844)]
WHOLE = {(1920, 1080), (390, 844)}  # all languages and layouts; the others are scaled
SCALED = ("fr", "de")

# what fills the wall so that an answer gives way: banners, notes, an exercise
CROWDED = {"crowded", "crowded exercise"}
SPLIT = {"pinned but down"}  # two answers share the width


def seen_from(shown: Snapshot, distance_m: float) -> Snapshot:
    return replace(shown, screen=replace(shown.screen, distance_m=distance_m))


@cache
def walls(language: str) -> dict[str, str]:
    """Draw each situation for readers at 3 and 5 metres, and at 8."""
    drawn: dict[str, str] = {
        f"{where} | {name} | {language}": wall_html(
            seen_from(shown, distance_m), language, age_s=4.0
        )
        for where, distance_m in (("near", 3.0), ("far", 8.0))
        for name, shown in ALL.items()
    }
    return drawn


@cache
def others(language: str) -> dict[str, str]:
    """Draw each situation in all other ways that it is drawn in."""
    drawn: dict[str, str] = {}
    for name, shown in ALL.items():
        for kind, html in {
            "line": wall_html(shown, language, age_s=4.0, line=1),
            "bands": wall_html(shown, language, age_s=4.0, layout="bands"),
            "band": wall_html(shown, language, age_s=4.0, line=1, layout="bands"),
            "stale": stale_html(shown, language),
            "far stale": stale_html(seen_from(shown, 8.0), language),
            "channels": channels_page(shown, language),
        }.items():
            drawn[f"{kind} | {name} | {language}"] = html
    return drawn


class Card(NamedTuple):
    """A card as it is drawn, and the line of the plan that it is of."""

    key: str
    situation: str
    shown: Snapshot
    line: Recommendation
    language: str
    drawn: dict[str, Any]


class Looked:
    """What the walls look like on a screen of some size."""

    def __init__(self, screen: Drawing, size: tuple[int, int]) -> None:
        """Draw them all."""
        self.screen, self.size = screen, size
        self.languages = LANGUAGES if size in WHOLE else SCALED
        self.looks: dict[str, dict[str, Any]] = {}
        for language in self.languages:
            self.looks |= screen.looks(walls(language))

    def cards(self) -> Iterator[Card]:
        """Yield each card; in all towns the first two lines are those of the wall."""
        for key, look in self.looks.items():
            _, name, language = key.split(" | ")
            shown = ALL[name]
            assert look["cards"]
            for line, drawn in zip(shown.recommendations, look["cards"], strict=False):
                said = f"{key} {line.purpose}"
                yield Card(said, name, shown, line, language, drawn)


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def looked(request: pytest.FixtureRequest, canvas: Canvas) -> Looked:
    return Looked(canvas(*request.param), request.param)


def test_nothing_is_cut_and_nothing_overlaps(looked: Looked) -> None:
    faults = {
        key: look["faults"] for key, look in looked.looks.items() if look["faults"]
    }
    for language in looked.languages:
        faults |= looked.screen.faults(others(language))

    assert len(looked.looks) == 2 * len(ALL) * len(looked.languages)
    assert not faults, listed(faults)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_long_word_of_a_pinned_channel_that_is_down_is_not_cut(
    canvas: Canvas, size: tuple[int, int]
) -> None:
    shown = town_statements.pinned("x")
    word = "Interprovinzielle Notsatellitentelefonverbindung"
    long = [replace(c, short_name=Text(f"{word} {c.name}")) for c in shown.channels]
    walls = {"": wall_html(replace(shown, channels=tuple(long)), "de", age_s=4.0)}

    assert not canvas(*size).faults(walls)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_line_has_room_for_the_name_of_any_site(
    canvas: Canvas, language: str
) -> None:
    name = "Centre de crise MMMM WWWW d'Exempleville et de Waremme"
    sites = [Site(name=Text(name[:most])) for most in range(4, len(name))]
    drawn = {
        f"{language} {site.name}": wall_html(snapshot(site=site), language, age_s=29.0)
        for site in sites
    }
    faults = canvas(1920, 1080).faults(drawn)

    assert not faults, listed(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_on_batteries_has_room_for_any_people_that_it_misses(
    canvas: Canvas, language: str
) -> None:
    name = "De garde à domicile et en renfort de nuit"
    drawn = {}
    for most in range(4, len(name), 4):
        shown = hearing.called(town_statements.ending(), Text(name[:most]))
        for layout in ("columns", "bands"):
            drawn[f"{language} {layout} {name[:most]}"] = wall_html(
                shown, language, age_s=4.0, layout=layout
            )
    faults = canvas(1920, 1080).faults(drawn)

    assert not faults, listed(faults)


def test_the_answer_is_the_largest_text_of_its_card(looked: Looked) -> None:
    smaller = {
        card.key: (card.drawn["answer"], card.drawn["others"])
        for card in looked.cards()
        if card.drawn["answer"] <= card.drawn["others"] + 0.05
    }

    assert not smaller, listed(smaller)


def test_a_short_name_is_never_smaller_than_in_the_table(looked: Looked) -> None:
    """Save where banners crowd the wall, or a pin that is down takes half of it."""
    short = {
        card.key: card.drawn["answer"]
        for card in looked.cards()
        if len(answer_of(card)) <= 13
        and card.situation not in CROWDED | SPLIT
        and not (card.line.measuring and use_of(card) is None)
    }

    assert len(short) >= 2 * len(looked.languages) * 10
    small = {key: size for key, size in short.items() if size < 12.4 - 0.05}
    assert not small, listed(small)


def use_of(card: Card) -> str | None:
    """Return the channel that is to be used: not a pinned one that is down."""
    use = card.line.use
    if use and use.state is State.DOWN and card.line.unpinned:
        use = card.line.unpinned
    return use.channel if use else None


def answer_of(card: Card) -> str:
    channel = use_of(card)
    if channel is None:
        return card.line.last_resort.in_(card.language)
    return card.shown.channel(channel).short_name.in_(card.language)


def test_how_to_use_the_answer_is_whole_and_legible(looked: Looked) -> None:
    wrong = {}
    for card in looked.cards():
        said, size = card.drawn["how"] or "", card.drawn["how_size"]
        answer = " ".join(card.drawn["answers"])
        channel = use_of(card)
        if card.line.measuring and channel is None:
            whole = all(
                card.shown.channel(name).short_name.in_(card.language) in said
                for _, names in card.line.tiers
                for name in names
            )
        elif channel is None:
            whole = f"{answer} {said}".strip() == answer_of(card)
        else:
            how = Localizer(card.shown, card.language).how_shown(channel)
            whole = (answer, said) == (answer_of(card), how)
        if not whole or (size and size < 4.3 - 0.05):
            wrong[card.key] = (answer, said, size)

    assert not wrong, listed(wrong)


def test_what_else_is_said_and_never_cut(looked: Looked) -> None:
    wrong = {}
    for card in looked.cards():
        said = card.drawn["elses"]
        if use_of(card) is None:
            whole = said == []
        else:
            spare = card.line.backup
            name = card.shown.channel(spare.channel).short_name if spare else None
            if hearing.is_doubtful(card.line):
                name = card.line.last_resort
            before = int(card.line.measuring)  # what is being measured
            before += hearing.is_missed(card.line)
            first = said[before] if said[before:] else ""
            whole = "…" not in "".join(said) and (
                name is None or name.in_(card.language).partition(". ")[0] in first
            )
        if not whole and card.situation != "wordy":
            wrong[card.key] = said

    assert not wrong, listed(wrong)


def test_rungs_are_equally_high(looked: Looked) -> None:
    """On a phone a long name makes its rung higher: that page scrolls."""
    if looked.size[0] < looked.size[1]:
        return
    uneven = {}
    for key, look in looked.looks.items():
        boxes = [rung["box"] for ladder in look["ladders"] for rung in ladder]
        assert boxes
        heights = [bottom - top for _, top, _, bottom in boxes]
        if max(heights) - min(heights) > 1:
            uneven[key] = heights

    assert not uneven, listed(uneven)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("audience", ["staff", "partners", "management", "logistics"])
def test_ranks_of_two_cards_stand_on_one_line(
    canvas: Canvas, language: str, audience: str
) -> None:
    shown = SITUATIONS["fallback"]
    lines = [replace(each, audience=audience) for each in shown.recommendations]
    others = [replace(each, audience="x") for each in lines]
    both = replace(shown, recommendations=(*lines, *others))
    screen = canvas(1920, 1080)

    screen.draw(wall_html(both, language, age_s=4.0))
    tops = screen.page.evaluate(
        "[...document.querySelectorAll('.s-rank')].map(e => e.offsetTop)"
    )

    assert len(tops) == 2
    assert len(set(tops)) == 1
