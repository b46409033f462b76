"""Peers that are slow at TLS beside healthy ones: each is measured for itself."""

import asyncio
import random
import time
from pathlib import Path as File
from typing import Any

from plans import probe
from servers.certificates import server_tls, trusted_file
from servers.http_server import answer, answering
from servers.scripted import tcp_server
from servers.slow_tls import PATIENCE_S, slow_tls

from secours import probes
from secours.engine import clock
from secours.engine.probing.runner import Runs
from secours.model.observed import Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.model.sections.channel import Probe

HEALTHY, TESTS = 10, 500
DEADLINE_S = 0.05


def _probe(name: str, kind: str, timeout_s: float, **options: Any) -> Probe:
    settings = probes.find(kind).settings(**options)
    return probe(name, type=kind, settings=settings, timeout_s=timeout_s)


async def test_healthy_channels_stay_healthy_beside_slow_tls(tmp_path: File) -> None:
    ca, tls = trusted_file(tmp_path), server_tls()
    chance = random.Random(1)

    def about_the_deadline() -> None:
        time.sleep(DEADLINE_S + chance.uniform(-0.01, 0.01))

    with (
        slow_tls(tls, lambda: time.sleep(4 * DEADLINE_S)) as never,
        slow_tls(tls, about_the_deadline) as late,
    ):
        async with tcp_server(answering(lambda _: answer())) as port:
            url = Secret(f"http://127.0.0.1:{port}/")
            healthy = [
                _probe(f"c{n}", "http", PATIENCE_S, url=url) for n in range(HEALTHY)
            ]
            slow = [
                _probe(f"{kind}{n}", kind, DEADLINE_S, ca=ca, **options)
                for n, at in enumerate((never, late))
                for kind, options in (
                    ("tls", {"host": "127.0.0.1", "port": at}),
                    ("http", {"url": Secret(f"https://127.0.0.1:{at}/")}),
                    ("smtp", {"host": "127.0.0.1", "port": at, "security": "tls"}),
                )
            ]
            outcomes = await _measured(healthy, slow)

    assert [o.verdict for o in outcomes["healthy"]] == [Verdict.OK] * TESTS
    assert Reason.BROKEN not in {o.reason for o in outcomes["slow"]}


async def _measured(
    healthy: list[Probe], slow: list[Probe]
) -> dict[str, list[Outcome]]:
    """Test the healthy ones so many times in all, and the slow ones meanwhile."""
    runs = Runs(clock.now)
    runs.learn([*healthy, *slow])
    outcomes: dict[str, list[Outcome]] = {"healthy": [], "slow": []}
    over = asyncio.Event()

    async def test(one: Probe) -> None:
        for _ in range(TESTS // HEALTHY):
            outcomes["healthy"].append((await runs.run(one, {})).outcome)
            await asyncio.sleep(DEADLINE_S / 2)

    async def test_meanwhile(one: Probe) -> None:
        while not over.is_set():
            outcomes["slow"].append((await runs.run(one, {})).outcome)

    meanwhile = [asyncio.create_task(test_meanwhile(one)) for one in slow]
    await asyncio.gather(*map(test, healthy))
    over.set()
    await asyncio.gather(*meanwhile)
    return outcomes
