"""A web server that is probed, or a page in a browser, tries to forge a heartbeat."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path as File
from typing import Any, Literal

import pytest
from servers.command import Command, Done, until
from servers.http_server import Asked, answer, answering
from servers.outside import outside_address
from servers.probe_run import ask, said
from servers.scripted import Peer, closed_port, tcp_server

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Template
from secours.probes import http as http_probe
from secours.probes import statuspage
from secours.wire.http.network import Distance, distance
from secours.wire.net import resolver

BEAT = "/api/v1/beat/siren"
REFUSED = (Verdict.FAILED, Evidence.SERVED, Reason.STATUS)
INWARD = {"problem": "redirect-inward"}
PLAN = """
site: {language: en}
channels:
  siren: {purposes: [alert], probes: [{type: heartbeat, every: 5m}]}
plan: [{purpose: alert, audience: staff, primary: siren}]
"""
SPELLINGS = [
    "127.0.0.1",
    "127.9.9.9",
    "localhost",
    "0.0.0.0",
    "0",
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "169.254.169.254",
    "[fe80::1]",
    "[::ffff:169.254.169.254]",
]


class Local:
    """A service of this machine that believes who is near, and what it was asked."""

    def __init__(self) -> None:
        """Nobody has asked anything yet."""
        self.asked: list[Asked] = []
        self.port = 0

    def peer(self) -> Peer:
        """Return how it answers."""

        def reply(asked: Asked) -> bytes:
            self.asked.append(asked)
            return answer()

        return answering(reply)


@pytest.fixture
async def local() -> AsyncIterator[Local]:
    service = Local()
    async with tcp_server(service.peer()) as port:
        service.port = port
        yield service


async def probed(
    peer: Peer, follow: bool | Literal["anywhere"] = True, **options: Any
) -> Outcome:
    """Probe this peer at an address that is not of loopback."""
    async with tcp_server(peer, host=outside_address()) as port:
        url = Template(f"http://{outside_address()}:{port}/")
        return await ask(
            http_probe, http_probe.Settings(url=url, follow=follow, **options)
        )


def redirecting(to: str, status: str = "302 Found") -> Peer:
    return answering(lambda _: answer(status, location=to))


@pytest.mark.parametrize("host", SPELLINGS)
async def test_nobody_outside_redirects_to_what_is_near(
    local: Local, host: str
) -> None:
    outcome = await probed(redirecting(f"http://{host}:{local.port}{BEAT}"))

    assert said(outcome) == REFUSED
    assert outcome.facts == INWARD
    assert local.asked == []


async def test_who_wants_that_says_anywhere(local: Local) -> None:
    to = f"http://127.0.0.1:{local.port}{BEAT}"
    outcome = await probed(redirecting(to), "anywhere")

    assert outcome.verdict is Verdict.OK
    assert [asked.target for asked in local.asked] == [BEAT]


@pytest.mark.usefixtures("processes")
async def test_even_then_it_forges_no_heartbeat(tmp_path: File) -> None:
    """Neither by a redirect that asks, nor by one that repeats what was posted."""
    command, port = Command(tmp_path), closed_port()
    command.plan(PLAN)
    beat = f"http://127.0.0.1:{port}{BEAT}"
    async with command.running("run", "--http", str(port)):
        await until(command, "status", holds=lambda done: done.out != "")
        for status, method in (("302 Found", "GET"), ("307 Found", "POST")):
            peer = redirecting(beat, status)
            outcome = await probed(peer, "anywhere", method=method)
            assert outcome.verdict is Verdict.FAILED
            assert outcome.facts["code"] == (405 if method == "GET" else 403)
        await until(command, "status", "--format", "json", holds=without_a_beat)


def without_a_beat(done: Done) -> bool:
    """Tell whether the heartbeat was looked for, and none was there."""
    (channel,) = done.answer["channels"]
    assert channel["reason"] in ("not-measured", "no-beat")
    return bool(channel["reason"] == "no-beat")


async def test_a_service_of_this_machine_redirects_within_it(local: Local) -> None:
    peer = redirecting(f"http://127.0.0.1:{local.port}/moved")
    async with tcp_server(peer) as port:
        url = Template(f"http://127.0.0.1:{port}/")
        outcome = await ask(http_probe, http_probe.Settings(url=url))

    assert outcome.verdict is Verdict.OK
    assert len(local.asked) == 1


async def test_whom_a_service_here_sends_out_nobody_sends_back() -> None:
    seen: list[str] = []

    def here(asked: Asked) -> bytes:
        seen.append(asked.target)
        return answer("302 Found", location=f"http://{outside}:{there}/")

    outside = outside_address()
    async with tcp_server(answering(here)) as port:
        back = redirecting(f"http://127.0.0.1:{port}{BEAT}")
        async with tcp_server(back, host=outside) as there:
            url = Template(f"http://127.0.0.1:{port}/start")
            outcome = await ask(http_probe, http_probe.Settings(url=url))

    assert outcome.facts == INWARD
    assert seen == ["/start"]


async def test_nor_over_a_connection_that_was_kept() -> None:
    """None is: whom a redirect leads to is looked at each time."""
    connections: list[bytes] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(b"")
        while asked := await reader.readuntil(b"\r\n\r\n"):
            connections[-1] += asked
            writer.write(answer("302 Found", location="/again"))

    async with tcp_server(peer) as port:
        url = Template(f"http://127.0.0.1:{port}/")
        outcome = await ask(http_probe, http_probe.Settings(url=url))

    assert outcome.facts["problem"] == "too-many-redirects"
    assert {each.count(b"GET ") for each in connections} == {1}


async def test_a_name_that_is_changed_between_two_looks_does_not_help(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both times the same name: first outside, then this machine."""
    outside = outside_address()
    looks = [outside]

    async def rebound(host: str) -> list[str]:
        assert host == "rebound.example"
        return [looks.pop()] if looks else ["127.0.0.1"]

    monkeypatch.setattr(resolver, "_by_system", rebound)

    def reply(asked: Asked) -> bytes:
        to = f"http://rebound.example:{local.port}{BEAT}"
        return answer("302 Found", location=to)

    async with tcp_server(answering(reply), host=outside) as port:
        url = Template(f"http://rebound.example:{port}/")
        outcome = await ask(http_probe, http_probe.Settings(url=url))

    assert outcome.facts == INWARD
    assert local.asked == []


