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

from bench.engines import Kept, Stretch, Unsound, plan, running, sound
from bench.measuring import Scale, Spread, percentile
from bench.table import NotMeasured, Row
from bench.targets import probe_of, serving

SILENT, LIVE, INTERVAL_S, LATE_MOST_S = 1000, 20, 10.0, 0.5
TESTS_LEAST = 0.95  # of what is planned: a test may slip over the end of a stretch


def rows(scale: Scale) -> Iterator[Row | NotMeasured]:
    """Let an engine live for some intervals, and read how the twenty fared."""
    silent, live = scale.of(SILENT, 30), scale.of(LIVE, 4)
    interval_s, intervals = scale.of(INTERVAL_S, 3.0), scale.of(5, 2)
    load = f"{silent} silent peers, {live} that answer, every {interval_s:g} s"
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
            stretch = engine.lived(intervals * interval_s)
        kept = Kept.of(Path(folder), live + silent)
    planned = live * (intervals - 1)
    yield from sound(load, _fared(load, kept, stretch, live, planned, interval_s))


def _fared(
    load: str,
    kept: Kept,
    stretch: Stretch,
    live: int,
    planned: int,
    interval_s: float,
) -> Iterator[Row]:
    names, others = [*kept.results][:live], [*kept.results][live:]
    tests, failures = len(kept.tests(names)), kept.failures(names)
    if failures == tests:
        raise Unsound(f"none of {tests} tests of the live ones passed")
    answered = len(kept.tests(others)) - kept.failures(others)
    if answered or not kept.tests(others):
        raise Unsound(
            f"{answered} tests of the silent ones were answered, of "
            f"{len(kept.tests(others))}"
        )
    late_s = kept.late_s(interval_s, stretch.ends_s, names)
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
        what=f"{load}: tests of the live ones called failed, of {tests}",
        now=Spread.of([failures]),
        most=0,
    )
    yield Row(
        what=f"{load}: tests of the live ones after the first interval",
        now=Spread.of([len(kept.within(stretch, names))]),
        least=TESTS_LEAST * planned,
        peer="what the plan asks for",
        theirs=Spread.of([planned]),
    )
    yield Row(what=f"{load}: CPU", now=Spread.of([stretch.cores]), unit="cores")


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
