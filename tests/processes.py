"""A plugin that tells the tests that start processes, and lets no other start one.

`make test` leaves out what starts processes. That is what asks for the fixture
`processes`, by itself or by a fixture that needs it. To everything else a start is
refused by an audit hook of the interpreter, which a browser does not pass by either.

Source: PEP 578, and the table of audit events in the documentation of Python.
"""

import sys
from collections.abc import Generator
from typing import Any

import pytest

STARTS = {
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.system",
    "subprocess.Popen",  # of asyncio too
}
ADVICE = (
    "it starts a process without the fixture `processes`: add"
    ' @pytest.mark.usefixtures("processes"), and it is part of `make check`'
)


class Guard:
    """The starts that the test which runs was refused, unless it may start any."""

    def __init__(self) -> None:
        self.closed = False
        self.refused: list[str] = []
        sys.addaudithook(self.hear)

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Refuse the start of a process, as a system that has no more of them."""
        if self.closed and event in STARTS:
            self.refused.append(f"{event}{args[:2]}")
            raise PermissionError(ADVICE)


GUARD = Guard()


@pytest.fixture(scope="session")
def processes() -> None:
    """Let a test, or a fixture that needs this one, start processes."""


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts processes."""
    for item in filter(_may_start, items):
        item.add_marker("process")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Close the guard while a test runs that did not ask."""
    GUARD.closed = not _may_start(item)
    try:
        return (yield)
    finally:
        GUARD.closed = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Fail what was refused a start, also where it took that for a missing program."""
    report = yield
    if GUARD.refused:
        report.outcome = "failed"
        report.longrepr = f"{ADVICE}: {', '.join(GUARD.refused)}"
        GUARD.refused.clear()
    return report


def _may_start(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "processes" in item.fixturenames
