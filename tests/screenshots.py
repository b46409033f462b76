"""Draw the pictures in docs/: walls, pages, the door, *Act*, *Edit* and a terminal.

`make screenshots`.
"""

import io
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import province
import pytest
from dashboard import scenes
from dashboard.acting import PLAN, town
from dashboard.browser import browser, font_face
from dashboard.desk import settled
from dashboard.page_faults import page_css
from dashboard.served import SRC, dashboard, live_in
from markupsafe import Markup
from msgspec.structs import replace
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect
from render import silences, situations, town_statements
from render.snapshots import change, moment, snapshot
from servers.scripted import closed_port

from secours import texts
from secours.config import load
from secours.config.sections.scenario import load_scenario
from secours.core.replay import sites
from secours.languages import Text
from secours.model.sections.site import Site
from secours.model.snapshot import Change, Snapshot
from secours.render.export.forms import entrance_html
from secours.render.province.wall import province_html
from secours.render.styles import css
from secours.render.wall.stale_cover import AGE_NODE, stale_html
from secours.render.wall.wall import wall_html
from secours.render.wording.localizer import Localizer

DARK_S = 5.5 * 3600.0
FOLDER = Path(__file__).parents[1] / "docs"
LANGUAGE = "fr"
AGED = Markup(">—</span>"), Markup(">2 s</span>")  # which a script counts for people
WALL = ViewportSize(width=1920, height=1080)
LAPTOP = ViewportSize(width=1366, height=768)
STRIP = ViewportSize(width=1366, height=540)
TELEPHONE = ViewportSize(width=390, height=844)
SCREEN = (
    "box-sizing: border-box; min-height: 100vh; margin: 0; padding: 24px;"
    " color: #fff; background: #070b10;"
    " font: 16px/1.45 'DejaVu Sans Mono', monospace; white-space: pre-wrap"
)
COLOURS = 64  # enough for flat colours and the edges of letters, the rare ones too


def fallback() -> Snapshot:
    """Return a town that has just left its first choice for both purposes."""
    answer = Change(
        at=moment(180),
        subject="line",
        name="alert/management",
        before="sms",
        after="calls",
    )
    changes = (answer, change("sms", "o", "x", 180))
    return snapshot("xo?o", "xdoo", changes=changes)


def seen_from(shown: Snapshot) -> Snapshot:
    """Return it as it is seen from five metres."""
    return replace(shown, screen=replace(shown.screen, distance_m=5.0))


def province_in_the_dark() -> Markup:
    """Return the wall of a province some hours into a recorded blackout."""
    files = province.FOLDER.glob("*.yaml")
    plans = {file.stem: load(file) for file in files}
    played = sites.play(plans, load_scenario("iberia-2025-04-28"))
    view = next(each.view for each in played if each.second == DARK_S)
    site = Site(name=Text("Province"), language=LANGUAGE, timezone="Europe/Brussels")
    shown = replace(snapshot(), at=view.at, site=site)
    localizer = Localizer(shown, LANGUAGE, 4.0)
    return province_html(localizer, view, age_s=4.0)


def pictures() -> dict[str, str]:
    """Return what is to be drawn, by the name of its file."""
    shown = {
        "fine": snapshot(),
        "fallback": fallback(),
        "nothing": snapshot("xxxx"),
        "silence": silences.silent(),
        "blackout": town_statements.ending(),
        "unsafe": town_statements.set_aside(),
        "pinned": town_statements.pinned("x"),
        "holding": situations.holding(),
    }
    drawn = {
        name: wall_html(seen_from(each), LANGUAGE, age_s=4.0)
        for name, each in shown.items()
    }
    stale = stale_html(seen_from(fallback()), LANGUAGE).replace(
        AGE_NODE, Markup("<b>2 min</b>")
    )
    return {**drawn, "stale": stale, "province": province_in_the_dark()}


def draw() -> None:
    """Draw them all."""
    with browser() as running:
        page = running.new_page(viewport=WALL)
        page.set_content(
            f"<!doctype html><style>{font_face()}{css()}</style><body></body>"
        )
        for name, html in pictures().items():
            take(page, html, f"wall-{name}")
        page.set_content(
            f"<!doctype html><html lang={LANGUAGE}><style>{page_css()}</style>"
            "<body style='margin:0'></body>"
        )
        for name, html in scenes.drawn():
            page.set_viewport_size(TELEPHONE if "telephone" in name else WALL)
            take(page, html.replace(*AGED), f"page-{name}")
        page.set_viewport_size(STRIP)
        take(page, terminal("audit"), "terminal-audit")
        page.set_content(entrance_html(LANGUAGE, "secours", "access.outdated"))
        shoot(page, "page-door")
        page.set_viewport_size(LAPTOP)
        act(page)


def terminal(*command: str) -> str:
    """Return what a command says of the example, as at a terminal."""
    said = subprocess.run(
        [sys.executable, "-m", "secours", *command],
        cwd=FOLDER.parent,
        env={**os.environ, "PYTHONPATH": str(SRC), "SECOURS_CONFIG": "probes.yaml"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    typed = f"$ secours {' '.join(command)}"
    return Markup('<pre style="{}">{}\n{}</pre>').format(SCREEN, typed, said)


def act(page: Page) -> None:
    """Declare in Act that the radio is down, beside a text to send to people."""
    say = partial(texts.say, LANGUAGE)
    plan = PLAN.replace("port: {port}", f"port: {closed_port()}", 1)  # of Teams
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        rooms = Path(folder)
        live_in(rooms, patch)
        patch.setattr("dashboard.acting.PLAN", plan)
        with town(rooms), dashboard(rooms, SECOURS_SUPERVISED="1") as served:
            page.goto(f"{served.url}/act?lang={LANGUAGE}&subject=channel:radio&do=down")
            page.get_by_label(say("person.name")).fill("Anne")
            expect(page.locator(".s-will", has_text="Radio")).to_be_visible()
            settled(page)
            shoot(page, "page-act")
            page.get_by_role("button", name=say("act.confirm"), exact=True).click()
            expect(page.locator(".s-done")).to_be_visible()
            settled(page)
            shoot(page, "page-act-done")
            edit(page, served.url)


def edit(page: Page, url: str) -> None:
    """Move a channel down in its line, and look at the difference."""
    say = partial(texts.say, LANGUAGE)
    page.goto(f"{url}/edit?lang={LANGUAGE}")
    page.get_by_label(say("person.name")).fill("Anne")
    for name in ("editing.down", "editing.look"):
        page.get_by_role("button", name=say(name), exact=True).click()
        last = "editing.drop" if name == "editing.down" else "editing.save"
        shown = page.get_by_role("button", name=say(last), exact=True)
        expect(shown).to_be_visible()
        settled(page)
    shoot(page, "page-edit")


def take(page: Page, html: str, name: str) -> None:
    """Draw one."""
    page.evaluate("html => { document.body.innerHTML = html; }", html)
    page.evaluate("document.fonts.ready")
    shoot(page, name)


def shoot(page: Page, name: str) -> None:
    """Keep the picture of what is drawn."""
    with Image.open(io.BytesIO(page.screenshot())) as taken:
        few = taken.convert("RGB").quantize(
            COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
        )
        few.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    draw()
