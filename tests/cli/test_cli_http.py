"""`secours run --http`: the plain page from the engine alone, over real sockets."""

import asyncio
import json
import os
import re
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from servers.command import Command, ended
from servers.scripted import closed_port

LIMIT_S = 60.0

PLAN = """
site: {name: Room, language: en}
access: {loopback: open}
probing: {interval: 500ms, timeout: 1s, retry_every: 200ms}
screen: {max_age: 20s}
channels:
  desk:
    label: Desk
    how: Ring 4711
    purposes: [alert]
    probes: [{type: heartbeat, every: 10s}]
plan:
  - {purpose: alert, audience: staff, primary: desk, last_resort: Send somebody}
"""


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.plan(PLAN)
    return command


@pytest.fixture
async def url(secours: Command) -> AsyncIterator[str]:
    port = closed_port()
    async with secours.running("run", "--http", str(port)):
        yield f"http://127.0.0.1:{port}"


def opened(link: str) -> str:
    """Open a link as a browser does, which keeps the cookie."""
    kept = urllib.request.HTTPCookieProcessor()
    with urllib.request.build_opener(kept).open(link, timeout=60) as answer:
        text: str = answer.read().decode()
        return text


def asked(url: str, method: str = "GET") -> tuple[int, str]:
    headers = {"X-Secours-Beat": "1"} if method == "POST" else {}
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


async def until(
    url: str, holds: Callable[[int, str], bool], method: str = "GET"
) -> tuple[int, str]:
    """Ask again and again until the answer is what is waited for."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                answer = await asyncio.to_thread(asked, url, method)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            if holds(*answer):
                return answer
            await asyncio.sleep(0.05)


def state_of_desk(body: str) -> str:
    shown: Any = json.loads(body)["snapshot"]
    return str(shown["channels"][0]["standing"]["state"]) if shown else ""


@pytest.mark.smoke
async def test_the_engine_alone_serves_page_snapshot_and_heartbeats(url: str) -> None:
    snapshot = f"{url}/api/v1/snapshot"
    await until(snapshot, lambda code, body: code == 200)

    code, body = await until(
        f"{url}/api/v1/beat/desk", lambda code, _: code == 200, "POST"
    )
    assert json.loads(body) == {"ok": True, "name": "desk", "failed": False}
    await until(snapshot, lambda _, body: state_of_desk(body) == "available")
    code, page = await asyncio.to_thread(asked, f"{url}/lite")

    assert code == 200
    assert "Desk" in page
    assert "Ring 4711" in page

    await asyncio.to_thread(asked, f"{url}/api/v1/beat/desk?fail", "POST")
    await until(snapshot, lambda _, body: state_of_desk(body) == "down")


async def test_the_command_beats_from_afar_and_says_what_is_wrong(
    secours: Command, url: str
) -> None:
    snapshot = f"{url}/api/v1/snapshot"
    await until(snapshot, lambda code, _: code == 200)

    good = await secours.run("beat", "desk", "--to", f"{url}/")
    await until(snapshot, lambda _, body: state_of_desk(body) == "available")
    bad = await secours.run("beat", "desk", "--fail", "--to", url)
    await until(snapshot, lambda _, body: state_of_desk(body) == "down")
    nobody = await secours.run("beat", "nobody", "--to", url)
    nowhere = await secours.run("beat", "desk", "--to", "http://127.0.0.1:1")

    assert (good.code, bad.code, nobody.code, nowhere.code) == (0, 0, 3, 3)
    assert "could not be left: answered 404 Not Found" in nobody.err
    assert "could not be left:" in nowhere.err
    assert nowhere.err.count("\n") == 1


async def test_the_page_comes_back_by_itself_and_probing_does_not_notice(
    secours: Command, url: str
) -> None:
    await until(f"{url}/api/v1/snapshot", lambda code, _: code == 200)
    (server,) = servers_of(secours)

    os.kill(server, signal.SIGKILL)

    _, body = await until(f"{url}/api/v1/snapshot", lambda code, _: code == 200)
    assert json.loads(body)["stale"] is False
    assert servers_of(secours) != [server]


async def test_its_links_open_the_plain_page(secours: Command) -> None:
    secours.plan(PLAN.replace("access: {loopback: open}", ""))
    port = closed_port()
    async with secours.running("run", "--http", str(port)):
        await until(f"http://127.0.0.1:{port}/healthz", lambda code, _: code == 200)
        links = re.findall(r"http://\S+", (await secours.run("link")).out)
        pages = [await asyncio.to_thread(opened, link) for link in links]

    assert [link.split("?")[0] for link in links] == [
        f"http://127.0.0.1:{port}/",
        f"http://127.0.0.1:{port}/wall",
    ]
    assert all("Ring 4711" in page for page in pages)


async def test_a_killed_engine_takes_its_server_along(secours: Command) -> None:
    port = closed_port()
    process = await secours.start("run", "--http", f"127.0.0.1:{port}")
    await until(f"http://127.0.0.1:{port}/lite", lambda code, _: code == 200)

    process.kill()
    done = await ended(process)

    assert done.out == f"plain page: http://127.0.0.1:{port}/lite\n"
    ends_s = time.monotonic() + LIMIT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            break
        assert time.monotonic() < ends_s
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("address", ["nowhere", "1.2.3.4:", ":80", "::1", "[]:1", "0"])
async def test_what_is_no_address_is_refused(secours: Command, address: str) -> None:
    done = await secours.run("run", "--http", address)

    assert done.code == 3
    assert "--http" in done.err


async def test_a_taken_port_is_refused_before_anything_starts(secours: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = await secours.run("run", "--http", str(port))

    assert done.code == 3
    assert f"cannot listen on 127.0.0.1 port {port}" in done.err
    assert done.out == ""


def servers_of(secours: Command) -> list[int]:
    """Return the processes that serve the page of the engine in this folder."""
    engine = int((secours.folder / "state" / "engine.lock").read_text())
    children = Path(f"/proc/{engine}/task/{engine}/children").read_text().split()
    return [int(child) for child in children]
