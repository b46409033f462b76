"""A thousand channels, each tested every 10 s by an engine of its own process."""

from pathlib import Path

import pytest
from servers.storm import INTERVAL_S, Run, measure

from secours.engine.published import snapshot_file
from secours.engine.store.reader import HistoryReader
from secours.engine.store.verify import refold

CHANNELS, SECONDS = 1000, 25.0
GENEROUSLY = 2.0  # others work on this machine too


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("storm")


@pytest.fixture(scope="module")
def storm(folder: Path) -> Run:
    return measure(folder, CHANNELS, SECONDS)


def test_a_thousand_channels_are_tested_as_often_as_asked(storm: Run) -> None:
    assert storm.rate > CHANNELS / INTERVAL_S / GENEROUSLY
    assert storm.all_probed_s(CHANNELS) < INTERVAL_S * GENEROUSLY


def test_none_is_called_failed_that_answers(storm: Run) -> None:
    assert storm.failures == 0


def test_what_arrived_together_is_one_event_and_the_log_told_again_holds(
    storm: Run, folder: Path
) -> None:
    published, _ = snapshot_file.read(next((folder / "run").glob("secours/*")))
    with HistoryReader(folder / "history") as history:
        again = refold(history, published)

    assert again.snapshot == snapshot_file.encoded(published)
    assert again.changes == again.journal
    assert again.events < len(storm.results)
