"""A database that is damaged or gone, whatever lies in its place."""

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from copy import copy
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from plans import START, moment
from servers import small_disk

from secours.engine.store.database import (
    insertion,
    reset,
    retention,
    salvage,
    schema,
    set_aside,
)
from secours.engine.store.database.damage import DamageWatch
from secours.engine.store.probe_notes import ProbeNotes
from secours.engine.store.reader import HistoryReader
from secours.engine.store.store import Store
from secours.model.observed import Instant

QUICKLY_S = 0.05
GENEROUSLY_S = 60.0
ASIDE = f"{salvage.ASIDE}{START:%Y-%m-%d}"


def _until(true: Callable[[], object]) -> None:
    """Wait for it; while a file is exchanged it cannot be read."""
    end_s = time.monotonic() + GENEROUSLY_S
    while True:
        with suppress(sqlite3.OperationalError):
            if true():
                return
        assert time.monotonic() < end_s, "it did not happen"
        time.sleep(0.01)


@contextmanager
def _store(folder: Path) -> Iterator[Store]:
    with closing(Store(folder, retry_s=QUICKLY_S, now=lambda: moment(0))) as store:
        yield store


def _note(store: Store, text: str) -> None:
    store.note(moment(1).utc, "Ana", "note", text)
    assert store.wait_written(GENEROUSLY_S), store.trouble


def _notes(folder: Path) -> list[str]:
    with HistoryReader(folder) as history:
        entries = history.journal()
    return sorted(entry.text for entry in entries if entry.kind == "note")


def _kinds(folder: Path) -> list[str]:
    with HistoryReader(folder) as history:
        entries = history.journal()
    return sorted(entry.kind for entry in entries if entry.kind != "note")


def _is_begun(folder: Path) -> bool:
    """Tell whether a new history is there with what could be read of the old one."""
    try:
        return salvage.COPIED in _kinds(folder)
    except (sqlite3.Error, FileNotFoundError):
        return False


def _lived(folder: Path, *notes: str) -> None:
    with _store(folder) as store:
        for text in notes:
            _note(store, text)


def _clip(file: Path) -> None:
    """Cut off a page that has no journal, so that SQLite refuses the file."""
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - 4096)


# ------------------------------------------------------------------ what lies there


def test_what_was_kept_under_a_name_goes_on(tmp_path: Path) -> None:
    with _store(tmp_path) as store:
        with ProbeNotes(store).of("sms") as notes:
            notes["sent"] = "7"
        _note(store, "before")
    with closing(schema.open_to_read(tmp_path)) as connection:
        before = connection.execute("SELECT * FROM kept").fetchall()
    _clip(tmp_path / schema.NAME)

    with _store(tmp_path) as store:
        _note(store, "after")
        with ProbeNotes(store).of("sms") as notes:
            assert notes == {"sent": "7"}
        _until(lambda: _is_begun(tmp_path))

    with closing(schema.open_to_read(tmp_path)) as connection:
        after = connection.execute("SELECT * FROM kept").fetchall()
    assert retention.HORIZON in dict(before)
    assert set(before) <= set(after)
    assert _notes(tmp_path) == ["after", "before"]
    assert (tmp_path / f"{ASIDE}.sqlite3").stat().st_mode & 0o077 == 0


def test_a_link_to_something_spoilt_is_set_aside_and_not_what_it_leads_to(
    tmp_path: Path,
) -> None:
    (tmp_path / "elsewhere").write_bytes(b"spoilt")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / schema.NAME).symlink_to(tmp_path / "elsewhere")

    _lived(folder, "after")

    assert (tmp_path / "elsewhere").read_bytes() == b"spoilt"
    assert (folder / f"{ASIDE}.sqlite3").is_symlink()
    assert not (folder / schema.NAME).is_symlink()
    assert _notes(folder) == ["after"]


