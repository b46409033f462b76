"""From a fault at a random moment to the snapshot that says so, and to the screen.

Lines of the plan side by side, each with many channels. Whatever a line says to use
breaks at a random moment, by refusing or by falling silent, until each line has lost so
many; none comes back, so that none flaps. Some lines are looked at in Chromium.
"""

import selectors
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from dashboard.browser import browser
from playwright.sync_api import Error, Page
from servers.scripted import LOOPBACK, closed_port

from bench import peers
from bench.engines import TIERS, Engine, running
from bench.measuring import Scale, Spread, percentile, until
from bench.table import Row
from secours.dashboard.view import REFRESH_S
from secours.model.snapshot import Snapshot

SEED = 15
LINES, FAULTS_EACH, LOOKED_AT = 10, 10, 4
WATCH_S, TIMEOUT_S, CONFIRM, RETRY_S = 2.0, 2.0, 2, 1.0
BOUND_S = WATCH_S + CONFIRM * TIMEOUT_S + (CONFIRM - 1) * RETRY_S + 2
LATER_MEDIAN_S, LATER_MOST_S = 3.0, 6.0  # the screen than the snapshot
LOOK_EVERY_S = 0.02
START_S = 90.0
ANSWER = ".s-answer >> nth=0"


class Servers:
    """Answers on a port for each channel, until that is told to break."""

    def __init__(self, names: list[str]) -> None:
        self._selector = selectors.DefaultSelector()
        self._listening = {name: self._listen() for name in names}
        self.ports = {n: s.getsockname()[1] for n, s in self._listening.items()}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def break_down(self, name: str, *, refusing: bool) -> None:
        """Answer no more; a connection is refused, or taken by the kernel only."""
        self._selector.unregister(self._listening[name])
        if refusing:
            self._listening[name].close()

    def close(self) -> None:
        """End all of them."""
        self._ended.set()
        self._thread.join()
        for each in self._listening.values():
            each.close()
        self._selector.close()

    def _listen(self) -> socket.socket:
        listening = socket.create_server((LOOPBACK, 0))
        listening.setblocking(False)
        self._selector.register(listening, selectors.EVENT_READ)
        return listening

    def _serve(self) -> None:
        while not self._ended.is_set():
            for key, _ in self._selector.select(0.2):
                assert isinstance(key.fileobj, socket.socket)
                with suppress(OSError):  # it has just broken
                    connection, _ = key.fileobj.accept()
                    with connection:
                        connection.sendall(b"ok\n")


@dataclass(slots=True)
class Line:
    """A line of the plan, and the fault that it is in."""

    number: int  # from 1
    page: Page | None
    due_s: float = 0.0
    broken: str = ""
    broken_s: float = 0.0
    named_s: float = 0.0
    took_s: list[float] = field(default_factory=list)  # from a fault to the snapshot
    later_s: list[float] = field(default_factory=list)  # from there to the screen

    @property
    def is_over(self) -> bool:
        """Tell whether no fault is under way."""
        return not self.broken


def rows(scale: Scale) -> Iterator[Row]:
    """Let all the faults befall, and say how long each took."""
    peers.found("chromium", "chromium")
    lines = scale.of(LINES, 1)
    each, looked_at = scale.of(FAULTS_EACH, 1), scale.of(LOOKED_AT, 1)
    names = [name for n in range(lines) for name in channels_of(n, each)]
    with tempfile.TemporaryDirectory() as folder, _answering(names) as servers:
        port = closed_port()
        written = _plan(lines, each, servers.ports)
        command = ("up", "--port", str(port))
        with (
            running(Path(folder), written, command) as engine,
            browser() as chromium,
        ):
            context = chromium.new_context()
            pages = [context.new_page() for _ in range(looked_at)]
            until(lambda: engine.shown() is not None, START_S, "a snapshot")
            _open(pages[0], engine.link(port))
            for n, page in enumerate(pages):
                _open(page, f"http://{LOOPBACK}:{port}/wall?lang=en&line={n + 1}")
                page.locator(ANSWER).wait_for(timeout=1000 * START_S)
            befallen = [
                Line(n + 1, pages[n] if n < looked_at else None) for n in range(lines)
            ]
            _befall(befallen, engine, servers, each)
    took_s = [one for line in befallen for one in line.took_s]
    later_s = [one for line in befallen for one in line.later_s]
    yield Row(
        what=f"{len(took_s)} faults at random moments: to the snapshot, the slowest,"
        " on the clock",
        now=Spread.of([max(took_s)]),
        unit="s",
        most=BOUND_S,
        peer="the bound that the plan promises",
        theirs=Spread.of([BOUND_S]),
    )
    for name, found, most in (
        ("half of them", median(later_s), LATER_MEDIAN_S),
        ("95 of 100", percentile(later_s, 95), None),
        ("the slowest", max(later_s), LATER_MOST_S),
    ):
        yield Row(
            what=f"{len(later_s)} of them seen in Chromium: from the snapshot to the"
            f" screen, {name}, on the clock",
            now=Spread.of([found]),
            unit="s",
            most=most,
            peer="how often a page is drawn",
            theirs=Spread.of([REFRESH_S]),
        )


