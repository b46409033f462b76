"""A server that asks to be left alone for a day is tested, and known, all the same."""

import asyncio
from pathlib import Path

import pytest
from servers.command import LIMIT_S, Command
from servers.http_server import Asked, answer, answering
from servers.scripted import tcp_server

DAY = "86400"
PLAN = """
site: {{name: Test, language: en}}
probing: {{interval: 1s, watch_every: 1s, retry_every: 300ms, timeout: 5s}}
channels:
  chat: {{purposes: [coordinate], probes: [{{type: http, url: "{url}"}}]}}
plan:
  - {{purpose: coordinate, audience: staff, primary: chat, last_resort: Walk}}
"""


class Server:
    """Answers 200, until it has had enough."""

    def __init__(self) -> None:
        self.refuses_with = ""
        self.asked = 0

    def reply(self, _asked: Asked) -> bytes:
        self.asked += 1
        if self.refuses_with:
            return answer(self.refuses_with, retry_after=DAY)
        return answer()


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("503 Service Unavailable", "down", "status"),
        ("429 Too Many Requests", "degraded", "deferred"),
    ],
)
async def test_a_day_of_retry_after_leaves_nothing_unknown(
    tmp_path: Path, status: str, state: str, reason: str
) -> None:
    server, secours = Server(), Command(tmp_path)
    async with tcp_server(answering(server.reply)) as port:
        secours.plan(PLAN.format(url=f"http://127.0.0.1:{port}/"))
        async with secours.running("run"), asyncio.timeout(LIMIT_S):
            seen = [("unknown", "")]
            while seen[-1][0] != "available":
                seen.append(await _state(secours))
            server.refuses_with = status
            while server.asked < 20 and seen[-1] != (state, reason):
                seen.append(await _state(secours))
            asked = server.asked
            while server.asked < asked + 2:  # it is not left alone for a day
                seen.append(await _state(secours))

    known = seen[seen.index(("available", "")) :]
    assert list(dict.fromkeys(known)) == [("available", ""), (state, reason)]


async def _state(secours: Command) -> tuple[str, str]:
    done = await secours.run("status", "--format", "json")
    if not done.out:
        return "unknown", ""
    channel = done.answer["channels"][0]
    return channel["state"], channel["reason"]
