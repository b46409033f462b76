"""The page that edits the plan, in a real browser and to a real engine."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.acting import town
from dashboard.axe import lasting
from dashboard.browser import Tab, heard
from dashboard.desk import COVER, WITHIN_MS, by_key, chosen, fits, pressed, settled
from dashboard.served import Dashboard, Dashboards, waited
from dashboard.websocket import drawn
from playwright.sync_api import Browser, Locator, Page, expect

from secours import places
from secours.config import load
from secours.engine.published import snapshot_file
from secours.model.receivers.audiences import DeviceService

pytestmark = pytest.mark.browser

NAME = "Your name, for the journal"
SERVER = "Name or address of the server, also HOST:PORT"
PASSWORD = "Password of that account, which is not shown"
SECRET = "hunter2 of the exchange"
BAD = {
    SERVER: "https://pbx.example.org/x",
    "User name of an account for the probe": "alice",
    PASSWORD: SECRET,
}
PARTS = ("Order", "Channels", "People", "Versions")
DEVICE = "Device, or the name of a new one"
AUTONOMY = "Time it works without mains"
ALONE = "SMS leaves nothing"
WALKIE = "Walkie-talkie: ../x"
OWN = "  radio: {label: Radio"
HEARD = "  radio: {kind: analog-radio, label: Radio"
KEPT = """\
  pbx:
    kind: sip-trunk
    label: Exchange
    probes: [{type: sip, host: 127.0.0.1, username: a, password: "${file:x}"}]
