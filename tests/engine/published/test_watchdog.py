"""Is an engine frozen? Real files, and a clock that the test moves."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from secours import places
from secours.engine import clock, lock, state_file
from secours.engine.published import snapshot_file, watchdog
from secours.engine.published.watchdog import Watchdog

LOOK_S = watchdog.LOOK_EVERY_S


def stamp(folder: Path) -> None:
    state_file.replace(folder / snapshot_file.SNAPSHOT, b"{}")


def frozen_after_s(watch: Watchdog, now_s: float, limit_s: float = 300.0) -> float:
    """Look every second; return after how many the engine counts as frozen."""
    for looks in range(int(limit_s)):
        if watch.is_frozen(now_s + (looks + 1) * LOOK_S):
            return (looks + 1) * LOOK_S
    raise AssertionError("never frozen")


def test_the_first_stamp_may_take_two_minutes(tmp_path: Path) -> None:
    assert frozen_after_s(Watchdog(tmp_path, 0.0), 0.0) == 120


def test_the_stamp_of_an_earlier_engine_is_none(tmp_path: Path) -> None:
    stamp(tmp_path)

    assert frozen_after_s(Watchdog(tmp_path, 0.0), 0.0) == 120


def test_after_a_stamp_fifteen_seconds_without_one_are_too_long(tmp_path: Path) -> None:
    watch = Watchdog(tmp_path, 0.0)
    stamp(tmp_path)
    assert not watch.is_frozen(1.0)

    assert frozen_after_s(watch, 1.0) == 15


def test_an_engine_that_stamps_is_never_frozen(tmp_path: Path) -> None:
    watch = Watchdog(tmp_path, 0.0)
    for second in range(0, 200, 4):
        stamp(tmp_path)
        assert not watch.is_frozen(float(second))


@pytest.mark.parametrize("stamped", [True, False])
def test_after_a_sleep_one_more_stamp_is_awaited(tmp_path: Path, stamped: bool) -> None:
    watch = Watchdog(tmp_path, 0.0)
    if stamped:
        stamp(tmp_path)
    watch.is_frozen(1.0)

    assert not watch.is_frozen(8000.0)
    assert frozen_after_s(watch, 8000.0) == 120


def test_a_snapshot_that_is_gone_is_no_stamp(tmp_path: Path) -> None:
    watch = Watchdog(tmp_path, 0.0)
    stamp(tmp_path)
    watch.is_frozen(1.0)
    (tmp_path / snapshot_file.SNAPSHOT).unlink()

    assert frozen_after_s(watch, 1.0) == 15


def test_three_restarts_in_five_minutes_are_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = clock.now()
    watchdog.note_restart(tmp_path)
    watchdog.note_restart(tmp_path)
    assert not watchdog.is_restarted_often(tmp_path)

    watchdog.note_restart(tmp_path)
    assert watchdog.is_restarted_often(tmp_path)

    later = type(began)(began.utc, began.steady_s + 301)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert not watchdog.is_restarted_often(tmp_path)


def test_restarts_of_another_boot_or_that_make_no_sense_count_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        watchdog.note_restart(tmp_path)
    monkeypatch.setattr(clock, "boot_id", lambda: "another")
    assert not watchdog.is_restarted_often(tmp_path)

    (tmp_path / watchdog.NAME).write_bytes(b"\xff{")
    assert not watchdog.is_restarted_often(tmp_path)


HOLDS = """
import signal, sys, time
from pathlib import Path
from secours.engine import lock
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.usefixtures("processes")
async def test_an_engine_that_does_not_hear_is_killed(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDS, str(tmp_path)),
        env=places.child_environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    assert lock.visible_holder(tmp_path) == process.pid

    await watchdog.end(process.pid, tmp_path)

    assert await process.wait() == -signal.SIGKILL
    assert lock.visible_holder(tmp_path) is None


def test_a_number_in_the_lock_of_who_has_it_not_open_is_nobody(tmp_path: Path) -> None:
    with lock.hold(tmp_path):
        (tmp_path / lock.NAME).write_text(f"{os.getppid()}\n")

        assert lock.holder(tmp_path) == os.getppid()
        assert lock.visible_holder(tmp_path) is None
