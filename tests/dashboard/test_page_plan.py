"""The page of the plan: what its address lets fail, and how it looks in a browser."""

from pathlib import Path
from typing import Any

import pytest
from dashboard import axe
from dashboard.browser import Tab, font_face
from msgspec.structs import replace
from playwright.sync_api import Page
from render.plan_page import drawn
from render.snapshots import moment, snapshot, standing

from secours import places
from secours.dashboard import component
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import source
from secours.dashboard.views import plan
from secours.engine import clock
from secours.engine.store import saved_memory
from secours.languages import LANGUAGES, Text
from secours.model.snapshot import ComponentView, Snapshot
from secours.model.statements import Trial
from secours.render.pages.head import PageHead, page_html
from secours.render.palette import THEMES
from secours.render.styles import css
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.usefixtures("plain_spaces")

PLAN = """
site: {name: Town Hall, language: en}
components:
  power:grid: {label: "Mains *<b>*"}
  carrier:a: {label: Operator A}
  carrier:b: {label: Operator B, depends_on: [power:grid], autonomy: 4h}
channels:
  calls: {label: Calls, purposes: [coordinate], depends_on: [carrier:a, power:grid]}
  radio: {label: Radio, purposes: [coordinate], depends_on: [carrier:b]}
plan:
  - purpose: coordinate
    audience: management
    primary: [calls]
    alternate: [radio]
    last_resort: Send a runner
"""
SIZES = ((1920, 1080), (1366, 768), (390, 844))
PAPER = (703, 1030)  # between the margins of A4
SCENES = {
    "nothing": (),
    "power": ("power:grid",),
    "meta": ("provider:meta",),
    "everything": (
        *("power:grid", "internet:fibre", "carrier:mobile-a", "provider:meta"),
        *("sat:iridium", "channel:radio"),
    ),
    "searched": ("to", "pigeons"),
}
# What is cut, what leaves the screen, and which texts lie over each other.
FAULTS = """() => {
  const found = [], named = e => `${e.tagName}.${e.getAttribute("class")}`;
  const heads = innerWidth <= 600 ? ", thead, thead *" : "";  // each cell says its own
  const inside = `.s-needs *, .s-unseen, .s-unseen *${heads}`;
  const seen = [...document.querySelectorAll(".s-content *")].filter(
    e => !e.matches(inside) && e.getClientRects().length);
  const box = e => e.getBoundingClientRect();
  for (const e of seen) {
    const {left, right} = box(e);
    if (right > innerWidth + 1 || left < -1) found.push("out " + named(e));
    const scrolls = e.matches(".s-needs, input");
    if (!scrolls && getComputedStyle(e).display !== "inline"
        && e.scrollWidth > e.clientWidth + 1) found.push("cut " + named(e));
  }
  const owns = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  const texts = seen.filter(e => owns(e) || e.matches("a, input, button"));
  texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
    const p = box(a), q = box(b);
    const x = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (x > 1 && y > 2 && !a.contains(b) && !b.contains(a))
      found.push(`overlap ${named(a)} / ${named(b)}`);
  }));
  for (const e of seen.filter(e => e.matches("a, input, button, summary"))) {
    const r = box(e);
    if (r.width && (r.width < 24 || r.height < 24)) found.push("small " + named(e));
  }
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth) found.push("the page scrolls sideways");
  return found;
}"""


@pytest.fixture
def town(rooms: Path) -> Path:
    file = rooms / "probes.yaml"
    file.write_text(PLAN, "utf-8")
    places.runtime_dir().mkdir(exist_ok=True, mode=0o700)
    return file


def page(*fails: str, now: Snapshot | None = None, language: str = "en") -> str:
    asked = [("fails", name) for name in fails]
    localizer = Localizer(now or snapshot("xooo"), language)
    return str(plan.draw(localizer, Address("plan", tuple(asked)), Visit()))


@pytest.mark.usefixtures("town")
def test_the_page_is_drawn_after_people_logged_a_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = Trial(channel="radio", worked=True, by="Ana", at=moment(0.0))
    monkeypatch.setattr(saved_memory, "trials", lambda: {"radio": tried})

    assert "Radio" in page()


@pytest.mark.usefixtures("town")
def test_the_address_says_what_fails() -> None:
    html = page("power:grid", "Operator A")

    assert "Mains *&lt;b&gt;*" in html
    assert "After 4 h: Radio" in html
    assert 'class="s-unseen">Take away: </span>Operator A</a>' in html


