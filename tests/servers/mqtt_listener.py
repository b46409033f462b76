"""A client of a broker that takes down what is under every topic, as it changes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from servers.scripted import LOOPBACK

from secours.wire import mqtt

PATIENCE_S = 60.0


class Listener:
    """What was heard: the newest under each topic, and every message."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.topics: dict[str, bytes] = {}
        self.heard: list[tuple[str, bytes]] = []
        self._writer = writer
        self._news = asyncio.Event()

    def take(self, packet: mqtt.Packet) -> None:
        if packet.kind != mqtt.PUBLISH:
            return
        topic, payload = mqtt.topic(packet), mqtt.payload(packet)
        self.heard.append((topic, payload))
        if payload:
            self.topics[topic] = payload
        else:
            self.topics.pop(topic, None)
        self._news.set()

    def retain(self, topic: str, payload: bytes) -> None:
        """Publish as somebody else, or as we did in an earlier life."""
        self._writer.write(mqtt.retain(topic, payload))

    def said(self, topic: str) -> Any:
        """Return the JSON under a topic."""
        return json.loads(self.topics[topic])

    async def until(self, holds: Callable[["Listener"], bool]) -> None:
        """Wait until what was heard is what is waited for."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(self):
                self._news.clear()
                await self._news.wait()

    async def until_status(self, status: bytes) -> None:
        """Wait until Secours is said to be there, or not."""
        await self.until(lambda heard: heard.topics.get("secours/status") == status)


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[Listener]:
    """Listen to everything while inside."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    listener = Listener(writer)
    writer.write(mqtt.connect("listener", "probe", "hunter2"))
    assert (await mqtt.read(reader)).body == b"\0\0"
    writer.write(mqtt.subscribe(["#"], 1))

    async def listen() -> None:
        while True:
            listener.take(await mqtt.read(reader))

    task = asyncio.create_task(listen())
    try:
        yield listener
    finally:
        task.cancel()
        writer.transport.abort()
        await asyncio.gather(task, return_exceptions=True)
