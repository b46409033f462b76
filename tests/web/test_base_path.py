"""Everything under a path, whether a proxy passes it on or takes it off."""

from pathlib import Path
from typing import Any

import pytest
from dashboard.served import live_in
from httpx import ASGITransport, AsyncClient, Response
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from secours import places
from secours.engine import access_token
from secours.web.app import app
from secours.web.base_path import BasePath

START = "/secours"


async def seen(path: str, start: str = START) -> dict[str, Any]:
    """Return the address that an application behind it sees."""

    async def says(scope: Scope, receive: Receive, send: Send) -> None:
        found = {"path": scope["path"], "raw": scope["raw_path"].decode()}
        await JSONResponse(found)(scope, receive, send)

    found: dict[str, Any] = (await asked(BasePath(says, start), path)).json()
    return found


async def asked(served: Any, path: str) -> Response:
    transport = ASGITransport(served, client=("127.0.0.1", 1))
    async with AsyncClient(transport=transport) as client:
        return await client.get(f"http://127.0.0.1{path}")


@pytest.mark.parametrize("path", ["/wall", "/secours/wall", "/secours/"])
async def test_with_or_without_the_path_an_address_is_the_same(path: str) -> None:
    whole = path if path.startswith(START) else START + path

    assert await seen(path) == {"path": whole, "raw": whole}


async def test_what_only_begins_like_the_path_is_not_within_it() -> None:
    assert (await seen("/secours-old"))["path"] == "/secours/secours-old"
    assert (await seen("/secours"))["path"] == "/secours"


async def test_what_is_escaped_in_an_address_stays_so() -> None:
    assert (await seen("/ack/a%2Fb"))["raw"] == "/secours/ack/a%2Fb"


async def test_without_a_path_nothing_is_changed() -> None:
    assert (await seen("/wall", start=""))["path"] == "/wall"


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    live_in(tmp_path, monkeypatch, with_token=True)
    places.keep_private(places.data_dir())
    return access_token.make(places.data_dir())


@pytest.mark.parametrize("path", ["/", "/secours", "/secours/"])
async def test_the_plain_page_alone_is_under_the_path_too(
    token: str, tmp_path: Path, path: str
) -> None:
    served = app(tmp_path / "probes.yaml", START)

    entered = await asked(served, f"{path}?token={token}")
    shown = await asked(served, f"/lite?token={token}")

    assert entered.headers["location"] in (f"{START}/", START)
    assert "Path=/secours;" in entered.headers["set-cookie"]
    assert shown.headers["location"] == f"{START}/lite"


async def test_who_comes_to_the_path_is_led_to_the_plain_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_in(tmp_path, monkeypatch)
    served = app(tmp_path / "probes.yaml", START)
    for path in ("/", START, f"{START}/"):
        assert (await asked(served, path)).headers["location"] == f"{START}/lite"
    for path in ("/lite", f"{START}/lite"):
        assert (await asked(served, path)).status_code == 200
