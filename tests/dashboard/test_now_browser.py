"""What to use now, on one screen of a desk without scrolling, in every situation."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from dashboard.drawing import Canvas, listed
from markupsafe import Markup
from msgspec.structs import replace
from render.desk import day_of
from render.situations import SITUATIONS, SPOKEN
from render.snapshots import change, moment, snapshot, suspecting

from secours.core.replay.presets import Preset
from secours.languages import Text
from secours.model.snapshot import Explained, Link, PathView, Snapshot
from secours.model.statements import Watch, WatchAction
from secours.render.pages.head import PageHead, page_html
from secours.render.situation.now import Rights, now_html
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.browser

Size = tuple[int, int]
Seen = Callable[[Size], dict[str, Any]]

CHANNELS, FEW, LINES = 20, 14, 4
SIZES = [(1920, 1080), (1366, 768), (390, 844)]
LANGUAGES = ("fr", "de")
PRESETS = dict.fromkeys(Preset, ("power:grid",))
ROW_PX = 40

MEASURE = """(drawn) => {
  const edge = (e, of) => e.getBoundingClientRect()[of];
  const off = (e, list) => list && edge(e, "left") >= edge(list, "right");
  const shown = e => e.getClientRects().length > 0
    && !off(e, e.closest(".s-now-changes"));  // those without room wrap out of sight
  const brief = ".s-now-because, .s-now-proof, .s-site, .s-unseen, .s-strip, .s-ticks";
  const inner = ".s-now-because a, .s-unsafe p *";  // cut off, or on several lines
  const measured = {};
  for (const [name, html] of Object.entries(drawn)) {
    document.body.innerHTML = html;
    const found = [], all = [...document.querySelectorAll(".s-status *")]
      .filter(e => shown(e) && !e.matches(inner));
    for (const e of all) {
      const r = e.getBoundingClientRect();
      if (r.right > innerWidth + 1 || r.left < -1) found.push("out " + e.className);
      if (e.scrollWidth > e.clientWidth + 1 && !e.closest(brief)
          && !e.matches(".s-now-changes") && getComputedStyle(e).display !== "inline")
        found.push("cut " + e.className);
    }
    const own = e => [...e.childNodes]
      .some(n => n.nodeType === 3 && n.textContent.trim());
    const words = all.filter(e => own(e) && !e.closest(".s-strip, .s-unseen, .s-bar"))
      .map(e => [e, e.getBoundingClientRect()]);
    words.forEach(([a, p], i) => words.slice(i + 1).forEach(([b, q]) => {
      const x = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (x > 1 && y > 2 && !a.contains(b) && !b.contains(a))
        found.push("overlap " + a.className + "/" + b.className + ": "
          + a.textContent.slice(0, 30) + " / " + b.textContent.slice(0, 30));
    }));
    const box = e => {
      const r = e.getBoundingClientRect();
      return [r.left, r.top, r.height];
    };
    const of = look => [...document.querySelectorAll(look)].filter(shown);
    measured[name] = {
      faults: found,
      bottom: document.querySelector(".s-now").getBoundingClientRect().bottom,
      foot: Math.max(...of(".s-now-presets, .s-now-changes").map(e =>
        e.getBoundingClientRect().bottom)),
      changes: of(".s-now-changes").map(box),
      listed: of(".s-now-changes > *").map(e => edge(e, "bottom")),
      asked: of(".s-now-presets").map(e => edge(e, "top")),
      unread: of(".s-now-because, .s-now-because a").filter(e =>
        e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 4)
        .map(e => e.textContent),
      suspects: of(".s-now-suspects").map(box),
      rows: of(".s-now-row").map(box),
      names: of(".s-now-name").map(box),
      answers: of(".s-now-answer").map(box),
      type: of(".s-now-use h2").map(e => parseFloat(getComputedStyle(e).fontSize)),
      notes: of(".s-now-band:not(.s-now-urgent)").map(box),
      axes: of(".s-now .s-ticks").length,
      acts: of(".s-now .s-act, .s-now-pin a, .s-now-presets a").map(e => box(e)[2]),
      pins: of(".s-now-pin").map(e => box(e)[1]),
      words: of(".s-now-words").map(e => e.getBoundingClientRect().bottom),
      inner: of(".s-now-rank").map(e => {
        const card = e.closest(".s-now-answer").getBoundingClientRect();
        return card.right - e.getBoundingClientRect().right;
      }),
      unsafe: of(".s-unsafe p").map(e => getComputedStyle(e).color),
    };
  }
  return measured;
}"""


def crowded_town(shown: Snapshot, count: int = CHANNELS) -> Snapshot:
    """Return the situation with the lines and channels of a whole institution."""
    channels = list(shown.channels)
    for place in range(len(channels), count):
        first = channels[place % len(shown.channels)]
        channels.append(replace(first, name=f"{first.name}-{place}"))
    lines = list(shown.recommendations)
    while len(lines) < LINES:
        lines += [replace(line, audience=f"{len(lines)}") for line in lines]
    return replace(
        shown, channels=tuple(channels), recommendations=tuple(lines[:LINES])
    )


def storm() -> Snapshot:
    """Return a town in which all that Now can say is said at once."""
    shown = SPOKEN["crowded exercise"]
    groups = (
        Explained(channels=("sms", "calls"), suspects=(("provider:meta",),)),
        Explained(channels=("teams",), suspects=(("identity:microsoft",), ("x:y",))),
    )
    changes = tuple(change("sms", "ox"[n % 2], "xo"[n % 2], 60 + n) for n in range(9))
    return suspecting(
        replace(
            shown,
            paths=(PathView(name="lan", state=Link.DOWN),),
            known_down=("power:grid",),
            changes=changes,
        ),
        *groups,
    )


ALL = {**SITUATIONS, **SPOKEN, "storm": storm()}


@cache
def pages(theme: str = "dark") -> dict[str, str]:
    return {
        f"{name} | {language}": _page(crowded_town(shown), language, theme)
        for name, shown in ALL.items()
        for language in LANGUAGES
    }


def _page(shown: Snapshot, language: str, theme: str) -> str:
    localizer = Localizer(shown, language, 4.0)
    content = now_html(localizer, day_of(shown), PRESETS, rights=Rights(acts=True))
    return f'<div style="padding:0 20px">{_framed(localizer, content, theme)}</div>'


def _framed(localizer: Localizer, content: Any, theme: str) -> str:
    return page_html(localizer, PageHead(page="now", theme=theme), content)


def measured(canvas: Canvas, size: Size, **drawn: str) -> dict[str, Any]:
    page = canvas(*size).page
    found: dict[str, Any] = page.evaluate(MEASURE, drawn)
    return found


@pytest.fixture(scope="module")
def seen(canvas: Canvas) -> Seen:
    """Return how all situations look on a screen, each screen drawn once."""

    @cache
    def on(size: Size) -> dict[str, Any]:
        return measured(canvas, size, **pages())

    return on


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> Size:
    found: Size = request.param
    return found


def test_nothing_is_cut_and_nothing_lies_over_another(seen: Seen, size: Size) -> None:
    faults = {n: each["faults"] for n, each in seen(size).items() if each["faults"]}

    assert not faults, listed(faults)


def test_all_of_it_is_on_one_screen_of_a_desk(seen: Seen) -> None:
    found = seen((1920, 1080))

    assert not {n: each["bottom"] for n, each in found.items() if each["bottom"] > 1080}
    for each in found.values():
        assert len(each["answers"]) == LINES
        assert len(each["rows"]) >= CHANNELS
        assert each["axes"] == 2
        lefts = sorted({round(left) for left, _, _ in each["rows"]})
        assert len(lefts) == 2
        assert len({round(left) for left, _, _ in each["names"]}) == 2  # in columns
        tops = [top for left, top, _ in each["rows"] if round(left) == lefts[0]]
        assert tops == sorted(tops)
        heights = {round(high) for _, _, high in each["rows"]}
        assert min(heights) >= ROW_PX
        assert max(heights) - min(heights) <= 1


def test_where_there_is_room_answers_are_read_from_afar(canvas: Canvas) -> None:
    drawn = {
        f"{name} | {language}": _page(crowded_town(shown, FEW), language, "dark")
        for name, shown in ALL.items()
        for language in LANGUAGES
    }

    found = measured(canvas, (1920, 1080), **drawn)

    assert not {n: each["bottom"] for n, each in found.items() if each["bottom"] > 1080}
    assert not {n: each["faults"] for n, each in found.items() if each["faults"]}
    assert set(found["fine | fr"]["type"]) == {52.0}
    fine = found["fine | fr"]
    assert min(high for _, _, high in fine["rows"]) > 1.3 * ROW_PX
    assert fine["foot"] > 0.9 * 1080  # no quarter is left empty
    assert not {n: each["unread"] for n, each in found.items() if each["unread"]}
    large = [n for n, each in found.items() if max(each["type"]) >= 40]
    assert len(large) > len(found) / 2


def test_likely_failure_stands_beside_the_rows(seen: Seen) -> None:
    beside = seen((1920, 1080))["storm | fr"]
    above = seen((1366, 768))["storm | fr"]

    left, top, high = beside["suspects"][0]
    assert left < min(left for left, _, _ in beside["rows"])
    assert top < beside["rows"][0][1] < top + high
    (changes,) = beside["changes"]  # below it, where the column would be empty
    assert changes[0] == left
    assert changes[1] >= top + high
    left, top, high = above["suspects"][0]
    assert top + high <= above["rows"][0][1]


def test_changes_of_several_rows_stay_above_what_if(canvas: Canvas) -> None:
    name = "voice:operator-abroad"
    fell = tuple(change(name, "?", "x", n, subject="component") for n in range(9))
    shown = replace(snapshot("xooo"), known_down=("power:grid",), changes=fell)
    page = _page(crowded_town(shown, 8), "fr", "dark")

    found = measured(canvas, (1920, 1000), fell=page)["fell"]

    assert found["faults"] == []
    assert found["bottom"] <= 1000
    assert 1 < len(found["listed"]) < len(fell)
    assert max(found["listed"]) <= min(found["asked"])


def test_on_a_small_desk_rows_stand_in_one_column(seen: Seen) -> None:
    for each in seen((1366, 768)).values():
        assert len({round(left) for left, _, _ in each["rows"]}) == 1
        assert len({round(left) for left, _, _ in each["names"]}) == 1
        assert each["axes"] == 1


def test_on_a_telephone_answers_come_before_notes_and_rows(seen: Seen) -> None:
    found = seen((390, 844))

    assert any(each["notes"] for each in found.values())
    for each in found.values():
        last = max(top for _, top, _ in each["answers"])
        assert all(top > last for _, top, _ in (*each["notes"], *each["rows"]))


def test_on_a_telephone_how_comes_before_another_choice(seen: Seen) -> None:
    for each in seen((390, 844)).values():
        assert len(each["pins"]) == LINES
        pairs = zip(each["words"], each["pins"], strict=True)
        assert all(words <= pin for words, pin in pairs)


def test_every_answer_has_room_around_its_words(seen: Seen, size: Size) -> None:
    for name, each in seen(size).items():
        assert all(10 <= room <= 20 for room in each["inner"]), name


def test_what_is_pressed_is_large_enough(seen: Seen) -> None:
    """24 pixels, as WCAG 2.5.8 asks."""
    for size in SIZES:
        for name, each in seen(size).items():
            assert min(each["acts"]) >= 24, (name, size)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_must_not_be_used_is_white_on_black_in_both_themes(
    canvas: Canvas, theme: str
) -> None:
    page = _page(SPOKEN["set aside"], "fr", theme)

    found = measured(canvas, (1920, 1080), unsafe=page)

    assert found["unsafe"]["unsafe"] == ["rgb(255, 255, 255)"]


def test_more_than_a_screen_of_channels_scrolls(canvas: Canvas) -> None:
    shown = crowded_town(snapshot())
    first = shown.channels[0]
    more = tuple(replace(first, name=f"more-{n}") for n in range(30))
    long = tuple(
        replace(each, label=Text(f"Téléconférence sécurisée préfectorale {each.name}"))
        for each in (*shown.channels, *more)
    )
    page = _page(replace(shown, channels=long), "fr", "dark")

    for size in SIZES:
        found = measured(canvas, size, many=page)["many"]
        assert found["faults"] == []
        assert len(found["rows"]) == 50


@pytest.mark.parametrize("width", [1920, 1366, 1024], ids=str)
def test_a_long_handover_leaves_the_way_to_the_pages(
    canvas: Canvas, width: int
) -> None:
    handed = Watch(
        action=WatchAction.HANDED,
        by="Bartholomäus-Maximilian Freiherr von Unterwellenborn",
        to="Wilhelmina van den Oudenrijn-Vandersteenhoven",
        at=moment(60),
    )
    localizer = Localizer(replace(snapshot(), watch=handed), "de", 4.0)
    page = canvas(width, 1080).page

    page.evaluate(
        "html => { document.body.innerHTML = html; }",
        f'<div style="padding:0 20px">{_framed(localizer, Markup(), "dark")}</div>',
    )
    bar, *entries = page.evaluate(
        """[...document.querySelectorAll(".s-bar, .s-entries a")]
             .map(e => e.getBoundingClientRect().height)"""
    )
    wide = page.evaluate("document.documentElement.scrollWidth")

    assert len(entries) == 6
    assert {bar, *entries} <= {48, 49}
    assert wide <= width
