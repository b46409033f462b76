"""What the server puts into a page before anything of Streamlit runs."""

import json
import re
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from socket import create_connection
from typing import Any

import pytest
import streamlit
from dashboard.served import Dashboard, Dashboards, stamped
from httpx import ASGITransport, AsyncClient, Response
from msgspec.structs import replace
from render.hostile import HOSTILE, hostile
from render.snapshots import snapshot
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from secours import places
from secours.dashboard import pages, skeleton
from secours.dashboard.access.turns import MOST_PAGES
from secours.dashboard.skeleton import Pages, Skeleton
from secours.engine.published import snapshot_file
from secours.languages import Text

HOW = "Envoyer au groupe ASTREINTE"
PLAN = "channels: {calls: {}}\naccess: {allowed_hosts: [crisis.example]}\n"
ELSEWHERE = {"Host": "crisis.example:8501"}
CLOSED = {"SECOURS_SUPERVISED": "1", "SECOURS_KNOWN_ONLY": "1"}
INDEX = Path(streamlit.__file__).parent / "static" / "index.html"


class Came:
    """A page as it came, before anything of it has run."""

    def __init__(self, dashboard: Dashboard, path: str, **headers: str) -> None:
        """Ask for it as a browser does."""
        asked = urllib.request.Request(f"{dashboard.url}/{path}")
        for name, value in {"Accept": "text/html", **headers}.items():
            asked.add_header(name, value)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                self.read(answer)
        except urllib.error.HTTPError as error:
            with error:
                self.read(error)

    def read(self, answer: Any) -> None:
        """Keep what is asked of it."""
        self.status, self.url = answer.status, answer.url
        self.headers = {name.lower(): text for name, text in answer.headers.items()}
        self.html = answer.read().decode()

    @property
    def said(self) -> str:
        """What it says, "" for nothing."""
        found = re.search(r'<main id="secours-first".*?</main>', self.html, re.S)
        return found[0] if found else ""

    @property
    def fed(self) -> dict[str, Any]:
        """What the watchdog is to know."""
        found = re.search(r'id="secours-fed">(.*?)</script>', self.html, re.S)
        assert found
        known: dict[str, Any] = json.loads(found[1])
        return known

    @property
    def covered_after_s(self) -> float:
        """When its cover comes without any script."""
        found = re.search(r"secours-skeleton 1ms linear ([\d.]+)s forwards", self.html)
        assert found
        return float(found[1])


@pytest.fixture
def dashboard(processes: None, common_rooms: Path, dashboards: Dashboards) -> Dashboard:
    (common_rooms / "probes.yaml").write_text(PLAN, "utf-8")
    published(ago_s=2.0)
    return dashboards.get(SECOURS_SUPERVISED="1")


def published(ago_s: float, max_age_s: float = 30.0) -> None:
    shown = stamped(snapshot("oooo"), max_age_s=max_age_s, ago_s=ago_s)
    snapshot_file.write(shown, places.runtime_dir())


@pytest.mark.parametrize("name", pages.VIEWS)
def test_a_page_holds_what_it_says_and_how_old_that_is(
    dashboard: Dashboard, name: str
) -> None:
    came = Came(dashboard, f"{name}?lang=nl")

    assert 'class="s-wall' in came.said if name == "wall" else "<h1" in came.said
    assert "Cellule de crise" in came.said
    assert 2.0 <= came.fed["age"] < 62.0
    assert came.fed["max_age"] == 30.0
    assert '<html lang="nl">' in came.html
    assert "<title>Secours</title>" in came.html


def test_a_page_is_stored_nowhere_for_gone_back_to_it_would_look_fresh(
    dashboard: Dashboard,
) -> None:
    first = Came(dashboard, "now")
    again = Came(dashboard, "now", **{"If-None-Match": '"x"', "Range": "bytes=0-9"})

    for came in (first, again):
        assert came.status == 200
        assert came.headers["cache-control"] == "no-store"
        assert not {"etag", "last-modified", "accept-ranges"} & came.headers.keys()
        assert came.said


def test_who_takes_whatever_comes_is_told_too_and_a_script_gets_what_it_had(
    dashboard: Dashboard,
) -> None:
    curl = Came(dashboard, "now", Accept="*/*")
    script = Came(dashboard, "now", **{"Accept": "*/*", "Sec-Fetch-Dest": "empty"})
    unknown = Came(dashboard, "nowhere", Accept="*/*")

    assert HOW in curl.said
    assert script.said == ""
    assert unknown.status == 404


