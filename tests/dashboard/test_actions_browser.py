"""What people do, in a real browser and to a real engine: what comes of each action."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.acting import journal, town
from dashboard.axe import violations
from dashboard.browser import Tab
from dashboard.desk import HOSTILE, WITHIN_MS, fits, opened, pressed, settled
from dashboard.served import Dashboard, Dashboards
from playwright.sync_api import Locator, Page, expect

from secours import places
from secours.engine.published import snapshot_file
from secours.model.snapshot import Change, Snapshot
from secours.render.pages import actions

pytestmark = pytest.mark.browser

NAME, WHY = "Your name, for the journal", "Why, in a few words"
SUBJECT = "Channel, or what several share"
NEXT, CONFIRM = "See what it does", "Confirm"
ALERT, COORDINATE = 0, 1
TABS = 60  # more than there are stops on any page


@pytest.fixture
def server(common_rooms: Path, dashboards: Dashboards) -> Iterator[Dashboard]:
    with town(common_rooms):
        yield dashboards.get(SECOURS_SUPERVISED="1")


@pytest.fixture
def page(tab: Tab, server: Dashboard) -> Page:
    """Return a page in which the channels of the town have been seen to work."""
    made = tab(1366, 900)
    made.goto(f"{server.url}/now?lang=en")
    card = made.locator(".s-card").nth(COORDINATE)
    expect(card).to_contain_text("Teams", timeout=WITHIN_MS)
    expect(card).to_contain_text("1st choice", timeout=WITHIN_MS)
    return made


def shot() -> Snapshot:
    return snapshot_file.read(places.runtime_dir())[0]


def used(line: int) -> str | None:
    use = shot().recommendations[line].use
    return use.channel if use else None


def words_of_people() -> list[tuple[str, str, str, str]]:
    """Return what people said by the journal, newest first: of what, what, who."""
    changes = [entry.change for entry in journal() if entry.change is not None]
    return [
        (each.subject, each.name, each.after, str(each.facts.get("by")))
        for each in changes
        if each.subject in ("mark", "pin", "test", "exercise")
    ]


def change(subject: str) -> Change:
    """Return the newest word of this kind in the journal."""
    changes = [entry.change for entry in journal() if entry.change is not None]
    return next(each for each in changes if each.subject == subject)


def form(page: Page, server: Dashboard, address: str) -> None:
    """Open a form that the address fills in, and sign it."""
    opened(page, server, f"act?lang=en&{address}")
    signed(page)


def signed(page: Page) -> None:
    name = page.get_by_label(NAME)
    name.fill("Anne")
    name.press("Tab")
    expect(name).to_have_value("Anne")
    settled(page)


def confirmed(page: Page) -> str:
    """Press on, confirm, and return what is recommended since."""
    pressed(page.get_by_role("button", name=NEXT), confirm(page))
    return done(page)


def confirm(page: Page) -> Locator:
    return page.get_by_role("button", name=CONFIRM, exact=True)


def done(page: Page) -> str:
    pressed(confirm(page), page.locator(".s-done"))
    settled(page)
    return page.locator(".s-done").inner_text()


def undone(page: Page, label: str) -> None:
    happens = page.get_by_role("heading", name="This is what will happen")
    pressed(page.get_by_role("button", name=label), happens)
    settled(page)
    done(page)


def typed(page: Page, target: Locator, text: str, *keys: str) -> None:
    """Go to an element as people do who have no mouse, and type there."""
    tab_to(page, target)
    page.keyboard.type(text)
    for key in keys:
        page.keyboard.press(key)
    settled(page)


def by_key(button: Locator) -> None:
    typed(button.page, button, "", "Enter")


def look_for_teams(field: Locator) -> None:
    """Type its name; a list that the page shut as it grew opens again."""
    typed(field.page, field, "", "ControlOrMeta+A")
    typed(field.page, field, "Teams")


def tab_to(page: Page, target: Locator) -> None:
    for _ in range(TABS):
        if target.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no tab leads to {target}")


def test_a_channel_is_declared_down_by_keyboard_alone_and_taken_back(
    page: Page, server: Dashboard
) -> None:
    opened(page, server, "act?lang=en")
    typed(page, page.get_by_label(NAME), "Anne", "Tab")
    teams = page.get_by_role("option", name="Teams (teams)")
    pressed(page.get_by_role("combobox", name=SUBJECT), teams, look_for_teams)
    typed(page, page.get_by_role("combobox", name=SUBJECT), "", "ArrowDown", "Enter")
    typed(page, page.get_by_role("radio", name="down"), "", "Space")
    then = page.get_by_text("use Courriel · instead of Teams")
    pressed(page.get_by_role("button", name=NEXT), then, by_key)
    unconfirmed = used(COORDINATE)
    pressed(confirm(page), page.locator(".s-done"), by_key)
    expect(page.locator(".s-done")).to_contain_text(
        "COORDINATE · management: use Courriel.", timeout=WITHIN_MS
    )
    confirmed = used(COORDINATE)
    undone(page, "Undo: Teams")

    assert (unconfirmed, confirmed) == ("teams", "mail")
    assert words_of_people() == [
        ("mark", "channel:teams", "withdrawn", "Anne"),
        ("mark", "channel:teams", "down", "Anne"),
    ]
    nothing = page.get_by_text("Nothing is declared, pinned or simulated.")
    expect(nothing).to_be_visible()


def test_a_distrust_sets_all_aside_that_needs_it(page: Page, server: Dashboard) -> None:
    form(page, server, "do=distrust&subject=identity:ad")
    page.get_by_label(WHY).fill(HOSTILE)
    page.get_by_label(WHY).press("Tab")
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_text("Set aside then: Teams, Courriel")).to_be_visible(
        timeout=WITHIN_MS
    )
    settled(page)
    assert violations(page) == []

    said = done(page)

    aside = [view.name for view in shot().channels if view.standing.aside]
    assert aside == ["teams", "mail"]
    assert used(COORDINATE) == "sms"
    assert "COORDINATE · management: use SMS." in said
    assert words_of_people() == [("mark", "identity:ad", "distrusted", "Anne")]
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("window.bad") is None
    assert page.locator("img[src*=beacon]").count() == 0
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)


def test_a_pin_holds_until_it_is_undone(page: Page, server: Dashboard) -> None:
    form(page, server, "do=pin&line=coordinate/management")
    page.get_by_role("combobox", name="Channel", exact=True).click()
    page.get_by_role("option", name="SMS").click()
    settled(page)

    said = confirmed(page)
    pinned = shot().recommendations[COORDINATE]
    undone(page, "Undo: COORDINATE")

    assert "COORDINATE · management: use SMS · PINNED." in said
    assert pinned.use is not None
    assert (pinned.use.channel, pinned.use.pinned) == ("sms", True)
    assert pinned.unpinned is not None
    assert pinned.unpinned.channel == "teams"
    assert used(COORDINATE) == "teams"
    assert words_of_people() == [
        ("pin", "coordinate/management", "withdrawn", "Anne"),
        ("pin", "coordinate/management", "sms", "Anne"),
    ]


def test_a_test_by_people_decides_where_nothing_else_can(
    page: Page, server: Dashboard
) -> None:
    form(page, server, "do=test&subject=channel:radio")
    page.get_by_text("it works", exact=True).click()
    page.get_by_label("Remark").fill("clear, both ways")
    page.get_by_label("Remark").press("Tab")
    settled(page)

    confirmed(page)

    assert shot().channel("radio").standing.state == "available"
    assert words_of_people() == [("test", "radio", "worked", "Anne")]
    assert change("test").facts["said"] == "clear, both ways"


def test_an_exercise_stands_beside_the_real_answer_until_it_is_ended(
    page: Page, server: Dashboard
) -> None:
    form(page, server, "do=exercise&subject=identity:ad")

    said = confirmed(page)
    rehearsal = shot().rehearsal
    block = page.locator(".s-exercise")
    expect(block).to_contain_text("EXERCISE", timeout=WITHIN_MS)
    expect(block).to_contain_text("COORDINATE · management: SMS")
    real = used(COORDINATE)
    undone(page, "End the exercise")

    assert "COORDINATE · management: use Teams." in said
    assert rehearsal is not None
    assert real == "teams"
    assert shot().rehearsal is None
    assert [word[0::2] for word in words_of_people()] == [
        ("exercise", "withdrawn"),
        ("exercise", "started"),
    ]
    expect(block).to_have_count(0, timeout=WITHIN_MS)


def test_a_test_of_a_target_shows_what_came_of_it(
    page: Page, server: Dashboard
) -> None:
    form(page, server, "")

    pressed(page.get_by_role("button", name="Send a test: bell"), confirm(page))
    settled(page)
    said = done(page)

    notice = page.locator(".s-notice")
    expect(notice.locator(".s-probe")).to_contain_text("accepted", timeout=WITHIN_MS)
    expect(notice).to_contain_text("not known to have arrived", timeout=WITHIN_MS)
    expect(notice.locator('[data-shape="ok"]')).to_have_count(0)
    assert "The test to bell left at" in said
    (dispatch,) = shot().notices
    assert (dispatch.test, dispatch.recipient) == (True, "bell")
    settled(page)
    assert violations(page) == []


def test_the_status_and_a_channel_lead_to_a_form_that_is_filled_in(
    page: Page, server: Dashboard
) -> None:
    page.get_by_role("link", name="Act: Teams").click()
    subject = page.get_by_role("combobox", name=SUBJECT)
    expect(subject).to_have_value("Teams (teams)", timeout=WITHIN_MS)
    opened(page, server, "channel?name=mail&lang=en")
    page.get_by_role("link", name="Set it aside as unsafe").click()

    expect(subject).to_have_value("Courriel (mail)", timeout=WITHIN_MS)
    expect(page.get_by_text("All that needs it is set aside")).to_be_visible()


def test_every_form_fits_on_a_phone(tab: Tab, server: Dashboard) -> None:
    page = tab(390, 844)
    for kind in actions.KINDS:
        opened(page, server, f"act?do={kind}&subject=identity:ad&lang=de")

        assert fits(page), kind
