"""The demo as people run it, in a folder of its own, and its wall in a browser."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.served import SRC
from playwright.sync_api import Browser, Error, Page, expect
from servers.scripted import closed_port

START_MS = 60_000


class Demo:
    """A demo in a folder of its own, in which nothing breaks unless it is asked to."""

    def __init__(self, folder: Path, *options: str) -> None:
        """Start it; the wall answers a little later."""
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        known = {k: v for k, v in os.environ.items() if not k.startswith("SECOURS_")}
        self._env = {**known, "PYTHONPATH": str(SRC), "XDG_RUNTIME_DIR": str(runtime)}
        port = closed_port()
        self.site = f"http://127.0.0.1:{port}"
        self.wall = f"{self.site}/wall?lang=en"
        self.snapshot = f"http://127.0.0.1:{port}/api/v1/snapshot"
        given = [*options, "--no-browser", "--lang", "en", "--port", str(port)]
        self.process = subprocess.Popen(
            self._command(*given),
            env=self._env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def tell(self, *words: str) -> None:
        """Break or heal something from a second terminal."""
        subprocess.run(self._command(*words), env=self._env, check=True, timeout=60)

    def child(self, words: str) -> int:
        """Return the process of ours whose command has these words."""
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit() or _parent(folder) != self.process.pid:
                continue
            if words in (folder / "cmdline").read_text().replace("\0", " "):
                return int(folder.name)
        raise AssertionError(f"the demo runs no {words}")

    def end(self) -> int:
        """End it as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()

    @staticmethod
    def _command(*words: str) -> list[str]:
        return [sys.executable, "-m", "secours", "demo", *words]


def _parent(folder: Path) -> int:
    try:
        stat = (folder / "stat").read_text()
    except OSError:  # it has just ended
        return 0
    return int(stat.rpartition(")")[2].split()[1])


@contextmanager
def wall_of(demo: Demo, chromium: Browser) -> Iterator[Page]:
    """Look at the demo's wall once it is there."""
    page = chromium.new_page(viewport={"width": 1920, "height": 1080})
    patience_s = START_MS / 1000
    while patience_s > 0:
        try:
            page.goto(demo.wall)
            break
        except Error:  # the server is not up yet
            page.wait_for_timeout(300)
            patience_s -= 0.3
    expect(page.locator("#secours-first")).to_have_count(0, timeout=START_MS)
    yield page
    page.close()
