"""A proxy that passes no websocket on: what a viewer sees, and who runs it reads."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from dashboard.desk import COVER, FIRST, WITHIN_MS
from dashboard.served import Dashboard, Dashboards, live_in, stamping
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from proxies.fronts import HOST, START, TOWN, Front, running
from render.snapshots import snapshot
from servers.debian import needs

pytestmark = [pytest.mark.browser, needs("nginx", "nginx"), needs("caddy", "caddy")]

PLAN = f"channels: {{calls: {{}}}}\naccess: {{allowed_hosts: [{HOST}, {TOWN}]}}\n"
MAX_AGE_S = 20.0  # later than the cover: it is old, and still said to be unheard
SHOWN_MS = 45_000  # three times what is promised
UNHEARD = "#secours-skeleton"
SIZES = ((1920, 1080), (1366, 768), (390, 844))
PASSED_ON = (
    "proxy_set_header Upgrade $http_upgrade;",
    "proxy_set_header Connection $secours_connection;",
)
STREAM = f"location ~ ^({START})?/_stcore/stream$"
AGE = f"""() => parseInt(document.querySelector("{FIRST} .s-age b, {FIRST} .s-age")
  .textContent.match(/(\\d+)\\s+s/)?.[1])"""
AT_THE_MIDDLE = """() => document.elementFromPoint(innerWidth / 2, innerHeight / 2)
  .closest("#secours-skeleton") !== null"""
APART = """() => {
  const [a, b] = ["h1", "a"].map(e => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector(`#secours-skeleton ${e}`));
    return range.getBoundingClientRect();
  });
  return a.right < b.left || a.bottom < b.top || b.bottom < a.top;
}"""
SAID = {
    "fr": "Pour qui exploite Secours : un proxy en chemin",
    "nl": "Voor wie Secours beheert: een proxy onderweg",
    "de": "Für den Betrieb von Secours: ein Proxy auf dem Weg",
    "en": "For whoever runs Secours: a proxy on the way",
}


def nginx(*changed: tuple[str, str], start: str = "") -> Front:
    return Front(program="nginx", start=start, changed=changed)


def answers(status: int) -> tuple[str, str]:
    """Return what has nginx answer the websocket with an error."""
    return "  location / {", f"  {STREAM} {{ return {status}; }}\n  location / {{"


BROKEN = {
    "no upgrade": (nginx(*((line, "") for line in PASSED_ON)), "fr"),
    "no upgrade at a path": (
        nginx(*((line, "") for line in PASSED_ON), start=START),
        "de",
    ),
    "400": (nginx(answers(400)), "nl"),
    "502": (nginx(answers(502)), "en"),
    "caddy 400": (
        Front(
            program="caddy",
            changed=(("\troute {", "\troute {\n\t\trespond /_stcore/stream 400"),),
        ),
        "en",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        made = tmp_path_factory.mktemp("unpassed")
        live_in(made, patch)
        (made / "probes.yaml").write_text(PLAN, "utf-8")
        with stamping(snapshot("xooo"), MAX_AGE_S):
            yield made


@pytest.fixture(scope="module")
def running_dashboards(processes: None, folder: Path) -> Iterator[Dashboards]:
    running = Dashboards(folder)
    yield running
    running.stop()


def served(dashboards: Dashboards, front: Front) -> Dashboard:
    return dashboards.get(front.start.strip("/"), SECOURS_SUPERVISED="1")


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context(ignore_https_errors=True) as made:
        yield made


def opened(context: BrowserContext, url: str, page: str, language: str) -> Page:
    """Open a page, which is read at once, and ages."""
    tab = context.new_page()
    tab.set_viewport_size({"width": 1920, "height": 1080})
    tab.goto(f"{url}/{page}?lang={language}", wait_until="commit")
    expect(tab.locator(FIRST)).to_be_visible()
    expect(tab.locator(UNHEARD)).to_be_hidden()
    young = tab.wait_for_function(AGE).json_value()
    tab.wait_for_function(f"young => ({AGE})() > young", arg=young)
    return tab


@pytest.mark.parametrize("name", BROKEN)
def test_a_page_says_that_it_is_not_live_and_what_is_in_between(
    tmp_path: Path,
    running_dashboards: Dashboards,
    context: BrowserContext,
    name: str,
) -> None:
    front, language = BROKEN[name]
    upstream = urlsplit(served(running_dashboards, front).url).netloc
    with running(front, tmp_path / "front", upstream) as url:
        tabs = [opened(context, url, page, language) for page in ("wall", "now")]
        for tab in tabs:
            cover = tab.locator(UNHEARD)
            expect(cover.locator("h1")).to_be_visible(timeout=SHOWN_MS)
            expect(cover).to_contain_text(SAID[language], timeout=SHOWN_MS)
            expect(cover).to_contain_text("docs/operations.md")
            expect(tab.locator(COVER)).to_be_visible(timeout=SHOWN_MS)  # it is old
            expect(tab).to_have_title(re.compile("^⚠"))
            for wide, high in SIZES:
                tab.set_viewport_size({"width": wide, "height": high})
                assert tab.evaluate(AT_THE_MIDDLE)
                assert tab.evaluate(APART), (wide, high)
            tab.locator(f"{UNHEARD} > a").click()
            expect(tab.locator(".s-card").first).to_be_visible(timeout=WITHIN_MS)


def asks(request: Request) -> bool:
    """Tell whether the cover asks if the server answers."""
    return request.url.endswith("/skeleton.js")


def test_where_nothing_answers_at_all_no_proxy_is_blamed(
    tmp_path: Path, running_dashboards: Dashboards, context: BrowserContext
) -> None:
    front = nginx(*((line, "") for line in PASSED_ON))
    upstream = urlsplit(served(running_dashboards, front).url).netloc
    with ExitStack() as stack:
        url = stack.enter_context(running(front, tmp_path / "front", upstream))
        tab = opened(context, url, "now", "en")
        with tab.expect_event("requestfailed", asks, timeout=SHOWN_MS):
            stack.close()
        cover = tab.locator(UNHEARD)
        expect(cover.locator("h1")).to_be_visible(timeout=SHOWN_MS)
        expect(cover).to_contain_text("The plain wall may work.")
        expect(cover).not_to_contain_text(SAID["en"])