@pytest.mark.usefixtures("town")
def test_what_an_address_asks_in_vain_is_in_no_link() -> None:
    asked = (("fails", "power:grid"), ("zoom", "z" * 3000))

    html = plan.draw(Localizer(snapshot("xooo"), "en"), Address("plan", asked), Visit())

    assert "zzz" not in html
    kept = Address("plan", (("fails", "power:grid"), ("zoom", "2")))
    assert "zoom=2" in plan.draw(Localizer(snapshot("xooo"), "en"), kept, Visit())


@pytest.mark.usefixtures("town")
def test_batteries_count_from_when_what_is_down_now_fell() -> None:
    down = ComponentView(
        name="power:grid",
        label=Text("Mains"),
        standing=standing("x", since_s=3 * 3600.0 + 59),
    )
    now = replace(snapshot("xooo"), components=(down,))

    html = page("power:grid", now=now)

    assert "has been down for 3 h already" in html
    assert "After 1 h: Radio" in html


@pytest.mark.usefixtures("town")
def test_battery_ends_as_it_is_measured_now_unless_it_is_looked_at_apart() -> None:
    ends = {"carrier:b": clock.now().later(3700.0)}
    now = Localizer(replace(snapshot("xooo"), batteries_end=ends), "en")
    asked = ("fails", "power:grid"), ("now", "apart")

    counted, apart = (
        str(plan.draw(now, Address("plan", fails), Visit()))
        for fails in (asked[:1], asked)
    )

    assert "After 1 h" in counted
    assert "After 4 h: Radio" in apart
    assert "After 4 h: Radio" not in counted


@pytest.mark.usefixtures("town")
def test_what_is_out_of_use_now_is_counted_in_until_somebody_supposes_otherwise() -> (
    None
):
    now = snapshot("oooo", "ooxo")

    counted = page("power:grid", now=now)
    asked = (("fails", "power:grid"), ("now", "apart"))
    apart = str(plan.draw(Localizer(now, "en"), Address("plan", asked), Visit()))

    assert "Counted as failed, being out of use now: Radio." in counted
    assert "At once: Send a runner" in counted
    assert 'href="plan?fails=power%3Agrid&amp;lang=en&amp;now=apart"' in counted
    assert "Radio cannot be used now" in apart  # and falls later, by its battery
    assert "At once: Send a runner" not in apart
    assert 'href="plan?fails=power%3Agrid&amp;lang=en"' in apart


@pytest.mark.usefixtures("town")
def test_a_plan_is_examined_and_followed_once_for_all_who_look() -> None:
    plan._audited.cache_clear()
    plan._followed.cache_clear()
    now = snapshot("xooo")

    assert page("power:grid", now=now) == page("power:grid", now=now)

    assert plan._audited.cache_info().misses == 1
    assert plan._followed.cache_info().misses == 1


def test_a_plan_that_cannot_be_read_is_said(town: Path) -> None:
    town.write_text("plan: [", "utf-8")
    assert source.plan() is None

    assert "The plan cannot be read" in page("power:grid")


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("language", LANGUAGES)
def test_recorded_outages_are_listed_in_every_language(language: str) -> None:
    html = page(language=language)

    assert f'href="outages?lang={language}&amp;outage=meta-2021-10-04"' in html


# ------------------------------------------------------------------ in a browser


def whole(theme: str, scene: str, language: str = "fr") -> str:
    content = drawn(*SCENES[scene], language=language)
    head = PageHead(page="plan", theme=theme)
    framed = page_html(Localizer(snapshot("oooo"), language), head, content)
    look = "s-desk s-light" if theme == "light" else "s-desk"
    return (
        f'<!DOCTYPE html><html lang="{language}"><title>Plan</title>'
        f"<style>{font_face()}{css()}</style>"
        f'<body style="margin:0"><main class="{look}">{framed}</main></body></html>'
    )


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def screen(processes: None, tab: Tab, request: pytest.FixtureRequest) -> Page:
    return tab(*request.param)


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_cut_and_nothing_overlaps(screen: Page, theme: str) -> None:
    found = {}
    for scene in SCENES:
        screen.set_content(whole(theme, scene))
        screen.evaluate("document.fonts.load('12px \"Source Sans\"')")
        screen.evaluate(
            "document.querySelectorAll('details').forEach(e => e.open = true)"
        )
        if faults := screen.evaluate(FAULTS):
            found[scene] = faults

    assert found == {}