def channels_of(line: int, faults: int) -> list[str]:
    """Return the channels of a line: one more than are to break."""
    return [f"k{line}x{n}" for n in range(faults + 1)]


def _plan(lines: int, faults: int, ports: dict[str, int]) -> dict[str, Any]:
    order = []
    for n in range(lines):
        names = channels_of(n, faults)
        tiers: dict[str, Any] = dict(zip(TIERS, names, strict=False))
        if names[3:]:
            tiers["emergency"] = names[3:]
        order.append({"purpose": "coordinate", "audience": f"group {n}", **tiers})
    return {
        "probing": {
            "interval": "10s",
            "watch_every": f"{WATCH_S:g}s",
            "timeout": f"{TIMEOUT_S:g}s",
            "retry_every": f"{RETRY_S:g}s",
            "confirm": CONFIRM,
        },
        "channels": {
            name: {
                "how": "Write",
                "short_name": name.upper(),
                "purposes": ["coordinate"],
                "depends_on": [],
                "probes": [
                    {"type": "tcp", "host": LOOPBACK, "port": port, "expect": "ok"}
                ],
            }
            for name, port in ports.items()
        },
        "plan": order,
    }


@contextmanager
def _answering(names: list[str]) -> Iterator[Servers]:
    servers = Servers(names)
    try:
        yield servers
    finally:
        servers.close()


def _open(page: Page, url: str) -> None:
    """Open a page once its server is there."""
    ends_s = time.monotonic() + START_S
    while True:
        try:
            page.goto(url)
            break
        except Error:  # the server is not up yet
            if time.monotonic() > ends_s:
                raise
            time.sleep(0.3)


def _befall(lines: list[Line], engine: Engine, servers: Servers, faults: int) -> None:
    """Break what each line uses at random moments, and note when that is seen."""
    random = Random(SEED)
    ends_s = time.monotonic() + faults * (BOUND_S + LATER_MOST_S) * 3
    for line in lines:
        line.due_s = time.monotonic() + random.uniform(0, 2 * WATCH_S)
    while any(len(line.took_s) < faults or not line.is_over for line in lines):
        if time.monotonic() > ends_s:
            raise TimeoutError(f"not all faults were seen: {lines}")
        shown = engine.shown()
        now_s = time.monotonic()
        for line in lines if shown else ():
            assert shown is not None
            _look(line, _used(shown, line), now_s)
            if line.is_over and now_s >= line.due_s and len(line.took_s) < faults:
                line.broken, line.broken_s = _used(shown, line), now_s
                servers.break_down(line.broken, refusing=random.random() < 0.5)
                line.due_s = now_s + random.uniform(BOUND_S / 2, BOUND_S)
        time.sleep(LOOK_EVERY_S)


def _look(line: Line, used: str, now_s: float) -> None:
    """Note whether the fault of a line is named by now, and shown."""
    if line.is_over or used in ("", line.broken):
        return
    if not line.named_s:
        line.named_s = now_s
        line.took_s.append(now_s - line.broken_s)
    if line.page is not None:
        if used.upper() != line.page.locator(ANSWER).inner_text():
            return
        line.later_s.append(time.monotonic() - line.named_s)
    line.broken, line.named_s = "", 0.0


def _used(shown: Snapshot, line: Line) -> str:
    use = shown.recommendations[line.number - 1].use
    return use.channel if use else ""
