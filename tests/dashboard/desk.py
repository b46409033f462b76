"""The pages for a desk: which there are, a day of history for them, and opening one."""

import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from dashboard.served import Dashboard
from msgspec.structs import replace
from playwright.sync_api import Error, Locator, Page, TimeoutError, expect
from render.sent_notices import informed
from render.snapshots import change, snapshot, suspecting

from secours import places
from secours.engine import clock
from secours.engine.store.store import Store
from secours.model.observed import Evidence, Instant, Reason, Result, failed, ok
from secours.model.snapshot import Change, Explained

WITHIN_MS = 60_000
PRESSED_WITHIN_MS = 20_000  # or the button is pressed again
PRESSES = 3
EXCHANGES = 20
MOST_STOPS = 250  # of the keyboard on any page
COVER = "#secours-cover"
FIRST = "#secours-first"  # what the server has put into the page
DRAWN = '[data-testid="stMain"] .secours-root > *'  # what the script has drawn
HOSTILE = "<img src=//beacon.invalid/x onerror='window.bad=1'> ![](//beacon.invalid/y)"
PAGES = {
    "now": "Maintenant",
    "why": "Pourquoi",
    "channels": "Canaux",
    "channel?name=sms": "Canal",
    "plan": "Plan",
    "outages": "Pannes rejouées",
    "journal": "Main courante",
    "shift": "Garde",
    "incidents": "Incidents",
    "act": "Agir",
}
EXAMPLE = Path(__file__).parents[2] / "probes.yaml"
# Streamlit cuts off what is wider than the window; what is in it scrolls.
FITS = """() => [
  document.documentElement, ...document.querySelectorAll('[data-testid="stMain"]')
].every(e => e.scrollWidth <= e.clientWidth)"""
FITS_WITHIN_MS = 20_000
GROUP = Explained(channels=("sms",), suspects=(("channel:sms",),))
SUSPECTED = replace(
    suspecting(snapshot("xooo", "oooo"), GROUP),
    targets=informed().targets,
    notices=informed().notices,
)


def write_plan(rooms: Path) -> None:
    """Put a plan where the dashboard looks for it."""
    shutil.copy(EXAMPLE, rooms / "probes.yaml")


def write_history() -> None:
    """Keep a day in which a channel fell, and a hostile note."""
    with closing(Store(places.data_dir())) as store:
        store.note(ago(5).utc, HOSTILE, "note", HOSTILE)
        store.note(ago(80_000).utc, "secours", "start", "v1")
        store.changes(
            (
                at(change("sms", "?", "o", 0), 79_990),
                at(change("sms", "o", "d", 0), 30_000),
                at(change("sms", "d", "o", 0), 26_000),
                at(change("sms", "o", "x", 0), 7_200),
            )
        )
        for second in range(8000, 60, -60):
            outcome = failed(Reason.TIMEOUT) if second < 7260 else ok(Evidence.SERVED)
            probe = "channels/sms/sip"
            store.result(Result(probe=probe, at=ago(second), outcome=outcome))
        assert store.wait_written(60.0)


def ago(second: float) -> Instant:
    """Return the moment so many seconds before now."""
    now = clock.now()
    return Instant(now.utc - timedelta(seconds=second), now.steady_s - second)


def at(made: Change, second: float) -> Change:
    """Return a change as one of so many seconds ago."""
    return replace(made, at=ago(second))


def opened(page: Page, server: Dashboard, path: str) -> None:
    """Open a page and wait until all of it is drawn."""
    page.goto(f"{server.url}/{path}")
    drawn_anew(page)
    expect(page.locator(COVER)).to_be_hidden(timeout=WITHIN_MS)
    settled(page)


def drawn_anew(page: Page) -> None:
    """Wait until the script has drawn what the server had put into the page."""
    expect(page.locator(DRAWN).first).to_be_attached(timeout=WITHIN_MS)
    expect(page.locator(FIRST)).to_have_count(0)


def pressed(
    button: Locator, shows: Locator, press: Callable[[Locator], None] = Locator.click
) -> None:
    """Press a button until it shows what it leads to, as a person would.

    A page that grows between the two halves of a click swallows it. Of one that is only
    late the button may be gone when it would be pressed again; one that moves is there
    twice for a moment.
    """
    expect(button).to_have_count(1)
    with suppress(Error):  # it is there twice again
        press(button)
    for _ in range(PRESSES - 1):
        with suppress(AssertionError):
            expect(shows).to_be_visible(timeout=PRESSED_WITHIN_MS)
            return
        expect(button.or_(shows).first).to_be_visible()
        if not shows.is_visible():
            with suppress(AssertionError, Error):
                press(button)
    expect(shows).to_be_visible()


def followed(link: Locator, shows: Locator) -> None:
    """Follow a link to a page that alone shows this, and wait until it is drawn."""
    pressed(link, shows)
    drawn_anew(link.page)
    settled(link.page)


def picked(box: Locator, name: str, shows: Locator) -> None:
    """Take an option from a list, and wait for what that brings."""
    option = box.page.get_by_role("option", name=name)

    def pick(box: Locator) -> None:
        if not option.is_visible():
            box.click()
        with suppress(TimeoutError):  # a list that the page shut as it grew
            option.click(timeout=PRESSED_WITHIN_MS)

    pressed(box, shows, pick)
    settled(box.page)


def chosen(box: Locator, name: str) -> None:
    """Take the option of this whole name from a list, which the page may shut."""
    option = box.page.get_by_role("option", name=name, exact=True)
    for _ in range(PRESSES):
        if not option.is_visible():
            box.click()
        with suppress(TimeoutError):
            option.click(timeout=PRESSED_WITHIN_MS)
            settled(box.page)
            return
    raise AssertionError(f"no option is shown: {name}")


def measured(target: Locator, script: str) -> Any:
    """Return what a script finds of an element, and never of one just exchanged."""
    whole = f"e => [e.isConnected, e.isConnected && ({script})(e)]"
    for _ in range(EXCHANGES):
        is_there, found = target.evaluate(whole)
        if is_there:
            return found
    raise AssertionError(f"it is exchanged again and again: {target}")


def go_to(page: Page, wanted: Locator) -> None:
    """Press the key until the keyboard is there."""
    expect(wanted).to_be_visible(timeout=WITHIN_MS)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if measured(wanted, "e => e === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not come to {wanted}")


def by_key(wanted: Locator) -> None:
    """Press what is there by the keyboard alone."""
    go_to(wanted.page, wanted)
    wanted.page.keyboard.press("Enter")


def fits(page: Page) -> bool:
    """Tell whether nothing is wider than the window, which may just have changed."""
    with suppress(TimeoutError):
        page.wait_for_function(FITS, timeout=FITS_WITHIN_MS)
    return bool(page.evaluate(FITS))


def settled(page: Page) -> None:
    """Wait until the script of the page has ended well, and all of it has come.

    While the server does not answer, Streamlit shuts all there is to press, in grey.
    """
    app = page.locator('[data-testid="stApp"]')
    for state, reached in (("connection", "CONNECTED"), ("script", "notRunning")):
        expect(app).to_have_attribute(
            f"data-test-{state}-state", reached, timeout=WITHIN_MS
        )
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WITHIN_MS)
    expect(page.get_by_test_id("stException")).to_have_count(0)
