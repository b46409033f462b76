"""What the hub holds is read for as long as there is a connection."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from secours.sites.link import HubConnection
from secours.sites.neighbours import held


class Pull:
    """Messages of a hub: the client gives up on the first, in one way or another."""

    def __init__(self, gives_up: Exception) -> None:
        self._answers: list[Exception | list[str]] = [gives_up, ["first"]]

    async def fetch(self, _most: int, **_: Any) -> list[str]:
        if not self._answers:
            await asyncio.Event().wait()
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def unsubscribe(self) -> None: ...


def connection(pull: Pull) -> HubConnection:
    async def nothing(*_: Any) -> Any:
        return SimpleNamespace(name="ours")

    async def bind(*_: Any) -> Pull:
        return pull

    stream = SimpleNamespace(
        add_consumer=nothing, consumer_info=nothing, pull_subscribe_bind=bind
    )
    client = SimpleNamespace(is_closed=False)
    return cast("HubConnection", SimpleNamespace(stream=stream, client=client))


def of_the_client() -> Exception:
    from nats.errors import TimeoutError as NothingCame

    return NothingCame()


@pytest.mark.parametrize(
    "gives_up",
    [
        pytest.param(of_the_client, id="of-the-client"),
        pytest.param(TimeoutError, id="of-asyncio"),  # its time was over meanwhile
    ],
)
async def test_that_nothing_came_is_no_end_of_the_connection(gives_up: Any) -> None:
    from nats.js.api import ConsumerConfig

    came: list[object] = []
    done = asyncio.Event()

    async def start() -> ConsumerConfig:
        return ConsumerConfig()

    async def take(message: object) -> None:
        came.append(message)
        done.set()

    faults: list[Exception] = []
    reading = asyncio.create_task(
        held.read(connection(Pull(gives_up())), "states", start, take, faults.append)
    )
    waiting = asyncio.create_task(done.wait())
    await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
    reading.cancel()
    waiting.cancel()
    await asyncio.gather(reading, waiting, return_exceptions=True)

    assert came == ["first"]
    assert not faults
