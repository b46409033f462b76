"""Tries of drafted probes: they obey the budget of a day, and wait for their peers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from engine.editing.desk import PLAN, Desk, channel, desk
from servers.scripted import tcp_server

from secours.core.events import Measured
from secours.engine.editing import trials

TCP = {"type": "tcp", "host": "127.0.0.1", "port": 1, "timeout": "1s"}
SMS = {"type": "sms_roundtrip", "modemmanager": 7, "to": "+32470000000"}
WITH_SMS = PLAN.replace(
    "    label: SMS\n",
    "    label: SMS\n    probes:\n"
    "    - {type: sms_roundtrip, modemmanager: 7, to: '+32470000000',"
    " max_per_day: 3}\n",
)

Try = Callable[..., Coroutine[Any, Any, dict[str, Any]]]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as made:
        yield made


async def tried(town: Desk, probe: dict[str, Any], name: str = "sms") -> dict[str, Any]:
    edit = channel(name, kind="sms-operator-a", probes=[probe])
    secrets = {f"{name}/password": "hunter2"}
    return await town.send(action="try", edits=[edit], channel=name, secrets=secrets)


async def test_a_test_that_costs_is_tried_within_a_small_budget(
    town: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "COSTLY_A_DAY", 2)
    found = [await tried(town, {**TCP, "cost": True}, f"c{n}") for n in range(3)]
    free = await tried(town, TCP)

    assert [each.get("verdict") for each in found] == ["failed", "failed", None]
    assert "allowance" in found[2]["refused"]
    assert free["verdict"] == "failed"


async def test_all_tries_have_a_budget_together(
    town: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "A_DAY", 1)

    assert (await tried(town, TCP))["verdict"] == "failed"
    assert "allowance" in (await tried(town, {**TCP, "port": 2}))["refused"]


@pytest.mark.parametrize("more", [{}, {"cost": False}, {"max_per_day": 99999}])
async def test_a_type_that_costs_is_so_whatever_is_written(
    town: Desk, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    monkeypatch.setattr(trials, "COSTLY_A_DAY", 1)
    first, second = [await tried(town, {**SMS, **more}) for _ in range(2)]

    assert first["reason"] != "budget"
    assert second["reason"] == "budget"


async def test_a_try_is_spent_from_the_budget_of_the_plans_own_test(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, WITH_SMS) as town:
        probe = {**SMS, "max_per_day": 1000}
        reasons = [(await tried(town, probe))["reason"] for _ in range(3)]
        (own,) = town.engine.config.channels["sms"].probes
        left = await town.engine.runs.spend(own)

    assert reasons == [reasons[0], reasons[0], "budget"]
    assert left is not None
    assert left.reason == "budget"


def answering(status: str) -> Any:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return peer


async def test_a_peer_that_asks_to_wait_is_waited_for(town: Desk) -> None:
    async with tcp_server(answering("429 No\r\nRetry-After: 300")) as port:
        probe = {"type": "http", "url": f"http://127.0.0.1:{port}/"}
        first = await tried(town, probe)
        again = await tried(town, {**probe, "interval": "5m"}, "other")
        elsewhere = await tried(town, {**probe, "url": f"http://127.0.0.1:{port}/x"})

    assert first["reason"] == "deferred"
    assert "wait" in again["refused"]
    assert elsewhere["reason"] == "deferred"


async def test_an_account_is_not_locked_by_tries(town: Desk) -> None:
    async with tcp_server(answering("401 No")) as port:
        url = f"http://127.0.0.1:{port}/"
        typed = {"X": "${typed:password}"}
        found = [
            await tried(town, {"type": "http", "url": url, "headers": typed})
            for _ in range(4)
        ]

    assert [each.get("reason") for each in found] == [*["auth"] * 3, None]
    assert "min" in found[3]["refused"]


async def test_a_peer_that_turned_the_plans_own_test_away_is_waited_for(
    tmp_path: Path,
) -> None:
    async with tcp_server(answering("401 No")) as port:
        probe = {"type": "http", "url": f"http://127.0.0.1:{port}/"}
        written = f"    probes: [{{type: http, url: '{probe['url']}'}}]\n"
        plan = PLAN.replace("    label: SMS\n", f"    label: SMS\n{written}")
        async with desk(tmp_path, plan) as town:
            (own,) = town.engine.config.channels["sms"].probes
            before = await tried(town, {**probe, "interval": "5m"}, "other")
            for _ in range(2):
                result = await town.engine.runs.run(own, {})
                town.engine._take_in(Measured(result=result, at=result.at))
            again = await tried(town, {**probe, "interval": "5m"}, "other")
            result = await town.engine.runs.run(own, {})
            town.engine._take_in(Measured(result=result, at=result.at))
            last = await tried(town, {**probe, "interval": "5m"}, "other")

    assert before["reason"] == again["reason"] == "auth"
    assert "refused" in last


async def test_a_try_goes_over_a_path_that_is_not_in_force_yet(town: Desk) -> None:
    paths = "paths: {sat: {source: 127.0.0.1}}\n"
    town.file.write_text(PLAN + paths, "utf-8")

    answer = await tried(town, {**TCP, "via": "sat"})

    assert answer.get("verdict") == "failed", answer
