"""Viewers of one kind share pages and turns; people who are known need not."""

import asyncio
from contextlib import suppress

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from secours.dashboard.access import turns
from secours.dashboard.access.policy import KNOWN, LOCAL, SEES_WALL, STRANGER
from secours.dashboard.access.turns import ASKED_AT_ONCE, MOST_PAGES, InTurn

KINDS = (STRANGER, SEES_WALL)


def kind_of(who: HTTPConnection) -> str:
    return who.headers["kind"]


class Pages:
    """Pages of any kind that stay open, and what the application hears of them."""

    def __init__(self) -> None:
        self.heard = asyncio.Queue[str]()  # who said something
        self.app = InTurn(self._hear, kind_of)
        self.open: list[asyncio.Task[None]] = []

    async def _hear(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            self.heard.put_nowait(scope["path"])

    async def come(self, kind: str, messages: int = 1, name: str = "") -> list[Message]:
        """Open a page that says so much and stays; return what it is told at once."""
        said: list[Message] = [{"type": "websocket.connect"}] * messages
        told: list[Message] = []

        async def receive() -> Message:
            if not said:
                await asyncio.Event().wait()
            return said.pop()

        async def send(message: Message) -> None:
            told.append(message)

        headers = [(b"kind", kind.encode())]
        scope = {"type": "websocket", "path": name, "headers": headers}
        self.open.append(asyncio.create_task(self.app(scope, receive, send)))
        await asyncio.sleep(0)
        return told

    async def leave(self) -> None:
        for task in self.open:
            task.cancel()
        for task in self.open:
            with suppress(asyncio.CancelledError):
                await task
        self.open = []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_kind_has_so_many_pages_and_others_have_theirs(kind: str) -> None:
    pages = Pages()
    for _ in range(MOST_PAGES):
        assert await pages.come(kind) == []
    turned_away = await pages.come(kind)
    others = [await pages.come(each) for each in (LOCAL, KNOWN, *KINDS) if each != kind]
    await pages.leave()
    again = await pages.come(kind)
    await pages.leave()

    assert [told["type"] for told in turned_away] == ["websocket.close"]
    assert others == [[], [], []]
    assert again == []


async def test_a_request_knows_whether_its_kind_has_all_pages() -> None:
    found: dict[str, bool] = {}

    async def ask(scope: Scope, _: Receive, __: Send) -> None:
        if scope["type"] == "http":
            found[HTTPConnection(scope).headers["kind"]] = scope[turns.FULL]()
        else:
            await asyncio.Event().wait()

    pages = Pages()
    pages.app = InTurn(ask, kind_of)
    for _ in range(MOST_PAGES):
        await pages.come(STRANGER)
    for kind in (STRANGER, SEES_WALL, LOCAL):
        scope = {"type": "http", "headers": [(b"kind", kind.encode())]}
        await pages.app(scope, None, None)  # type: ignore[arg-type]
    await pages.leave()

    assert found == {STRANGER: True, SEES_WALL: False, LOCAL: False}


@pytest.mark.parametrize("kind", [LOCAL, KNOWN])
async def test_who_is_known_has_no_bound(kind: str) -> None:
    pages = Pages()
    for _ in range(3 * MOST_PAGES):
        assert await pages.come(kind) == []
    heard = pages.heard.qsize()
    await pages.leave()

    assert heard == 3 * MOST_PAGES


async def test_who_says_little_waits_for_no_more_than_one_of_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(turns.ASKED_PER_S, STRANGER, 1000.0)
    pages = Pages()
    for name in ("noisy", "noisier"):
        await pages.come(STRANGER, messages=200, name=name)
    for _ in range(int(ASKED_AT_ONCE)):
        await pages.heard.get()
    await pages.come(STRANGER, name="late")
    came_next = [await pages.heard.get() for _ in range(4)]
    await pages.leave()

    assert "late" in came_next