def test_a_link_to_a_history_is_followed(tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / schema.NAME).symlink_to(tmp_path / "big" / "history")

    _lived(folder, "before")
    _lived(folder, "after")

    assert (folder / schema.NAME).is_symlink()
    assert _notes(folder) == ["after", "before"]
    assert _kinds(folder) == []


def test_a_pipe_is_set_aside_and_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / schema.NAME)

    with pytest.raises(FileNotFoundError):
        HistoryReader(tmp_path)
    with _store(tmp_path) as store:
        _note(store, "after")
        _until(lambda: _is_begun(tmp_path))
        _note(store, "later")

    assert (tmp_path / f"{ASIDE}.sqlite3").is_fifo()
    assert _notes(tmp_path) == ["after", "later"]


def test_names_of_one_day_do_not_collide(tmp_path: Path) -> None:
    for number in range(4):
        _lived(tmp_path, f"note {number}")
        _clip(tmp_path / schema.NAME)
    with _store(tmp_path):  # one after another of those set aside is read
        notes = [f"note {number}" for number in range(4)]
        _until(lambda: _is_begun(tmp_path) and _notes(tmp_path) == notes)

    names = [f"{ASIDE}{more}.sqlite3" for more in ("", "-2", "-3", "-4")]
    assert all((tmp_path / name).exists() for name in names)


def test_a_line_of_before_stands_before_those_of_now(tmp_path: Path) -> None:
    _lived(tmp_path, "a", "b")
    _clip(tmp_path / schema.NAME)
    with _store(tmp_path) as store:
        _note(store, "c")
        _until(lambda: _is_begun(tmp_path))

    with closing(schema.open_to_read(tmp_path)) as connection:
        asked = "SELECT text FROM journal WHERE kind = 'note' ORDER BY id"
        assert connection.execute(asked).fetchall() == [("a",), ("b",), ("c",)]


def test_a_disk_that_spoils_each_new_file_gets_no_more_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(_self: insertion.Insertion, *_taken: object) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    monkeypatch.setattr(insertion.Insertion, "insert", spoilt)
    with _store(tmp_path) as store:
        store.note(moment(1).utc, "Ana", "note", "held")
        _until(lambda: store.trouble == "disk")
        time.sleep(5 * QUICKLY_S)  # it is tried again and again

    assert len(list(tmp_path.glob(f"{salvage.ASIDE}*.sqlite3"))) == 1
    assert [note[3] for note in store.unwritten().notes] == ["held"]


def test_a_defect_of_ours_is_trouble_and_no_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: insertion.Insertion, *_taken: object) -> None:
        raise RuntimeError("nobody foresaw this")

    with _store(tmp_path) as store:
        _note(store, "before")
        with monkeypatch.context() as patch:
            patch.setattr(insertion.Insertion, "insert", broken)
            store.note(moment(1).utc, "Ana", "note", "held")
            _until(lambda: store.trouble == "disk")
        _until(lambda: store.trouble is None)

    assert _notes(tmp_path) == ["before", "held"]


def test_it_is_said_for_a_day(tmp_path: Path) -> None:
    (tmp_path / schema.NAME).write_bytes(b"spoilt")
    _lived(tmp_path, "after")
    said = []
    for hours in (0, 23, 25):
        later = Instant(START + timedelta(hours=hours), 3600.0 * hours)
        with closing(Store(tmp_path, now=partial(copy, later))) as store:
            _note(store, f"{hours}")
            said.append(store.begun_anew)

    assert said == [reset.DAMAGED, reset.DAMAGED, None]


# ------------------------------------------------------------------ killed


class _Killed(BaseException):
    pass


