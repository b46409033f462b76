"""The ten everyday tasks of a duty officer, by clicks and by taps, each press once.

The engine answers a second late, and its journal has each deed once in the end. Clicks
and seconds are in a table, which is written where SECOURS_TABLE says.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pytest
import soak
from dashboard.acting import PLAN, journal, town
from dashboard.browser import WITHIN_MS
from dashboard.officer import NAME, Officer, telephone
from dashboard.served import Dashboard, Dashboards
from playwright.sync_api import Browser, Locator, expect
from servers.scripted import closed_port

from secours.dashboard.engine import engine_client
from secours.engine.store.reader import JournalEntry

pytestmark = pytest.mark.browser

TIMES = int(soak.by_level(5, 5, 200))
LATE_S = 1.0
MOST_CLICKS = 3
WITH_TEST = "label: SMS\n    test: {{every: 30d}}"
HEAD = """\
# Everyday tasks, in clicks and seconds

Made by `make tasks` on {day}, {times} times by a mouse at 1366 pixels and by a finger
at 390, each press once, on an engine that answers a second late. The first task opens
*Now*, each other one begins there; typing a name is no click. Seconds are the median
and the longest.

| task | clicks | mouse | finger |
|---|---|---|---|
"""

BEFORE = (
    {"do": "watch", "action": "take", "by": "Anne"},
    {"do": "mark", "by": "Eve", "says": "distrusted", "subject": "channel:mail"},
)

DEEDS = [
    ("watch", "", "taken"),
    ("mark", "channel:radio", "down"),
    ("announced", "coordinate/management", "sms"),
    ("watch", "", "handed"),
    ("notice", "acknowledged"),
    ("mark", "channel:sms", "maintenance"),
]

Task = Callable[[Officer], None]
Took = dict[tuple[str, str], list[tuple[int, float]]]
"""The clicks and seconds of each task and hand, once for each time."""


def main(officer: Officer) -> Locator:
    return officer.page.locator('[data-testid="stMain"]')


def link(officer: Officer, name: str) -> Locator:
    """Return the way of this name that can be seen."""
    links = officer.page.get_by_role("link", name=name, exact=True)
    return links.filter(visible=True).first


def confirm(officer: Officer, said: str) -> None:
    """Sign what is asked, and confirm it at once."""
    officer.type(NAME, "Anne")
    button = officer.page.get_by_role("button", name="Confirm", exact=True)
    officer.press(button, officer.page.locator(".s-done").get_by_text(said))


def what_to_use(officer: Officer) -> None:
    officer.page.reload()
    expect(main(officer).locator(".s-now-answers h2").first).to_be_visible()


def why_not_teams(officer: Officer) -> None:
    row = officer.page.locator(".s-now-row", has_text="Teams").first
    refused = main(officer).get_by_text("connection refused").first
    officer.press(row.locator("a[href*=why]"), refused)


def declare_radio_down(officer: Officer) -> None:
    down = officer.page.get_by_role("radio", name="Down", exact=True)
    officer.press(link(officer, "Act: Radio"), down)
    officer.press(down, officer.page.locator(".s-will", has_text="Radio"))
    confirm(officer, "Radio")


def tell_everyone(officer: Officer) -> None:
    sent = officer.page.get_by_role("button", name="It is sent: note that").first
    officer.press(link(officer, "Act"), sent)
    back = officer.page.get_by_role("button", name="Back", exact=True)
    officer.press(sent, back)
    confirm(officer, "COORDINATE")


def hand_over(officer: Officer) -> None:
    officer.press(link(officer, "Journal"), link(officer, "Watch"))
    button = officer.page.get_by_role("button", name="I hand the watch over")
    officer.press(link(officer, "Watch"), button)
    officer.type(NAME, "Anne")
    officer.type("To whom", "Ben")
    officer.press(button, main(officer).get_by_text("The watch is handed over"))


def print_the_plan(officer: Officer) -> None:
    way = link(officer, "Print the plan")
    with officer.page.expect_popup(timeout=WITHIN_MS) as opens:
        officer.press(way, way)
    sheet = opens.value
    expect(sheet.get_by_text("ALERT").first).to_be_visible()
    sheet.close()


def last_outage(officer: Officer) -> None:
    officer.press(link(officer, "Journal"), link(officer, "Incidents"))
    outage = main(officer).locator(".s-incidents").get_by_text("Teams").first
    officer.press(link(officer, "Incidents"), outage)


def acknowledge(officer: Officer) -> None:
    way = officer.page.get_by_role("link", name="Acknowledge").first
    back = officer.page.get_by_role("button", name="Back", exact=True)
    officer.press(way, back)
    confirm(officer, "Acknowledged")


def maintain_sms(officer: Officer) -> None:
    deed = officer.page.get_by_role("radio", name="In maintenance", exact=True)
    officer.press(link(officer, "Act: SMS"), deed)
    officer.press(deed, officer.page.locator(".s-will", has_text="SMS"))
    confirm(officer, "SMS")


def when_sms_is_tested(officer: Officer) -> None:
    officer.press(link(officer, "Journal"), link(officer, "Watch"))
    due = main(officer).locator(".s-known li", has_text="SMS").first
    officer.press(link(officer, "Watch"), due)


TASKS: Mapping[str, Task] = {
    "what to use now": what_to_use,
    "why not Teams": why_not_teams,
    "declare the radio down": declare_radio_down,
    "note that everybody is told": tell_everyone,
    "hand the watch over": hand_over,
    "print the plan": print_the_plan,
    "last night's outage": last_outage,
    "acknowledge a notice": acknowledge,
    "put SMS in maintenance": maintain_sms,
    "when the test of SMS is due": when_sms_is_tested,
}


@pytest.fixture
def server(
    common_rooms: Path, dashboards: Dashboards, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dashboard]:
    """Serve a town where Teams is down, mail is unsafe and Anne has the watch."""
    plan = PLAN.replace("port: {port}", f"port: {closed_port()}", 1)
    plan = plan.replace("label: SMS", WITH_TEST)
    plan = plan.replace("on: [own-link]", "on: [own-link, distrust]")
    monkeypatch.setattr("dashboard.acting.PLAN", plan)
    with town(common_rooms, late_s=LATE_S):
        yield dashboards.get(SECOURS_SUPERVISED="1")


@pytest.fixture(scope="module", params=["mouse", "finger"])
def hand(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def officer(chromium: Browser, hand: str) -> Iterator[Officer]:
    """Give one page for all repetitions: a browser compiles its scripts once."""
    if hand == "finger":
        found = Officer(telephone(chromium).new_page(), Locator.tap)
    else:
        desk = chromium.new_context(viewport={"width": 1366, "height": 768})
        found = Officer(desk.new_page())
    yield found
    found.page.context.close()


@pytest.fixture(scope="module")
def took() -> Iterator[Took]:
    found: Took = {}
    yield found
    if (file := os.environ.get("SECOURS_TABLE")) and len(found) == 2 * len(TASKS):
        Path(file).write_text(table(found), "utf-8")


def table(took: Took) -> str:
    """Return the page of what each task took."""
    rows = [HEAD.format(day=datetime.now(UTC).date(), times=TIMES)]
    for task in TASKS:
        clicks = max(
            count for hand in ("mouse", "finger") for count, _ in took[task, hand]
        )
        seconds = [
            [each for _, each in took[task, hand]] for hand in ("mouse", "finger")
        ]
        cells = [f"{median(each):.1f}, {max(each):.1f}" for each in seconds]
        rows.append(f"| {' | '.join((task, str(clicks), *cells))} |\n")
    return "".join(rows)


def deed(said: JournalEntry) -> tuple[str, ...]:
    """Return what the journal has of a word: of what kind, about what, and the word."""
    if said.change is None:
        return said.kind, json.loads(said.text)["step"]
    return said.change.subject, said.change.name, said.change.after


@pytest.mark.parametrize("turn", range(TIMES))
def test_everyday_task_takes_three_clicks_and_no_press_is_lost(
    server: Dashboard, officer: Officer, hand: str, took: Took, turn: int
) -> None:
    page = officer.page
    answers = main(officer).locator(".s-now-answers")
    page.context.clear_cookies()  # the name is not there yet
    page.goto(f"{server.url}/now?lang=en")
    expect(answers.locator("h2")).to_have_text(["SMS", "Courriel"], timeout=WITHIN_MS)
    with ThreadPoolExecutor() as together:
        list(together.map(engine_client.say, BEFORE))
    for name, task in TASKS.items():
        officer.press(link(officer, "Now"), answers)
        officer.clicks, began_s = 0, time.monotonic()
        task(officer)
        took.setdefault((name, hand), []).append(
            (officer.clicks, time.monotonic() - began_s)
        )
        assert officer.clicks <= MOST_CLICKS, name

    assert [deed(each) for each in reversed(journal()) if each.by == "Anne"] == DEEDS
