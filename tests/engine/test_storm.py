"""A thousand channels, each tested every 10 s by an engine of its own process.

How soon and how often is measured in bench/rows/sizes.py.
"""

import time
from collections import Counter, defaultdict
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from servers.storm import Run, measure

from secours.engine import state_file
from secours.engine.published import snapshot_file
from secours.engine.store.reader import HistoryReader
from secours.engine.store.verify import refold

CHANNELS = 1000
GENEROUSLY_S = 200.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("storm")


@pytest.fixture(scope="module")
def storm(processes: None, folder: Path) -> Run:
    return measure(folder, CHANNELS, partial(all_tested_twice, folder))


def all_tested_twice(folder: Path) -> None:
    """Wait until the snapshot has a second result of every channel."""
    seen: defaultdict[str, set[float]] = defaultdict(set)
    ends_s = time.monotonic() + GENEROUSLY_S
    while sum(len(times) > 1 for times in seen.values()) < CHANNELS:
        assert time.monotonic() < ends_s, seen
        time.sleep(0.5)
        with suppress(FileNotFoundError, StopIteration):
            shown, _ = snapshot_file.read(next((folder / "run").glob("secours/*")))
            for view in shown.channels:
                seen[view.name] |= {each.at.steady_s for each in view.probes if each.at}


def test_a_thousand_channels_are_tested_again_and_again(storm: Run) -> None:
    times = Counter(each.probe for each in storm.results)

    assert len(times) == CHANNELS
    assert min(times.values()) >= 2


def test_none_is_called_failed_that_answers(storm: Run) -> None:
    assert storm.failures == 0


def test_what_arrived_together_is_one_event_and_the_log_told_again_holds(
    storm: Run, folder: Path
) -> None:
    published, _ = snapshot_file.read(next((folder / "run").glob("secours/*")))
    with HistoryReader(folder / "history") as history:
        again = refold(history, published)

    assert again.snapshot == state_file.encoded(published)
    assert again.changes == again.journal
    assert again.events < len(storm.results)