def test_a_page_that_is_asked_for_compressed_is_filled_in_too(
    dashboard: Dashboard,
) -> None:
    came = Came(dashboard, "now", **{"Accept-Encoding": "gzip, br"})

    assert "content-encoding" not in came.headers
    assert came.said


@pytest.mark.parametrize(
    ("ago_s", "least_s", "most_s"), [(0, 14, 15), (21, 5, 9), (31, 0, 0), (900, 0, 0)]
)
def test_without_a_script_a_page_is_covered_no_later_than_it_is_old(
    dashboard: Dashboard, ago_s: float, least_s: float, most_s: float
) -> None:
    published(ago_s)
    came = Came(dashboard, "now?lang=fr")

    assert least_s <= came.covered_after_s <= most_s
    cover = came.html.partition('id="secours-skeleton"')[2]
    title = "PAS DE LIAISON AVEC SECOURS" if most_s else "DONNÉES PÉRIMÉES"
    assert f">{title}<" in cover.partition("<script")[0]


def test_what_stays_readable_is_only_covered_where_nothing_is_heard(
    dashboard: Dashboard,
) -> None:
    published(900)

    assert Came(dashboard, "journal").covered_after_s == 15


def test_hostile_words_end_neither_the_page_nor_what_the_watchdog_reads(
    dashboard: Dashboard,
) -> None:
    shown = replace(hostile(), site=replace(hostile().site, name=Text(HOSTILE[6])))
    snapshot_file.write(stamped(shown, max_age_s=30.0), places.runtime_dir())

    for name in ("wall", "now", "channels", "why", "act"):
        came = Came(dashboard, name)
        scripts = re.findall(r"<script[^>]*>", came.html)
        ours = [each for each in scripts if "secours-fed" in each or "skeleton" in each]
        assert len(scripts) == INDEX.read_text("utf-8").count("<script") + len(ours)
        assert "bad=1" in came.said
        assert not re.search(r"<[^>]*(onerror|onload|onmouseover)=[^>\"]*>", came.said)
        assert "beacon.invalid" in came.fed["stale_html"]
        assert came.html.count("</body>") == 1


def test_no_script_of_a_page_is_written_into_it(dashboard: Dashboard) -> None:
    came = Came(dashboard, "now")
    policy = came.headers["content-security-policy"]
    inside = came.html.partition('id="secours-first"')[2]

    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    assert re.findall(r"<script[^>]*>", inside) == [
        '<script type="application/json" id="secours-fed">',
        '<script src="/skeleton.js">',
    ]
    for script in skeleton.SCRIPTS:
        status, headers, _ = dashboard.get(f"/{script}")
        assert (status, headers["content-type"]) == (
            200,
            "text/javascript; charset=utf-8",
        )


def test_a_stranger_is_told_which_channel_and_no_more(dashboard: Dashboard) -> None:
    for name in ("now", "wall"):
        assert HOW in Came(dashboard, name).said
        stranger = Came(dashboard, name, **ELSEWHERE)
        assert "SMS d\u2019astreinte" in stranger.said
        assert HOW not in stranger.html
    for name in pages.VIEWS.keys() - {"now", "wall"}:
        stranger = Came(dashboard, name, **ELSEWHERE)
        assert (stranger.status, stranger.said) == (200, ""), name
        assert HOW not in stranger.html
        assert "secours-fed" not in stranger.html


def test_a_stranger_is_not_turned_away_while_idle_pages_can_make_room(
    dashboard: Dashboard,
) -> None:
    said, proxy = "No more pages are served", "a proxy on the way"
    name, port = ELSEWHERE["Host"], int(dashboard.url.rpartition(":")[2])
    before = Came(dashboard, "now?lang=en", **ELSEWHERE)
    with ExitStack() as stack:
        for _ in range(MOST_PAGES):
            page = connect(
                f"ws://{name}/_stcore/stream",
                sock=create_connection(("127.0.0.1", port)),
                proxy=None,
                subprotocols=[Subprotocol("streamlit")],
                open_timeout=60,
            )
            stack.enter_context(page)
        after = Came(dashboard, "now?lang=en", **ELSEWHERE)

    assert (said in before.html, proxy in before.html) == (False, True)
    assert (said in after.html, proxy in after.html) == (False, True)


