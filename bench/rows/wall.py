"""What does the wall cost while people look at it: one, and fifty?

Viewers are connections as a browser's, which ask for the wall again and again. A
snapshot is stamped anew all the time, as an engine does.
"""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dashboard.served import Dashboard, dashboard, live_in, stamping
from render.situations import SITUATIONS
from servers.scripted import LOOPBACK
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench.measuring import YARDSTICK, Scale, Spread, cpu_of, percentile, yardstick
from bench.table import Row, growth
from secours.dashboard.refresh import REFRESH_S

SIZES = (3, 12, 50)
MOST_MS, MOST_CORES, LATE_MOST_MS = 6.0, 0.30, 500.0
ALONE_EVERY_S = 1.0  # one viewer asks more often, so that there is something to count
LASTS_S, PATIENCE_S = 15.0, 60.0


@dataclass
class Viewer:
    """Looks at the wall."""

    server: Dashboard
    every_s: float
    ready: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    took_ms: list[float] = field(default_factory=list)  # each refresh, on the clock

    def look(self) -> None:
        """Open the page, then ask for it again and again, until it is ended."""
        port = self.server.url.rpartition(":")[2]
        with connect(
            f"ws://{LOOPBACK}:{port}/_stcore/stream",
            proxy=None,
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
        ) as socket:
            ask = BackMsg()
            ask.rerun_script.page_name = "wall"
            ask.rerun_script.query_string = "lang=en"
            self._drawn(socket, ask)
            while not self.ended.wait(self.every_s):
                began_s = time.monotonic()
                self._drawn(socket, ask)
                self.took_ms.append(1000 * (time.monotonic() - began_s))

    def _drawn(self, socket: ClientConnection, ask: BackMsg) -> None:
        """Ask, and wait until all is there; from then on ask for what refreshes."""
        socket.send(ask.SerializeToString())
        while True:
            data = socket.recv(PATIENCE_S, decode=False)
            message = ForwardMsg.FromString(data)
            match message.WhichOneof("type"):
                case "auto_rerun":
                    ask.rerun_script.fragment_id = message.auto_rerun.fragment_id
                    ask.rerun_script.is_auto_rerun = True
                case "script_finished":
                    self.ready.set()
                    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What it was to be looked at by so many."""

    cores: float
    took_ms: list[float]


def rows(scale: Scale) -> Iterator[Row]:
    """Let one look, then more and more."""
    lasts_s = scale.of(LASTS_S, 2.0)
    every_s = scale.of(REFRESH_S, 1.0)
    sizes = scale.of(SIZES, (1, 2))
    with _served() as server:
        alone = _looked(server, 1, ALONE_EVERY_S, lasts_s)
        crowd = {n: _looked(server, n, every_s, lasts_s) for n in sizes}
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
    fifty = crowd[many]
    yield Row(
        what=f"the wall, {many} viewers, each every {every_s:g} s: CPU",
        now=Spread.of([fifty.cores]),
        unit="cores",
        most=MOST_CORES,
        peer="one viewer as often, times as many",
        theirs=Spread.of(
            [many * alone.cores * ALONE_EVERY_S / every_s],
        ),
    )
    yield Row(
        what=f"the wall, {many} viewers: 95 of 100 refreshes are there so soon,"
        " on the clock",
        now=Spread.of([percentile(fifty.took_ms, 95)]),
        unit="ms",
        most=LATE_MOST_MS,
        peer="for one viewer",
        theirs=Spread.of([percentile(alone.took_ms, 95)]),
    )
    yield growth("the CPU for viewers", {n: crowd[n].cores for n in sizes})


@contextmanager
def _served() -> Iterator[Dashboard]:
    """Serve a wall whose snapshot is stamped all the time."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as set_:
        live_in(Path(folder), set_)
        set_.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        shown = SITUATIONS["fallback"]
        with stamping(shown), dashboard(Path(folder), SECOURS_SUPERVISED="1") as server:
            yield server


def _looked(server: Dashboard, viewers: int, every_s: float, lasts_s: float) -> Looked:
    assert server.process is not None
    looking = [Viewer(server, every_s) for _ in range(viewers)]
    threads = [threading.Thread(target=each.look, daemon=True) for each in looking]
    for thread, each in zip(threads, looking, strict=True):  # spread over their time
        thread.start()
        each.ready.wait(PATIENCE_S)
        time.sleep(every_s / viewers)
    before_s = cpu_of(server.process.pid)
    for each in looking:
        each.took_ms.clear()
    time.sleep(lasts_s)
    cores = (cpu_of(server.process.pid) - before_s) / lasts_s
    took_ms = [one for each in looking for one in each.took_ms]
    for each in looking:
        each.ended.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    return Looked(cores=cores, took_ms=took_ms)
