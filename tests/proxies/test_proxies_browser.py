"""Behind nginx and Caddy, as `deploy` sets them up: on a host of its own, at a path."""

import gzip
import re
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from dashboard.acting import journal, town
from dashboard.desk import COVER, WITHIN_MS, drawn_anew, settled
from dashboard.served import Dashboard, Dashboards, live_in, waited
from dashboard.websocket import drawn_over
from msgspec.structs import replace
from playwright.sync_api import Browser, BrowserContext, Page, expect
from proxies.asked import Answer, asked, unverified
from proxies.fronts import FRONTS, HOST, NAME, PASSWORD, START, TOWN, Front, running
from servers.debian import needs
from websockets.exceptions import InvalidStatus

from secours.dashboard.pages import VIEWS

pytestmark = [
    pytest.mark.browser,
    needs("nginx", "nginx"),
    needs("caddy", "caddy"),
]

MORE = f"access: {{allowed_hosts: [{HOST}, {TOWN}]}}\n"
TRUSTED = {"SECOURS_TRUSTED_PROXY": "127.0.0.1/32", "SECOURS_USER_HEADER": "X-User"}
CLOSED = "This page is for people who are known here."
FIRST_PAINT_BYTES = 40_000  # on its way; 110 kB as they are
CLAIMS = {
    "X-User": "Anne",
    "X_User": "Anne",
    "X-Secours-Viewer": "known:Anne",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "127.0.0.1",
    "X-Forwarded-User": "Anne",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;host=127.0.0.1",
    "Authorization": f"Basic {b64encode(b'Anne:guessed').decode()}",
}
FILES = ("skeleton.js", "watch.js", "print.js")
OPEN = ("wall", "now", "lite", "paper", "healthz", "api/v1/snapshot", *FILES)


class Served:
    """The dashboard of a town, at its root and at a path, and proxies before it."""

    def __init__(self, folder: Path, dashboards: Dashboards, stack: ExitStack) -> None:
        """Keep what runs until the last test of the file."""
        self._folder, self._dashboards, self._stack = folder, dashboards, stack
        self._running: dict[Front, str] = {}
        self._at: dict[Front, Path] = {}

    def direct(self, start: str) -> Dashboard:
        """Return the dashboard itself."""
        path = start.strip("/")
        return self._dashboards.get(path, SECOURS_SUPERVISED="1", **TRUSTED)

    def url(self, front: Front) -> str:
        """Return the address of what is served behind this proxy."""
        if front not in self._running:
            at = self._folder / f"front{len(self._running)}"
            upstream = urlsplit(self.direct(front.start).url).netloc
            started = running(front, at, upstream)
            self._running[front] = self._stack.enter_context(started)
            self._at[front] = at
        return self._running[front]

    def logs(self, front: Front) -> str:
        """Return all that this proxy has logged."""
        return "".join(file.read_text("utf-8") for file in self._at[front].glob("*log"))


@pytest.fixture(scope="module")
def served(
    processes: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        folder = tmp_path_factory.mktemp("proxies")
        live_in(folder, patch)
        stack.enter_context(town(folder, MORE))
        dashboards = Dashboards(folder)
        stack.callback(dashboards.stop)
        yield Served(folder, dashboards, stack)


@pytest.fixture
def stranger(chromium: Browser) -> Iterator[BrowserContext]:
    """Return a browser of somebody who claims everything there is to claim."""
    claims = {name: text for name, text in CLAIMS.items() if name != "Authorization"}
    with chromium.new_context(
        ignore_https_errors=True, extra_http_headers=claims, locale="en"
    ) as context:
        yield context


@pytest.fixture
def known(chromium: Browser) -> Iterator[BrowserContext]:
    """Return a browser of somebody who logs in at the proxy."""
    with chromium.new_context(
        ignore_https_errors=True,
        http_credentials={"username": NAME, "password": PASSWORD},
    ) as context:
        yield context


def live(page: Page, address: str) -> None:
    """Open a page, and wait until what is on it comes over the websocket."""
    page.goto(address)
    drawn_anew(page)
    expect(page.locator(COVER)).to_be_hidden(timeout=WITHIN_MS)
    settled(page)


def unpacked(answer: Answer) -> str:
    if answer.headers.get("content-encoding") == "gzip":
        return gzip.decompress(answer.body).decode()
    return answer.text


@pytest.mark.parametrize("front", FRONTS, ids=str)
def test_a_stranger_sees_live_pages_and_stays_one_whatever_he_claims(
    served: Served, stranger: BrowserContext, front: Front
) -> None:
    url = served.url(front)
    page = stranger.new_page()

    live(page, f"{url}/wall?lang=en")
    expect(page.locator(".s-card").first).to_contain_text("SMS")
    live(page, f"{url}/now?lang=en")
    expect(page.get_by_role("link", name="Act", exact=True)).to_have_count(0)
    for path in ("act", "journal"):
        page.goto(f"{url}/{path}?lang=en")
        expect(page.get_by_text(CLOSED).first).to_be_visible(timeout=WITHIN_MS)
        settled(page)
        expect(page.locator("textarea, input")).to_have_count(0)

    host, port = urlsplit(url).netloc, urlsplit(url).port
    over = f"wss://{host}{front.start}/_stcore/stream"
    how = {"address": ("127.0.0.1", port), "ssl": unverified()}
    assert CLOSED in drawn_over(over, "journal", "lang=en", CLAIMS, **how)
    for name, text in CLAIMS.items():
        claim = {"Accept": "text/html", name: text}
        assert asked(f"{url}/journal.csv", claim).status == 403, name
        assert "Act" not in asked(f"{url}/act?lang=en", claim).text.split("<main")[-1]


@pytest.mark.parametrize("front", FRONTS, ids=str)
def test_every_address_leads_to_one_at_the_same_path(
    served: Served, front: Front
) -> None:
    url = served.url(front)
    within = re.compile(rf"(?:href|src|action)=\"(/(?!{front.start[1:]})[^\"]*)\"")

    for path in OPEN:
        answer = asked(f"{url}/{path}", {"Accept": "text/html"})
        assert answer.status in (200, 503), path
        assert not within.search(answer.text), path
    moved = asked(f"{url}/status?lang=nl", {"Accept": "text/html"})
    assert urlsplit(moved.headers["location"]).path == f"{front.start}/now"
    home = asked(f"{url}/", {"Accept": "text/html"})
    assert urlsplit(home.headers["location"]).path == f"{front.start}/now"
    missing = asked(f"{url}/nothing?lang=en", {"Accept": "text/html"})
    assert missing.status == 404
    assert f'href="{front.start}/wall' in missing.text
    assert asked(f"{url}/api/nothing").status == 404
    coloured = asked(f"{url}/now?theme=light", {"Accept": "text/html"})
    assert f"Path={front.start or '/'};" in coloured.headers["set-cookie"]
    entered = asked(f"{url}/now?token=wrong", {"Accept": "text/html"})
    assert urlsplit(entered.headers["location"]).path == f"{front.start}/now"


@pytest.mark.parametrize("front", FRONTS, ids=str)
def test_what_is_painted_first_is_small_on_its_way(
    served: Served, front: Front
) -> None:
    packed = {"Accept": "text/html", "Accept-Encoding": "gzip"}

    for path in ("wall", "now"):
        answer = asked(f"{served.url(front)}/{path}", packed)
        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.body) < FIRST_PAINT_BYTES
        assert 'id="secours-first"' in unpacked(answer)


