"""What does the wall cost its server, for one viewer and for fifty?

A dashboard as `secours up` starts it, beside a snapshot that is stamped as often as an
engine does. The viewers speak Streamlit's protocol and draw nothing; what they are sent
must be a wall of one of the newest stamps, as often as it is due.
"""

import asyncio
import math
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from dashboard.desk import SUSPECTED
from dashboard.served import Dashboard, dashboard, stamped
from servers.viewers import Seen, view

from bench.measuring import (
    YARDSTICK,
    Scale,
    Spread,
    cpu_of,
    environment,
    percentile,
    yardstick,
)
from bench.table import NotMeasured, Row, growth
from secours import places
from secours.dashboard.view import REFRESH_S
from secours.engine.published import snapshot_file

SIZES = (3, 12, 50)
ALONE_EVERY_S = 1.0  # one viewer asks more often, so that there is something to count
MOST_MS, MOST_CORES, LATE_MOST_MS = 6.0, 0.30, 500.0
LASTS_S, STAMP_EVERY_S, PATIENCE_S = 15.0, 2.0, 120.0
LOOK_EVERY_S = 0.1
DUE = 0.9  # of the refreshes that are due must be had
LATE_S = 1.0  # a wall that is sent may be so much older than it must
ANSWER = "Appels vocaux"  # which the wall of `SUSPECTED` says to use


class NotDrawn(Exception):
    """The wall was not drawn as it should be: what that cost says nothing."""


@dataclass
class Stamps:
    """The marks of the snapshots that were published, as the wall sends them."""

    marks: list[str] = field(default_factory=list)

    def newest(self, refresh_s: float) -> Sequence[str]:
        """Return those of which one must be on a wall that is drawn so often."""
        return self.marks[-1 - math.ceil((refresh_s + LATE_S) / STAMP_EVERY_S) :]


@dataclass(frozen=True, slots=True)
class Looked:
    """What it was to be looked at by so many, once all have the page."""

    cores: float
    took_ms: list[float]  # each refresh, on the clock


def rows(scale: Scale) -> Iterator[Row | NotMeasured]:
    """Let one look, then more and more."""
    lasts_s, sizes = scale.of(LASTS_S, 2.0), scale.of(SIZES, (1, 2))
    every_s = scale.of(REFRESH_S, 1.0)
    with _served(ALONE_EVERY_S) as (server, stamps):
        alone = _looked(server, stamps, 1, ALONE_EVERY_S, lasts_s)
    with _served(every_s) as (server, stamps):
        crowd = {n: _looked(server, stamps, n, every_s, lasts_s) for n in sizes}
    yield Row(
        what=f"the wall, one viewer who asks every {ALONE_EVERY_S:g} s: CPU a refresh,"
        " all included",
        now=Spread.of([1000 * alone.cores * lasts_s / len(alone.took_ms)]),
        unit="ms",
        most=MOST_MS,
        peer=YARDSTICK,
        theirs=yardstick(),
    )
    many = sizes[-1]
    yield Row(
        what=f"the wall, {many} viewers, each every {every_s:g} s: CPU",
        now=Spread.of([crowd[many].cores]),
        unit="cores",
        most=MOST_CORES,
        peer="one viewer who asks as often as all of them",
        theirs=Spread.of([many * alone.cores * ALONE_EVERY_S / every_s]),
    )
    yield Row(
        what=f"the wall, {many} viewers: 95 of 100 refreshes are there so soon,"
        " on the clock",
        now=Spread.of([percentile(crowd[many].took_ms, 95)]),
        unit="ms",
        most=LATE_MOST_MS,
        peer="for one viewer",
        theirs=Spread.of([percentile(alone.took_ms, 95)]),
    )
    yield growth("the CPU for viewers", {n: crowd[n].cores for n in sizes})


def _looked(
    server: Dashboard, stamps: Stamps, viewers: int, every_s: float, lasts_s: float
) -> Looked:
    """Let so many look.

    Raises:
        NotDrawn: not each of them had a fresh wall as often as is due.
    """
    looked, drawn = asyncio.run(_look(server, viewers, lasts_s))
    check(drawn, stamps.newest(every_s))
    due = viewers * lasts_s / every_s
    if len(looked.took_ms) < math.floor(DUE * due):
        raise NotDrawn(f"{len(looked.took_ms)} refreshes, of {due:g} that were due")
    return looked


def check(drawn: Sequence[bytes], marks: Sequence[str]) -> None:
    """Look whether each viewer's newest answer is a wall with one of these stamps.

    Raises:
        NotDrawn: one is not.
    """
    for each in drawn:
        if ANSWER.encode() not in each:
            raise NotDrawn(f"a wall that does not say {ANSWER}")
        if not any(mark.encode() in each for mark in marks):
            raise NotDrawn("a wall with none of the newest stamps")


async def _look(
    server: Dashboard, viewers: int, lasts_s: float
) -> tuple[Looked, list[bytes]]:
    """Measure once each has the page and a refresh of it; return the newest of each."""
    assert server.process is not None
    pid = server.process.pid
    seen = Seen(drawn=[b""] * viewers)
    async with asyncio.TaskGroup() as looking:  # one that fails ends all
        tasks = [
            looking.create_task(view(server.url, "wall", n, viewers, seen))
            for n in range(viewers)
        ]
        async with asyncio.timeout(PATIENCE_S):
            while not all(seen.drawn):  # noqa: ASYNC110 -- no event
                await asyncio.sleep(LOOK_EVERY_S)
        seen.latencies_s.clear()
        before_s = cpu_of(pid)
        await asyncio.sleep(lasts_s)
        cores = (cpu_of(pid) - before_s) / lasts_s
        looked = Looked(cores, [1000 * took_s for took_s in seen.latencies_s])
        drawn = list(seen.drawn)
        for each in tasks:
            each.cancel()
    return looked, drawn


@contextmanager
def _served(refresh_s: float) -> Iterator[tuple[Dashboard, Stamps]]:
    """Serve a wall of a stamped snapshot, drawn again so often."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "run").mkdir(mode=0o700)
        (folder / "state").mkdir(mode=0o700)
        (folder / "state" / "engine.lock").touch(0o600)  # older than tokens
        settings = environment() | {
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "SECOURS_DATA": str(folder / "state"),
            "SECOURS_CONFIG": str(folder / "probes.yaml"),
            "SECOURS_SUPERVISED": "1",
            "SECOURS_REFRESH_S": f"{refresh_s:g}",
            "HOME": str(folder),
        }
        with (
            patch.dict(os.environ, settings, clear=True),
            _stamping() as stamps,
            dashboard(folder) as server,
        ):
            yield server, stamps


@contextmanager
def _stamping() -> Iterator[Stamps]:
    """Publish a snapshot with a new stamp again and again."""
    over = threading.Event()
    stamps = Stamps()

    def stamp() -> None:
        while True:
            shot = stamped(SUSPECTED, max_age_s=15.0)
            snapshot_file.write(shot, places.runtime_dir())
            stamps.marks.append(f"{shot.boot_id}/{shot.at.steady_s}/True")
            if over.wait(STAMP_EVERY_S):
                return

    thread = threading.Thread(target=stamp)
    thread.start()
    try:
        yield stamps
    finally:
        over.set()
        thread.join()
