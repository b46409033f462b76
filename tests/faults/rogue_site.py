"""A rogue site as a process of its own, which floods a hub with its own credentials.

python -m faults.rogue_site FOLDER KIND
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from secrets import token_hex
from time import monotonic

from nats.errors import Error
from servers.hub_server import visiting

from secours.sites import subjects
from secours.sites.hub.folder import HubFolder

ROGUE = "rogue"
FLOOD_S = 2.0
PATIENCE_S = 30.0  # a library whose connection the hub ended may wait for ever
HELD = 400 * 200_000  # bytes, as it was found
AT_ONCE = 20


def _held(size: int) -> Iterator[tuple[str, bytes]]:
    for n in range(HELD // size):
        yield subjects.state(ROGUE, "channel", f"c{n}"), b"x" * size


def _tiny() -> Iterator[tuple[str, bytes]]:
    for n in count():
        yield subjects.state(ROGUE, "channel", f"{n:0200}"), b"{}"


def _large() -> Iterator[tuple[str, bytes]]:
    mine = token_hex(4)
    for n in count():
        yield subjects.state(ROGUE, "channel", f"{mine}{n}"), b"x" * 65_000


def _again() -> Iterator[tuple[str, bytes]]:
    for n in count():
        yield subjects.state(ROGUE, "channel", f"c{n % 200}"), b"x" * 60_000


def _events() -> Iterator[tuple[str, bytes]]:
    while True:
        yield subjects.event(ROGUE), b"x" * 9000


def _lives(size: int) -> Iterator[tuple[str, bytes]]:
    while True:
        yield subjects.alive(ROGUE), b"x" * size


Flood = Iterator[tuple[str, bytes]]
FLOODS: dict[
    str, tuple[Callable[[], Flood], int]
] = {  # what is said, over how many connections
    "400 states of 200 kB": (lambda: _held(200_000), 1),
    "1300 states of 60 kB": (lambda: _held(60_000), 1),
    "tiny states under long names": (_tiny, 1),
    "states of 65 kB without end, 16 times": (_large, 16),
    "200 states said again and again": (_again, 1),
    "events": (_events, 1),
    "signs of life of 1 MB": (lambda: _lives(1_000_000), 1),
    "signs of life of 120 kB": (lambda: _lives(120_000), 1),
    "signs of life of 30 kB, 16 times": (lambda: _lives(30_000), 16),
}


async def flood(folder: Path, kind: str) -> None:
    """Say as much as the hub takes for some seconds; it may end the connection."""
    what, connections = FLOODS[kind]
    await asyncio.gather(*(_say(folder, what()) for _ in range(connections)))


async def _say(folder: Path, flood: Iterator[tuple[str, bytes]]) -> None:
    end_s = monotonic() + FLOOD_S
    with suppress(Error, OSError):
        async with (
            asyncio.timeout(PATIENCE_S),
            visiting(HubFolder(folder), ROGUE) as rogue,
        ):
            for said, (subject, text) in enumerate(flood):
                await rogue.client.publish(subject, text)
                if said % AT_ONCE == 0:
                    await rogue.client.flush()
                if monotonic() > end_s:
                    break
            await rogue.client.flush()


if __name__ == "__main__":
    asyncio.run(flood(Path(sys.argv[1]), sys.argv[2]))
