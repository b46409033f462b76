"""A captive portal between us and a plain web address: green is what it makes of it."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from faults.table import Row
from servers.command import Command
from servers.http_server import Asked, answer, answering
from servers.scripted import tcp_server


@pytest.mark.usefixtures("processes")
async def test_page_of_a_portal_is_not_taken_for_the_service(
    tmp_path: Path, cost: Callable[[Row], None]
) -> None:
    command = Command(tmp_path)
    caught = asyncio.Event()

    def reply(asked: Asked) -> bytes:
        if not caught.is_set():
            return answer(body=b"ours")
        return answer("302 Found", location=f"http://localhost:{portal}/login")

    async with AsyncExitStack() as stack:
        page = answering(lambda _: answer(body=b"Please log in"))
        portal = await stack.enter_async_context(tcp_server(page))
        ours = await stack.enter_async_context(tcp_server(answering(reply)))
        probe = f"{{type: http, url: 'http://127.0.0.1:{ours}/'}}"
        command.plan(f"channels: {{web: {{depends_on: [], probes: [{probe}]}}}}")
        before = await command.run("check", "--format", "json")
        caught.set()
        during = await command.run("check", "--format", "json")

    (web,) = before.answer["channels"]
    assert (before.code, web["state"], web["evidence"]) == (0, "available", "served")
    (web,) = during.answer["channels"]
    assert (during.code, web["state"], web["evidence"]) == (3, "unknown", "reached")
    assert (web["reason"], web["probes"][0]["reason"]) == ("unproven", "unproven")
    assert "localhost" in web["detail"]
    assert "localhost" in web["probes"][0]["detail"]
    done = "a plain http:// address led to a page of its own: unknown, says where"
    cost(Row(fault="captive portal", done=done))
