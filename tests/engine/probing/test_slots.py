import asyncio
from contextlib import AsyncExitStack

import pytest

from secours.engine.probing.runner import Places


class Guests:
    """Tests that hold a place until they are told to leave it."""

    def __init__(self, places: Places) -> None:
        self.in_order: list[str] = []
        self._places = places
        self._leave: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, *, slow: bool = False) -> None:
        self._leave[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._stay(name, slow))
        await self._settle()

    async def leave(self, name: str) -> None:
        self._leave[name].set()
        await self._tasks[name]
        await self._settle()

    async def give_up(self, name: str) -> None:
        self._tasks[name].cancel()
        with pytest.raises(asyncio.CancelledError):
            await self._tasks[name]
        await self._settle()

    async def _stay(self, name: str, slow: bool) -> None:
        async with self._places.one(slow=slow):
            self.in_order.append(name)
            await self._leave[name].wait()

    async def _settle(self) -> None:
        for _ in range(5):  # turns of the loop
            await asyncio.sleep(0)


async def test_who_is_known_to_be_slow_waits_behind_the_others() -> None:
    guests = Guests(Places(1))
    await guests.come("first")
    await guests.come("slow", slow=True)
    await guests.come("quick")

    await guests.leave("first")
    assert guests.in_order == ["first", "quick"]
    await guests.leave("quick")
    assert guests.in_order == ["first", "quick", "slow"]
    await guests.leave("slow")


async def test_more_places_are_taken_at_once_and_fewer_as_they_are_left() -> None:
    places = Places(1)
    guests = Guests(places)
    for name in "abcd":
        await guests.come(name)

    places.allow(3)
    await asyncio.sleep(0.01)
    assert guests.in_order == ["a", "b", "c"]
    places.allow(1)
    await guests.leave("a")
    await guests.leave("b")
    assert guests.in_order == ["a", "b", "c"]
    await guests.leave("c")
    assert guests.in_order == ["a", "b", "c", "d"]
    await guests.leave("d")


async def test_who_gives_up_waiting_takes_no_place() -> None:
    guests = Guests(Places(1))
    for name in ("first", "impatient", "patient"):
        await guests.come(name)

    await guests.give_up("impatient")
    await guests.leave("first")
    assert guests.in_order == ["first", "patient"]
    await guests.leave("patient")


async def test_who_is_cancelled_as_its_turn_comes_hands_it_on() -> None:
    places = Places(1)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(places.one(slow=False))
        late = asyncio.create_task(stack.enter_async_context(places.one(slow=False)))
        await asyncio.sleep(0)
    late.cancel()  # its turn has come, and it does not know yet
    with pytest.raises(asyncio.CancelledError):
        await late

    async with asyncio.timeout(60), places.one(slow=False):
        pass
