import asyncio
import subprocess
import sys
import threading
from typing import Any

import pytest
from servers.probe_run import ask, said
from servers.scripted import (
    Peer,
    closed_port,
    endless,
    resetting,
    saying,
    silent,
    tcp_server,
)
from servers.starlink_dish import starlink_dish

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.probes import starlink

OK, DEGRADED, FAILED = Verdict.OK, Verdict.DEGRADED, Verdict.FAILED
UNKNOWN = Verdict.UNKNOWN
NONE, REACHED, SERVED = Evidence.NONE, Evidence.REACHED, Evidence.SERVED


async def to(port: int, *, timeout_s: float = 5.0) -> Outcome:
    settings = starlink.Settings(host="127.0.0.1", port=port)
    return await ask(starlink, settings, timeout_s=timeout_s)


@pytest.mark.parametrize(
    ("dish", "expected", "why"),
    [
        ({}, (OK, SERVED, Reason.NONE), {}),
        ({"alerts": ["is_heating"]}, (OK, SERVED, Reason.NONE), {}),
        ({"share": 0.01}, (OK, SERVED, Reason.NONE), {}),
        (
            {"share": 0.3},
            (DEGRADED, SERVED, Reason.REPORTED),
            {"problem": "obstructed"},
        ),
        (
            {"obstructed": True},
            (DEGRADED, SERVED, Reason.REPORTED),
            {"problem": "obstructed"},
        ),
        (
            {"alerts": ["thermal_throttle", "motors_stuck"]},
            (DEGRADED, SERVED, Reason.REPORTED),
            {"said": "motors stuck, thermal throttle"},
        ),
        ({"outage": "NO_SATS"}, (FAILED, SERVED, Reason.REPORTED), {"said": "no sats"}),
        ({"outage": "UNKNOWN"}, (FAILED, SERVED, Reason.REPORTED), {"said": "unknown"}),
        ({"disabled": "UNKNOWN_STATE"}, (OK, SERVED, Reason.NONE), {}),
        (
            {"disabled": "NO_ACTIVE_ACCOUNT"},
            (FAILED, SERVED, Reason.REPORTED),
            {"said": "no active account"},
        ),
        ({"disabled": 77}, (FAILED, SERVED, Reason.REPORTED), {"said": "77"}),
        ({"outage": 77}, (FAILED, SERVED, Reason.REPORTED), {"said": "77"}),
        (
            {"mute": True},
            (UNKNOWN, NONE, Reason.PROTOCOL),
            {"problem": "no-state"},
        ),
        (
            {"reflects": False},
            (FAILED, REACHED, Reason.PROTOCOL),
            {"problem": "no-grpc", "said": "unimplemented"},
        ),
    ],
)
async def test_dish_is_judged_by_what_it_says(
    dish: dict[str, Any],
    expected: tuple[Verdict, Evidence, Reason],
    why: dict[str, str],
) -> None:
    with starlink_dish(**dish) as port:
        outcome = await to(port)

    assert said(outcome) == expected
    told = {name: outcome.facts.get(name) for name in ("problem", "said")}
    assert {name: words for name, words in told.items() if words} == why


@pytest.mark.parametrize(
    ("peer", "reason"),
    [
        (silent, Reason.TIMEOUT),
        (saying(b""), Reason.PROTOCOL),
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n", stay=True), Reason.PROTOCOL),
        (resetting, Reason.PROTOCOL),
        (endless(b"x" * 4096), Reason.PROTOCOL),
        (saying(*(9 * [b"\0"]), every_s=0.3), Reason.TIMEOUT),
    ],
)
async def test_hostile_peer_ends_with_its_reason(peer: Peer, reason: Reason) -> None:
    async with tcp_server(peer) as port:
        outcome = await to(port, timeout_s=0.8)

    assert said(outcome) == (FAILED, REACHED, reason)


async def test_thread_of_a_silent_dish_ends_with_the_probe() -> None:
    async with tcp_server(silent) as port:
        await to(port, timeout_s=0.3)
    left = [t for t in threading.enumerate() if t.name == "starlink"]
    for thread in left:
        thread.join(2)

    assert not any(thread.is_alive() for thread in left)


async def test_closed_port_is_refused() -> None:
    outcome = await to(closed_port())

    assert said(outcome) == (FAILED, NONE, Reason.REFUSED)


@pytest.mark.usefixtures("processes")
async def test_program_ends_though_a_dish_is_silent() -> None:
    script = """
import asyncio, sys
from secours.probes import starlink
settings = starlink.Settings(host="127.0.0.1", port=int(sys.argv[1]))
async def main():
    try:
        await asyncio.wait_for(starlink.probe(settings, None), 0.3)
    except Exception as error:
        print(type(error).__name__)
asyncio.run(main())
"""
    async with tcp_server(silent) as port:
        ended = await _run([sys.executable, "-c", script, str(port)])

    endings = ("Stop\n", "TimeoutError\n")  # the second where the machine is busy
    assert ended in [(0, said, "") for said in endings]


async def _run(command: list[str]) -> tuple[int | None, str, str]:

    process = await asyncio.create_subprocess_exec(
        *command,
        env={"PYTHONPATH": "src"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()
