"""Each button of each page, tapped once on a telephone right after something is typed.

The engine answers late, and the field that was typed in is left by the tap itself.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.acting import PLAN, town
from dashboard.browser import WITHIN_MS
from dashboard.desk import opened
from dashboard.officer import NAME, Officer, telephone
from dashboard.served import Dashboard, Dashboards
from playwright.sync_api import Browser, Locator, expect

from secours.dashboard.engine import engine_client

pytestmark = pytest.mark.browser

LATE_S = 1.0
WHY = "Why, in a few words"
NOTE = "Add a note"
PAGES = "now channels channel?name=sms why plan outages journal shift incidents act"
# Lead to an address, or to what is there, or open it.
ELSEWHERE = {"Show", "Add", "Open", "Add a note"}
ELSEWHERE |= {"Copied"}  # is "Copy" for a moment


class Telephone:
    """A person with a telephone, and which buttons they have tapped."""

    def __init__(self, chromium: Browser, server: Dashboard) -> None:
        """Take it out."""
        self.page = telephone(chromium).new_page()
        self.officer = Officer(self.page, Locator.tap)
        self.tapped: set[str] = set()
        self._server = server

    def open(self, path: str) -> None:
        """Open a page, and wait until all of it is drawn."""
        joint = "&" if "?" in path else "?"
        opened(self.page, self._server, f"{path}{joint}lang=en")

    def buttons(self) -> set[str]:
        """Return the names of all buttons of the page."""
        found = self.page.get_by_role("button").all()
        return {each.get_attribute("aria-label") or each.inner_text() for each in found}

    def tap(self, name: str, shows: Locator, **typed: str) -> None:
        """Type, tap a button at once, and wait for what it leads to."""
        for label, text in typed.items():
            self.officer.type(label, text)
        button = self.page.get_by_role("button", name=name, exact=True).first
        self.officer.press(button, shows)
        self.tapped.add(name)

    def text(self, words: str) -> Locator:
        """Return what says so."""
        return self.page.locator('[data-testid="stMain"]').get_by_text(words).first


@pytest.fixture
def server(
    common_rooms: Path, dashboards: Dashboards, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dashboard]:
    plan = PLAN.replace("on: [own-link]", "on: [own-link, distrust]")
    monkeypatch.setattr("dashboard.acting.PLAN", plan)
    with town(common_rooms, late_s=LATE_S):
        yield dashboards.get(SECOURS_SUPERVISED="1")


@pytest.fixture
def phone(chromium: Browser, server: Dashboard) -> Iterator[Telephone]:
    found = Telephone(chromium, server)
    yield found
    found.page.context.close()


@pytest.fixture
def holding(
    common_rooms: Path,
    chromium: Browser,
    dashboards: Dashboards,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Telephone]:
    """Hold a telephone at a first start, at which notices are held."""
    monkeypatch.setattr("dashboard.acting.PLAN", PLAN.replace("  held: false\n", ""))
    with town(common_rooms, late_s=LATE_S):
        found = Telephone(chromium, dashboards.get(SECOURS_SUPERVISED="1"))
        yield found
        found.page.context.close()


def distrust(channel: str) -> None:
    """Say as somebody else that a channel is no longer safe."""
    subject = f"channel:{channel}"
    engine_client.say(
        {"do": "mark", "by": "Eve", "says": "distrusted", "subject": subject}
    )


def test_no_button_is_lost_that_is_tapped_right_after_typing(phone: Telephone) -> None:
    page, text = phone.page, phone.text
    phone.open("shift")
    phone.tap(
        "I have read this page and take the watch",
        text("You have the watch."),
        **{"Remark": "calm", NAME: "Anne"},
    )
    phone.tap(
        "I hand the watch over",
        text("The watch is handed over to Ben"),
        **{"To whom": "Ben"},
    )

    phone.open("journal")
    phone.tap("Write it down", text("Written down."), **{NAME: "Ben", NOTE: "seen"})
    phone.tap("Find", text("Ben"), **{NAME: "Chloe", "With the words": "see"})

    distrust("teams")
    phone.open("act?subject=channel:sms&do=down")
    phone.tap("Confirm", page.locator(".s-done"), **{NAME: "Anne", WHY: "seen"})
    phone.tap("Undo", text("Taken back at"), **{NAME: "B"})
    back = page.get_by_role("button", name="Back", exact=True)
    confirm = page.get_by_role("button", name="Confirm", exact=True)
    notice = page.get_by_role("button", name="Acknowledge")
    expect(notice).to_be_visible(timeout=WITHIN_MS)
    phone.tap("Copy", text("Copied"), **{NAME: "A"})
    held = phone.buttons() - phone.tapped - ELSEWHERE
    assert {name.partition(":")[0].partition(" (")[0] for name in held} == {
        "Acknowledge",
        "All are sent",
        "It is sent",
        "Send a test",
        "Take back",
    }
    for name in sorted(held):
        phone.tap(name, back, **{NAME: "a", WHY: "b"})
        expect(back).to_be_in_viewport()
        phone.tap("Back", confirm, **{NAME: "c"})

    phone.open("channel?name=sms")
    phone.tap("Test now", text("Test of now"))

    for path in PAGES.split():
        phone.open(path)
        assert phone.buttons() <= phone.tapped | ELSEWHERE, path


def test_held_notices_are_sent_by_a_tap_right_after_typing(holding: Telephone) -> None:
    page, text = holding.page, holding.text
    held = text("Notices are held")
    back = page.get_by_role("button", name="Back", exact=True)
    holding.open("act")
    expect(held).to_be_visible(timeout=WITHIN_MS)

    holding.tap("Send notices from now on", back, **{NAME: "a", WHY: "b"})
    holding.tap("Confirm", text("Notices have been sent since"), **{NAME: "Anne"})

    expect(held).to_have_count(0, timeout=WITHIN_MS)
