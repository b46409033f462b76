"""A server that asks to be left alone for a day is tested, and known, all the same."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from servers.command import LIMIT_S, Command
from servers.http_server import Asked, answer, answering
from servers.scripted import tcp_server

DAY = "86400"
HEAD = """
site: {name: Test, language: en}
probing: {interval: 1s, watch_every: 1s, retry_every: 300ms, timeout: 5s}
plan: [{purpose: coordinate, audience: staff, primary: chat, last_resort: Walk}]
channels:
"""
CHANNEL = (
    '  {name}: {{purposes: [coordinate], probes: [{{type: http, url: "{url}"}}]}}\n'
)
REFUSALS = {
    "chat": ("503 Service Unavailable", ("down", "status")),
    "meet": ("429 Too Many Requests", ("degraded", "deferred")),
}
TIMES = 3  # a failure is confirmed by the second, and what is confirmed asked again


class Server:
    """Answers 200 once, then that it has had enough."""

    def __init__(self, refuses_with: str) -> None:
        self.is_asked_again = asyncio.Event()
        self._refuses_with, self._asked = refuses_with, 0

    def reply(self, _asked: Asked) -> bytes:
        self._asked += 1
        if self._asked == 1:
            return answer()
        if self._asked > TIMES:
            self.is_asked_again.set()
        return answer(self._refuses_with, retry_after=DAY)


@pytest.mark.usefixtures("processes")
async def test_a_day_of_retry_after_leaves_nothing_unknown(tmp_path: Path) -> None:
    secours, plan = Command(tmp_path), HEAD
    servers = {name: Server(status) for name, (status, _) in REFUSALS.items()}
    async with AsyncExitStack() as stack:
        for name, server in servers.items():
            port = await stack.enter_async_context(tcp_server(answering(server.reply)))
            plan += CHANNEL.format(name=name, url=f"http://127.0.0.1:{port}/")
        secours.plan(plan)
        async with secours.running("run"), asyncio.timeout(LIMIT_S):
            for server in servers.values():
                await server.is_asked_again.wait()
        journal = await secours.run("journal", "--format", "json")

    for name, (_, known) in REFUSALS.items():
        was = [
            (entry["after"], entry["reason"])
            for entry in reversed(journal.answer["entries"])
            if entry["name"] == name
        ]
        assert was == [("available", ""), known]
