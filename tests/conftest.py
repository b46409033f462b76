import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import respx
from hypothesis import HealthCheck, settings

# The time a test takes depends on the machine; how much it looks at does not.
settings.register_profile(
    "secours", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("secours")

# What is said where no plan says in which language, whoever runs the tests.
os.environ["LC_ALL"] = "C.UTF-8"


pytest_plugins = ["processes", "pytester"]

# What takes longest; the first takes longest of all.
FIRST = ("test_demo_browser.py", "engine", "dashboard", "faults", "cli", "probes")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left alone with it."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    place = item.path.relative_to(Path(__file__).parent).parts[0]
    return FIRST.index(place) if place in FIRST else len(FIRST)


@pytest.fixture
def respx_mock() -> Iterator[respx.MockRouter]:
    """Answer in a vendor's place before a connection is opened, by a client of ours."""
    with respx.mock(using="httpx") as router:
        yield router


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Fail in CI what would be skipped: a server or a browser is missing there."""
    report = yield
    if os.environ.get("CI") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"nothing is skipped in CI: {report.longrepr}"
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Let a room that has no test of a sort pass: `make test check ARGS=tests/core`."""
    chosen = session.config.getoption("markexpr")
    if chosen and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was left out, and what to install for it."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ") for report in skipped
    )
    if reasons:
        said = "; ".join(f"{reason} ({n})" for reason, n in sorted(reasons.items()))
        terminalreporter.write_line(f"left out: {said}")
