"""The page of who comes without a token: what it is, and a field for one."""

from pathlib import Path

import httpx
import pytest
from dashboard.served import live_in
from render.snapshots import snapshot
from web.client import Client, published
from web.drill_plan import PLAN

from secours import places, texts
from secours.engine import access_token
from secours.web import forms

BROWSER = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
FORM = "application/x-www-form-urlencoded"
OURS = {"origin": "null", "sec-fetch-site": "same-origin", "content-type": FORM}


class Browser(Client):
    """A browser of this machine that has no cookie yet."""

    async def enter(
        self, given: str, path: str = "/lite", **headers: str
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(self.peer, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=self.host) as ours:
            sent = {**BROWSER, **OURS, **headers}
            body = str(httpx.QueryParams({"token": given}))
            return await ours.post(path, content=body, headers=sent)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    live_in(tmp_path, monkeypatch, with_token=True)
    (tmp_path / "probes.yaml").write_text(PLAN)
    published(snapshot())
    return tmp_path


@pytest.fixture
def token(folder: Path) -> str:
    made = access_token.obtain(places.data_dir())
    assert made is not None
    return made


@pytest.fixture
def browser(folder: Path, token: str) -> Browser:
    return Browser(folder, **BROWSER)


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
async def test_page_without_a_token_says_what_it_is_and_asks_for_one(
    browser: Browser, language: str
) -> None:
    answer = await browser.get(f"/lite?lang={language}")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    for key in ("access.what", "access.token", "access.enter"):
        assert texts.say(language, key) in answer.text
    assert "secours link" in answer.text
    assert 'name="token"' in answer.text


async def test_page_without_a_token_tells_nothing_of_the_site(browser: Browser) -> None:
    answer = await browser.get("/lite")

    for secret in ("Cellule de crise", "Teams", "ALERTER", "4711"):
        assert secret not in answer.text


async def test_program_without_a_token_gets_one_line_of_text(
    folder: Path, token: str
) -> None:
    answer = await Client(folder).get("/lite")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.count("\n") == 0


@pytest.mark.parametrize("form", ["{}", " {} ", "http://127.0.0.1:8501/wall?token={}"])
async def test_right_token_or_its_link_opens_the_page_that_was_asked_for(
    browser: Browser, token: str, form: str
) -> None:
    answer = await browser.enter(form.format(token), "/lite?lang=en&line=1")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/lite?lang=en&line=1"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert token not in cookie
    opened = await browser.ask("GET", "/paper", cookie=cookie.partition(";")[0])
    assert opened.status_code != 401


async def test_wrong_token_is_said_to_be_wrong_and_never_written_back(
    browser: Browser,
) -> None:
    answer = await browser.enter("not-the-token", "/lite?lang=en")

    assert answer.status_code == 401
    assert texts.say("en", "access.wrong") in answer.text
    assert 'role="alert"' in answer.text
    assert "not-the-token" not in str(answer.headers) + answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
async def test_outdated_link_is_said_to_be_no_longer_valid(
    browser: Browser, language: str
) -> None:
    came = await browser.get(f"/lite?lang={language}&token=of-before")
    answer = await browser.get(came.headers["location"])

    assert came.status_code == 303
    assert "of-before" not in str(came.headers) + answer.text
    assert answer.status_code == 401
    assert texts.say(language, "access.outdated") in answer.text
    assert "secours link" in answer.text


async def test_outdated_link_is_forgotten_once_a_token_opens(
    browser: Browser, token: str
) -> None:
    came = await browser.get("/lite?lang=en&token=of-before")
    opened = await browser.enter(token, came.headers["location"])

    assert opened.headers["location"] == "/lite?lang=en"


async def test_outdated_link_says_nothing_to_who_is_let_in_or_to_a_program(
    browser: Browser, folder: Path, token: str
) -> None:
    cookie = (await browser.enter(token)).headers["set-cookie"].partition(";")[0]
    known = await browser.ask("GET", "/lite?token=of-before", cookie=cookie)
    program = await Client(folder).get("/lite?token=of-before")

    assert known.headers["location"] == program.headers["location"] == "/lite"


@pytest.mark.parametrize("given", ["", "é\udcff", "x" * 10_000])
async def test_what_is_no_token_is_wrong(browser: Browser, given: str) -> None:
    answer = await browser.enter(given.encode("utf-8", "replace").decode())

    assert answer.status_code == 401


async def test_who_guesses_is_told_to_wait_and_the_right_token_passes(
    browser: Browser, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "PER_S", 0.0)
    codes = [(await browser.enter(f"wrong {n}")).status_code for n in range(40)]

    assert codes == [401] * forms.AT_ONCE + [429] * (40 - forms.AT_ONCE)
    assert (await browser.enter(token)).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://elsewhere.example", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
    ],
)
async def test_page_of_others_enters_no_token(
    browser: Browser, token: str, headers: dict[str, str]
) -> None:
    assert (await browser.enter(token, **headers)).status_code == 403


async def test_token_typed_from_elsewhere_opens_nothing(
    folder: Path, token: str
) -> None:
    afar = Browser(folder, peer="192.0.2.7", **BROWSER)

    assert "set-cookie" not in (await afar.enter(token)).headers
