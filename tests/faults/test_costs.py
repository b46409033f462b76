"""What each single damage costs an engine that tests twenty channels."""

import asyncio
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from random import Random

import pytest
from engine.town import take_away
from faults.living import CHANNELS, GENEROUSLY, GENEROUSLY_S, Living, works
from faults.table import Row
from servers import small_disk

from secours.engine.store.database.schema import NAME

HOLDS_S = 2.0
MOST_IN_FLIGHT = 2 * CHANNELS
SLOW = 300
PAGE = 4096


async def spoilt(engine: Living) -> None:
    with (engine.store_in / NAME).open("r+b") as file:
        file.write(Random(1).randbytes(PAGE * 30))
    (engine.store_in / f"{NAME}-wal").write_bytes(b"")


async def deleted(engine: Living) -> None:
    for file in engine.store_in.glob(f"{NAME}*"):
        file.unlink(missing_ok=True)


async def logged_out(engine: Living) -> None:
    root = engine.folder / "run"
    take_away(root)
    root.mkdir(mode=0o700)


async def plan_broken(engine: Living) -> None:
    good = engine.plan.read_text()
    engine.plan.write_text("chanels: {}")
    await engine.until(lambda found, _age_s: found.config_error)
    engine.plan.write_text(good)
    await engine.until(lambda found, _age_s: not found.config_error)


async def disk_full(engine: Living) -> None:
    small_disk.fill(engine.store_in)
    await engine.until(lambda found, _age_s: "disk" in found.trouble)
    small_disk.make_room(engine.store_in)
    await engine.until(lambda found, _age_s: "disk" not in found.trouble)


async def doubled(engine: Living) -> None:
    second = engine.command(stderr=subprocess.DEVNULL)
    assert await asyncio.to_thread(second.wait, GENEROUSLY_S) == 3


async def crowded(engine: Living) -> None:
    with ExitStack() as stack:
        for _ in range(SLOW):
            where = ("127.0.0.1", engine.port)
            slow = stack.enter_context(socket.create_connection(where))
            slow.send(b"GET /lite HTTP/1.1\r\n")
        await asyncio.sleep(HOLDS_S)


Act = Callable[[Living], Awaitable[None]]
ACTS: list[tuple[Act, str, str, float]] = [
    (spoilt, "history spoilt", "its file overwritten while it runs", 60.0),
    (deleted, "history deleted", "its files deleted while it runs", 60.0),
    (logged_out, "log-out", "the folder in memory removed", 5.0),
    (plan_broken, "plan broken", "an edit with mistakes, then the good one", 5.0),
    (disk_full, "disk full", "no room at all, until it was said", 15.0),
    (doubled, "second engine", "started on the same folders", 2.0),
    (
        crowded,
        "slow connections",
        f"{SLOW} half requests to the plain page",
        HOLDS_S + 2.0,
    ),
]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("act", "fault", "done", "within_s"),
    [
        pytest.param(*each, id=each[1], marks=small_disk.NEEDED)
        if each[0] is disk_full
        else pytest.param(*each, id=each[1])
        for each in ACTS
    ],
)
async def test_probing_goes_on_and_what_was_done_is_kept(
    engine: Living,
    cost: Callable[[Row], None],
    act: Act,
    fault: str,
    done: str,
    within_s: float,
) -> None:
    with ExitStack() as stack:
        if act is disk_full:
            stack.enter_context(small_disk.mounted(engine.store_in, "8m"))
        engine.start("--http", str(engine.port))
        await engine.until(works)
        before = engine.size
        tested = Counter(engine.asked)
        begun, began_s = await written(engine), time.monotonic()

        await act(engine)

        await engine.until(works)
        while not await written(engine) - begun:
            assert time.monotonic() < began_s + within_s + GENEROUSLY_S
            await asyncio.sleep(0.05)
        took_s = time.monotonic() - began_s
        after = engine.size
        await engine.stop()
        rows = sum(
            result.at.steady_s >= began_s
            for found in engine.results().values()
            for result in found
        )

    asked = sum((engine.asked - tested).values())
    assert took_s < GENEROUSLY * within_s
    assert asked - rows <= GENEROUSLY * MOST_IN_FLIGHT
    cost(
        Row(
            fault=fault,
            done=done,
            lost=f"{max(0, asked - rows)} of {asked}",
            recovered_s=[took_s],
            before=before,
            after=after,
        )
    )


async def written(engine: Living) -> set[float]:
    """Return when the newest result of the history was measured, once it has one."""
    async with asyncio.timeout(GENEROUSLY_S):
        while True:
            try:
                found = engine.results()
            except (sqlite3.Error, FileNotFoundError):
                found = {}
            if newest := [
                results[0].at.steady_s for results in found.values() if results
            ]:
                return {max(newest)}
            await asyncio.sleep(0.05)
