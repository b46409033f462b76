"""A thousand channels on one server that answers in 1 ms, and the engine beside it."""

import os
import signal
import subprocess
import sys
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


@dataclass(frozen=True, slots=True)
class Run:
    """What one life of an engine came to."""

    results: list[Result]

    @property
    def failures(self) -> int:
        """Return how many tests did not find the healthy server to work."""
        return sum(each.outcome.verdict is not Verdict.OK for each in self.results)


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
        with _process("-c", ENGINE, str(file), **places):
            live()
    with HistoryReader(kept) as history:
        results = [
            result
            for n in range(channels)
            for result in history.results(f"channels/c{n}/tcp")
        ]
    return Run(results)


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
