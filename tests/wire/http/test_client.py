import asyncio
import base64
import json

import pytest
import respx
from servers.http_server import Asked, answer, answering
from servers.scripted import saying, tcp_server

from secours.model.observed import Reason, Verdict
from secours.model.runs import Stop
from secours.wire.http import client


async def test_document_form_and_login_are_sent() -> None:
    seen: list[Asked] = []

    def remember(asked: Asked) -> bytes:
        seen.append(asked)
        return answer(body=b'{"ok": true}')

    async with tcp_server(answering(remember)) as port:
        url = f"http://127.0.0.1:{port}/"
        first = await client.ask("POST", url, document={"a": 1}, login=("me", "hush"))
        await client.ask("POST", url, form={"grant": "x y"})

    assert first.json() == {"ok": True}
    assert json.loads(seen[0].body) == {"a": 1}
    assert seen[0].headers["authorization"] == "Basic " + (
        base64.b64encode(b"me:hush").decode()
    )
    assert seen[1].body == b"grant=x+y"


async def test_vendors_can_be_played_by_respx(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("https://api.example/me").respond(json={"ok": True})

    found = await client.ask("GET", "https://api.example/me")

    assert (found.status, found.json(), found.der) == (200, {"ok": True}, None)


async def test_each_header_is_sent_once_and_no_cache_may_answer() -> None:
    heads: list[bytes] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer())

    async with tcp_server(peer) as port:
        url = f"http://127.0.0.1:{port}/"
        await client.ask("GET", url, headers={"user-agent": "x", "Accept": "a/b"})
        await client.ask("GET", url, headers={"CACHE-CONTROL": "max-age=5"})
    first, second = (head.lower() for head in heads)

    assert [line for line in first.split(b"\r\n") if b"agent" in line] == [
        b"user-agent: x"
    ]
    assert b"cache-control: no-cache\r\n" in first
    assert second.count(b"cache-control") == 1


async def test_redirect_is_not_followed_unless_asked() -> None:
    peer = answering(lambda _: answer("302 Found", location="/x"))
    async with tcp_server(peer) as port:
        found = await client.ask("GET", f"http://127.0.0.1:{port}/")

    assert (found.status, found.headers["location"]) == (302, "/x")


@pytest.mark.parametrize("url", ["example.org", "ftp://example.org/", "http://x:y/"])
async def test_url_that_makes_no_sense_proves_nothing(url: str) -> None:
    with pytest.raises(Stop) as stop:
        await client.ask("GET", url)

    assert stop.value.outcome.verdict is Verdict.UNKNOWN
    assert stop.value.outcome.reason is Reason.BROKEN


async def test_header_that_breaks_the_line_proves_nothing() -> None:
    async with tcp_server(answering(lambda _: answer())) as port:
        with pytest.raises(Stop) as stop:
            await client.ask(
                "GET", f"http://127.0.0.1:{port}/", headers={"X-Token": "hush\r\nX: y"}
            )

    assert stop.value.outcome.verdict is Verdict.UNKNOWN
    assert "hush" not in str(stop.value.outcome)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("999999999", 86400.0),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        (5000 * "9", 86400.0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        (f"Wed, 21 Oct {20 * '9'} 07:28:00 GMT", None),
        (f"Wed, 21 Oct {5000 * '9'} 07:28:00 GMT", None),
        (f"Wed, 21 Oct 2015 07:28:00 +{20 * '9'}", None),
    ],
)
def test_retry_after_is_read(value: str, expected: float | None) -> None:
    assert client.retry_after_s(value) == expected


async def test_cookie_that_is_longer_than_any_is_not_kept() -> None:
    date = f"Wed, 9 Oct {5000 * '9'} 07:28:00 GMT".encode()
    said = b"HTTP/1.1 204 X\r\nset-cookie: a=b; expires=%b\r\n\r\n" % date

    async with tcp_server(saying(said)) as port:
        answer = await client.ask("GET", f"http://127.0.0.1:{port}/")

    assert answer.status == 204
