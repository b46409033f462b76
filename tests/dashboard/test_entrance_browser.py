"""Who comes to the screens of this machine without the link, on a telephone."""

from pathlib import Path

import pytest
from dashboard.browser import Tab
from dashboard.served import LOG, dashboard, live_in, stamping
from playwright.sync_api import expect
from render.snapshots import snapshot

from secours import places
from secours.engine import access_token

pytestmark = pytest.mark.browser

WITHIN_MS = 60_000
WRONG = "Xq7-a-token-that-is-wrong"


def test_token_that_is_typed_opens_the_page_and_stands_in_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tab: Tab
) -> None:
    live_in(tmp_path, monkeypatch, with_token=True)
    token = access_token.obtain(places.data_dir())
    assert token is not None
    page = tab(390, 844)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    with (
        stamping(snapshot("xooo"), max_age_s=60.0),
        dashboard(tmp_path, SECOURS_SUPERVISED="1") as server,
    ):
        page.goto(f"{server.url}/now?lang=fr")
        field = page.get_by_label("Lien ou jeton")
        field.fill(WRONG)
        page.get_by_role("button", name="Ouvrir").click()
        expect(page.get_by_role("alert")).to_have_text(
            "Ce jeton est faux : rien n\u2019a été ouvert."
        )
        expect(page.get_by_text("secours link")).to_be_visible()
        expect(page.get_by_text("Appels vocaux")).to_have_count(0)

        field.fill(token)
        page.keyboard.press("Enter")
        shown = page.get_by_text("Appels vocaux").filter(visible=True)
        expect(shown.first).to_be_visible(timeout=WITHIN_MS)

        assert page.url == f"{server.url}/now?lang=fr"
        log = (tmp_path / LOG).read_text()
        for typed in (WRONG, token):
            assert not [each for each in addresses if typed in each]
            assert typed not in log