@pytest.mark.parametrize("at", range(4))
def test_who_is_killed_between_two_renames_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    live, folder = tmp_path / "live", tmp_path / "data"
    with closing(schema.open_to_write(live)) as connection:
        connection.execute("INSERT INTO journal VALUES (1, 1, 'Ana', 'note', 'wal')")
        shutil.copytree(live, folder)  # with what was not taken out of the WAL
    left, rename = [at], Path.rename

    def renamed(self: Path, target: Path) -> Path:
        if not left[0]:
            raise _Killed
        left[0] -= 1
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", renamed)
        with pytest.raises(_Killed):
            set_aside.begin(folder, reset.DAMAGED, START, [])
    if at == 0:  # nothing has happened yet
        set_aside.go_on(folder)
        assert not list(folder.glob("history.new*"))
        set_aside.begin(folder, reset.DAMAGED, START, [])
    with _store(folder):
        _until(lambda: _is_begun(folder))

    aside = f"{ASIDE}.sqlite3"
    assert {p.name for p in folder.glob("history.damaged*")} >= {aside, f"{aside}-wal"}
    assert _notes(folder) == ["wal"]
    assert _kinds(folder) == [salvage.COPIED, reset.DAMAGED]
    assert not list(folder.glob("history.new*"))


def test_a_new_one_that_was_not_finished_is_made_again(tmp_path: Path) -> None:
    (tmp_path / set_aside.FRESH).write_bytes(b"half")

    _lived(tmp_path, "after")

    assert _notes(tmp_path) == ["after"]
    assert not (tmp_path / set_aside.FRESH).exists()


# ------------------------------------------------------------------ gone


def _delete(folder: Path) -> None:
    for file in folder.glob(f"{schema.NAME}*"):
        file.unlink()


def _delete_wal(folder: Path) -> None:
    (folder / f"{schema.NAME}-wal").unlink()


def _delete_all_but_wal(folder: Path) -> None:
    (folder / schema.NAME).unlink()


