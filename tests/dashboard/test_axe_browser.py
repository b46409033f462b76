"""Can everybody use the screens? What axe-core can tell: it finds no rule violated."""

from datetime import UTC, datetime

import pytest
from dashboard.axe import violations
from dashboard.browser import Tab
from dashboard.desk import (
    COVER,
    PAGES,
    WITHIN_MS,
    opened,
)
from dashboard.served import Dashboard, Stamping, stamped
from msgspec.structs import replace
from playwright.sync_api import Page, expect
from render.entries import changed, note
from render.situations import SITUATIONS, SPOKEN
from render.snapshots import snapshot

from secours import places
from secours.engine.published import snapshot_file
from secours.model.plan import Text
from secours.model.snapshot import Snapshot
from secours.render.paper import export
from secours.render.paper.sheet import sheet_html
from secours.render.plain import lite
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SIZES = [(1920, 1080), (390, 844)]
WALLS = ("", "?layout=bands", "?theme=light", "?line=1", "?line=9")
# A page without a script can only be loaded anew. WCAG 2.2.1 allows it of what happens
# in real time; the dashboard is the same without it.
REFRESH = ['meta[http-equiv="refresh"]']


@pytest.fixture(params=SIZES, ids=lambda size: str(size[0]))
def page(tab: Tab, request: pytest.FixtureRequest) -> Page:
    wide, high = request.param
    return tab(wide, high)


def called(shown: Snapshot, name: str) -> Snapshot:
    """Return the snapshot of a site of this name, to tell when it is drawn."""
    return replace(shown, site=replace(shown.site, name=Text(name)))


def test_no_page_for_a_desk_shuts_anybody_out(page: Page, server: Dashboard) -> None:
    found = {}
    for path in PAGES:
        opened(page, server, path)
        found[path] = violations(page)

    assert {path: said for path, said in found.items() if said} == {}


def test_no_wall_shuts_anybody_out(
    page: Page, server: Dashboard, engine: Stamping
) -> None:
    found = {}
    for asked in WALLS:
        page.goto(f"{server.url}/wall{asked}")
        expect(page.locator(".s-wall")).to_be_visible(timeout=WITHIN_MS)
        found[asked] = violations(page)
    page.goto(f"{server.url}/wall?lang=nl")
    for number, (name, shown) in enumerate((SITUATIONS | SPOKEN).items()):
        engine.snapshot = called(shown, f"Nr {number}")
        site = page.locator(".s-site")
        expect(site).to_have_text(f"Nr {number}", timeout=WITHIN_MS)
        found[name] = violations(page)
    engine.stop()
    snapshot_file.write(stamped(snapshot(), ago_s=60.0), places.runtime_dir())
    expect(page.locator(COVER)).to_be_visible(timeout=WITHIN_MS)
    found["stale"] = violations(page)

    assert {name: said for name, said in found.items() if said} == {}


def test_no_plain_page_shuts_anybody_out(page: Page, server: Dashboard) -> None:
    found = {}
    for path in ("lite", "lite?theme=light", "lite?line=9", "paper"):
        page.goto(f"{server.url}/{path}")
        found[path] = violations(page, REFRESH)

    assert {name: said for name, said in found.items() if said} == {}


def test_no_plain_page_in_any_situation_nor_any_print_does(page: Page) -> None:
    drawn = {
        name: lite.lite_html(shown, "de", age_s=4.0)
        for name, shown in (SITUATIONS | SPOKEN).items()
    }
    localizer = Localizer(snapshot(), "fr")
    drawn["stale"] = lite.lite_html(snapshot(), "en", age_s=90.0)
    drawn["waiting"] = lite.waiting_html(snapshot(), "en")
    drawn["refused"] = lite.waiting_html(None, "en", refused="probes.yaml:1:1")
    drawn["error"] = lite.error_html(None, "en")
    drawn["sheet"] = sheet_html(snapshot("xooo"), "fr", states=True)
    drawn["journal"] = export.as_page(
        [note("x"), changed("sms", "o", "x")], localizer, NOW
    )
    found = {}
    for name, html in drawn.items():
        page.set_content(html)
        found[name] = violations(page, REFRESH)

    assert {name: said for name, said in found.items() if said} == {}


def test_what_is_wrong_is_found(page: Page) -> None:
    page.set_content("<title>x</title><img src='data:,'><p style='color:#ddd'>pale")

    rules = {said.partition(" ")[0] for said in violations(page)}

    assert rules >= {"html-has-lang", "image-alt", "color-contrast", "region"}
