"""The choice of what `make test` leaves out, and the guard that keeps it true."""

import asyncio
import multiprocessing
import os
import subprocess
from collections.abc import Callable

import pytest
from processes import Guard

THERE = ["true"]
PLUGINS = ("-p", "processes", "-p", "no:asyncio")
STARTS = {
    "subprocess": lambda: subprocess.run(THERE),
    "asyncio": lambda: asyncio.run(asyncio.create_subprocess_exec(*THERE)),
    "fork": os.fork,
    "multiprocessing": multiprocessing.Process().start,
    "spawn": lambda: os.posix_spawn("/bin/true", THERE, {}),
    "shell": lambda: os.system("true"),
}
FILE = """
import subprocess
import pytest

@pytest.fixture
def server(processes):
    subprocess.run(["true"])

def test_of_a_server(server):
    pass

def test_that_swallows():
    try:
        subprocess.run(["true"])
    except OSError:
        pass

def test_pure():
    pass
"""


@pytest.mark.smoke
@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_no_start_passes_the_guard_by(start: Callable[[], object]) -> None:
    guard = Guard()
    guard.closed = True
    try:
        with pytest.raises(PermissionError, match="make check"):
            start()
    finally:
        guard.closed = False


@pytest.mark.smoke
@pytest.mark.usefixtures("processes")
def test_unasked_start_fails_the_test_though_it_was_swallowed(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(FILE)

    ran = pytester.runpytest_inprocess(*PLUGINS)

    ran.assert_outcomes(passed=2, failed=1)
    ran.stdout.fnmatch_lines(["it starts a process without the fixture*"])


@pytest.mark.smoke
@pytest.mark.usefixtures("processes")
def test_what_needs_the_fixture_through_another_is_left_out(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(FILE)

    ran = pytester.runpytest_inprocess(*PLUGINS, "-m", "not process")

    ran.assert_outcomes(passed=1, failed=1, deselected=1)
