"""What people come for at three in the morning, and how many clicks it takes them.

Each begins on the page that the dashboard opens with. What a person types is no click.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.acting import PLAN, town
from dashboard.browser import Tab
from dashboard.desk import WITHIN_MS, drawn_anew, measured, settled
from dashboard.officer import NAME, Officer
from dashboard.served import Dashboard, Dashboards
from playwright.sync_api import Locator, Page, expect
from servers.scripted import closed_port

from secours import places
from secours.engine.published import snapshot_file
from secours.model.snapshot import State

pytestmark = pytest.mark.browser

AD = "identity:ad: {{label: Annuaire}}"


@pytest.fixture(scope="module")
def plan() -> str:
    """Return the plan of the town, with mains, and where Teams does not answer."""
    silent = PLAN.replace("port: {port}", f"port: {closed_port()}", 1)
    return silent.replace(AD, f"{AD}\n  power:grid: {{{{label: Mains}}}}").replace(
        "depends_on: [identity:ad]", "depends_on: [identity:ad, power:grid]"
    )


@pytest.fixture
def server(
    common_rooms: Path,
    dashboards: Dashboards,
    plan: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Dashboard]:
    monkeypatch.setattr("dashboard.acting.PLAN", plan)
    with town(common_rooms):
        yield dashboards.get(SECOURS_SUPERVISED="1")


@pytest.fixture
def officer(tab: Tab, server: Dashboard) -> Officer:
    """Return who looks at what to use now, once everything has been tested."""
    page = tab(1366, 768)
    page.goto(f"{server.url}/now?lang=en")
    answers = page.locator(".s-now-answers h2")
    expect(answers).to_have_text(["SMS", "Courriel"], timeout=WITHIN_MS)
    opened(page)
    return Officer(page)


def opened(page: Page) -> None:
    drawn_anew(page)
    settled(page)


def confirm(page: Page) -> Locator:
    return page.get_by_test_id("stBaseButton-primaryFormSubmit")


def channel(name: str) -> State:
    return snapshot_file.read(places.runtime_dir())[0].channel(name).standing.state


def test_which_channel_is_to_be_used_takes_no_click(officer: Officer) -> None:
    for answer in officer.page.locator(".s-now-answers h2").all():
        officer.sees(answer)

    assert officer.clicks == 0


def test_why_not_teams_takes_one_click_and_no_scrolling(officer: Officer) -> None:
    page = officer.page
    row = page.locator(".s-now-row", has_text="Teams")
    heading = page.get_by_role("heading", name="Teams").first
    officer.click(row.locator("a[href*=why]"), heading)

    officer.sees(heading)
    officer.sees(page.get_by_text("connection refused").first)
    main = page.locator('[data-testid="stMain"]')
    assert measured(main, "e => e.scrollTop") == 0
    assert officer.clicks == 1


def test_to_distrust_mail_takes_three_clicks_and_a_name(officer: Officer) -> None:
    page = officer.page
    unsafe = page.get_by_text("Unsafe: do not use", exact=True)
    officer.click(page.get_by_role("link", name="Act: Courriel"), unsafe)
    officer.click(unsafe, page.get_by_text("Courriel is set aside as unsafe"))
    page.get_by_label(NAME).fill("Anne")
    officer.click(confirm(page), page.locator(".s-done"))

    officer.sees(page.locator(".s-done"))
    assert snapshot_file.read(places.runtime_dir())[0].channel("mail").standing.aside
    assert officer.clicks == 3


def test_to_log_a_test_of_the_radio_takes_three_clicks(officer: Officer) -> None:
    page = officer.page
    before = channel("radio")
    works = page.get_by_text("Tried: it works", exact=True)
    officer.click(page.get_by_role("link", name="Act: Radio"), works)
    officer.click(works, page.get_by_text("Radio was tried and works"))
    page.get_by_label(NAME).fill("Anne")
    officer.click(confirm(page), page.locator(".s-done"))

    officer.sees(page.locator(".s-done"))
    assert (before, channel("radio")) == (State.UNKNOWN, State.AVAILABLE)
    assert officer.clicks == 3


def test_what_four_hours_without_power_do_takes_one_click(officer: Officer) -> None:
    page = officer.page
    hours = page.locator(".s-hours h2")
    officer.click(page.locator("a[href*='plan?fails=power']"), hours)

    officer.sees(page.get_by_text("4 h", exact=True).first)
    officer.sees(hours)
    for line in page.locator(".s-hours .s-line").all():
        officer.sees(line)
    assert officer.clicks == 1


def test_how_sms_fared_for_a_week_takes_two_clicks(officer: Officer) -> None:
    page = officer.page
    row = page.locator(".s-now-row", has_text="SMS")
    week = page.locator("a[href*='days=7']")
    officer.click(row.locator("a[href^=channel]"), week)
    officer.click(week, page.locator("a[href*='days=7'][aria-current]"))

    expect(page).to_have_url(re.compile("days=7"))
    officer.sees(page.locator(".s-strip").first)
    assert officer.clicks == 2


def test_to_print_the_plan_takes_one_click(officer: Officer) -> None:
    page = officer.page
    page.context.add_init_script("window.print = () => { window.printed = true; };")
    with page.expect_popup() as opens:
        link = page.get_by_role("link", name="Print the plan")
        officer.click(link, link)
    sheet = opens.value
    sheet.wait_for_load_state(timeout=WITHIN_MS)

    sheet.wait_for_function("window.printed", timeout=WITHIN_MS)
    expect(sheet).to_have_url(re.compile("/paper[?]"))
    expect(sheet.get_by_text("ALERT").first).to_be_visible()
    sheet.close()
    assert officer.clicks == 1
