"""A real dashboard on a free port, and an engine's stamping without the engine."""

import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace
from servers.scripted import closed_port

from secours import places
from secours.dashboard import launch
from secours.engine import clock
from secours.engine.published import snapshot_file
from secours.model.observed import Instant
from secours.model.sections.site import Screen
from secours.model.snapshot import Snapshot

T = TypeVar("T")
START_S = 90.0
WAITED_S = 60.0
LOG = "dashboard.log"
# Where a test waits for news again and again. A page that is drawn anew each second
# takes a third of a processor for as long as it is open: the others ask for news as
# seldom as the pages of people do.
BRISK = {"SECOURS_REFRESH_S": "1"}
SRC = Path(places.__file__).parents[1]


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this test folders of its own, and say so to the processes it starts."""
    live_in(tmp_path, monkeypatch)
    return tmp_path


def live_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, with_token: bool = False
) -> None:
    """Have this process and those it starts keep everything in an empty folder.

    An engine of before there were tokens seems to have been there, so that none is
    asked, unless the test is of that. A dashboard that goes on may have made folders.
    """
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    if not with_token:
        older = folder / "state" / "engine.lock"
        older.parent.mkdir(mode=0o700, exist_ok=True)
        older.touch(0o600)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("SECOURS_DATA", str(folder / "state"))
    monkeypatch.setenv("SECOURS_CONFIG", str(folder / "probes.yaml"))
    monkeypatch.setenv("HOME", str(folder))


def stamped(
    snapshot: Snapshot, *, max_age_s: float = 15.0, ago_s: float = 0.0
) -> Snapshot:
    """Return the snapshot as an engine of this boot stamped it so long ago."""
    now = clock.now()
    at = Instant(now.utc, now.steady_s - ago_s)
    shift_s = at.steady_s - snapshot.at.steady_s
    started = Instant(snapshot.started.utc, snapshot.started.steady_s + shift_s)
    return replace(
        snapshot,
        at=at,
        started=started,
        boot_id=clock.boot_id(),
        screen=Screen(max_age_s=max_age_s),
        changes=(),
    )


class Stamping:
    """Publish a snapshot again and again with a new stamp, as an engine does."""

    def __init__(self, snapshot: Snapshot, max_age_s: float) -> None:
        """Stamp `snapshot`, which may be exchanged while it goes on."""
        self.snapshot = snapshot
        self.max_age_s = max_age_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._stamp, daemon=True)

    def start(self) -> None:
        """Begin, or begin again."""
        self._stopped.clear()
        self._publish()
        self._thread = threading.Thread(target=self._stamp, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stamp no more: the engine is dead."""
        self._stopped.set()
        self._thread.join()

    def _stamp(self) -> None:
        while not self._stopped.wait(0.3):
            self._publish()

    def _publish(self) -> None:
        fresh = stamped(self.snapshot, max_age_s=self.max_age_s)
        snapshot_file.write(fresh, places.runtime_dir())


@contextmanager
def stamping(snapshot: Snapshot, max_age_s: float = 15.0) -> Iterator[Stamping]:
    """Run the stamping while inside."""
    engine = Stamping(snapshot, max_age_s)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def waited(look: Callable[[], T | None]) -> T:
    """Look again and again until there is something."""
    ends_s = time.monotonic() + WAITED_S
    while not (found := look()):
        assert time.monotonic() < ends_s
        time.sleep(0.05)
    return found


class Dashboard:
    """A Streamlit process of ours."""

    def __init__(self, command: list[str], port: int, folder: Path, **env: str) -> None:
        """Serve from an empty folder, as `secours up` does."""
        self.url = f"http://127.0.0.1:{port}"
        self._command, self._folder = command, folder
        self._env = {**os.environ, "PYTHONPATH": str(SRC), **env}
        self.process: subprocess.Popen[bytes] | None = None

    def runs(self) -> bool:
        """Tell whether its process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self._folder / LOG).open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_S
        while not self._is_healthy():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self.log())
            time.sleep(0.05)

    def _is_healthy(self) -> bool:
        with (
            suppress(OSError),
            urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer,
        ):
            return bool(answer.status == 200)
        return False

    def get(
        self, path: str, posted: bytes | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask for a page; an error is an answer too."""
        request = urllib.request.Request(f"{self.url}{path}", posted)
        request.add_header("Content-Type", "application/json")
        if posted is not None:  # as a page of ours does
            request.add_header("Origin", "/".join(self.url.split("/")[:3]))
        try:
            with urllib.request.urlopen(request, timeout=WAITED_S) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill it with no chance to say goodbye."""
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def stop(self) -> int:
        """End it and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def log(self) -> str:
        """Return what it printed."""
        return (self._folder / LOG).read_text("utf-8", "replace")


class Dashboards:
    """Those that go on from one test to the next, one for each way to start it.

    They have one folder. A dashboard keeps nothing of what it shows: to a test that
    empties the folder and fills it, it is as good as new.
    """

    def __init__(self, folder: Path) -> None:
        """Keep all that they read in this folder."""
        self.folder = folder
        self._running: dict[tuple[str, ...], Dashboard] = {}

    def get(self, base_path: str = "", **env: str) -> Dashboard:
        """Return the one that is started so, which may have to be started."""
        key = (base_path, *sorted(f"{name}={value}" for name, value in env.items()))
        if key not in self._running:
            port = closed_port()
            command = launch.command(port, base_path=base_path)
            self._running[key] = Dashboard(command, port, self.folder, **env)
            self._running[key].url += f"/{base_path}".rstrip("/")
        found = self._running[key]
        if not found.runs():
            found.start()
        found.signal(signal.SIGCONT)  # if a test failed while it was stopped
        return found

    def empty(self) -> None:
        """Leave nothing in their folder but what they print."""
        for path in self.folder.iterdir():
            while path.is_dir():  # a dashboard may write into it meanwhile
                shutil.rmtree(path, ignore_errors=True)
            if path.is_file() and path.name != LOG:
                path.unlink()

    def stop(self) -> None:
        """End all of them."""
        for each in self._running.values():
            each.stop()


@contextmanager
def dashboard(folder: Path, app: Path | None = None, **env: str) -> Iterator[Dashboard]:
    """Serve the dashboard while inside; `app` is another file than the package's."""
    port = closed_port()
    command = launch.command(port)
    if app is not None:
        bare = {str(launch.APP): str(app), launch.__name__: "streamlit"}
        command = [bare.get(part, part) for part in command]
    served = Dashboard(command, port, folder, **env)
    served.start()
    try:
        yield served
    finally:
        served.stop()
