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
        self._said: list[asyncio.Queue[Message]] = []

    async def _hear(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            self.heard.put_nowait(scope["path"])

    async def come(self, kind: str, messages: int = 1, name: str = "") -> list[Message]:
        """Open a page that says so much and stays; return what it is told at once."""
        said, told = asyncio.Queue[Message](), list[Message]()
        for _ in range(messages):
            said.put_nowait({"type": "websocket.connect"})
        self._said.append(said)

        async def send(message: Message) -> None:
            told.append(message)

        headers = [(b"kind", kind.encode())]
        scope = {"type": "websocket", "path": name, "headers": headers}
        self.open.append(asyncio.create_task(self.app(scope, said.get, send)))
        await asyncio.sleep(0)
        return told

    def say(self, number: int) -> None:
        """Let a page ask for something."""
        self._said[number].put_nowait({"type": "websocket.receive"})

    async def ended(self, number: int) -> None:
        """Wait for the end of a page."""
        async with asyncio.timeout(60.0):
            await self.open[number]

    async def settle(self) -> None:
        """Let all pages go on until each waits for something."""
        for _ in range(8):
            await asyncio.sleep(0)

    async def leave(self) -> None:
        for task in self.open:
            task.cancel()
        for task in self.open:
            with suppress(asyncio.CancelledError):
                await task
        self.open, self._said = [], []


@pytest.mark.parametrize("kind", KINDS)
async def test_the_page_that_is_idle_longest_makes_room(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(turns.ASKED_PER_S, kind, 1e6)
    pages = Pages()
    told = [await pages.come(kind) for _ in range(MOST_PAGES)]
    for _ in told:
        await pages.heard.get()
    pages.say(0)
    await pages.heard.get()
    for _ in range(2):
        assert await pages.come(kind) == []
        await pages.heard.get()
    await pages.ended(1)
    await pages.ended(2)
    others = [await pages.come(each) for each in (LOCAL, KNOWN, *KINDS) if each != kind]
    await pages.leave()

    put_out = [{"type": "websocket.close", "code": turns.AGAIN_LATER}]
    assert told == [[], put_out, put_out, *([[]] * (MOST_PAGES - 3))]
    assert others == [[], [], []]


async def test_where_all_wait_for_their_turn_nobody_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(turns.ASKED_PER_S, STRANGER, 1e-6)
    monkeypatch.setattr(turns, "ASKED_AT_ONCE", 0.0)
    pages = Pages()
    for _ in range(MOST_PAGES):
        assert await pages.come(STRANGER) == []
    await pages.settle()
    turned_away = await pages.come(STRANGER)
    await pages.leave()
    again = await pages.come(STRANGER)
    await pages.leave()

    assert [told["type"] for told in turned_away] == ["websocket.close"]
    assert again == []


async def test_a_request_knows_whether_its_kind_has_no_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(turns.ASKED_PER_S, STRANGER, 1e-6)
    monkeypatch.setattr(turns, "ASKED_AT_ONCE", 0.0)
    found: dict[str, bool] = {}

    async def ask(scope: Scope, receive: Receive, _: Send) -> None:
        if scope["type"] == "http":
            found[HTTPConnection(scope).headers["kind"]] = scope[turns.FULL]()
        else:
            await receive()

    pages = Pages()
    pages.app = InTurn(ask, kind_of)
    for _ in range(MOST_PAGES):
        await pages.come(STRANGER)
    await pages.settle()
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
    heard = [await pages.heard.get() for _ in range(3 * MOST_PAGES)]
    await pages.leave()

    assert len(heard) == 3 * MOST_PAGES


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
