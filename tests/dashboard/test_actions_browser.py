"""What people do, in a real browser and to a real engine: what comes of each action."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from dashboard.acting import journal, town
from dashboard.axe import lasting
from dashboard.browser import Tab
from dashboard.desk import (
    COVER,
    HOSTILE,
    WITHIN_MS,
    fits,
    measured,
    picked,
    pressed,
    settled,
)
from dashboard.marionette import Firefox, firefox
from dashboard.served import BRISK, Dashboard, Dashboards, waited
from playwright.sync_api import Locator, Page, expect

from secours import places
from secours.dashboard.access import person
from secours.engine.published import snapshot_file
from secours.model.snapshot import Change, Snapshot

pytestmark = pytest.mark.browser

NAME, WHY = "Your name, for the journal", "Why, in a few words"
SUBJECT = "Channel, or what several share"
ALERT, COORDINATE = 0, 1
DEEDS = ("down", "maintenance", "distrust", "pin", "worked", "failed", "exercise")
FILLED = "subject=channel:sms&line=alert/staff&lang=de"  # the longest words
# Streamlit lets the keyboard come to each thing chosen, and does not say what it is.
CHOSEN = ["[data-tag]"]
# What holds the deeds that are of Teams: those of nothing stand there before.
ABOUT_TEAMS = '[class*="st-key-act-0-deed-channel-teams"]'
NAMED = f"() => document.cookie.includes('{person.COOKIE}=')"
TABS = 60  # more than there are stops on any page
HIDDEN = """button => {
  const box = button.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  return !button.contains(document.elementFromPoint(x, y));
}"""


@pytest.fixture
def server(common_rooms: Path, dashboards: Dashboards) -> Iterator[Dashboard]:
    """Serve a town in which the channels have been seen to work."""
    with town(common_rooms):
        waited(works)
        yield dashboards.get(SECOURS_SUPERVISED="1")


@pytest.fixture
def page(tab: Tab, server: Dashboard) -> Page:
    return tab(1366, 768)


def works() -> bool:
    """Tell whether its first choice is used, and no other is still measured."""
    with suppress(FileNotFoundError):  # the engine has just begun
        return used(COORDINATE) == "teams" and not any(
            line.measuring for line in shot().recommendations
        )
    return False


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


def form(page: Page, server: Dashboard, address: str = "") -> None:
    """Open the form, which the address fills in."""
    page.goto(f"{server.url}/act?lang=en&{address}")
    expect(confirm(page)).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator(COVER)).to_be_hidden(timeout=WITHIN_MS)
    settled(page)


def confirm(page: Page) -> Locator:
    return page.get_by_test_id("stBaseButton-primaryFormSubmit")


def deed(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name)


def confirmed(page: Page) -> str:
    """Sign and confirm; return what is said to be so since."""
    page.get_by_label(NAME).fill("Anne")
    return done(page)


def done(page: Page) -> str:
    said = page.locator(".s-done")
    before = said.inner_text() if said.count() else ""
    confirm(page).click()
    expect(said).not_to_have_text(before, timeout=WITHIN_MS)
    settled(page)
    return said.inner_text()


def chosen(page: Page, name: str, brings: str) -> None:
    """Choose what is to be done, and wait until what it would change is said."""
    pressed(deed(page, name), page.locator(".s-will").get_by_text(brings))
    settled(page)


def taken_back(page: Page, label: str) -> None:
    """Press a button of what is in force, and confirm."""
    back = page.get_by_role("button", name="Back", exact=True)
    pressed(page.get_by_role("button", name=label), back)
    settled(page)
    done(page)


def typed(page: Page, target: Locator, text: str, *keys: str) -> None:
    """Go to an element as people do who have no mouse, and type there."""
    tab_to(page, target)
    page.keyboard.type(text)
    for key in keys:
        page.keyboard.press(key)
    settled(page)


def look_for_teams(field: Locator) -> None:
    """Type its name; a list that the page shut as it grew opens again."""
    typed(field.page, field, "", "ControlOrMeta+A")
    typed(field.page, field, "Teams")


def choose(radio: Locator) -> None:
    typed(radio.page, radio, "", "Space")


def enter(button: Locator) -> None:
    typed(button.page, button, "", "Enter")


def undo(page: Page) -> Locator:
    return page.get_by_role("button", name="Undo", exact=True)


def tab_to(page: Page, target: Locator) -> None:
    for _ in range(TABS):
        if measured(target, "e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no tab leads to {target}")


def test_a_channel_is_declared_down_by_keyboard_alone_and_taken_back(
    page: Page, server: Dashboard
) -> None:
    form(page, server)
    teams = page.get_by_role("option", name="Teams (teams)")
    pressed(page.get_by_role("combobox", name=SUBJECT), teams, look_for_teams)
    typed(page, page.get_by_role("combobox", name=SUBJECT), "", "ArrowDown", "Enter")
    expect(page.locator(ABOUT_TEAMS)).to_be_attached()
    settled(page)
    then = page.get_by_role("row", name="COORDINATE")
    pressed(deed(page, "Down"), then, choose)
    expect(then).to_contain_text("Courriel", timeout=WITHIN_MS)
    settled(page)
    unconfirmed = used(COORDINATE)
    typed(page, page.get_by_label(NAME), "Anne")
    tab_to(page, confirm(page))
    page.keyboard.press("Enter")
    said = page.locator(".s-done")
    expect(said).to_contain_text("Teams · Down", timeout=WITHIN_MS)
    expect(said).to_contain_text("COORDINATE · management: use Courriel.")
    settled(page)
    after = used(COORDINATE)
    pressed(undo(page), said.get_by_text("Taken back at"), enter)
    expect(said).to_contain_text("Taken back at", timeout=WITHIN_MS)

    assert (unconfirmed, after) == ("teams", "mail")
    assert words_of_people() == [
        ("mark", "channel:teams", "withdrawn", "Anne"),
        ("mark", "channel:teams", "down", "Anne"),
    ]
    nothing = page.get_by_text("Nothing is declared, pinned or simulated.")
    expect(nothing).to_be_visible(timeout=WITHIN_MS)


@pytest.mark.smoke
def test_a_distrust_is_two_clicks_and_a_name_and_sets_all_aside_that_needs_it(
    page: Page, server: Dashboard
) -> None:
    form(page, server, "subject=identity:ad")
    chosen(page, "Unsafe", "Set aside then: Teams, Courriel")
    assert lasting(page) == []

    page.get_by_label(WHY).fill(HOSTILE)
    said = confirmed(page)

    aside = [view.name for view in shot().channels if view.standing.aside]
    assert aside == ["teams", "mail"]
    assert used(COORDINATE) == "sms"
    assert "COORDINATE · management: use SMS." in said
    assert words_of_people() == [("mark", "identity:ad", "distrusted", "Anne")]
    expect(page.get_by_text(HOSTILE)).to_be_visible(timeout=WITHIN_MS)
    settled(page)
    assert lasting(page) == []
    wide = "e => e.getBoundingClientRect().width"
    seen_px = measured(page.locator(".s-announced").first, wide)
    assert seen_px > 200  # it is to be read, not only heard
    assert page.evaluate("window.bad") is None
    assert page.locator("img[src*=beacon]").count() == 0
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)


def test_a_click_right_after_the_name_is_typed_is_enough_and_the_name_stays(
    page: Page, server: Dashboard
) -> None:
    form(page, server, "do=distrust&subject=channel:teams")
    page.get_by_label(NAME).click()
    page.keyboard.type("Anne É;")
    confirm(page).click()
    expect(page.locator(".s-done")).to_be_visible(timeout=WITHIN_MS)
    settled(page)
    page.wait_for_function(NAMED, timeout=WITHIN_MS)

    cookies = {each["name"]: each for each in page.context.cookies()}

    assert words_of_people() == [("mark", "channel:teams", "distrusted", "Anne É;")]
    assert cookies[person.COOKIE]["sameSite"] == "Strict"
    assert cookies[person.COOKIE]["path"] == "/"
    for address in ("act", "journal"):
        page.goto(f"{server.url}/{address}?lang=en")
        expect(page.get_by_label(NAME)).to_have_value("Anne É;", timeout=WITHIN_MS)


def test_a_name_that_is_missing_is_said_and_what_was_typed_is_still_there(
    page: Page, server: Dashboard
) -> None:
    form(page, server, "do=distrust&subject=channel:teams")
    page.get_by_label(WHY).fill("seen")

    confirm(page).click()

    alert = page.get_by_role("alert").get_by_text("Write your name first.")
    expect(alert).to_be_visible(timeout=WITHIN_MS)
    settled(page)
    assert lasting(page) == []
    confirmed(page)
    assert change("mark").facts["said"] == "seen"


def test_what_is_typed_outlives_that_the_page_is_drawn_again(
    tab: Tab, server: Dashboard, dashboards: Dashboards
) -> None:
    page = tab(1366, 768)
    form(page, dashboards.get(SECOURS_SUPERVISED="1", **BRISK), "subject=channel:sms")
    page.get_by_label(NAME).click()
    page.keyboard.type("An")
    stamps = "() => window.__secoursWatch.at"
    for _ in range(3):
        page.wait_for_function(
            f"at => ({stamps})() !== at", arg=page.evaluate(stamps), timeout=WITHIN_MS
        )
    chosen(page, "Down", "SMS counts as down")

    expect(page.get_by_label(NAME)).to_have_value("An")


def test_a_pin_holds_until_it_is_taken_back(page: Page, server: Dashboard) -> None:
    form(page, server, "do=pin&line=coordinate/management")
    will = page.get_by_text("COORDINATE · management: SMS is recommended")
    picked(page.get_by_role("combobox", name=SUBJECT), "SMS", will)

    said = confirmed(page)
    pinned = shot().recommendations[COORDINATE]
    taken_back(page, "Take back: COORDINATE")

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


def test_a_test_by_people_decides_where_nothing_else_can_until_it_is_taken_back(
    page: Page, server: Dashboard
) -> None:
    form(page, server, "subject=channel:radio")
    chosen(page, "Tried: it works", "Radio was tried and works")
    page.get_by_label("Remark").fill("clear, both ways")

    confirmed(page)
    after = shot().channel("radio").standing.state
    remark = change("test").facts["said"]
    pressed(undo(page), page.locator(".s-done").get_by_text("Taken back"))

    assert after == "available"
    assert remark == "clear, both ways"
    assert words_of_people()[-1] == ("test", "radio", "worked", "Anne")
    assert shot().channel("radio").standing.state == "unknown"


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
    taken_back(page, "End the exercise")

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
    form(page, server)

    back = page.get_by_role("button", name="Back", exact=True)
    pressed(page.get_by_role("button", name="Send a test: bell"), back)
    settled(page)
    said = confirmed(page)

    notice = page.locator(".s-notice")
    expect(notice.locator(".s-probe")).to_contain_text("accepted", timeout=WITHIN_MS)
    expect(notice).to_contain_text("not known to have arrived", timeout=WITHIN_MS)
    expect(notice.locator('[data-shape="ok"]')).to_have_count(0)
    assert "The test to bell left at" in said
    (dispatch,) = shot().notices
    assert (dispatch.test, dispatch.recipient) == (True, "bell")
    settled(page)
    assert lasting(page) == []


def test_each_deed_can_be_confirmed_without_scrolling_and_fits_on_a_phone(
    page: Page, server: Dashboard
) -> None:
    for name in DEEDS:
        form(page, server, f"do={name}&{FILLED}")

        assert not measured(confirm(page), HIDDEN), name
        page.set_viewport_size({"width": 390, "height": 844})
        settled(page)
        assert fits(page), name
        page.set_viewport_size({"width": 1366, "height": 768})


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_deed_shuts_anybody_out(page: Page, server: Dashboard, theme: str) -> None:
    for name in ("down", "exercise"):
        form(page, server, f"do={name}&{FILLED}&theme={theme}")

        assert lasting(page, CHOSEN) == [], name


@pytest.fixture
def fox(tmp_path: Path) -> Iterator[Firefox]:
    with firefox(tmp_path) as running:
        yield running


@pytest.mark.timeout(600)  # a second browser on a machine that others share
def test_a_click_right_after_the_name_is_typed_is_enough_in_firefox(
    page: Page, server: Dashboard, fox: Firefox
) -> None:
    assert page  # the channels have been seen to work
    address = "act?lang=en&do=distrust&subject=channel:teams"
    fox.open(f"{server.url}/{address}")
    fox.wait_for('[data-test-script-state="notRunning"] .s-will p')
    fox.type_into(f'input[aria-label="{NAME}"]', "Anne")
    fox.click('[data-testid="stBaseButton-primaryFormSubmit"]')
    fox.wait_for(".s-done")
    said = words_of_people()

    fox.open(f"{server.url}/{address}")

    assert said == [("mark", "channel:teams", "distrusted", "Anne")]
    assert fox.value(f'input[aria-label="{NAME}"]') == "Anne"
