"""A person adds six channels for two audiences on the page, by the clock.

They type four characters a second; what they say is probed on servers of Debian.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from dashboard.browser import Tab
from dashboard.desk import COVER, WITHIN_MS, chosen, pressed, settled
from dashboard.served import SRC, Dashboard, Dashboards, waited
from playwright.sync_api import Locator, Page, expect
from servers.certificates import trusted_file
from servers.dovecot import ACCOUNT, PASSWORD
from servers.stopwatch import PRESS, Sitting, noted
from servers.town import Servers, skip_without, town_servers

from secours import places
from secours.config import load
from secours.engine.published import snapshot_file
from secours.model.snapshot import State

pytestmark = pytest.mark.browser

WHAT = "six channels for two audiences, on the page"
AT_MOST_S = 720.0
PLAN = """\
site: {name: Town hall, language: en, timezone: Europe/Brussels}
channels:
  runner: {kind: courier, label: Runner, test: {every: 30d}}
"""
WORKS = "our account is accepted"


@pytest.fixture
def town(processes: None, tmp_path: Path) -> Iterator[Servers]:
    """Run the servers in a loop of their own: that of the browser is taken."""
    skip_without()
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(town_servers(tmp_path)) as servers,
    ):
        yield servers


@pytest.fixture
def server(
    common_rooms: Path, town: Servers, tmp_path: Path, dashboards: Dashboards
) -> Iterator[Dashboard]:
    """Serve an engine with a plan of one channel."""
    (common_rooms / "probes.yaml").write_text(PLAN, "utf-8")
    env = {"PYTHONPATH": str(SRC), "SSL_CERT_FILE": trusted_file(tmp_path)}
    argv = [sys.executable, "-m", "secours", "run"]
    engine = subprocess.Popen(argv, cwd=common_rooms, env={**os.environ, **env})
    try:
        waited(is_published)
        yield dashboards.get(SECOURS_SUPERVISED="1")
    finally:
        engine.terminate()
        engine.wait()


def is_published() -> bool:
    try:
        return bool(snapshot_file.read(places.runtime_dir())[0].plan_version)
    except FileNotFoundError:
        return False


class Editor:
    """A person at the page; what they type and press is counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.typed = page, 0

    def type(self, label: str, text: str) -> None:
        """Type into a field."""
        self.typed += len(text) + PRESS
        self.page.get_by_label(label).fill(text)

    def press(self, name: str, shows: Locator) -> None:
        """Press a button until it shows what it leads to."""
        self.typed += PRESS
        pressed(self.page.get_by_role("button", name=name, exact=True).first, shows)
        settled(self.page)

    def choose(self, box: str, option: str) -> None:
        """Take an option from a list."""
        self.typed += 2 * PRESS
        chosen(self.page.get_by_label(box, exact=True), option)

    def part(self, name: str) -> None:
        """Show a part of the plan."""
        self.typed += PRESS
        self.page.get_by_role("radio", name=name, exact=True).click()
        settled(self.page)

    def add(self, word: str, how: str, answers: dict[str, str], proof: str) -> None:
        """Add a channel, and try it where a probe can."""
        page = self.page
        self.choose("Channel", "Add a channel")
        self.type("The channel as you call it", word)
        put = page.get_by_role("button", name="Put into the plan")
        self.press("Search", put)
        self.type("Directions to use it", how)
        for label, text in answers.items():
            self.type(label, text)
        self.press("Put into the plan", page.get_by_role("button", name="Apply"))
        if proof:
            self.press("Try it", page.get_by_text(proof).first)


def six_channels(person: Editor, town: Servers) -> None:
    server, user, password = "Name or address of", "User name of", "Password of"
    sip = {server: f"localhost:{town.sip}", user: "alice", password: "secret"}
    mail = {server: f"localhost:{town.mail}", user: ACCOUNT, password: PASSWORD}
    chat = {server: f"localhost:{town.tls}"}
    web = {"Address of the page": f"http://localhost:{town.web}/health"}
    person.part("Channels")
    person.add("telephone exchange", "Dial 4711", sip, WORKS)
    person.add("mail server", "crisis@example.org", mail, WORKS)
    person.add("jabber", "Room crisis", chat, "passed")
    person.add("website", "Page crisis", web, "passed")
    person.add("astrid", "Cupboard B2", {}, "")
    person.add("door to door", "Agents on foot", {}, "")


def two_audiences(person: Editor) -> None:
    page = person.page
    take = page.get_by_role("button", name="Apply")
    person.part("People")
    for audience in ("management", "staff"):
        person.choose("Audience, or the name of a new one", audience)
        person.type("Number of people", "12")
        person.press("Put into the plan", take)
    person.part("Order")
    for line in ("ALERT", "COORDINATE"):
        for audience in ("management", "staff"):
            person.choose("Line of the plan", f"{line} · {audience} (new)")
            first = page.get_by_role("radio", name="1. ")
            person.press("Add", first)
            person.press("Add", page.get_by_role("radio", name="2. "))


def test_a_person_edits_a_plan_within_the_time_promised(
    tab: Tab, server: Dashboard, town: Servers
) -> None:
    page = tab(1366, 900)
    page.goto(f"{server.url}/edit?lang=en")
    expect(page.get_by_label("Your name")).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator(COVER)).to_be_hidden(timeout=WITHIN_MS)
    settled(page)
    person, began_s = Editor(page), time.monotonic()
    person.type("Your name", "Anne")
    six_channels(person, town)
    two_audiences(person)
    save = page.get_by_role("button", name="Save", exact=True)
    person.press("Look at the changes", save)
    person.press("Save", page.get_by_text("Saved, and in force"))
    took = Sitting(WHAT, person.typed, time.monotonic() - began_s, AT_MOST_S)

    plan = load(places.plan_file())
    assert len(plan.channels) == 7
    assert len(plan.plan) == 4
    assert PASSWORD not in Path(places.plan_file()).read_text("utf-8")
    waited(works(4))
    assert took.took_s < AT_MOST_S
    noted(took)


def works(count: int) -> Callable[[], bool]:
    """Tell whether so many channels are available by the engine."""

    def tell() -> bool:
        shown = snapshot_file.read(places.runtime_dir())[0].channels
        states = [each.standing.state for each in shown]
        return states.count(State.AVAILABLE) == count

    return tell