async def test_a_name_with_both_leads_to_the_far_one_only(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = outside_address()

    async def both(_host: str) -> list[str]:
        return ["127.0.0.1", outside]

    monkeypatch.setattr(resolver, "_by_system", both)
    outcome = await probed(redirecting(f"http://both.example:{local.port}{BEAT}"))

    assert outcome.reason is Reason.REFUSED  # nobody listens on that port out there
    assert local.asked == []


async def test_a_status_page_that_leads_inward_says_nothing(local: Local) -> None:
    peer = redirecting(f"http://127.0.0.1:{local.port}{BEAT}")
    async with tcp_server(peer, host=outside_address()) as port:
        settings = statuspage.Settings(url=f"http://{outside_address()}:{port}/x")
        outcome = await ask(statuspage, settings)

    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.facts == INWARD
    assert local.asked == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", Distance.HERE),
        ("::1", Distance.HERE),
        ("0.0.0.0", Distance.HERE),
        ("::ffff:127.0.0.1", Distance.HERE),
        ("fe80::1%lo", Distance.LINK),
        ("::ffff:169.254.1.1", Distance.LINK),
        ("192.0.2.1", Distance.BEYOND),
        ("10.0.0.1", Distance.BEYOND),
        ("2001:db8::1", Distance.BEYOND),
        ("", Distance.BEYOND),
    ],
)
def test_how_far_away_an_address_is(address: str, expected: Distance) -> None:
    assert distance(address) is expected
