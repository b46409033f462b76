"""What people come for at three in the morning, and how many clicks it takes them.

Each begins on the page that the dashboard opens with. What a person types is no click.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.acting import PLAN, town
from dashboard.browser import Tab
from dashboard.desk import COVER, WITHIN_MS, drawn_anew, settled
from dashboard.served import Dashboard, Dashboards, free_port
from playwright.sync_api import Locator, Page, expect

from secours import places
from secours.engine.published import snapshot_file
from secours.model.snapshot import State

pytestmark = pytest.mark.browser

AD = "identity:ad: {{label: Annuaire}}"
NAME = "Your name, for the journal"
SEEN = """e => {
  const box = e.getBoundingClientRect();
  const x = box.left + Math.min(box.width, 20) / 2, y = box.top + box.height / 2;
  return box.top >= 0 && box.bottom <= innerHeight && box.left >= 0
    && box.right <= innerWidth && e.contains(document.elementFromPoint(x, y));
}"""


class Officer:
    """Whoever looks: counts what they click, and never scrolls."""

    def __init__(self, page: Page) -> None:
        """Sit before this page."""
        self.page = page
        self.clicks = 0

    def click(self, target: Locator) -> None:
        """Click something that can be seen."""
        self.sees(target)
        self.clicks += 1
        target.click()

    def sees(self, target: Locator) -> None:
        """Demand that it is in the window, and nothing over it."""
        expect(target).to_be_visible(timeout=WITHIN_MS)
        expect(self.page.locator(COVER)).to_be_hidden()
        seen = target.evaluate(SEEN)
        assert seen, f"{target} is not in the window: {target.bounding_box()}"


@pytest.fixture(scope="module")
def plan() -> str:
    """Return the plan of the town, with mains, and where Teams does not answer."""
    silent = PLAN.replace("port: {port}", f"port: {free_port()}", 1)
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


def channel(name: str) -> State:
    return snapshot_file.read(places.runtime_dir())[0].channel(name).standing.state


def test_which_channel_is_to_be_used_takes_no_click(officer: Officer) -> None:
    for answer in officer.page.locator(".s-now-answers h2").all():
        officer.sees(answer)

    assert officer.clicks == 0


def test_why_not_teams_takes_one_click_and_no_scrolling(officer: Officer) -> None:
    page = officer.page
    row = page.locator(".s-now-row", has_text="Teams")
    officer.click(row.locator("a[href*=why]"))
    opened(page)

    officer.sees(page.get_by_role("heading", name="Teams").first)
    officer.sees(page.get_by_text("connection refused").first)
    assert (
        page.evaluate("""document.querySelector('[data-testid="stMain"]').scrollTop""")
        == 0
    )
    assert officer.clicks == 1


def test_to_distrust_mail_takes_three_clicks_and_a_name(officer: Officer) -> None:
    page = officer.page
    officer.click(page.get_by_role("link", name="Act: Courriel"))
    opened(page)
    officer.click(page.get_by_text("Unsafe: do not use", exact=True))
    settled(page)
    page.get_by_label(NAME).fill("Anne")
    officer.click(page.get_by_test_id("stBaseButton-primaryFormSubmit"))

    expect(page.locator(".s-done")).to_be_visible(timeout=WITHIN_MS)
    settled(page)
    officer.sees(page.locator(".s-done"))
    assert snapshot_file.read(places.runtime_dir())[0].channel("mail").standing.aside
    assert officer.clicks == 3


def test_to_log_a_test_of_the_radio_takes_three_clicks(officer: Officer) -> None:
    page = officer.page
    before = channel("radio")
    officer.click(page.get_by_role("link", name="Act: Radio"))
    opened(page)
    officer.click(page.get_by_text("Tried: it works", exact=True))
    settled(page)
    page.get_by_label(NAME).fill("Anne")
    officer.click(page.get_by_test_id("stBaseButton-primaryFormSubmit"))

    expect(page.locator(".s-done")).to_be_visible(timeout=WITHIN_MS)
    settled(page)
    officer.sees(page.locator(".s-done"))
    assert (before, channel("radio")) == (State.UNKNOWN, State.AVAILABLE)
    assert officer.clicks == 3


def test_what_four_hours_without_power_do_takes_one_click(officer: Officer) -> None:
    page = officer.page
    officer.click(page.locator("a[href*='plan?fails=power']"))
    opened(page)

    officer.sees(page.get_by_text("4 h", exact=True).first)
    officer.sees(page.locator(".s-hours h2"))
    for line in page.locator(".s-hours .s-line").all():
        officer.sees(line)
    assert officer.clicks == 1


def test_how_sms_fared_for_a_week_takes_two_clicks(officer: Officer) -> None:
    page = officer.page
    row = page.locator(".s-now-row", has_text="SMS")
    officer.click(row.locator("a[href^=channel]"))
    opened(page)
    officer.click(page.locator("a[href*='days=7']"))
    opened(page)

    assert "days=7" in page.url
    officer.sees(page.locator(".s-strip").first)
    assert officer.clicks == 2


def test_to_print_the_plan_takes_one_click(officer: Officer) -> None:
    page = officer.page
    page.context.add_init_script("window.print = () => { window.printed = true; };")
    with page.expect_popup() as opens:
        officer.click(page.get_by_role("link", name="Print the plan"))
    sheet = opens.value
    sheet.wait_for_load_state()

    sheet.wait_for_function("window.printed")
    assert "/paper?" in sheet.url
    expect(sheet.get_by_text("ALERT").first).to_be_visible()
    sheet.close()
    assert officer.clicks == 1
