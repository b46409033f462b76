import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from secours.engine import supervise
from secours.engine.published import snapshot_file, watchdog
from secours.engine.supervise import LONGEST_PAUSE_S, Child

LIMIT_S = 60.0
SILENT_S = 3  # longer than a Python takes to start on a busy machine


@pytest.fixture(autouse=True)
def short_pauses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    monkeypatch.setattr(supervise, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(supervise, "LONGEST_PAUSE_S", 0.02)
    monkeypatch.setattr(supervise, "GRACE_S", 0.5)


def child(name: str, program: str, *argv: str) -> Child:
    return Child(name=name, argv=(sys.executable, "-c", program, *argv))


def writing(file: Path, then: str) -> Child:
    """Return a child that writes its number on a line of the file first."""
    program = (
        "import os, signal, sys, time\n"
        "with open(sys.argv[1], 'a') as file: file.write(f'{os.getpid()}\\n')\n"
    )
    return child("worker", program + then, str(file))


def pids(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


async def until(holds: Callable[[], bool]) -> None:
    """Let everything run until it holds."""
    async with asyncio.timeout(LIMIT_S):
        while not holds():  # noqa: ASYNC110 -- other processes make it hold
            await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.usefixtures("processes")
async def test_a_child_that_dies_is_started_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, stop = tmp_path / "pids", asyncio.Event()
    keeping = asyncio.create_task(
        supervise.keep_alive([writing(file, "sys.exit(1)")], stop)
    )
    await until(lambda: len(pids(file)) >= 3)
    stop.set()

    assert await keeping == 0
    assert "the worker died (exit code 1): again in 0.01 s" in caplog.text


@pytest.mark.usefixtures("processes")
async def test_a_killed_child_is_started_again_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, stop = tmp_path / "pids", asyncio.Event()
    keeping = asyncio.create_task(
        supervise.keep_alive([writing(file, "time.sleep(60)")], stop)
    )
    await until(lambda: len(pids(file)) == 1)
    os.kill(pids(file)[0], signal.SIGKILL)
    await until(lambda: len(pids(file)) == 2)
    stop.set()
    await keeping

    assert "the worker died (SIGKILL)" in caplog.text
    assert not any(alive(pid) for pid in pids(file))


@pytest.mark.usefixtures("processes")
async def test_a_child_that_does_not_end_is_ended_with_all_it_started(
    tmp_path: Path,
) -> None:
    file, stop = tmp_path / "pids", asyncio.Event()
    deaf = (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pid = os.fork()\n"
        "if not pid:\n"
        "    with open(sys.argv[1], 'a') as file: file.write(f'{os.getpid()}\\n')\n"
        "time.sleep(60)"
    )
    keeping = asyncio.create_task(supervise.keep_alive([writing(file, deaf)], stop))
    await until(lambda: len(pids(file)) == 2)
    stop.set()
    await keeping

    await until(lambda: not any(alive(pid) for pid in pids(file)))


@pytest.mark.usefixtures("processes")
async def test_one_that_stamps_no_more_is_ended_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watchdog, "SILENT_S", SILENT_S)
    monkeypatch.setattr(watchdog, "LOOK_EVERY_S", 0.1)
    file, stop = tmp_path / "pids", asyncio.Event()
    deaf = (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "open(sys.argv[2], 'w').close()\n"
        "time.sleep(60)"
    )
    alone = writing(file, deaf)
    snapshot = tmp_path / snapshot_file.SNAPSHOT
    stuck = replace(alone, argv=(*alone.argv, str(snapshot)), stamps_in=tmp_path)
    keeping = asyncio.create_task(supervise.keep_alive([stuck], stop))
    await until(lambda: len(pids(file)) == 2)
    stop.set()
    await keeping

    said = caplog.text
    assert f"the worker froze (no stamp for {SILENT_S} s): again in" in said
    assert not any(alive(pid) for pid in pids(file))


def test_the_pause_before_a_start_never_grows_beyond_two_seconds() -> None:
    assert LONGEST_PAUSE_S <= 2


@pytest.mark.usefixtures("processes")
async def test_one_that_refuses_at_once_stops_all(tmp_path: Path) -> None:
    file, stop = tmp_path / "pids", asyncio.Event()
    children = [
        writing(file, "time.sleep(60)"),
        child("refuser", "import sys; sys.exit(3)"),
    ]

    async with asyncio.timeout(LIMIT_S):
        assert await supervise.keep_alive(children, stop) == 3
    assert stop.is_set()
    assert not any(alive(pid) for pid in pids(file))


@pytest.mark.usefixtures("processes")
async def test_a_child_knows_that_it_is_supervised(tmp_path: Path) -> None:
    told = tmp_path / "told"
    engine = supervise.engine("probes.yaml", TOWN="yes")
    asking = Child(
        name="engine",
        argv=(
            sys.executable,
            "-c",
            "import os, sys; open(sys.argv[1], 'w').write("
            "os.environ['SECOURS_SUPERVISED'] + os.environ['TOWN']); sys.exit(3)",
            str(told),
        ),
        env=engine.env,
    )

    await supervise.keep_alive([asking], asyncio.Event())

    assert told.read_text() == "1yes"


async def test_signals_set_the_event_and_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with supervise.stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(stop.wait(), LIMIT_S)

    assert signal.getsignal(signal.SIGTERM) is before