def _move_and_link(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (folder / schema.NAME).rename(elsewhere / schema.NAME)
    (folder / schema.NAME).symlink_to(elsewhere / schema.NAME)


def _delete_folder(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("act", "kinds"),
    [
        (_delete, [salvage.COPIED, reset.GONE]),
        (_delete_all_but_wal, [salvage.COPIED, reset.GONE]),
        (_delete_folder, [salvage.COPIED, reset.GONE]),
        (_delete_wal, []),
    ],
)
def test_what_was_written_to_a_file_that_is_gone_is_taken_over(
    tmp_path: Path, act: Callable[[Path], None], kinds: list[str]
) -> None:
    folder = tmp_path / "data"
    with _store(folder) as store:
        for number in range(5):
            _note(store, f"note {number}")
        act(folder)
        _note(store, "note 5")
        _until(lambda: _kinds(folder) == kinds)

    assert _notes(folder) == [f"note {number}" for number in range(6)]


def test_what_is_gone_is_taken_over_at_the_end_too(tmp_path: Path) -> None:
    with _store(tmp_path) as store:
        _note(store, "before")
        _delete(tmp_path)

    assert _notes(tmp_path) == ["before"]


def test_a_history_that_somebody_vacuums_is_not_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = threading.Event()
    monkeypatch.setattr(DamageWatch, "look_now", lambda _self: looked.set())
    _lived(tmp_path, "before")
    with closing(sqlite3.connect(tmp_path / schema.NAME)) as other:
        other.execute("CREATE TABLE big (x)")
        other.execute("INSERT INTO big VALUES (zeroblob(1000000))")
        other.commit()
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with _store(tmp_path) as store:
            _note(store, "open")
            other.execute("DROP TABLE big")
            other.execute("VACUUM")
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            _note(store, "after")
            assert looked.is_set()

    assert _notes(tmp_path) == ["after", "before", "open"]
    assert _kinds(tmp_path) == []


def test_a_history_cut_short_while_it_is_open_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secours.engine.store.store.LOOK_EVERY_S", 0.05)
    _lived(tmp_path, "before")
    with _store(tmp_path) as store:
        _note(store, "open")
        _clip(tmp_path / schema.NAME)
        _until(lambda: store.begun_anew == reset.DAMAGED)
        _until(lambda: _is_begun(tmp_path))

    assert _notes(tmp_path) == ["before", "open"]


def test_a_history_that_is_moved_and_linked_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with _store(folder) as store:
        _note(store, "before")
        _move_and_link(folder)
        _note(store, "after")
        _until(lambda: reset.GONE in _kinds(folder))
        _until(lambda: _notes(folder) == ["after", "before"])

    assert _notes(tmp_path / "elsewhere") == ["after", "before"]


def test_another_history_in_its_place_goes_on_with_its_own_wal(tmp_path: Path) -> None:
    other, folder = tmp_path / "other", tmp_path / "data"
    with closing(schema.open_to_write(other)) as connection:
        connection.execute("INSERT INTO journal VALUES (1, 1, 'Ana', 'note', 'other')")
        shutil.copytree(other, tmp_path / "backup")
    with _store(folder) as store:
        _note(store, "before")
        for part in ("-wal", ""):
            (tmp_path / "backup" / f"{schema.NAME}{part}").replace(
                folder / f"{schema.NAME}{part}"
            )
        _note(store, "after")
        _until(lambda: _is_begun(folder))

    assert _notes(folder) == ["after", "before", "other"]


def test_nobody_has_to_write_for_it_to_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secours.engine.store.store.LOOK_EVERY_S", 0.05)
    with _store(tmp_path) as store:
        _note(store, "before")
        _delete(tmp_path)
        _until(lambda: store.begun_anew == reset.GONE)
        _until(lambda: _is_begun(tmp_path))

    assert _notes(tmp_path) == ["before"]


# ------------------------------------------------------------------ a disk that refuses


@pytest.mark.usefixtures("processes")
@small_disk.NEEDED
def test_on_a_full_disk_it_is_set_aside_when_there_is_room(tmp_path: Path) -> None:
    with small_disk.mounted(tmp_path / "disk") as disk:
        _lived(disk, "before")
        _clip(disk / schema.NAME)
        small_disk.fill(disk)
        spoilt = (disk / schema.NAME).read_bytes()
        with _store(disk) as store:
            store.note(moment(1).utc, "Ana", "note", "held")
            _until(lambda: store.trouble == "disk")
            assert (disk / schema.NAME).read_bytes() == spoilt
            small_disk.make_room(disk)
            _until(lambda: store.trouble is None)
            _until(lambda: _is_begun(disk))

        assert _notes(disk) == ["before", "held"]
        assert _kinds(disk) == [salvage.COPIED, reset.DAMAGED]


@pytest.mark.usefixtures("processes")
@small_disk.NEEDED
def test_on_a_disk_that_fills_up_meanwhile_the_rest_is_taken_over_later(
    tmp_path: Path,
) -> None:
    with small_disk.mounted(tmp_path / "disk", "12m") as disk:
        _lived(disk, *(f"note {n:03} {'x' * 1500}" for n in range(400)))
        _clip(disk / schema.NAME)
        small_disk.fill(disk, but=500_000)  # enough for a new one, not for the old
        with _store(disk) as store:
            _until(lambda: store.trouble == "disk")
            small_disk.make_room(disk)
            _until(lambda: store.trouble is None)
            _until(lambda: _is_begun(disk))

        found = _notes(disk)
        assert 390 < len(found) == len(set(found))  # the last page is cut off


@pytest.mark.usefixtures("processes")
@small_disk.NEEDED
def test_on_a_read_only_disk_it_is_set_aside_when_it_takes_writes(
    tmp_path: Path,
) -> None:
    with small_disk.mounted(tmp_path / "disk") as disk:
        _lived(disk, "before")
        _clip(disk / schema.NAME)
        small_disk.remount(disk, "ro")
        with _store(disk) as store:
            store.note(moment(1).utc, "Ana", "note", "held")
            _until(lambda: store.trouble == "disk")
            small_disk.remount(disk, "rw")
            _until(lambda: store.trouble is None)
            _until(lambda: _is_begun(disk))

        assert _notes(disk) == ["before", "held"]
