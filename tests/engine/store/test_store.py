import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from plans import moment

from secours.config import read
from secours.engine.store import former_names, store
from secours.engine.store.database import retention, schema, write_queue
from secours.engine.store.database.insertion import Insertion
from secours.engine.store.reader import FORMER_NAMES, HistoryReader, JournalEntry
from secours.engine.store.store import REST_S, Store
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Result,
    Verdict,
    failed,
    ok,
)
from secours.model.sections.site import Retention
from secours.model.sites.membership import Sites
from secours.model.snapshot import Change

QUICKLY_S = 0.05
GENEROUSLY_S = 60.0


def _result(second: float, outcome: Outcome | None = None, probe: str = "p") -> Result:
    return Result(
        probe=probe, at=moment(second), outcome=outcome or ok(Evidence.SERVED)
    )


def _change(second: float) -> Change:
    return Change(
        at=moment(second),
        subject="channel",
        name="mail",
        before="available",
        after="down",
        reason=Reason.REFUSED,
        facts={"port": 25},
    )


def _until(true: object) -> None:
    """Wait for what another thread does."""
    assert callable(true)
    end_s = time.monotonic() + GENEROUSLY_S
    while not true():
        assert time.monotonic() < end_s, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path, retry_s=QUICKLY_S)) as opened:
        yield opened


def test_results_come_back_whole(tmp_path: Path, kept: Store) -> None:
    refused = Outcome(
        verdict=Verdict.FAILED,
        evidence=Evidence.REACHED,
        reason=Reason.RATE_LIMITED,
        facts={"status": 429, "said": "später", "load": 0.5},
        warnings=(Reason.QUOTA, Reason.BALANCE),
        latency_s=0.25,
        retry_after_s=30.0,
    )
    kept.result(_result(1))
    kept.result(_result(2, refused))
    kept.result(_result(1, probe="another"))
    kept.close()

    with HistoryReader(tmp_path) as history:
        assert history.results("p") == [_result(2, refused), _result(1)]
        assert history.latest("p") == _result(2, refused)
        assert history.results("p", since=moment(2).utc) == [_result(2, refused)]
        assert history.latest("unheard of") is None


def test_journal_of_a_foreign_disk_is_of_plain_lines(
    tmp_path: Path, kept: Store
) -> None:
    hostile = "Ana\x1b[31m\u202e\n" + 500 * "x"
    kept.note(moment(1).utc, hostile, hostile, hostile)
    assert kept.wait_written(60.0)

    with HistoryReader(tmp_path) as history:
        (entry,) = history.journal()
    plain = "Ana [31m " + 500 * "x"
    assert (entry.by, entry.kind, entry.text) == (plain, plain, plain)


def test_journal_has_notes_and_changes_newest_first(
    tmp_path: Path, kept: Store
) -> None:
    kept.note(moment(1).utc, "secours", "start", "v1")
    kept.changes([_change(2)])
    kept.note(moment(3).utc, "Ana", "note", "Called the operator")
    kept.close()

    with HistoryReader(tmp_path) as history:
        assert history.transitions() == [_change(2)]
        assert [(e.by, e.kind, e.text) for e in history.journal()] == [
            ("Ana", "note", "Called the operator"),
            ("secours", "change", ""),
            ("secours", "start", "v1"),
        ]
        assert history.journal(since=moment(3).utc, limit=5) == [
            JournalEntry(
                at=moment(3).utc, by="Ana", kind="note", text="Called the operator"
            )
        ]
        assert len(history.journal(limit=2)) == 2


def test_first_failure_in_a_time_is_found_and_the_one_it_began_with(
    tmp_path: Path, kept: Store
) -> None:
    refused = failed(Reason.REFUSED)
    for second, outcome in ((1, None), (2, refused), (3, None), (4, refused)):
        kept.result(_result(second, outcome) if outcome else _result(second))
    kept.close()

    with HistoryReader(tmp_path) as history:

        def first(since: float, until: float | None = None) -> Result | None:
            end = moment(until).utc if until else None
            return history.first_failure("p", moment(since).utc, end)

        assert first(1) == _result(2, refused)
        assert first(2.5, 2.7) == _result(2, refused)
        assert first(3) == _result(4, refused)
        assert first(3, 3.5) is None
        assert first(1000) is None


def test_changes_are_had_in_the_order_in_which_they_were_recorded(
    tmp_path: Path, kept: Store
) -> None:
    kept.changes([_change(2)])
    kept.changes([_change(1)])
    kept.changes([_change(3)])
    kept.close()

    with HistoryReader(tmp_path) as history:
        assert history.recorded(limit=2) == [_change(3), _change(1)]
        assert history.recorded(since=moment(2).utc, limit=9) == [
            _change(3),
            _change(2),
        ]


