"""A thousand channels on one server that answers in 1 ms, and the engine beside it."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from secours.engine.store.reader import HistoryReader
from secours.model.observed import Result, Verdict

INTERVAL_S = 10.0
GONE_S = 20.0  # until a process that was told to end is killed
SERVER = """
import asyncio, sys

async def answer(_reader, writer):
    await asyncio.sleep(0.001)
    writer.write(b"ok\\n")
    writer.close()

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""
ENGINE = """
import sys
from pathlib import Path
from secours.engine.process import run_until_told
run_until_told(Path(sys.argv[1]))
"""
CHANNEL = """\
  c{n}:
    how: Write
    purposes: [coordinate]
    depends_on: ["carrier:{part}"]
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}, expect: ok}}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one life of an engine came to."""

    started_s: float  # epoch seconds
    results: list[Result]
    cores: float  # how much of a core it used
    trouble: list[str]

    @property
    def failures(self) -> int:
        """Return how many tests did not find the healthy server to work."""
        return sum(each.outcome.verdict is not Verdict.OK for each in self.results)

    @property
    def rate(self) -> float:
        """Return the results a second in the last whole interval."""
        times_s = [each.at.utc.timestamp() for each in self.results]
        return sum(max(times_s) - at_s < INTERVAL_S for at_s in times_s) / INTERVAL_S

    def all_probed_s(self, channels: int) -> float:
        """Return how long it took from the start until all were probed once."""
        first: dict[str, float] = {}
        for each in self.results:
            at_s = each.at.utc.timestamp()
            first[each.probe] = min(at_s, first.get(each.probe, at_s))
        if len(first) < channels:
            return float("inf")
        return max(first.values()) - self.started_s


def measure(folder: Path, channels: int, live: Callable[[], object]) -> Run:
    """Let an engine run until we have lived so long, and read what it kept."""
    with _process("-c", SERVER) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        file = folder / "probes.yaml"
        file.write_text(plan(channels, port))
        (folder / "run").mkdir(mode=0o700)
        kept = folder / "history"
        places = {"SECOURS_DATA": str(kept), "XDG_RUNTIME_DIR": str(folder / "run")}
        before_s = _used_s()
        began_s = time.monotonic()
        with _process("-c", ENGINE, str(file), **places):
            live()
        took_s = time.monotonic() - began_s
        cores = (_used_s() - before_s) / took_s
    with HistoryReader(kept) as history:
        entries = history.journal(limit=100_000)
        results = [
            result
            for n in range(channels)
            for result in history.results(f"channels/c{n}/tcp")
        ]
    started = min(entry.at for entry in entries if entry.kind == "start")
    trouble = [f"{e.kind} {e.text}" for e in entries if "trouble" in e.kind]
    return Run(
        started_s=started.timestamp(), results=results, cores=cores, trouble=trouble
    )


def plan(channels: int, port: int) -> str:
    """Write a plan of so many channels over ten carriers."""
    named = [CHANNEL.format(n=n, part=n % 10, port=port) for n in range(channels)]
    parts = "".join(f'  "carrier:{n}": {{}}\n' for n in range(10))
    others = ", ".join(f"c{n}" for n in range(2, channels))
    return (
        f"probing: {{interval: {INTERVAL_S:g}s, timeout: 2s}}\n"
        f"components:\n{parts}channels:\n{''.join(named)}"
        "plan:\n  - {purpose: coordinate, audience: management, primary: c0,"
        f" alternate: c1, emergency: [{others}]}}\n"
    )


@contextmanager
def _process(*words: str, **places: str) -> Iterator[subprocess.Popen[str]]:
    """Run Python with these words while the block lasts."""
    process = subprocess.Popen(
        [sys.executable, *words],
        env={**os.environ, **places},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GONE_S)
        finally:
            process.kill()
            process.communicate()


def _used_s() -> float:
    """Return the processor's time of the processes that ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
