"""An engine as a process of its own, with twenty channels whose servers count."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from faults.process_tree import Size, size
from servers.scripted import closed_port, tcp_server
from soak import by_level

from secours.engine.published import snapshot_file
from secours.engine.store.reader import HistoryReader
from secours.model.observed import Result
from secours.model.snapshot import Snapshot

CHANNELS = 20
GENEROUSLY_S = 90.0
NOTHING: Mapping[str, str] = MappingProxyType({})
FRESH_S = 5.0  # the longest time between two stamps
# Times what is promised: others work here too, and a soak is held to it.
GENEROUSLY = by_level(10.0, 3.0, 1.0)
PLAN = """\
access: {{loopback: open}}
probing: {{interval: {every}, watch_every: {every}, retry_every: 50ms, timeout: 2s}}
channels:
{channels}
plan:
  - {{purpose: coordinate, audience: management, primary: c0, alternate: c1,
      emergency: [{others}]}}
"""
CHANNEL = """\
  {name}:
    purposes: [coordinate]
    depends_on: []
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}, expect: ok}}]
"""


class Living:
    """An engine that runs, and what its servers saw of it."""

    def __init__(self, folder: Path, ports: Mapping[str, int], every: str) -> None:
        self.folder = folder
        self.store_in = folder / "history"
        self.plan = folder / "probes.yaml"
        self.asked: Counter[str] = Counter()  # how often each channel was tested
        self.environment = {
            **os.environ,
            "SECOURS_DATA": str(self.store_in),
            "XDG_RUNTIME_DIR": str(folder / "run"),
        }
        (folder / "run").mkdir(mode=0o700)
        channels = [CHANNEL.format(name=name, port=at) for name, at in ports.items()]
        others = ", ".join([*ports][2:])
        text = PLAN.format(every=every, channels="".join(channels), others=others)
        self.plan.write_text(text)
        self.port = closed_port()  # for the plain page
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, **environment: str) -> float:
        """Start it; return the monotonic second."""
        self.process = self.command(*options, environment=environment)
        return time.monotonic()

    def command(
        self, *options: str, environment: Mapping[str, str] = NOTHING, **more: Any
    ) -> "subprocess.Popen[bytes]":
        """Start an engine of this plan that nobody here ends."""
        command = (sys.executable, "-m", "secours", "run", "--config", str(self.plan))
        return subprocess.Popen(
            [*command, *options], env={**self.environment, **environment}, **more
        )

    def kill(self) -> None:
        """End it at once."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def stop(self) -> None:
        """Tell it to end, and wait until it has."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self.process.wait, GENEROUSLY_S)

    @property
    def pid(self) -> int:
        """Return the process that was started last."""
        assert self.process is not None
        return self.process.pid

    @property
    def size(self) -> Size:
        """Return its memory and open files."""
        return size(self.pid)

    def seen(self) -> tuple[Snapshot, float]:
        """Return what it has published, and the age of that in seconds.

        Raises:
            FileNotFoundError: nothing is.
        """
        for folder in (self.folder / "run").glob("secours/*"):
            return snapshot_file.read(folder)
        raise FileNotFoundError

    async def until(self, true: Callable[[Snapshot, float], object]) -> Snapshot:
        """Wait for a snapshot of which something is true."""
        async with asyncio.timeout(GENEROUSLY_S):
            while True:
                try:
                    snapshot, age_s = self.seen()
                except FileNotFoundError:
                    pass
                else:
                    if true(snapshot, age_s):
                        return snapshot
                await asyncio.sleep(0.02)

    def results(self) -> dict[str, list[Result]]:
        """Return what the history holds of each channel, newest first."""
        with HistoryReader(self.store_in) as history:
            return {
                name: list(history.results(f"channels/{name}/tcp", limit=10**7))
                for name in self.asked
            }


def works(snapshot: Snapshot, age_s: float) -> bool:
    """Tell whether a snapshot is fresh and every channel is available."""
    return age_s < FRESH_S and all(
        channel.standing.state == "available" for channel in snapshot.channels
    )


def another(last: Snapshot) -> Callable[[Snapshot, float], bool]:
    """Tell a fresh snapshot of another engine than the one that made the `last`."""
    return lambda found, age_s: found.started != last.started and age_s < 1.0


@asynccontextmanager
async def living(folder: Path, every: str = "200ms") -> AsyncIterator[Living]:
    """Open the servers; the engine is started by who asks, and ended here."""
    async with AsyncExitStack() as stack:
        counted: Counter[str] = Counter()
        ports = {}
        for name in (f"c{number}" for number in range(CHANNELS)):

            async def peer(
                _reader: asyncio.StreamReader,
                writer: asyncio.StreamWriter,
                name: str = name,
            ) -> None:
                counted[name] += 1
                writer.write(b"ok\r\n")

            ports[name] = await stack.enter_async_context(tcp_server(peer))
        found = Living(folder, ports, every)
        found.asked = counted
        try:
            yield found
        finally:
            if found.process is not None:
                found.kill()