@pytest.mark.parametrize("front", FRONTS, ids=str)
def test_who_logs_in_at_the_proxy_acts_under_that_name(
    served: Served, known: BrowserContext, front: Front
) -> None:
    url = served.url(replace(front, login=True))
    refused = asked(f"{url}/wall", {"X-User": "Anne"})
    page = known.new_page()

    live(page, f"{url}/act?lang=en&subject=channel:sms&do=worked")
    expect(page.get_by_text(f"You are {NAME}.")).to_be_visible(timeout=WITHIN_MS)
    page.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    expect(page.locator(".s-done")).to_be_visible(timeout=WITHIN_MS)

    assert refused.status == 401
    changes = [entry.change for entry in journal() if entry.change is not None]
    assert NAME in {change.facts.get("by") for change in changes}
    kept = asked(f"{url}/journal.csv", CLAIMS | {"Authorization": basic()})
    assert kept.status == 200


def basic() -> str:
    return f"Basic {b64encode(f'{NAME}:{PASSWORD}'.encode()).decode()}"


@pytest.mark.parametrize("front", FRONTS, ids=str)
def test_notices_and_programs_need_no_login(served: Served, front: Front) -> None:
    url = served.url(replace(front, login=True))

    assert asked(f"{url}/healthz").status in (200, 503)
    ack = asked(f"{url}/ack/{'a' * 22}", {"Accept": "text/html"})
    assert ack.status == 404
    assert "401" not in ack.text
    beat = asked(f"{url}/api/v1/beat/x", {"X-Secours-Beat": "1"}, b"")
    assert beat.status == 401  # by Secours: it lacks the token of heartbeats
    assert b"SECOURS_BEAT_TOKEN" in beat.body
    answer = asked(f"{url}/api/v1/standby")
    assert not answer.headers.get("www-authenticate", "").startswith("Basic")
    assert answer.headers["content-type"].startswith("application/json")
    assert asked(f"{url}/lite").status == 401


@pytest.mark.parametrize("front", FRONTS, ids=str)
def test_page_in_clear_of_the_same_name_acts_as_nobody(
    served: Served, front: Front
) -> None:
    url = served.url(replace(front, login=True))
    host, port = urlsplit(url).netloc, urlsplit(url).port
    how: Any = {"address": ("127.0.0.1", port), "ssl": unverified()}
    over = (f"wss://{host}{front.start}/_stcore/stream", "journal", "lang=en")

    ours = {"Origin": f"https://{host}", "Authorization": basic()}
    assert CLOSED not in drawn_over(*over, ours, **how)
    with pytest.raises(InvalidStatus):
        drawn_over(*over, ours | {"Origin": f"http://{host}"}, **how)


@pytest.mark.parametrize("front", FRONTS[::3], ids=str)
def test_link_of_a_notice_stands_in_no_log_of_a_proxy(
    served: Served, front: Front
) -> None:
    url, token = served.url(front), "n" * 22

    for _ in range(40):
        asked(f"{url}/ack/{token}")
    asked(f"{url}/lite")

    if front.program == "nginx":  # it writes that down after it has answered
        waited(lambda: "/lite" in served.logs(front))
    assert token not in served.logs(front)


def test_who_guesses_links_of_notices_is_slowed_by_nginx(served: Served) -> None:
    links = [f"{served.url(FRONTS[0])}/ack/{n:022}" for n in range(40)]

    with ThreadPoolExecutor(len(links)) as at_once:  # it lets 2 a second pass
        statuses = {answer.status for answer in at_once.map(asked, links)}

    assert 429 in statuses


@pytest.mark.parametrize("start", ["", START], ids=["root", "path"])
def test_who_asks_the_server_itself_needs_no_path(served: Served, start: str) -> None:
    origin = served.direct(start).url.removesuffix(start)
    for path in ("/healthz", f"{start}/healthz", "/lite", *(f"/{v}" for v in VIEWS)):
        answer = served.direct(start)
        answer.url, before = origin, answer.url
        status, *_ = answer.get(path)
        answer.url = before
        assert status in (200, 503), path
