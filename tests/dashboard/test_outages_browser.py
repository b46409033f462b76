"""The page of past outages in a real browser: a form chooses, and nothing else must."""

import pytest
from dashboard.browser import Tab
from dashboard.desk import opened, pressed
from dashboard.served import Dashboard
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.usefixtures("processes")


def test_another_minute_is_asked_for_by_a_form_and_stays_chosen(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(1366, 768)
    address = "outages?outage=ovh-2021-03-10&plan=reference&lang=en"
    opened(page, server, address)  # what is typed before is replaced
    line = page.locator(".s-moment i")
    expect(line).to_have_attribute("style", "--x:0%")

    page.get_by_label("Minutes after the start").fill("90")
    later = page.locator(".s-moment i:not([style='--x:0%'])")
    pressed(page.get_by_role("button", name="Show"), later)

    expect(line).not_to_have_attribute("style", "--x:0%")
    assert "minute=90" in page.url
    expect(page.get_by_label("Minutes after the start")).to_have_value("90")
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    expect(line).not_to_have_attribute("style", "--x:0%")  # as the script draws it
    expect(page.locator(".s-strip").first).to_be_visible()


def test_what_the_server_draws_first_needs_no_script(
    chromium: Browser, server: Dashboard
) -> None:
    page = chromium.new_context(java_script_enabled=False).new_page()

    page.goto(f"{server.url}/outages?outage=ovh-2021-03-10&plan=reference&lang=en")

    assert page.locator(".s-strip").count() > 5
    assert page.get_by_role("button", name="Show").count() == 1