def test_what_is_noted_is_on_disk_when_it_says_so(tmp_path: Path, kept: Store) -> None:
    kept.note(moment(1).utc, "Ana", "note", "now")

    assert kept.wait_written(GENEROUSLY_S)

    with HistoryReader(tmp_path) as history:
        assert [entry.text for entry in history.journal()] == ["now"]


def test_results_that_come_all_the_time_are_a_transaction_a_second(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = _transactions(monkeypatch)
    began_s = time.monotonic()
    while len(written) < 4:
        kept.result(_result(time.monotonic()))
        time.sleep(0.001)
        assert time.monotonic() - began_s < GENEROUSLY_S

    assert time.monotonic() - began_s > 3 * REST_S


def test_what_people_are_told_waits_for_no_results(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "REST_S", 3600.0)
    kept.result(_result(1))
    # the next would rest for an hour
    _until(lambda: not kept._pending and not kept._in_hand)
    written = _transactions(monkeypatch)
    kept.result(_result(2))
    kept.changes([_change(second) for second in range(write_queue.AT_ONCE + 1)])

    assert kept.wait_written(GENEROUSLY_S)
    assert len(written) == 2


def test_one_that_rests_is_closed_at_once(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "REST_S", 3600.0)
    kept.result(_result(1))
    _until(lambda: not kept._pending and not kept._in_hand)

    assert kept.close()


def _transactions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the number of results of each transaction."""
    written: list[int] = []
    insert = Insertion.insert

    def inserted(
        insertion: Insertion, taken: write_queue.Pending, sites: Sites | None
    ) -> None:
        insert(insertion, taken, sites)
        written.append(len(taken.results))

    monkeypatch.setattr(Insertion, "insert", inserted)
    return written


def test_database_is_of_the_form_that_was_measured(tmp_path: Path, kept: Store) -> None:
    kept.close()

    with closing(schema.open_to_read(tmp_path)) as database:
        (mode,) = database.execute("PRAGMA journal_mode").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        (made,) = database.execute(
            "SELECT sql FROM sqlite_schema WHERE name = 'result'"
        ).fetchone()
    assert mode == "wal"
    assert version == len(schema.versions())
    assert "WITHOUT ROWID" in made
    assert "STRICT" in made
    assert (tmp_path / schema.NAME).stat().st_mode & 0o077 == 0


def test_journal_is_append_only(tmp_path: Path, kept: Store) -> None:
    kept.note(moment(1).utc, "Ana", "note", "as it was")
    kept.close()

    with (
        closing(schema.open_to_write(tmp_path)) as database,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        database.execute("UPDATE journal SET text = 'as we wish'")


def test_readers_cannot_write(tmp_path: Path, kept: Store) -> None:
    kept.close()

    with (
        closing(schema.open_to_read(tmp_path)) as database,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        database.execute("DELETE FROM journal")


def test_no_history_yet_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        HistoryReader(tmp_path)


def test_history_goes_on_in_the_next_store(tmp_path: Path, kept: Store) -> None:
    kept.note(moment(1).utc, "Ana", "note", "before")
    kept.close()

    with closing(Store(tmp_path)) as after:
        after.note(moment(2).utc, "Ana", "note", "after")

    with HistoryReader(tmp_path) as history:
        assert [entry.text for entry in history.journal()] == ["after", "before"]


def test_a_newer_database_is_not_touched(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / schema.NAME)) as database:
        database.execute("PRAGMA user_version = 999")
    before = (tmp_path / schema.NAME).read_bytes()

    with closing(Store(tmp_path, retry_s=QUICKLY_S)) as refused:
        refused.note(moment(1).utc, "Ana", "note", "lost")
        _until(lambda: refused.trouble == "store")
        assert not refused.wait_written(GENEROUSLY_S)

    assert (tmp_path / schema.NAME).read_bytes() == before
    with pytest.raises(schema.Newer):
        HistoryReader(tmp_path)


def test_a_locked_database_is_trouble_until_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "BUSY_TIMEOUT_MS", 10)
    with closing(Store(tmp_path, retry_s=QUICKLY_S)) as kept:
        kept.note(moment(1).utc, "Ana", "note", "one")
        assert kept.wait_written(GENEROUSLY_S)
        with closing(sqlite3.connect(tmp_path / schema.NAME)) as other:
            other.execute("BEGIN IMMEDIATE")
            kept.note(moment(2).utc, "Ana", "note", "two")
            kept.result(_result(3))
            _until(lambda: kept.trouble == "disk")
        _until(lambda: kept.trouble is None)

    with HistoryReader(tmp_path) as history:
        assert [entry.text for entry in history.journal()] == ["two", "one"]
        assert history.latest("p") == _result(3)


def test_a_full_disk_is_trouble_until_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = schema.open_to_write
    room = {"pages": 30}

    def narrow(folder: Path, *name: str) -> sqlite3.Connection:
        connection = opened(folder, *name)
        connection.execute(f"PRAGMA max_page_count = {room['pages']}")
        return connection

    monkeypatch.setattr(schema, "open_to_write", narrow)
    with closing(Store(tmp_path, retry_s=QUICKLY_S)) as kept:
        for number in range(2000):
            kept.result(_result(number, failed(Reason.CONTENT, n=number)))
        _until(lambda: kept.trouble == "disk")
        room["pages"] = 100_000
        _until(lambda: kept.trouble is None)

    with HistoryReader(tmp_path) as history:
        assert len(history.results("p", limit=5000)) == 2000


def test_a_folder_that_comes_later_is_used_then(tmp_path: Path) -> None:
    folder = tmp_path / "disk" / "history"
    (tmp_path / "disk").write_text("not mounted")
    with closing(Store(folder, retry_s=QUICKLY_S)) as kept:
        kept.note(moment(1).utc, "Ana", "note", "held")
        _until(lambda: kept.trouble == "disk")
        (tmp_path / "disk").unlink()
        _until(lambda: kept.trouble is None)

    with HistoryReader(folder) as history:
        assert [entry.text for entry in history.journal()] == ["held"]


def test_while_the_disk_refuses_old_results_go_and_notes_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_queue, "RESULTS_HELD", 5)
    (tmp_path / "disk").write_text("not mounted")
    with closing(Store(tmp_path / "disk", retry_s=QUICKLY_S)) as kept:
        kept.note(moment(0).utc, "Ana", "note", "first of all")
        for second in range(50):
            kept.result(_result(second))
        _until(lambda: kept.trouble == "disk")
        (tmp_path / "disk").unlink()
        _until(lambda: kept.trouble is None)

    with HistoryReader(tmp_path / "disk") as history:
        assert [entry.text for entry in history.journal()] == ["first of all"]
        assert history.results("p") == [_result(s) for s in (49, 48, 47, 46, 45)]


def test_a_row_that_cannot_be_written_does_not_stop_the_rest(
    tmp_path: Path, kept: Store
) -> None:
    kept.result(_result(1, ok(Evidence.SERVED, latency_s=1e300)))
    kept.note(moment(1).utc, "Ana", "note", "stays")
    assert kept.wait_written(GENEROUSLY_S)
    kept.result(_result(2))
    kept.close()

    assert kept.trouble is None
    with HistoryReader(tmp_path) as history:
        assert [entry.text for entry in history.journal()] == ["stays"]
        assert history.latest("p") == _result(2)


def test_what_is_too_old_is_forgotten(tmp_path: Path, kept: Store) -> None:
    kept.result(_result(0, failed(Reason.REFUSED, n=1)))
    kept.result(_result(100))
    kept.changes([_change(0)])
    kept.note(moment(0).utc, "Ana", "note", "old")
    kept.note(moment(100).utc, "Ana", "note", "new")
    kept.close()

    with closing(schema.open_to_write(tmp_path)) as database:
        now = moment(0).utc + timedelta(seconds=150)
        retention.forget(database, Retention(raw_s=100, journal_s=100), now)

    with HistoryReader(tmp_path) as history:
        assert history.results("p") == [_result(100)]
        assert history.transitions() == []
        assert [entry.text for entry in history.journal()] == ["new"]


def test_texts_that_no_row_needs_are_swept(
    tmp_path: Path, kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "WORTH_A_SWEEP", 0)
    kept.result(_result(0, failed(Reason.REFUSED, n=1)))
    kept.result(_result(100))
    kept.close()

    with closing(schema.open_to_write(tmp_path)) as database:
        now = moment(0).utc + timedelta(seconds=150)
        retention.forget(database, Retention(raw_s=100), now)
        texts = database.execute("SELECT text FROM text").fetchall()

    assert texts == [("p",)]


def test_former_names_that_cannot_be_read_are_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: Path) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    plan = read(b"channels: {siren: {was: pager, purposes: [alert]}}", "probes.yaml")
    with closing(Store(tmp_path)) as made:
        made.remember(FORMER_NAMES, b'{"horn": "siren"}', urgent=True)
        assert made.wait_written(GENEROUSLY_S)
        monkeypatch.setattr(former_names, "HistoryReader", refuse)
        former_names.keep(made, plan, moment(1))

    with HistoryReader(tmp_path) as history:
        assert history.names == {"horn": "siren"}


def test_a_note_with_a_byte_that_is_no_text_is_kept_without_it(tmp_path: Path) -> None:
    with closing(Store(tmp_path, retry_s=QUICKLY_S)) as kept:
        kept.note(moment(1).utc, "secours", "standby-follows", "https://h\udce9st")
        kept.note(moment(2).utc, "Ana", "note", "later")

        assert kept.wait_written(QUICKLY_S * 40)

    with HistoryReader(tmp_path) as history:
        said = [entry.text for entry in history.journal()]
        assert said == ["later", "https://h?st"]
