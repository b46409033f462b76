"""A log-out takes the folder in memory away while the engine goes on."""

import asyncio
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from engine.town import GENEROUSLY_S, Town, available, take_away
from faults.living import GENEROUSLY

from secours.engine import lock
from secours.engine.control import requests
from secours.engine.published import snapshot_file
from secours.engine.store import saved_memory

STAMP_S = 5.0


pytestmark = pytest.mark.usefixtures("processes")


def answers(folder: Path) -> bool:
    try:
        return bool(requests.ask(folder, {"do": "ping"}).get("ok"))
    except requests.NoEngine:
        return False


async def seconds_until(true: Callable[[], bool]) -> float:
    began_s = time.monotonic()
    async with asyncio.timeout(GENEROUSLY_S):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 -- no event
            await asyncio.sleep(0.05)
    return time.monotonic() - began_s


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_after_a_log_out_snapshot_and_socket_are_made_again(town: Town) -> None:
    engine = town.start()
    await town.until(available)
    folder, root = town.publish_in, town.publish_in.parents[1]

    take_away(root)
    root.mkdir(mode=0o700)  # and the user logs in again
    took_s = await seconds_until(
        lambda: (folder / snapshot_file.SNAPSHOT).exists() and answers(folder)
    )
    marked = await town.command("mark", "mail", "down", "--by", "Ana")
    seen = await town.until(lambda s, _age: s.marks)

    assert took_s < GENEROUSLY * STAMP_S
    assert (marked.code, seen.marks[0].by) == (0, "Ana")
    assert lock.holder(folder) == engine.pid
    assert [rights(each) for each in (folder.parent, folder)] == [0o700, 0o700]
    for name in (snapshot_file.SNAPSHOT, saved_memory.NAME, requests.NAME):
        assert rights(folder / name) == 0o600


async def test_a_folder_that_cannot_be_made_is_made_once_it_can(town: Town) -> None:
    town.start()
    await town.until(available)
    folder, root = town.publish_in, town.publish_in.parents[1]

    take_away(root)
    root.write_text("nobody is logged in")
    status = await town.command("status")
    root.unlink()
    await seconds_until(lambda: answers(folder))
    await town.until(available)

    assert status.code == 3
    assert rights(root) == 0o700


async def test_a_client_that_makes_the_folder_first_does_not_hide_it(
    town: Town,
) -> None:
    engine = town.start()
    await town.until(available)
    folder = town.publish_in

    take_away(folder)
    folder.mkdir(mode=0o700)  # as whoever looks for the snapshot does
    await seconds_until(lambda: answers(folder))
    await town.until(available)

    assert lock.holder(folder) == engine.pid


async def test_a_socket_that_is_removed_is_made_again(town: Town) -> None:
    town.start()
    await town.until(available)

    (town.publish_in / requests.NAME).unlink()

    took_s = await seconds_until(lambda: answers(town.publish_in))
    assert took_s < GENEROUSLY * STAMP_S


async def test_a_client_in_mid_talk_goes_on(town: Town) -> None:
    town.start()
    await town.until(available)
    folder = town.publish_in
    descriptor = os.open(folder, os.O_PATH)  # a short way to a deep folder
    address = f"/proc/self/fd/{descriptor}/{requests.NAME}"
    reader, writer = await asyncio.open_unix_connection(address)
    os.close(descriptor)
    writer.write(b'{"do": "ping"}\n')
    first = await reader.readline()

    take_away(folder.parent)
    await seconds_until(lambda: answers(folder))
    writer.write(b'{"do": "ping"}\n')
    second = await reader.readline()
    writer.close()

    assert b'"ok":true' in first
    assert first == second