def test_where_only_the_known_may_look_a_stranger_is_told_nothing(
    dashboard: Dashboard, dashboards: Dashboards
) -> None:
    closed = dashboards.get(**CLOSED)

    for name in pages.VIEWS:
        stranger = Came(closed, name, **ELSEWHERE)
        assert stranger.said == "", name
        assert "SMS" not in stranger.html
    assert HOW in Came(closed, "now").said


@pytest.mark.parametrize("moved", pages.MOVED)
def test_an_address_of_before_leads_on_with_what_it_asks_for(
    dashboard: Dashboard, moved: str
) -> None:
    came = Came(dashboard, f"{moved}?lang=de&subject=channel%3Asms&do=test")

    asked = "lang=de&subject=channel%3Asms&do=test"
    assert came.url == f"{dashboard.url}/{pages.MOVED[moved]}?{asked}"
    assert '<html lang="de">' in came.html


def test_under_a_path_everything_keeps_to_it(
    dashboard: Dashboard, dashboards: Dashboards
) -> None:
    beneath = dashboards.get("crise", SECOURS_SUPERVISED="1")

    came = Came(beneath, "status?lang=fr&theme=light")

    assert came.url == f"{beneath.url}/now?lang=fr&theme=light"
    assert 'src="/crise/skeleton.js"' in came.html
    assert "Path=/crise;" in came.headers["set-cookie"]
    assert came.said


@pytest.mark.parametrize("name", ["nothing", "wall/deeper", "Status"])
def test_an_unknown_address_has_a_page_of_ours(dashboard: Dashboard, name: str) -> None:
    came = Came(dashboard, f"{name}?lang=nl")

    assert came.status == 404
    assert "Deze pagina bestaat niet" in came.html
    assert "/wall?lang=nl" in came.html


def test_the_colours_that_are_asked_for_are_remembered_and_those_of_a_wall_are_not(
    dashboard: Dashboard,
) -> None:
    asked = Came(dashboard, "now?theme=light")
    cookie = asked.headers["set-cookie"]
    again = Came(dashboard, "plan", Cookie=cookie.partition(";")[0])
    wall = Came(dashboard, "wall?theme=light")
    dark = Came(dashboard, "wall", Cookie=cookie.partition(";")[0])

    assert cookie == ("secours_theme=light; Path=/; Max-Age=31536000; SameSite=Strict")
    for came in (asked, again):
        assert 'class="s-desk s-light"' in came.html
        assert 'data-theme="light"' in came.html
        assert came.fed["light"] is True
    assert "set-cookie" not in again.headers
    assert "set-cookie" not in wall.headers
    for came in (wall, dark):
        assert 'class="s-desk"' in came.html
        assert came.fed["light"] is False
    assert "set-cookie" not in Came(dashboard, "now?theme=pink").headers


async def filled(body: bytes, **changed: Any) -> Response:
    """Return what becomes of a page of Streamlit that is asked for."""

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    parts: dict[str, Any] = {
        "names": ("now",),
        "screens": (),
        "moved": {},
        "plan": lambda _: None,
        "first": lambda *_: None,
        "viewers": lambda _: None,
        "theme": lambda _: "dark",
        "theme_cookie": "theme",
    }
    parts |= {name: broken for name in changed if changed[name] is None}
    shown = Pages(**parts)
    served = Starlette(
        routes=[Route("/now", lambda _: HTMLResponse(body, headers={"etag": "x"}))],
        middleware=[Middleware(Skeleton, pages=shown)],
    )
    async with AsyncClient(transport=ASGITransport(served)) as browser:
        return await browser.get("http://here/now", headers={"Accept": "text/html"})


@pytest.mark.parametrize("broken", ["plan", "first", "theme"])
async def test_an_error_costs_what_is_drawn_first_and_not_the_page(broken: str) -> None:
    answer = await filled(INDEX.read_bytes(), **{broken: None})

    assert answer.status_code == 200
    assert answer.content == INDEX.read_bytes()
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "body", [b"", b"<p>no end", b"x" * (skeleton.LONGEST_BYTES + 1)], ids=len
)
async def test_what_has_no_end_is_passed_on_as_it_is(body: bytes) -> None:
    answer = await filled(body)

    assert answer.content == body


async def test_a_page_is_filled_in_before_its_end() -> None:
    answer = await filled(b"<p></body> of it</p></body></html>")

    assert answer.text.startswith("<p></body> of it</p>")
    assert answer.text.endswith('<script src="/skeleton.js"></script>\n</body></html>')
