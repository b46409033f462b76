import gc
import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import respx
from hypothesis import HealthCheck, settings

from secours.engine import clock
from secours.model.observed import Instant
from secours.render import no_break

# The time a test takes depends on the machine; how much it looks at does not.
settings.register_profile(
    "secours", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("secours")

# What is said where no plan says in which language, whoever runs the tests.
os.environ["LC_ALL"] = "C.UTF-8"


pytest_plugins = ["processes", "pytester"]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Look for no garbage in what is collected: all of it stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# What takes longest; the first takes longest of all.
FIRST = (
    "dashboard/test_duty_browser.py",
    "model/test_against_the_core.py",
    "test_tour_browser.py",
    "test_demo_browser.py",
    "container",
    "deploy",
    "proxies",
    "faults",
    "engine",
    "dashboard",
    "core",
    "cli",
    "sites",
    "probes",
)


@pytest.hookimpl(trylast=True)  # after `-m` has chosen
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and spread the browsers over all of the run.

    A browser takes a processor, an engine mostly waits: side by side they leave none
    idle, and no test is held up by five browsers.
    """
    drawn, others = dict[Path, None](), dict[Path, None]()
    for item in sorted(items, key=_turn):
        (drawn if item.get_closest_marker("browser") else others)[item.path] = None
    turns = {
        path: number / len(files)
        for files in (others, drawn)
        for number, path in enumerate(files)
    }
    items.sort(key=lambda item: turns[item.path])


def _turn(item: pytest.Item) -> int:
    place = item.path.relative_to(Path(__file__).parent)
    found = (n for n, first in enumerate(FIRST) if place.is_relative_to(first))
    return next(found, len(FIRST))


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


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass after the next whole second: ages are said in them."""
    now = clock.now()
    at = Instant(now.utc, float(int(now.steady_s) + 1))
    monkeypatch.setattr(clock, "now", lambda: at)


@pytest.fixture(scope="module")
def plain_spaces() -> Iterator[None]:
    """Read words as they are written: where a line may not end is tested apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(no_break, "NO_BREAK", " ")
        yield