def test_the_answer_stands_in_the_first_screen(screen: Page) -> None:
    screen.set_content(whole("dark", "power"))

    bottom = "document.querySelector('.s-stays').getBoundingClientRect().bottom"
    assert screen.evaluate(f"innerHeight - {bottom}") > 60  # of a telephone's entries


@pytest.mark.usefixtures("processes")
def test_the_whole_picture_is_on_paper(tab: Tab) -> None:
    opened = tab(*PAPER)
    opened.set_content(whole("dark", "power"))
    opened.emulate_media(media="print")
    picture = opened.locator(".s-needs svg").bounding_box()
    opened.emulate_media(media="screen")

    assert picture
    assert picture["x"] + picture["width"] <= PAPER[0]
    assert picture["height"] <= PAPER[1]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(tab: Tab, theme: str) -> None:
    opened = tab(1366, 768)
    opened.set_content(whole(theme, "power"))

    assert axe.violations(opened) == []


HEAR_CLICKS = """() => {
  window.clicked = false;
  const summary = document.querySelector("summary");
  summary.addEventListener("click", () => { window.clicked = true; });
}"""
DRAW = """async ([script, htmls]) => {
  window.watch ??= await import("data:text/javascript;base64," + btoa(
    unescape(encodeURIComponent(script))));
  const feed = html => watch.default({
    data: {html, lang: "en", full: false, band: false, light: false, at: html.length,
           age: 0, max_age: 60, server: 0, tz: "UTC", hour: "h", stale_html: "",
           title: "x", answers: []},
    parentElement: document.body});
  htmls.forEach(feed);
}"""


@pytest.mark.usefixtures("processes")
def test_what_a_person_does_on_the_page_goes_on_when_it_is_drawn_anew(tab: Tab) -> None:
    opened, script = tab(600, 800), _script()
    opened.set_content(f"<style>{css()}</style><div class='secours-root'></div>")
    before, after = str(drawn()), str(drawn("power:grid"))

    opened.evaluate(DRAW, [script, [before]])
    opened.locator("input[type=text]").fill("Ope")
    opened.locator("summary").first.click()
    opened.evaluate("document.querySelector('.s-needs').scrollLeft = 70")
    opened.locator("input[type=text]").focus()
    opened.evaluate(DRAW, [script, [before, after]])

    done: dict[str, Any] = opened.evaluate(
        """() => ({
          typed: document.querySelector("input[type=text]").value,
          here: document.activeElement.name,
          open: document.querySelector("details").open,
          moved: document.querySelector(".s-needs").scrollLeft,
          fails: document.querySelectorAll(".s-taken").length,
        })"""
    )
    assert done == {
        "typed": "Ope",
        "here": "fails",
        "open": True,
        "moved": 70,
        "fails": 1,
    }


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("held_ms", "is_drawn"), [(900, False), (1100, True)], ids=["short", "long"]
)
def test_a_press_ends_where_it_began_though_the_page_is_drawn_meanwhile(
    tab: Tab, held_ms: int, is_drawn: bool
) -> None:
    opened, script = tab(600, 800), _script()
    opened.clock.install(time=0)
    opened.clock.pause_at(1000)
    opened.set_content(f"<style>{css()}</style><div class='secours-root'></div>")
    before, after = str(drawn()), str(drawn("power:grid"))
    opened.evaluate(DRAW, [script, [before]])
    opened.evaluate(HEAR_CLICKS)
    opened.locator("summary").first.hover()

    opened.mouse.down()
    opened.evaluate(DRAW, [script, [after]])
    opened.clock.run_for(held_ms)
    meanwhile = opened.locator(".s-taken").count() > 0
    opened.mouse.up()
    opened.clock.run_for(1)

    assert meanwhile is is_drawn
    assert opened.evaluate("window.clicked") is not is_drawn
    assert opened.locator(".s-taken").count() > 0
    shown_s = opened.evaluate(
        "window.__secoursWatch.age + window.__secoursWatch.since()"
    )
    assert shown_s == pytest.approx((held_ms + 1) / 1000)  # as old as it is


def _script() -> str:
    return component.script(component.WATCH)
