"""A wall clock that is wrong, for an hour or for good, deletes and hides nothing."""

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import time_machine
from msgspec.structs import replace
from plans import moment

from secours.engine import clock
from secours.engine.clock import DOUBTED_AT_MOST_S, Doubt
from secours.engine.store import store
from secours.engine.store.database import retention, rollup, rows, schema
from secours.engine.store.database.retention import Horizon
from secours.engine.store.database.write_queue import Place
from secours.engine.store.reader import HistoryReader
from secours.engine.store.store import Store
from secours.model.observed import Evidence, Instant, Outcome, Reason, Result, ok
from secours.model.sections.site import Retention
from secours.model.snapshot import Change

GENEROUSLY_S = 60.0
FINE: Outcome = ok(Evidence.SERVED, latency_s=0.1)
FAR = datetime(2035, 6, 1, tzinfo=UTC)
NUMBERS = count(1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _sweeps_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "FORGET_EVERY_S", 0.0)


def _change(at: Instant, name: str = "mail") -> Change:
    return Change(
        at=at,
        subject="channel",
        name=name,
        before="available",
        after="down",
        reason=Reason.REFUSED,
    )


def _lived(kept: Store, text: str) -> None:
    """Let something of every kind happen now, and see it on disk."""
    number, at = next(NUMBERS), clock.now()
    at = replace(at, steady_s=at.steady_s + number)  # two may come in one millisecond
    kept.result(Result(probe="p", at=at, outcome=FINE))
    kept.changes([_change(at)])
    kept.event(Place(0, number, at), "tick", b"")
    kept.plan(text, at.utc, b"plan")
    kept.note(at.utc, "Ana", "note", text)
    assert kept.wait_written(GENEROUSLY_S)


def _counts(folder: Path) -> dict[str, int]:
    tables = ("result", "transition", "event", "plan", "journal", "rollup")
    with closing(schema.open_to_read(folder)) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in tables
        }


def _swept_at(folder: Path, moment: datetime) -> None:
    """Wait until a sweep has seen this date."""
    end_s = time.monotonic() + GENEROUSLY_S
    while True:
        assert time.monotonic() < end_s, "nothing was swept"
        with HistoryReader(folder) as history:
            fine = history.rolled("p", 300, EPOCH)
        if any(each.at >= moment for each in fine):
            return
        time.sleep(0.02)


@pytest.mark.parametrize("restarted", [True, False])
def test_a_sweep_in_2035_deletes_nothing(tmp_path: Path, *, restarted: bool) -> None:
    start = clock.now().utc
    with time_machine.travel(start, tick=True) as traveller:
        kept = Store(tmp_path)
        _lived(kept, "now")
        if restarted:
            kept.close()
        traveller.move_to(FAR)
        if restarted:
            kept = Store(tmp_path)
        _lived(kept, "in 2035")
        traveller.shift(timedelta(minutes=10))
        _lived(kept, "later")
        _swept_at(tmp_path, FAR)  # so far the stretches are rolled up: swept after
        _lived(kept, "after the sweep")
        kept.close()
        counts = _counts(tmp_path)

    assert counts["result"] == counts["transition"] == counts["event"] == 4
    assert counts["plan"] == counts["journal"] == 4
    assert counts["rollup"] >= 1


def test_while_the_clock_is_in_doubt_nothing_is_forgotten(tmp_path: Path) -> None:
    old = clock.now().utc - timedelta(days=9)
    with closing(Store(tmp_path)) as kept:
        kept.clock_doubted = True
        at = Instant(old, 5.0)
        kept.result(Result(probe="p", at=at, outcome=FINE))
        _lived(kept, "now")
        _lived(kept, "again")
        doubted = _counts(tmp_path)["result"]
        kept.clock_doubted = False
        _lived(kept, "believed")
        _lived(kept, "once more")
    trusted = _counts(tmp_path)["result"]

    assert doubted == 3
    assert trusted == 4  # of five: the one of 9 days ago is gone


BEGUN = Horizon(utc=moment(0).utc, seen=moment(0), boot_id="boot")


