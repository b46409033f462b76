"""The page behind the link in a notice, with an engine's socket behind it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from dashboard.served import live_in, stamped
from msgspec.structs import replace
from render.sent_notices import TITLE, informed, sent
from render.snapshots import NOON
from web.notice_engine import TOKEN, Engine

from secours import places, texts
from secours.engine import access_token
from secours.engine.control import requests
from secours.engine.published import snapshot_file
from secours.languages import LANGUAGES
from secours.web import forms
from secours.web.app import app

LINK = f"/ack/{TOKEN}"
PLAN = """\
site: {language: en}
channels: {desk: {label: Desk, purposes: [alert]}}
plan: [{purpose: alert, audience: staff, primary: desk}]
"""


class Browser:
    """Opens the link as somebody far away does, behind the name that people know."""

    def __init__(self, folder: Path) -> None:
        self.app = app(folder / "probes.yaml")
        self.peer = "192.0.2.7"

    async def open(
        self, path: str = LINK, method: str = "GET", by: str | None = None, **more: str
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(self.peer, 50_000))
        data = None if by is None else {"by": by}
        async with httpx.AsyncClient(
            transport=transport, base_url="https://alert.example.org"
        ) as client:
            return await client.request(method, path, data=data, headers=more)

    async def post(self, by: str = "Anne", **more: str) -> httpx.Response:
        return await self.open(method="POST", by=by, **{"Origin": "null", **more})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a token for the screens, which who has the link does not know."""
    live_in(tmp_path, monkeypatch, with_token=True)
    plan = PLAN.replace("language: en", "language: en, public_url: %s")
    text = plan % "'https://alert.example.org'"
    (tmp_path / "probes.yaml").write_text(text)
    access_token.obtain(places.data_dir())
    snapshot_file.write(stamped(informed()), places.runtime_dir())
    return tmp_path


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[Engine]:
    made = Engine()
    async with requests.serve(places.runtime_dir(), made.table()):
        yield made


@pytest.fixture
def browser(folder: Path) -> Browser:
    return Browser(folder)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_to_open_the_link_shows_the_notice_and_changes_nothing(
    browser: Browser, engine: Engine, method: str
) -> None:
    answer = await browser.open(f"{LINK}?lang=en", method)

    assert answer.status_code == 200
    assert engine.notice.acknowledged_at is None
    if method == "GET":
        for words in (TITLE, "to Duty officer", "03:08", '<form method="post">'):
            assert words in answer.text
        assert "K7Q2" not in answer.text


@pytest.mark.parametrize("path", ["/lite", "/api/v1/snapshot", "/paper", "/feed.atom"])
async def test_stranger_learns_no_code_that_a_forged_message_could_bring(
    browser: Browser, path: str
) -> None:
    answer = await browser.open(path)

    assert answer.status_code == 200
    assert sent().code not in answer.text


async def test_a_post_with_a_name_acknowledges_and_says_so(
    browser: Browser, engine: Engine
) -> None:
    answer = await browser.post(" Anne\u202e  Dupont ")

    assert answer.status_code == 200
    assert engine.notice.acknowledged_by == "Anne Dupont"
    assert "Anne Dupont" in answer.text
    assert "<form" not in answer.text


@pytest.mark.parametrize("by", ["", "   ", "\x1b", "x" * 5000])
async def test_without_a_name_nothing_is_acknowledged(
    browser: Browser, engine: Engine, by: str
) -> None:
    answer = await browser.post(by)

    assert answer.status_code == 422
    assert "<form" in answer.text
    assert engine.notice.acknowledged_at is None


async def test_what_another_has_acknowledged_is_said_and_taken_no_second_time(
    browser: Browser, engine: Engine
) -> None:
    engine.notice = replace(sent(), acknowledged_by="Bob", acknowledged_at=NOON)

    opened, posted = await browser.open(), await browser.post()

    assert (opened.status_code, posted.status_code) == (200, 410)
    assert engine.notice.acknowledged_by == "Bob"
    for answer in (opened, posted):
        assert "Bob" in answer.text
        assert "<form" not in answer.text


async def test_a_link_that_was_used_says_who_used_it_and_a_wrong_one_nothing(
    browser: Browser, engine: Engine
) -> None:
    await browser.post("Anne")

    used, wrong = await browser.open(), await browser.open(f"/ack/{'A' * 22}")

    assert (used.status_code, wrong.status_code) == (200, 404)
    assert "Anne" in used.text
    assert "<form" not in used.text
    assert "Anne" not in wrong.text
    assert (await browser.post("Bob")).status_code == 410
    assert engine.notice.acknowledged_by == "Anne"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "..%2f..%2fstatus",
        "%2e%2e/status",
        f"{TOKEN}%00",
        "A" * 9000,
        "<script>bad=1</script>",
    ],
)
async def test_what_is_no_token_asks_nothing_of_the_engine(
    browser: Browser, engine: Engine, token: str
) -> None:
    answer = await browser.open(f"/ack/{token}")

    assert answer.status_code == 404
    assert "bad=1" not in answer.text
    assert engine.asked == 0


