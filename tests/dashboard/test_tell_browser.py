"""Texts for people, copied and sent from a telephone in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.acting import PLAN, journal, town
from dashboard.desk import opened
from dashboard.officer import NAME, Officer, telephone
from dashboard.served import Dashboard, Dashboards
from playwright.sync_api import Browser, Locator, expect

from secours.dashboard.engine import engine_client

pytestmark = pytest.mark.browser

LATE_S = 1.0
WHY = "Why, in a few words"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
WITH_KIND = "label: Courriel\n    kind: email-onprem"


@pytest.fixture
def server(
    common_rooms: Path, dashboards: Dashboards, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dashboard]:
    """Serve a town in which two lines have left their first choice."""
    plan = PLAN.replace("label: Courriel", WITH_KIND)
    monkeypatch.setattr("dashboard.acting.PLAN", plan)
    with town(common_rooms, late_s=LATE_S):
        yield dashboards.get(SECOURS_SUPERVISED="1")


@pytest.fixture(params=["with a clipboard", "without TLS"])
def officer(
    chromium: Browser, server: Dashboard, request: pytest.FixtureRequest
) -> Iterator[Officer]:
    context = telephone(chromium)
    if request.param == "without TLS":
        context.add_init_script(NO_CLIPBOARD)
    yield Officer(context.new_page(), Locator.tap)
    context.close()


def announced() -> list[str]:
    """Return the lines of which people were told, by the journal."""
    changes = [entry.change for entry in journal() if entry.change]
    return sorted(each.name for each in changes if each.subject == "announced")


def test_texts_are_copied_and_noted_as_sent_with_one_press(
    server: Dashboard, officer: Officer
) -> None:
    page = officer.page
    opened(page, server, "act?lang=en")
    for name in ("sms", "teams"):
        subject = f"channel:{name}"
        engine_client.say(
            {"do": "mark", "by": "Eve", "says": "down", "subject": subject}
        )
    text = page.locator(".s-announced", has_text="COORDINATE")
    expect(text).to_contain_text("use Courriel")
    mail = page.get_by_role("link", name="Write by Courriel")
    copy = page.get_by_role("button", name="Copy", exact=True).last

    officer.type(WHY, "told")
    officer.press(copy, page.get_by_text("Copied"))
    page.get_by_label(WHY).fill("")
    page.get_by_label(WHY).press("Control+V")

    expect(page.get_by_label(WHY)).to_have_value(text.inner_text())
    href = mail.get_attribute("href") or ""
    assert href.startswith("mailto:?subject=COORDINATE%20")
    assert "use%20Courriel" in href.partition("&body=")[2]
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(2)

    everything = page.get_by_role("button", name="All are sent: note that")
    officer.press(everything, page.get_by_role("button", name="Back", exact=True))
    officer.type(NAME, "Anne")
    confirm = page.get_by_role("button", name="Confirm", exact=True)
    officer.press(confirm, page.locator(".s-done").get_by_text("people were told"))

    assert announced() == [
        "alert/staff",
        "coordinate/management",
    ]
    expect(everything).to_have_count(0)
    expect(page.get_by_text("told by Anne at")).to_have_count(2)


def test_what_somebody_else_noted_in_another_tab_is_not_noted_again(
    server: Dashboard, officer: Officer
) -> None:
    other = Officer(officer.page.context.new_page(), Locator.tap)
    for each in (officer, other):
        opened(each.page, server, "act?lang=en")
    for name in ("sms", "radio", "teams"):
        subject = f"channel:{name}"
        engine_client.say(
            {"do": "mark", "by": "Eve", "says": "down", "subject": subject}
        )
    for each in (officer, other):
        text = each.page.locator(".s-announced", has_text="ALERT")
        expect(text).to_contain_text("no usable channel. Envoyer un agent.")
        everything = each.page.get_by_role("button", name="All are sent: note that")
        each.press(everything, each.page.get_by_role("button", name="Back", exact=True))

    confirm(officer, "Anne", ".s-done")
    confirm(other, "Ben", ".s-warning")

    refused = other.page.locator(".s-warning")
    expect(refused).to_contain_text(
        "ALERT · staff: noted already, people were told by Anne"
    )
    expect(refused).to_contain_text("COORDINATE")
    assert announced() == ["alert/staff", "coordinate/management"]
    assert "Ben" not in {entry.by for entry in journal()}


def confirm(officer: Officer, name: str, shows: str) -> None:
    """Sign what was asked for."""
    officer.type(NAME, name)
    button = officer.page.get_by_role("button", name="Confirm", exact=True)
    officer.press(button, officer.page.locator(shows))
