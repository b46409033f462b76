"""A thousand peers are silent: are the twenty that answer tested in time?

The silent one listens and has room for no connection: the kernel drops what comes, as
it would on a way that is cut.
"""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from servers.scripted import LOOPBACK

from bench.engines import Kept, plan, running
from bench.measuring import Scale, Spread, percentile
from bench.table import Row
from bench.targets import probe_of, serving

SILENT, LIVE, INTERVAL_S, LATE_MOST_S = 1000, 20, 10.0, 0.5


def rows(scale: Scale) -> Iterator[Row]:
    """Let an engine live for some intervals, and read how the twenty fared."""
    silent, live = scale.of(SILENT, 30), scale.of(LIVE, 4)
    interval_s, intervals = scale.of(INTERVAL_S, 3.0), scale.of(5, 2)
    names = [f"c{n}" for n in range(live)]
    with (
        tempfile.TemporaryDirectory() as folder,
        serving() as ports,
        unanswering() as port,
    ):
        probes = [
            *[probe_of("tcp", ports)] * live,
            *[probe_of("tcp", {"tcp": port})] * silent,
        ]
        with running(Path(folder), plan(probes, interval_s)) as engine:
            engine.live(interval_s)
            before_s = engine.cpu_s
            engine.live(intervals * interval_s)
            cores = (engine.cpu_s - before_s) / ((intervals - 1) * interval_s)
        kept = Kept.of(Path(folder), live)
    load = f"{silent} silent peers, {live} that answer, every {interval_s:g} s"
    late_s = kept.late_s(interval_s, names)
    yield Row(
        what=f"{load}: 99 of 100 tests of the live ones begin at most so late,"
        " on the clock",
        now=Spread.of([1000 * percentile(late_s, 99)]),
        unit="ms",
        most=1000 * LATE_MOST_S,
        peer="the interval",
        theirs=Spread.of([1000 * interval_s]),
    )
    yield Row(
        what=f"{load}: tests of the live ones called failed, of {len(kept.tests())}",
        now=Spread.of([kept.failures()]),
        most=0,
    )
    yield Row(
        what=f"{load}: tests of the live ones",
        now=Spread.of([len(kept.tests())]),
        peer="what the plan asks for, at least",
        theirs=Spread.of([live * (intervals - 1)]),
    )
    yield Row(what=f"{load}: CPU", now=Spread.of([cores]), unit="cores")


@contextmanager
def unanswering() -> Iterator[int]:
    """Listen on a port whose every connection is left waiting; gives the port.

    Source: listen(2), on a backlog that is full.
    """
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind((LOOPBACK, 0))
        listening.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]
