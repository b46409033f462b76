import os
import time
from pathlib import Path

import pytest
from dashboard.served import rooms

from secours import places
from secours.engine import lock
from secours.engine.published import vitals, watchdog

__all__ = ["rooms"]


def test_without_an_engine_nothing_runs(rooms: Path) -> None:
    found = vitals.vitals()

    assert (found.running, found.cpu_s, found.restarted_often) == (False, None, False)


def test_of_an_engine_its_lock_and_the_kernel_tell(rooms: Path) -> None:
    before = time.process_time()
    with lock.hold(places.data_dir(), places.runtime_dir()):
        found = vitals.vitals()

    assert found.running
    assert found.cpu_s == pytest.approx(before, abs=1.0)
    assert found.version


def test_of_a_process_that_is_hidden_it_is_only_known_that_it_runs(
    rooms: Path,
) -> None:
    with lock.hold(places.data_dir()):
        (places.data_dir() / lock.NAME).write_text("1\n")
        found = vitals.vitals()

    assert (found.running, found.cpu_s) == (True, None)


def test_restarts_are_counted(rooms: Path) -> None:
    for _ in range(watchdog.OFTEN):
        watchdog.note_restart(places.runtime_dir())

    assert vitals.vitals().restarted_often


def test_a_process_that_is_gone_takes_nothing() -> None:
    assert vitals.cpu_s(os.getpid()) is not None
    assert vitals.cpu_s(0) is None
