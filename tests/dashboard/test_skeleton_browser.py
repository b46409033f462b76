"""What a viewer sees while Streamlit's page is empty, and at an address of no page."""

import urllib.error
import urllib.request

import pytest
from dashboard.served import Dashboard
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

SHOWN_MS = 45_000  # three times what is promised
ASKED = {"Accept": "text/html"}


def test_a_page_without_its_websocket_is_covered_by_the_plan(
    chromium: Browser, server: Dashboard
) -> None:
    page = chromium.new_page(viewport={"width": 1920, "height": 1080})
    page.route_web_socket("**", lambda socket: socket.close())
    page.goto(f"{server.url}/wall?lang=fr")

    cover = page.locator("#secours-skeleton")
    expect(cover.locator("h1")).to_be_visible(timeout=SHOWN_MS)
    assert "PAS DE LIAISON" in cover.inner_text()
    assert "SMS d\u2019astreinte" in cover.inner_text()
    assert "COUPÉ" not in cover.inner_text()
    page.locator("#secours-skeleton > a").click()
    expect(page.locator(".s-card").first).to_be_visible()
    page.close()


def test_the_cover_goes_when_the_server_is_heard(
    chromium: Browser, server: Dashboard
) -> None:
    page = chromium.new_page()
    page.goto(f"{server.url}/wall")

    expect(page.locator(".s-wall")).to_be_visible(timeout=SHOWN_MS)
    expect(page.locator("#secours-skeleton")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("name", ["nothing", "wall/deeper", "Status"])
def test_an_unknown_address_has_a_page_of_ours(server: Dashboard, name: str) -> None:
    asked = urllib.request.Request(f"{server.url}/{name}?lang=nl", headers=ASKED)
    with pytest.raises(urllib.error.HTTPError) as found:
        urllib.request.urlopen(asked, timeout=20)

    words = found.value.read().decode()
    assert found.value.code == 404
    assert "Deze pagina bestaat niet" in words
    assert "/wall?lang=nl" in words
