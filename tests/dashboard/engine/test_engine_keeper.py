import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from secours import places
from secours.dashboard.engine import engine_keeper
from secours.engine import lock, state_file, supervise
from secours.engine.published import snapshot_file, watchdog
from secours.engine.supervise import Child

LIMIT_S = 60.0
LIVES = (
    "import os,sys,time; open(sys.argv[1],'a').write(f'{os.getpid()} '); time.sleep({})"
)


def child(program: str, notes: Path) -> Callable[[], Child]:
    """Return what makes an engine of this program, which writes in a file."""
    argv = (sys.executable, "-c", program, str(notes))
    return lambda: replace(engine_keeper.our_engine(), argv=argv)


def engine(notes: Path, seconds: float) -> Callable[[], Child]:
    """Return an engine that notes its process number and lives so long."""
    return child(LIVES.replace("{}", str(seconds), 1), notes)


def lived(notes: Path) -> list[int]:
    return [int(pid) for pid in notes.read_text().split()] if notes.exists() else []


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not done():  # noqa: ASYNC110 -- another process does it, without an event
            await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.fixture
def notes(processes: None, rooms: Path) -> Path:
    return rooms / "pids"


async def stop(keeping: "asyncio.Task[None]") -> None:
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


async def test_an_engine_that_dies_is_started_again(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "FIRST_PAUSE_S", 0.01)
    keeping = asyncio.create_task(engine_keeper.keep(engine(notes, 60), lambda: False))
    await until(lambda: len(lived(notes)) == 1)

    os.kill(lived(notes)[0], signal.SIGKILL)

    await until(lambda: len(lived(notes)) == 2)
    await stop(keeping)


STAMPS_ONCE = """
import os, sys, time
from secours import places
from secours.engine import lock, state_file
from secours.engine.published import snapshot_file
with lock.hold(places.data_dir(), places.runtime_dir()):
    open(sys.argv[1], "a").write(f"{os.getpid()} ")
    state_file.replace(places.runtime_dir() / snapshot_file.SNAPSHOT, b"{}")
    time.sleep(60)
"""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an engine be frozen soon."""
    monkeypatch.setattr(watchdog, "SILENT_S", 0.5)
    monkeypatch.setattr(watchdog, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(engine_keeper, "LOOK_AGAIN_S", 0.1)
    monkeypatch.setattr(supervise, "FIRST_PAUSE_S", 0.01)


@pytest.mark.usefixtures("impatient")
async def test_an_engine_that_lives_and_stamps_no_more_is_replaced(notes: Path) -> None:
    stamps_once = child(STAMPS_ONCE, notes)
    keeping = asyncio.create_task(engine_keeper.keep(stamps_once, lambda: False))

    await until(lambda: len(lived(notes)) >= 4)

    await stop(keeping)
    assert not any(alive(pid) for pid in lived(notes))
    assert watchdog.is_restarted_often(places.runtime_dir())


@pytest.mark.usefixtures("impatient")
async def test_a_frozen_engine_that_is_not_ours_is_replaced_too(notes: Path) -> None:
    stamps_once = child(STAMPS_ONCE, notes)
    other = await asyncio.create_subprocess_exec(
        *stamps_once().argv, env=places.child_environment()
    )
    try:
        await until(lambda: lived(notes) == [other.pid])
        keeping = asyncio.create_task(
            engine_keeper.keep(stamps_once, engine_keeper.is_running)
        )
        for _ in range(3):  # so that one comes after the first look
            await asyncio.sleep(0.1)
            state_file.replace(places.runtime_dir() / snapshot_file.SNAPSHOT, b"{}")

        assert await asyncio.wait_for(other.wait(), LIMIT_S) == -signal.SIGTERM
        await until(lambda: len(lived(notes)) == 2)
        await stop(keeping)
    finally:
        with suppress(ProcessLookupError):
            other.kill()
        await other.wait()


async def test_our_engine_ends_with_us(notes: Path) -> None:
    keeping = asyncio.create_task(engine_keeper.keep(engine(notes, 60), lambda: False))
    await until(lambda: len(lived(notes)) == 1)

    await stop(keeping)

    assert not alive(lived(notes)[0])


async def test_an_engine_of_ours_has_a_session_of_its_own(notes: Path) -> None:
    keeping = asyncio.create_task(engine_keeper.keep(engine(notes, 60), lambda: False))
    await until(lambda: len(lived(notes)) == 1)

    assert os.getsid(lived(notes)[0]) == lived(notes)[0] != os.getsid(0)

    await stop(keeping)


async def test_no_engine_is_started_beside_another(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_keeper, "LOOK_AGAIN_S", 0.01)
    looks: list[bool] = []

    def other_runs() -> bool:
        looks.append(len(looks) < 5)
        return looks[-1]

    keeping = asyncio.create_task(engine_keeper.keep(engine(notes, 60), other_runs))
    await until(lambda: len(lived(notes)) == 1)

    assert looks == [True] * 5 + [False]

    await stop(keeping)


def test_an_engine_is_known_by_its_lock(rooms: Path) -> None:
    assert not engine_keeper.is_running()

    with lock.hold(places.data_dir()):
        assert engine_keeper.is_running()
    with lock.hold(places.runtime_dir()):
        assert engine_keeper.is_running()


async def test_under_up_no_engine_is_started(
    rooms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECOURS_SUPERVISED", "1")
    before = asyncio.all_tasks()

    async with engine_keeper.engine_beside():
        assert asyncio.all_tasks() == before


def test_the_engine_is_given_the_plan(rooms: Path) -> None:
    command = engine_keeper.our_engine().argv

    assert command[1:] == ("-m", "secours", "run", "--config", f"{rooms}/probes.yaml")