async def test_an_address_beside_it_needs_the_token_of_the_screens(
    browser: Browser,
) -> None:
    browser.peer = "127.0.0.1"

    for path in ("/ack/..%2flite", "/ack/x", "/lite"):
        transport = httpx.ASGITransport(browser.app, client=("127.0.0.1", 5))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1"
        ) as here:
            assert (await here.get(path)).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://alert.example.org"}, 200),
        ({"Host": "evil.example"}, 421),
    ],
)
async def test_only_a_page_of_ours_posts(
    browser: Browser, engine: Engine, headers: dict[str, str], status: int
) -> None:
    answer = await browser.post(**headers)

    assert answer.status_code == status
    assert bool(engine.notice.acknowledged_at) == (status == 200)


async def test_the_page_is_kept_by_nobody_and_tells_nobody_where_it_is(
    browser: Browser, engine: Engine
) -> None:
    for answer in (await browser.open(), await browser.open("/ack/x")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert "set-cookie" not in answer.headers
    assert TOKEN not in (await browser.open()).text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_speaks_the_language_that_is_asked_for(
    browser: Browser, engine: Engine, language: str
) -> None:
    page = await browser.open(f"{LINK}?lang={language}")
    gone = await browser.open(f"/ack/x?lang={language}")

    assert texts.say(language, "notices.ack") in page.text
    assert f'lang="{language}"' in page.text
    assert texts.say(language, "ack.gone") in gone.text


async def test_a_hostile_title_stays_words(browser: Browser, engine: Engine) -> None:
    engine.notice = sent(title="</title><script>bad=1</script>")

    page = (await browser.open()).text

    assert "&lt;script&gt;bad=1" in page
    assert "<script" not in page


async def test_without_an_engine_nothing_is_said_to_be_done(browser: Browser) -> None:
    opened, posted = await browser.open(), await browser.post()

    assert opened.status_code == posted.status_code == 503
    assert "ne répond pas" in posted.text


async def test_who_stops_guessing_is_soon_not_told_to_wait(
    browser: Browser, engine: Engine
) -> None:
    now = 1000.0
    guesses = forms.Guesses(lambda: now)
    for n in range(10_000):
        assert guesses.are_too_many("192.0.2.7") == (n >= forms.AT_ONCE)
        guesses.note("192.0.2.7")

    assert guesses.are_too_many("192.0.2.7")
    assert not guesses.are_too_many("192.0.2.8")
    now += 1 / forms.PER_S
    assert not guesses.are_too_many("192.0.2.7")


async def test_who_guesses_is_told_to_wait_and_no_one_else_is(
    browser: Browser, engine: Engine
) -> None:
    answers = [await browser.open(f"/ack/{n:022}") for n in range(3 * forms.AT_ONCE)]

    assert {answer.status_code for answer in answers} == {404, 429}
    assert (await browser.open()).status_code == 200
    browser.peer = "192.0.2.8"
    assert (await browser.open()).status_code == 200


async def test_link_works_in_the_midst_of_guesses_from_the_same_address(
    browser: Browser, engine: Engine
) -> None:
    async def guess(n: int) -> int:
        return (await browser.open(f"/ack/{n:022}")).status_code

    async with asyncio.TaskGroup() as many:
        guessed = [many.create_task(guess(n)) for n in range(3 * forms.AT_ONCE)]
        opened, posted = await browser.open(), await browser.post()

    assert {task.result() for task in guessed} == {404, 429}
    assert opened.status_code == posted.status_code == 200
    assert engine.notice.acknowledged_by == "Anne"


async def test_of_an_address_that_guesses_one_token_at_a_time_is_looked_up(
    browser: Browser, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "PER_S", 0.0)  # a slow machine forgets none of them
    for n in range(forms.AT_ONCE + 1):
        await browser.open(f"/ack/{n:022}")
    async with asyncio.TaskGroup() as many:
        for n in range(20):
            many.create_task(browser.open(f"/ack/{n:022}"))

    assert engine.most_at_once == 1


def test_a_network_of_ipv6_counts_as_one_and_no_more_are_kept_than_there_is_room() -> (
    None
):
    guesses = forms.Guesses(lambda: 1.0)
    for n in range(forms.MOST_ADDRESSES + forms.AT_ONCE):
        guesses.note(f"2001:db8:0:{n:x}::1")
    for n in range(forms.AT_ONCE):
        guesses.note(f"2001:db8:1:2::{n:x}")

    assert guesses.are_too_many("2001:db8:1:2:ffff::9")
    assert not guesses.are_too_many("2001:db8:1:3::1")
    assert len(guesses._made) == forms.MOST_ADDRESSES
