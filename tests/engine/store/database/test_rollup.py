import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from plans import START, moment

from secours.engine.backup import saving
from secours.engine.store import store
from secours.engine.store.database import retention, rollup, schema
from secours.engine.store.database.rollup import COARSE_S, FINE_S, ResultSums
from secours.engine.store.reader import HistoryReader
from secours.engine.store.store import Store
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Result,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.sections.site import Retention

OUTCOMES: dict[str, Outcome] = {
    "o": ok(Evidence.SERVED, latency_s=0.1),
    "l": ok(Evidence.SERVED, latency_s=0.5),
    "d": degraded(Reason.SLOW, Evidence.SERVED),
    "x": failed(Reason.REFUSED),
    "?": unknown(Reason.PERMISSION),
}


def kept(folder: Path, letters: str, *, start_s: float, every_s: float = 60.0) -> None:
    """Keep a result for each letter."""
    with closing(Store(folder, back_up=saving.before_migration(folder))) as opened:
        for place, letter in enumerate(letters):
            at = moment(start_s + place * every_s)
            opened.result(Result(probe="p", at=at, outcome=OUTCOMES[letter]))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(schema.open_to_write(tmp_path)) as opened:
        yield opened


def after(second: float) -> datetime:
    return START + timedelta(seconds=second)


def seen(folder: Path, every_s: int = FINE_S) -> Sequence[ResultSums]:
    with HistoryReader(folder) as reader:
        return reader.rolled("p", every_s, START - timedelta(days=4000))


def counts(folder: Path, every_s: int = FINE_S) -> list[tuple[float, str]]:
    """Return for each stretch its beginning and what was in it, oldest first."""
    return [
        (
            (each.at - START).total_seconds(),
            "o" * each.ok
            + "d" * each.degraded
            + "x" * each.failed
            + "?" * each.unknown,
        )
        for each in reversed(seen(folder, every_s))
    ]


def test_results_are_counted_and_their_times_added_up(
    tmp_path: Path, database: sqlite3.Connection
) -> None:
    kept(tmp_path, "olx?d" + "oo", start_s=0)

    rollup.roll(database, after(600))

    newest, oldest = seen(tmp_path)
    assert counts(tmp_path) == [(0, "oodx?"), (300, "oo")]
    assert oldest.latency_s == pytest.approx(0.3)
    assert oldest.slowest_s == pytest.approx(0.5)
    assert (oldest.count, oldest.lasting_s) == (5, 300)
    assert newest.latency_s == pytest.approx(0.1)


def test_a_stretch_without_answers_has_no_time(
    tmp_path: Path, database: sqlite3.Connection
) -> None:
    kept(tmp_path, "xx", start_s=0)

    rollup.roll(database, after(600))

    assert [(each.latency_s, each.slowest_s) for each in seen(tmp_path)] == [
        (None, None)
    ]


def test_a_stretch_that_is_not_over_waits(
    tmp_path: Path, database: sqlite3.Connection
) -> None:
    kept(tmp_path, "oooooo", start_s=0)

    rollup.roll(database, after(599))

    assert counts(tmp_path) == [(0, "ooooo")]
    assert counts(tmp_path, COARSE_S) == []


def test_hours_are_made_of_their_twelfths(
    tmp_path: Path, database: sqlite3.Connection
) -> None:
    kept(tmp_path, "oxl" * 40, start_s=1800)

    rollup.roll(database, after(9 * 3600))

    fine, coarse = seen(tmp_path), seen(tmp_path, COARSE_S)
    assert [each.count for each in reversed(coarse)] == [30, 60, 30]
    assert sum(each.ok for each in fine) == sum(each.ok for each in coarse) == 80
    assert coarse[1].latency_s == pytest.approx(0.3)


def test_what_came_late_is_added_and_rolling_twice_changes_nothing(
    tmp_path: Path, database: sqlite3.Connection
) -> None:
    kept(tmp_path, "o" * 10, start_s=0)
    rollup.roll(database, after(3600))
    kept(tmp_path, "x", start_s=30)

    rollup.roll(database, after(3700))
    once = counts(tmp_path), counts(tmp_path, COARSE_S)
    rollup.roll(database, after(3800))

    assert once == ([(0, "ooooox"), (300, "ooooo")], [(0, "oooooooooox")])
    assert (counts(tmp_path), counts(tmp_path, COARSE_S)) == once


def test_results_that_are_gone_take_nothing_from_what_was_rolled_up(
    tmp_path: Path, database: sqlite3.Connection
) -> None:
    kept(tmp_path, "o" * 10, start_s=0)
    rollup.roll(database, after(3600))

    retention.forget(database, Retention(raw_s=3420), after(3600))
    rollup.roll(database, after(3660))

    assert counts(tmp_path) == [(0, "ooooo"), (300, "ooooo")]
    with HistoryReader(tmp_path) as reader:
        assert len(reader.results("p")) == 7


def test_stretches_are_forgotten_each_at_their_own_age(
    tmp_path: Path, database: sqlite3.Connection
) -> None:
    kept(tmp_path, "o", start_s=0)
    day_s = 86400
    rollup.roll(database, after(7200))

    retention.forget(database, Retention(), after(91 * day_s))
    fine, coarse = counts(tmp_path), counts(tmp_path, COARSE_S)
    retention.forget(database, Retention(), after(6 * 365 * day_s))

    assert (fine, coarse) == ([], [(0, "o")])
    assert counts(tmp_path, COARSE_S) == []


def test_the_name_of_a_probe_stays_as_long_as_its_stretches(
    tmp_path: Path, database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "WORTH_A_SWEEP", 0)
    kept(tmp_path, "o", start_s=0)
    rollup.roll(database, after(7200))

    retention.forget(database, Retention(raw_s=1), after(8000))

    assert counts(tmp_path, COARSE_S) == [(0, "o")]


def test_the_store_rolls_up_before_it_forgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "FORGET_EVERY_S", 0.0)

    with closing(Store(tmp_path, Retention(raw_s=3600))) as opened:
        result = Result(probe="p", at=moment(0), outcome=OUTCOMES["o"])
        opened.result(result)
        opened.note(moment(0).utc, "Ana", "note", "x")
        assert opened.wait_written(20.0)

    with HistoryReader(tmp_path) as reader:
        assert reader.results("p") == []
    assert [each.ok for each in seen(tmp_path, COARSE_S)] == [1]


def test_a_history_of_the_first_version_grows_up(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / schema.NAME)) as old:
        old.executescript(f"{schema.versions()[0]}; PRAGMA user_version=1")

    kept(tmp_path, "o", start_s=0)

    assert counts(tmp_path) == []
    with HistoryReader(tmp_path) as reader:
        assert len(reader.results("p")) == 1