"""
PEOPLE = "audiences: {staff: {groups: {all: {people: 9, devices: [mobile]}}}}\n"
LANGUAGES = ("fr", "nl", "de")
ELSEWHERE = ("Host", "crisis.example:8501")
MORE = "access: {allowed_hosts: [crisis.example]}\n"
# Streamlit lets the keyboard come to each thing chosen, and to text that scrolls, and
# does not say what it is.
CHOSEN = ["[data-tag]", ".stCode"]


@pytest.fixture
def server(common_rooms: Path, dashboards: Dashboards) -> Iterator[Dashboard]:
    """Serve a town with a real engine."""
    with town(common_rooms, MORE):
        waited(is_published)
        yield dashboards.get(SECOURS_SUPERVISED="1")


def is_published() -> bool:
    try:
        return bool(snapshot_file.read(places.runtime_dir())[0].plan_version)
    except FileNotFoundError:
        return False


@pytest.fixture
def page(tab: Tab, server: Dashboard) -> Page:
    return tab(1366, 900)


def opened(page: Page, server: Dashboard, part: str = "Order") -> None:
    page.goto(f"{server.url}/edit?lang=en")
    expect(page.get_by_label(NAME)).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator(COVER)).to_be_hidden(timeout=WITHIN_MS)
    settled(page)
    page.get_by_label(NAME).fill("Anne")
    page.keyboard.press("Tab")
    show(page, part)


def show(page: Page, part: str) -> None:
    shown = page.get_by_role("radio", name=part, exact=True)
    pressed(shown, page.locator(f"{CHECKED} p", has_text=part))
    settled(page)


def show_versions(page: Page) -> None:
    """Show them; the row of what was just saved, with its own button, is gone then."""
    show(page, "Versions")
    expect(page.get_by_text(" · Anne").first).to_be_visible()
    expect(button(page, "Undo")).to_have_count(1)


CHECKED = '[data-testid="stButtonGroup"] [aria-checked="true"]'


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def changes(page: Page, count: int) -> Locator:
    return page.get_by_text(f"Changes, not saved yet: {count}")


def saved(page: Page) -> None:
    """Look at the changes, and save them."""
    pressed(button(page, "Look at the changes"), button(page, "Save"))
    pressed(button(page, "Save"), page.get_by_text("Saved, and in force"))
    settled(page)


def choose(page: Page, box: str, option: str) -> None:
    chosen(page.get_by_label(box, exact=True), option)


def order(purpose: str) -> list[str]:
    """Return the order of a line in the file."""
    plan = load(places.plan_file()).plan
    (line,) = [each for each in plan if each.purpose == purpose]
    return [name for name, _ in line.order]


def test_an_order_is_changed_looked_at_saved_and_taken_back(
    page: Page, server: Dashboard
) -> None:
    file = Path(places.plan_file())
    before = file.read_text("utf-8")
    opened(page, server)
    pressed(button(page, "Down"), changes(page, 1))
    expect(page.get_by_role("radio", name="2. SMS")).to_be_checked()
    assert file.read_text("utf-8") == before

    saved(page)

    expect(page.get_by_text("Radio is now before SMS").first).to_be_visible()
    assert order("alert") == ["radio", "sms"]
    show_versions(page)
    button(page, "Undo").click()
    waited(lambda: file.read_text("utf-8") == before)


def test_taking_a_version_back_keeps_what_is_drafted(
    page: Page, server: Dashboard
) -> None:
    file = Path(places.plan_file())
    before = file.read_text("utf-8")
    opened(page, server)
    pressed(button(page, "Down"), changes(page, 1))
    saved(page)
    page.get_by_label("Last resort, when no channel is left").fill("Ring the bell")
    pressed(button(page, "Apply"), changes(page, 1))
    show_versions(page)
    assert "+00:00" not in page.get_by_text(" · Anne").inner_text()
    button(page, "Undo").click()
    waited(lambda: file.read_text("utf-8") == before)

    settled(page)
    expect(changes(page, 1)).to_be_visible()


def test_the_keyboard_alone_changes_an_order_on_a_telephone(
    tab: Tab, server: Dashboard
) -> None:
    page = tab(390, 844)
    opened(page, server)
    pressed(button(page, "Down"), changes(page, 1), by_key)
    pressed(button(page, "Look at the changes"), button(page, "Save"), by_key)
    shown = page.get_by_text("Saved, and in force")
    pressed(button(page, "Save"), shown, by_key)

    assert order("alert") == ["radio", "sms"]


def test_a_channel_is_added_tried_and_saved_and_its_secret_never_comes_back(
    page: Page, server: Dashboard
) -> None:
    sent = heard(page)
    opened(page, server, "Channels")
    choose(page, "Channel", "Add a channel")
    page.get_by_label("The channel as you call it").fill("telephone exchange")
    pressed(button(page, "Search"), page.get_by_label(SERVER))
    for label, text in BAD.items():
        page.get_by_label(label).fill(text)
    wrong = page.get_by_role("alert").get_by_text("must be a name or an address alone")
    pressed(button(page, "Put into the plan"), wrong)
    below = page.locator(f'[data-testid="stTextInput"]:has([aria-label="{SERVER}"])')
    assert bottom(below) <= top(wrong) < top(page.get_by_label(PASSWORD))
    page.get_by_label(SERVER).fill("127.0.0.1:9")
    pressed(button(page, "Put into the plan"), button(page, "Try it"))
    settled(page)
    expect(page.get_by_label(PASSWORD)).to_have_value("")

    pressed(button(page, "Try it"), page.get_by_text("connection refused"))
    saved(page)

    plan = Path(places.plan_file())
    (kept,) = (plan.parent / "secrets").iterdir()
    assert "telephone-exchange" in load(plan).channels
    found = kept.read_text("utf-8"), stat.S_IMODE(kept.stat().st_mode)
    assert found == (SECRET, 0o600)
    assert SECRET.encode() not in plan.read_bytes() + b"".join(sent)


def test_with_another_address_a_kept_secret_is_to_be_typed_anew(
    page: Page, server: Dashboard
) -> None:
    file = Path(places.plan_file())
    file.write_text(file.read_text("utf-8").replace(OWN, KEPT + OWN), "utf-8")
    opened(page, server, "Channels")
    choose(page, "Channel", "Exchange")
    expect(page.get_by_label(PASSWORD)).to_be_visible()  # the form before has none
    page.get_by_label(SERVER).fill("127.0.0.2:9")
    anew = page.get_by_role("alert").get_by_text("type it anew")
    pressed(button(page, "Apply"), anew)
    assert top(page.get_by_label(PASSWORD)) < top(anew)


def bottom(of: Locator) -> float:
    box = of.bounding_box()
    assert box
    return box["y"] + box["height"]


def top(of: Locator) -> float:
    box = of.bounding_box()
    assert box
    return box["y"]


def test_people_are_put_into_a_group_and_a_path_is_no_name(
    page: Page, server: Dashboard
) -> None:
    opened(page, server, "People")
    page.get_by_label("Number of people, empty if unknown").fill("a dozen")
    wrong = page.get_by_role("alert")
    pressed(button(page, "Put into the plan"), wrong)
    page.get_by_label("Number of people, empty if unknown").fill("12")
    pressed(button(page, "Put into the plan"), changes(page, 1))
    expect(wrong).to_have_count(0)

    group = page.get_by_label("Group of this audience, or the name of a new one")
    group.fill("../../etc/x")
    group.press("Enter")
    settled(page)
    pressed(button(page, "Put into the plan"), wrong)
    expect(changes(page, 1)).to_be_visible()


def test_the_keyboard_alone_makes_a_device_and_takes_it_back_on_a_telephone(
    tab: Tab, server: Dashboard
) -> None:
    file, page = Path(places.plan_file()), tab(390, 844)
    file.write_text(file.read_text("utf-8").replace(OWN, HEARD) + PEOPLE, "utf-8")
    before = file.read_text("utf-8")
    opened(page, server, "People")
    worth = page.locator(".st-key-editing-worth")
    expect(worth).to_contain_text(ALONE)
    fill_in_a_device(page)
    typed(page, "Devices that each of them has", WALKIE)
    pressed(button(page, "Apply").first, changes(page, 3), by_key)
    expect(button(page, "Take this device out of the plan")).to_be_disabled()
    expect(
        page.get_by_text("take it from these first: all (staff); Radio")
    ).to_be_visible()
    expect(worth).not_to_contain_text(ALONE)
    assert file.read_text("utf-8") == before

    pressed(button(page, "Look at the changes"), button(page, "Save"), by_key)
    expect(page.get_by_text(f"{WALKIE} is a new device").first).to_be_visible()
    shown = page.get_by_text("Saved, and in force")
    pressed(button(page, "Save"), shown, by_key)

    plan = load(file)
    device = plan.devices["walkie-talkie-x"]
    assert (device.label.plain, device.autonomy_s) == (WALKIE, 8 * 3600.0)
    assert device.services[DeviceService.VOICE].needs == (("power:grid",),)
    assert (device.name, "voice") in (plan.channels["radio"].heard_on or ())
    show_versions(page)
    button(page, "Undo").press("Enter")
    waited(lambda: file.read_text("utf-8") == before)


def fill_in_a_device(page: Page) -> None:
    """Put a device into the draft, after a time that is none."""
    typed(page, DEVICE, WALKIE)
    put, autonomy = button(page, "Put into the plan"), page.get_by_label(AUTONOMY)
    autonomy.fill("8 hours")
    wrong = page.get_by_role("alert").get_by_text("8h")
    pressed(put, wrong, by_key)
    assert bottom(autonomy) <= top(wrong)
    autonomy.fill("8h")
    typed(page, "All that must work where its people are (calls)", "Power grid")
    typed(page, "Channels that are heard on it", "Radio")
    pressed(put, changes(page, 2), by_key)


def typed(page: Page, label: str, text: str) -> None:
    """Choose in a list by its words."""
    box = page.get_by_label(label, exact=True)
    box.focus()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    settled(page)


def test_of_two_who_edit_at_once_the_second_is_told_and_loses_nothing(
    page: Page, server: Dashboard, chromium: Browser
) -> None:
    opened(page, server)
    pressed(button(page, "Down"), changes(page, 1))
    other = chromium.new_context().new_page()
    opened(other, server)
    choose(other, "Line of the plan", "COORDINATE · management")
    pressed(button(other, "Down"), changes(other, 1))
    saved(other)
    other.context.close()
    assert order("coordinate") == ["mail", "teams", "sms"]

    told = page.get_by_text("Somebody else changed the plan meanwhile")
    pressed(button(page, "Look at the changes"), told)
    expect(changes(page, 1)).to_be_visible()
    pressed(button(page, "Make them in the new plan"), button(page, "Up"))
    expect(told).to_have_count(0)
    saved(page)

    assert order("alert") == ["radio", "sms"]
    assert order("coordinate") == ["mail", "teams", "sms"]


@pytest.mark.parametrize("size", [(1920, 1080), (390, 844)], ids=str)
def test_no_part_of_the_page_shuts_anybody_out_or_is_too_wide(
    tab: Tab, server: Dashboard, size: tuple[int, int]
) -> None:
    page = tab(*size)
    opened(page, server)
    pressed(button(page, "Down"), changes(page, 1))
    pressed(button(page, "Look at the changes"), button(page, "Save"))
    found = {}
    for part in PARTS:
        show(page, part)
        if part == "People":
            typed(page, DEVICE, WALKIE)
        found[part] = lasting(page, CHOSEN), fits(page)
    for language in LANGUAGES:
        page.goto(f"{server.url}/edit?lang={language}")
        settled(page)
        found[language] = lasting(page, CHOSEN), fits(page)

    assert found == dict.fromkeys((*PARTS, *LANGUAGES), ([], True))


def test_strangers_and_readers_get_no_form(
    server: Dashboard, dashboards: Dashboards
) -> None:
    reading = dashboards.get(SECOURS_SUPERVISED="1", SECOURS_READ_ONLY="1")
    here = drawn(server, "edit", "lang=en", [])
    closed = (
        drawn(server, "edit", "lang=en", [ELSEWHERE]),
        drawn(server, "edit", "lang=en", [("X-Forwarded-For", "127.0.0.1")]),
        drawn(reading, "edit", "lang=en", []),
    )

    assert "Part of the plan" in here
    for each in closed:
        assert "Part of the plan" not in each
        assert "Channels in the order to try them" not in each
