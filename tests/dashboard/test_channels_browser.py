"""The channels, and one of them, in a real browser."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import pytest
from dashboard.browser import Tab
from dashboard.desk import WITHIN_MS, followed, opened, pressed
from dashboard.drawing import Canvas, listed
from dashboard.served import BRISK, Dashboard, Stamping
from markupsafe import Markup
from msgspec.structs import replace
from playwright.sync_api import Page, expect
from render.snapshots import snapshot, with_channel

from secours.languages import LANGUAGES, Text
from secours.model.nodes import channel_node
from secours.model.observed import Verdict
from secours.model.snapshot import Link, PathView, Snapshot
from secours.render.pages import channel, head, timeline
from secours.render.pages.channel import ChannelAsked, ChannelHistory
from secours.render.pages.channel_filter import ChannelFilter
from secours.render.pages.channels import Timelines, channels_html
from secours.render.pages.head import PageHead
from secours.render.pages.strip import Window
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.browser

SIZES = ((1920, 1080), (1366, 768), (390, 844))
LONG = "Groupe de l'état-major de crise provincial, salle des opérations"
DRAWING_KB = 3000  # of what draws charts, which is more than that
MEASURE = """drawn => Object.fromEntries(Object.entries(drawn).map(([name, html]) => {
  document.body.innerHTML = html;
  document.body.style.padding = "0 20px";                  // as around each page
  const box = e => e.getBoundingClientRect(), found = [];
  const named = e => `${e.tagName}.${e.className} “${e.innerText.slice(0, 40)}”`;
  const all = [...document.querySelectorAll(".s-content *")];
  const clipped = e => getComputedStyle(e.closest("thead") || e).clipPath !== "none";
  const seen = all.filter(e => e.checkVisibility() && box(e).width && !clipped(e));
  const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  if (document.documentElement.scrollWidth > innerWidth) found.push("too wide");
  for (const e of seen) {
    if (e.closest(".s-strip, .s-ticks, .s-unseen, svg, option")) continue;
    if (own(e) && box(e).right > innerWidth + .5) found.push(`out: ${named(e)}`);
    if (own(e) && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX ===
        "hidden") found.push(`cut: ${named(e)}`);
  }
  const inner = seen.filter(e => own(e)
    && !e.closest(".s-strip, .s-ticks, .s-unseen, option"));
  const ranges = inner.flatMap(e => [...e.childNodes]
    .filter(n => n.nodeType === 3 && n.data.trim())
    .map(n => {
      const range = document.createRange();
      range.selectNodeContents(n);
      return [e, [...range.getClientRects()]];
    }));
  ranges.forEach(([a, boxes], i) => ranges.slice(i + 1).forEach(([b, others]) => {
    if (boxes.some(p => others.some(q => p.left < q.right - 2 && q.left < p.right - 2
        && p.top + 4 < q.bottom - 4 && q.top + 4 < p.bottom - 4)))
      found.push(`over each other: ${named(a)} and ${named(b)}`);
  }));
  for (const e of seen.filter(e => e.matches("a, button, select, input, summary")))
    if (Math.min(box(e).width, box(e).height) < 23.5) found.push(`small: ${named(e)}`);
  const edges = new Set([...document.querySelectorAll(
    ".s-list .s-strip, .s-list .s-ticks")].map(e => `${box(e).left} ${box(e).right}`));
  if (edges.size > 1) found.push(`strips and axis stand apart: ${[...edges]}`);
  return [name, found];
}))"""

SCRIPTS_KB = """performance.getEntriesByType("resource")
  .filter(each => each.name.endsWith(".js"))
  .reduce((sum, each) => sum + each.decodedBodySize, 0) / 1000"""


@pytest.fixture
def pace() -> dict[str, str]:
    return BRISK


def crowded() -> Snapshot:
    """Return a town with long names, many probes, and a link that is down."""
    shown = snapshot("xd?o", "oxdo")
    sms = shown.channel("sms")
    probes = tuple(
        replace(sms.probes[0], name=f"probe-of-the-modem-{n}", verdict=verdict)
        for n, verdict in enumerate((Verdict.FAILED, *[Verdict.OK] * 5))
    )
    shown = with_channel(shown, "sms", probes=probes, mind=Text(LONG))
    shown = with_channel(shown, "calls", label=Text(LONG), how=Text(LONG * 3))
    return replace(shown, paths=(PathView(name="lan", state=Link.DOWN),))


SITUATIONS = {"calm": snapshot(), "crowded": crowded()}


@cache
def pages(language: str) -> dict[str, str]:
    """Draw the channels, and one, in each situation, both themes, and three times."""
    return dict(_pages(language))


def _pages(language: str) -> Iterator[tuple[str, str]]:
    for name, shown in SITUATIONS.items():
        for days, theme in ((1, "dark"), (7, "light"), (90, "dark")):
            of = f"{name} over {days} days in {language}"
            localizer = Localizer(shown, language, 2.0)
            frame = PageHead(page="channels", theme=theme)
            for kind, content in (
                ("channels", _channels(localizer, days)),
                ("channel", _channel(localizer, days)),
            ):
                yield f"{kind} {of}", head.page_html(localizer, frame, content)


def _over(shown: Snapshot, days: int) -> Timelines:
    end = shown.at.utc
    window = Window(end - timedelta(days=days), end)
    spans = {
        channel_node(view.name): timeline.spans(
            (), timeline.present(view.standing, end), window.start
        )
        for view in shown.channels
    }
    return Timelines(window=window, spans=spans)


def _channels(localizer: Localizer, days: int) -> Markup:
    wish = ChannelFilter(days=days, state="unavailable" if days == 7 else "")
    over = _over(localizer.snapshot, days)
    return channels_html(localizer, over, wish=wish, acts=True)


def _channel(localizer: Localizer, days: int) -> Markup:
    shown = localizer.snapshot
    view, over = shown.channels[0], _over(shown, days)
    past = ChannelHistory(window=over.window, spans=over.spans[channel_node(view.name)])
    asked = ChannelAsked(name=view.name, days=days, tested_s=shown.at.steady_s - 1)
    return channel.channel_html(view, localizer, asked, past, acts=True)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_nor_lies_over_another(
    canvas: Canvas, language: str, size: tuple[int, int]
) -> None:
    screen = canvas(*size)

    measured = screen.page.evaluate(MEASURE, pages(language))

    assert [*measured] == [*pages(language)]
    faults = {name: found for name, found in measured.items() if found}
    assert not faults, listed(faults)


def test_a_telephone_has_one_column_with_the_state_first(canvas: Canvas) -> None:
    screen = canvas(390, 844)
    screen.page.evaluate(MEASURE, {"x": pages("en")["channels calm over 1 days in en"]})

    tops = screen.page.evaluate(
        """[".s-state", "h3", ".s-strip", ".s-facts", ".s-probe"].map(each => document
          .querySelector(`article.s-item ${each}`).getBoundingClientRect().top)"""
    )

    assert tops == sorted(set(tops))


# ------------------------------------------------------------------ with a server


def scripts_kb(page: Page) -> float:
    """Return how much of scripts the page has needed since it was opened."""
    return float(page.evaluate(SCRIPTS_KB))


def test_what_draws_charts_is_loaded_only_for_who_explores(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(1366, 900)
    opened(page, server, "channel?name=sms&lang=en&days=7")
    before_kb = scripts_kb(page)
    chart = page.locator(".js-plotly-plot")
    ticks = chart.locator(".xtick, .x2tick")
    pressed(page.get_by_role("link", name="Explore answer times"), chart)
    expect(ticks.nth(4)).to_be_attached(timeout=WITHIN_MS)

    assert before_kb > 0
    assert scripts_kb(page) - before_kb > DRAWING_KB
    days = ticks.all_text_contents()
    assert len(days) >= 5
    assert all(re.fullmatch(r"\d\d/\d\d", day.strip()) for day in days)
    expect(page.get_by_role("link", name="Close the chart")).to_be_visible()


def test_a_channel_over_7_days_is_two_clicks_from_what_is_now(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(1366, 768)
    opened(page, server, "now?lang=fr")

    week = page.get_by_role("link", name="7 j", exact=True)
    followed(page.get_by_role("link", name="SMS d’astreinte").first, week)  # noqa: RUF001
    week.click()

    expect(page).to_have_url(re.compile("channel.name=sms.*days=7"), timeout=WITHIN_MS)
    strip = page.locator(".s-over .s-strip").last
    expect(strip).to_be_in_viewport(timeout=WITHIN_MS)


def test_what_is_chosen_and_not_yet_sent_stays_when_the_page_is_drawn_anew(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(1366, 768)
    opened(page, server, "channels?lang=en")
    pressed(page.get_by_text("Find a channel"), page.get_by_label("State"))
    state, words = page.get_by_label("State"), page.get_by_label("With the words")
    words.fill("rad")
    state.select_option("unavailable")
    state.focus()
    state.evaluate("e => { window.list = e }")
    old = page.locator(".s-item-said").first.element_handle()
    assert old

    page.wait_for_function("old => !old.isConnected", arg=old, timeout=WITHIN_MS)

    assert page.evaluate("window.list.isConnected")  # an open list would shut else
    expect(state).to_be_focused()
    expect(state).to_have_value("unavailable")
    expect(words).to_have_value("rad")
    words.focus()
    page.wait_for_function("() => !window.list.isConnected", timeout=WITHIN_MS)
    expect(state).to_have_value("unavailable")
    expect(words).to_have_value("rad")
    expect(words).to_be_focused()


def with_probes(shown: Snapshot, name: str, *, failing: int) -> Snapshot:
    """Return it with ten probes of a channel, of which so many fail."""
    one = shown.channel(name).probes[0]
    probes = tuple(
        replace(
            one,
            name=f"sip-{number}",
            verdict=Verdict.FAILED if number < failing else Verdict.OK,
        )
        for number in range(10)
    )
    return with_channel(shown, name, probes=probes)


def test_what_was_opened_stays_open_and_the_keyboard_on_it_whatever_comes(
    tab: Tab, server: Dashboard, engine: Stamping
) -> None:
    """Of another channel a test fails, so that there is a fold more, and one less."""
    plain = with_probes(engine.snapshot, "calls", failing=0)
    engine.snapshot = plain
    page = tab(1366, 768)
    opened(page, server, "channels?lang=en")
    fold = page.locator("article", has_text="Calls").locator("details")
    expect(fold).to_have_count(1)
    fold.locator("summary").focus()
    page.keyboard.press("Enter")

    more = with_probes(plain, "sms", failing=0)
    for shown, folds in (
        (more, 3),
        (plain, 2),
        (with_probes(more, "calls", failing=2), 3),
    ):
        engine.snapshot = shown
        every = page.locator('[data-testid="stMain"] .s-list details')
        expect(every).to_have_count(folds, timeout=WITHIN_MS)

        expect(fold).to_have_attribute("open", "")
        expect(every.and_(page.locator("[open]"))).to_have_count(1)
        expect(fold.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    engine.snapshot = plain
    expect(every).to_have_count(2, timeout=WITHIN_MS)
    expect(every.and_(page.locator("[open]"))).to_have_count(0)


def test_the_keyboard_stays_on_a_button_that_is_drawn_anew(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(1366, 768)
    opened(page, server, "channels?lang=en")
    find = page.get_by_role("button", name="Find", exact=True)
    pressed(page.get_by_text("Find a channel"), find)
    find.focus()
    old = find.element_handle()

    page.wait_for_function("old => !old.isConnected", arg=old, timeout=WITHIN_MS)

    expect(find).to_be_focused()
