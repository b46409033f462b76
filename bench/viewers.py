"""What does the wall cost its server, for one viewer and for fifty?

A dashboard as `secours up` starts it, beside a snapshot that is stamped every two
seconds as an engine does. The viewers speak Streamlit's protocol and draw nothing.

    python bench/viewers.py [SECONDS] [VIEWERS...]
"""

import asyncio
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from dashboard.desk import SUSPECTED
from dashboard.served import dashboard, stamped
from servers.viewers import look

from secours import places
from secours.engine.published import snapshot_file

STAMP_EVERY_S = 2.0


def main() -> None:
    """Measure and print one row for each number of viewers."""
    seconds = float(sys.argv[1]) if sys.argv[1:] else 30.0
    for viewers in map(int, sys.argv[2:] or ("1", "50")):
        with tempfile.TemporaryDirectory() as folder, live_in(Path(folder)):
            print(row(Path(folder), viewers, seconds), flush=True)


def row(folder: Path, viewers: int, seconds: float) -> str:
    """Return what so many viewers cost."""
    with stamping(), dashboard(folder) as server:
        assert server.process is not None
        pid = server.process.pid
        asyncio.run(look(server.url, viewers, 10.0))  # what is done once is done
        before_s, began_s = used_s(pid), time.monotonic()
        seen = asyncio.run(look(server.url, viewers, seconds))
        cores = (used_s(pid) - before_s) / (time.monotonic() - began_s)
    took_s = sorted(seen.latencies_s)
    rate = len(took_s) / seconds
    return (
        f"{viewers} viewers: {rate:.1f} refreshes a second, {cores:.3f} cores,"
        f" {1000 * cores / rate:.1f} ms a refresh, median"
        f" {1000 * took_s[len(took_s) // 2]:.0f} ms,"
        f" p95 {1000 * took_s[len(took_s) * 95 // 100]:.0f} ms"
    )


def used_s(pid: int) -> float:
    """Return the processor's time that a process has used."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def live_in(folder: Path) -> Iterator[None]:
    """Keep everything in an empty folder, with no engine but what we stamp."""
    (folder / "run").mkdir(mode=0o700)
    (folder / "state").mkdir(mode=0o700)
    (folder / "state" / "engine.lock").touch(0o600)  # older than tokens
    os.environ |= {
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "SECOURS_DATA": str(folder / "state"),
        "SECOURS_CONFIG": str(folder / "probes.yaml"),
        "SECOURS_SUPERVISED": "1",
        "HOME": str(folder),
    }
    yield


@contextmanager
def stamping() -> Iterator[None]:
    """Publish a snapshot with a new stamp every two seconds."""
    over = threading.Event()

    def stamp() -> None:
        while True:
            shot = stamped(SUSPECTED, max_age_s=15.0)
            snapshot_file.write(shot, places.runtime_dir())
            if over.wait(STAMP_EVERY_S):
                return

    thread = threading.Thread(target=stamp)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    main()