@pytest.mark.parametrize(
    ("passed_s", "wall_s", "boot_id", "moved_s"),
    [
        (3600, 3600, "boot", 3600),
        (3600, 9 * 365 * 86400, "boot", 3600),  # 2035
        (3600, 1800, "boot", 1800),  # set back: never ahead of the wall clock
        (0, 8 * 3600, "another", 8 * 3600),  # off for a night
        (0, 9 * 365 * 86400, "another", 0),
        (0, 3600, "", 3600),
    ],
)
def test_ages_count_no_faster_than_time_passes(
    passed_s: float, wall_s: float, boot_id: str, moved_s: float
) -> None:
    now = Instant(moment(wall_s).utc, moment(passed_s).steady_s)

    after = retention.advanced(BEGUN, now, boot_id)

    assert after.utc == moment(moved_s).utc
    assert after.seen == now


def test_the_journal_of_a_machine_that_started_in_1970_stays(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as kept:
        kept.note(EPOCH + timedelta(seconds=30), "Ana", "note", "before the clock")
        assert kept.wait_written(GENEROUSLY_S)

    with closing(schema.open_to_write(tmp_path)) as database:
        retention.forget(database, Retention(), clock.now().utc)

    with HistoryReader(tmp_path) as history:
        assert [entry.text for entry in history.journal()] == ["before the clock"]


def test_rows_of_a_date_to_come_hide_no_others(tmp_path: Path) -> None:
    now = clock.now()
    with closing(Store(tmp_path)) as kept:
        for n in range(3):
            for at in (now.utc - timedelta(seconds=n), FAR):
                when = Instant(at + timedelta(seconds=n), now.steady_s + n)
                kept.note(at, "Ana", "note", f"{at.year} {n}")
                kept.changes([_change(when, f"{at.year} {n}")])
                kept.result(Result(probe="p", at=when, outcome=FINE))
        assert kept.wait_written(GENEROUSLY_S)

    with HistoryReader(tmp_path) as history:
        notes = [e.text for e in history.journal(limit=6) if e.kind == "note"]
        changes = [change.name for change in history.transitions(limit=2)]
        latest = history.latest("p")
        everything = history.journal(since=now.utc - timedelta(hours=1))
    assert notes == [f"{now.utc.year} {n}" for n in range(3)]
    assert all(name.startswith(str(now.utc.year)) for name in changes)
    assert latest is not None
    assert latest.at.utc < FAR
    assert len(everything) == 12
    assert [entry.at.year for entry in everything[-6:]] == [2035] * 6


def test_a_stretch_of_a_date_to_come_stops_no_other(tmp_path: Path) -> None:
    now = rows.utc(rows.ms(clock.now().utc))
    hour_ago = now - timedelta(hours=1)
    with closing(schema.open_to_write(tmp_path)) as database:
        database.execute("INSERT INTO text VALUES (1, 'p')")

        def result(at: datetime) -> None:
            row = (1, rows.ms(at), 0, *[0] * 2, *[None] * 9)
            database.execute(f"INSERT INTO result VALUES ({','.join('?' * 14)})", row)

        result(FAR)
        rollup.roll(database, FAR + timedelta(hours=1))
        result(hour_ago)
        rollup.roll(database, now)

    with HistoryReader(tmp_path) as history:
        assert history.rolled("p", 300, EPOCH)[0].at.year == now.year


STARTED = moment(0)
PAST = moment(3600).utc  # a row of this date is in the store


@pytest.fixture
def doubt() -> Doubt:
    return Doubt(PAST, STARTED)


def _at(second: float, steady_s: float = 0.0) -> Instant:
    return Instant(moment(second).utc, STARTED.steady_s + steady_s)


def test_a_clock_behind_what_is_past_is_in_doubt_until_it_is_set(doubt: Doubt) -> None:
    assert doubt.holds(_at(10, 10))
    assert not doubt.holds(_at(3700, 20))


def test_a_clock_before_there_was_secours_is_never_believed(doubt: Doubt) -> None:
    start = replace(STARTED, utc=EPOCH)
    doubt.note_jump(-1e9, start)

    assert doubt.holds(start)
    assert doubt.holds(Instant(EPOCH + timedelta(days=3), start.steady_s + 3 * 86400))


def test_who_sets_the_clock_back_is_believed_after_a_while(doubt: Doubt) -> None:
    doubt.note_jump(-7200.0, _at(10, 10))

    assert doubt.holds(_at(20, 20))
    assert not doubt.holds(_at(400, 400))


def test_after_a_day_the_clock_of_before_is_what_was_wrong(doubt: Doubt) -> None:
    far = Doubt(FAR, STARTED)

    assert far.holds(_at(DOUBTED_AT_MOST_S - 1, DOUBTED_AT_MOST_S - 1))
    assert not far.holds(_at(DOUBTED_AT_MOST_S + 1, DOUBTED_AT_MOST_S + 1))
