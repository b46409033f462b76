"""States over time in a real browser: no word is cut, no tick lies over another."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from dashboard.drawing import Canvas
from markupsafe import Markup
from render.snapshots import NOON, STATES, snapshot

from secours.languages import LANGUAGES
from secours.model.snapshot import State
from secours.render.pages import strip
from secours.render.pages.strip import Window
from secours.render.pages.timeline import Span
from secours.render.wording.localizer import Localizer

WIDTHS = (240, 390, 1366, 1920)
DAYS = (0.05, 0.3, 1, 2, 7, 30, 90)
LEAST = 3  # pixels of a failure
HELD = {  # parts of the time
    "calm": [("o", 1.0)],
    "outage": [("o", 0.4), ("x", 0.12), ("d", 0.08), ("o", 0.4)],
    "brief": [
        ("o", 0.5),
        ("x", 1e-5),
        ("o", 0.3),
        ("d", 1e-5),
        ("o", 0.2),
        ("x", 1e-6),
    ],
    "first": [("x", 1e-6), ("o", 0.5), ("?", 0.3), ("-", 0.2)],
    "flapping": [("o", 0.3), *[("x", 0.001), ("o", 0.002)] * 200, ("o", 0.1)],
    "steps": [(letter, n / 200) for n in range(1, 14) for letter in "o?d-x"],
}
MEASURE = """html => {
  document.body.innerHTML = html;
  const box = e => e.getBoundingClientRect(), found = [];
  const all = [...document.querySelectorAll(".s-strip > span")];
  for (const e of all) {
    const b = box(e), strip = box(e.parentElement), name = e.dataset.state;
    if (b.left < strip.left - .5 || b.right > strip.right + .5)
      found.push(`${name} is out of its strip`);
    if (/down|degraded/.test(name) && b.width < LEAST - .1)
      found.push(`${name} is ${b.width} wide`);
    const w = box(e.firstElementChild);
    const seen = w.top < b.bottom - 1;
    if (seen && (w.right > b.right + .5 || w.bottom > b.bottom + .5))
      found.push(`a word is cut: ${e.innerText}`);
    if (seen) document.words = (document.words || 0) + 1;
  }
  for (const axis of document.querySelectorAll(".s-ticks")) {
    const edge = box(axis);
    const names = [...axis.querySelectorAll("span")].map(box).filter(b => b.width);
    if (names.length < 2) found.push("an axis without names");
    names.forEach((b, i) => {
      if (b.left < edge.left - .5 || b.right > edge.right + .5)
        found.push("a tick is out of its axis");
      if (i && b.left < names[i - 1].right + 4) found.push("ticks lie over each other");
    });
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("too wide");
  return found;
}""".replace("LEAST", str(LEAST))


pytestmark = pytest.mark.usefixtures("processes")


def spans(held: list[tuple[str, float]], window: Window) -> Iterator[Span]:
    """Yield states that fill a time, the last a bit shorter or longer than asked."""
    whole, start = sum(part for _, part in held), window.start
    for letter, part in held:
        end = start + window.length * (part / whole)
        state = STATES.get(letter, State.UNKNOWN)
        yield Span(start=start, end=end, state=state, watched=letter != "-")
        start = end


def framed(drawn: Markup, language: str) -> Markup:
    return Markup('<div class="s-status" lang="%s">%s</div>') % (language, drawn)


def page(language: str, days: float) -> Markup:
    localizer = Localizer(snapshot(), language)
    window = Window(NOON - timedelta(days=days), NOON)
    rows = [
        (name, strip.bars([*spans(held, window)], window, localizer, label=name))
        for name, held in HELD.items()
    ]
    drawn = strip.timelines([("", strip.axis(window, localizer)), *rows], localizer)
    return framed(strip.legend(localizer) + drawn, language)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_word_is_cut_and_no_tick_lies_over_another(
    canvas: Canvas, width: int
) -> None:
    screen = canvas(width, 900)

    found = {
        f"{language}, {days} days": faults
        for language in LANGUAGES
        for days in DAYS
        if (faults := screen.page.evaluate(MEASURE, page(language, days)))
    }

    assert found == {}
    assert screen.page.evaluate("document.words") > 100


def test_a_word_that_has_no_room_is_not_shown(canvas: Canvas) -> None:
    localizer = Localizer(snapshot(), "de")
    window = Window(NOON - timedelta(days=1), NOON)
    held = [("o", 0.84), ("d", 0.04), ("x", 0.12)]
    drawn = strip.bars([*spans(held, window)], window, localizer, label="SMS")
    shown = """html => {
      document.body.innerHTML = html;
      return [...document.querySelectorAll(".s-strip > span")].map(e =>
        e.firstElementChild.getBoundingClientRect().top
          < e.getBoundingClientRect().bottom - 1);
    }"""

    narrow = canvas(390, 400).page.evaluate(shown, framed(drawn, "de"))
    wide = canvas(1920, 400).page.evaluate(shown, framed(drawn, "de"))

    assert narrow == [True, False, False]
    assert wide == [True, False, True]


def test_a_failure_is_drawn_over_what_is_beside_it(canvas: Canvas) -> None:
    localizer = Localizer(snapshot(), "en")
    window = Window(NOON - timedelta(days=90), NOON)
    held = [("o", 0.5), ("x", 1e-7), ("d", 0.2), ("o", 0.3)]
    drawn = strip.bars([*spans(held, window)], window, localizer, label="SMS")

    top = canvas(390, 400).page.evaluate(
        """html => {
          document.body.innerHTML = html;
          const b = document.querySelector('[data-state="down"]')
            .getBoundingClientRect();
          return [.5, 1.5, 2.5].map(x =>
            document.elementFromPoint(b.left + x, b.top + 9).dataset.state);
        }""",
        framed(drawn, "en"),
    )

    assert top == ["down"] * 3
