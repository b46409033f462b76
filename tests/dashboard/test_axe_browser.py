"""Can everybody use the screens? What axe-core can tell: it finds no rule violated."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from dashboard.axe import lasting, violations
from dashboard.browser import Tab
from dashboard.desk import (
    COVER,
    WITHIN_MS,
    drawn_anew,
)
from dashboard.served import BRISK, Dashboard, Stamping, stamped
from msgspec.structs import replace
from playwright.sync_api import Error, Page, expect
from render.entries import changed, note
from render.sent_notices import informed, sent
from render.situations import SITUATIONS, SPOKEN
from render.snapshots import snapshot

from secours import places
from secours.engine.published import snapshot_file
from secours.languages import Text
from secours.model.snapshot import Snapshot
from secours.render.export import forms, lite
from secours.render.paper import export
from secours.render.paper.sheet import sheet_html
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SIZES = [(1920, 1080), (390, 844)]
WALLS = ("", "?layout=bands", "?theme=light", "?line=1", "?line=9")
# A page without a script can only be loaded anew. WCAG 2.2.1 allows it of what happens
# in real time; the dashboard is the same without it.
REFRESH = ['meta[http-equiv="refresh"]']
# What is only drawn has no address: loaded anew it is an empty page.
STILL = ('http-equiv="refresh"', 'name="still"')


Look = Callable[[Page, list[str] | None], list[str]]


class Looks:
    """What is wrong with what a page shows, in all sizes."""

    def __init__(self, tab: Tab, look: Look = violations) -> None:
        """Look at a page of this browser."""
        self._look = look
        self.page = tab(*SIZES[0])
        self.found: dict[str, list[str]] = {}

    def at(self, name: str, excluded: list[str] | None = None) -> None:
        """Look at it now."""
        for wide, high in SIZES:
            self.page.set_viewport_size({"width": wide, "height": high})
            if said := self._violations(excluded):
                self.found[f"{name} in {wide} x {high}"] = said

    def _violations(self, excluded: list[str] | None) -> list[str]:
        """Look; again where the page was loaded anew meanwhile, as a plain one is."""
        with suppress(Error):
            return self._look(self.page, excluded)
        self.page.wait_for_load_state()
        return self._look(self.page, excluded)


@pytest.fixture
def pace() -> dict[str, str]:
    return BRISK


@pytest.fixture
def looks(tab: Tab) -> Looks:
    return Looks(tab)


def called(shown: Snapshot, name: str) -> Snapshot:
    """Return the snapshot of a site of this name, to tell when it is drawn."""
    return replace(shown, site=replace(shown.site, name=Text(name)))


def test_no_wall_shuts_anybody_out(
    tab: Tab, server: Dashboard, engine: Stamping
) -> None:
    looks = Looks(tab, lasting)
    page = looks.page
    for asked in WALLS:
        page.goto(f"{server.url}/wall{asked}")
        drawn_anew(page)
        looks.at(asked)
    page.goto(f"{server.url}/wall?lang=nl")
    drawn_anew(page)
    for number, (name, shown) in enumerate((SITUATIONS | SPOKEN).items()):
        engine.snapshot = called(shown, f"Nr {number}")
        site = page.locator(".s-site")
        expect(site).to_have_text(f"Nr {number}", timeout=WITHIN_MS)
        looks.at(name)
    engine.stop()
    snapshot_file.write(stamped(snapshot(), ago_s=60.0), places.runtime_dir())
    expect(page.locator(COVER)).to_be_visible(timeout=WITHIN_MS)
    looks.at("stale")

    assert looks.found == {}


def test_no_plain_page_shuts_anybody_out(looks: Looks, server: Dashboard) -> None:
    for path in ("lite", "lite?theme=light", "lite?line=9", "paper"):
        looks.page.goto(f"{server.url}/{path}")
        looks.at(path, REFRESH)

    assert looks.found == {}


def test_no_plain_page_in_any_situation_nor_any_print_does(looks: Looks) -> None:
    drawn = {
        name: lite.lite_html(shown, "de", age_s=4.0)
        for name, shown in (SITUATIONS | SPOKEN).items()
    }
    localizer = Localizer(snapshot(), "fr")
    drawn["stale"] = lite.lite_html(snapshot(), "en", age_s=90.0)
    drawn["waiting"] = lite.waiting_html(snapshot(), "en")
    drawn["refused"] = lite.waiting_html(None, "en", refused="probes.yaml:1:1")
    drawn["error"] = lite.error_html(None, "en")
    drawn["unacknowledged"] = lite.lite_html(informed(), "fr", age_s=4.0)
    drawn["notice"] = forms.ack_html(sent(), localizer, nameless=True)
    drawn["acknowledged"] = forms.ack_html(informed().notices[1], localizer)
    drawn["wrong link"] = forms.refused_html(localizer, "x", "y")
    drawn["sheet"] = sheet_html(snapshot("xooo"), "fr", states=True)
    drawn["journal"] = export.as_page(
        [note("x"), changed("sms", "o", "x")], localizer, NOW
    )
    for name, html in drawn.items():
        looks.page.set_content(html.replace(*STILL))
        looks.at(name, REFRESH)

    assert looks.found == {}


def test_what_is_wrong_is_found(looks: Looks) -> None:
    looks.page.set_content(
        "<title>x</title><img src='data:,'><p style='color:#ddd'>pale"
    )

    looks.at("pale")

    assert len(looks.found) == len(SIZES)
    for found in looks.found.values():
        rules = {said.partition(" ")[0] for said in found}
        assert rules >= {"html-has-lang", "image-alt", "color-contrast", "region"}
