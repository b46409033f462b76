"""What can be read of a database, wherever its pages are damaged?"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from plans import START, moment

from secours.engine.published.current import of_nothing
from secours.engine.store.database import pages, rows, salvage, schema
from secours.engine.store.database.insertion import Insertion
from secours.engine.store.database.write_queue import Pending, Place
from secours.engine.store.reader import HistoryReader
from secours.model.observed import Reason
from secours.model.snapshot import Change
from secours.render.answers import journal as answers
from secours.render.paper import export
from secours.render.wording import journal as page
from secours.render.wording.localizer import Localizer

PAGE = 4096
NOTES, CHANGES = 3000, 1000


def _note(n: int) -> tuple[int, str, str, str]:
    text = f"note {n} " + "é" * (n % 40)
    if n % 500 == 0:
        text += "long " * 3000  # over several pages
    return rows.ms(START) + n, "Ana", "note", text


def _change(n: int) -> tuple[Change, Place]:
    at = moment(n)
    change = Change(
        at=at,
        subject="channel",
        name="mail",
        before="available",
        after="down",
        reason=Reason.REFUSED,
        facts={"n": n},
    )
    return change, Place(1, n + 1, at)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give the bytes of a history with journal, changes and plans."""
    folder = tmp_path_factory.mktemp("whole")
    with closing(schema.open_to_write(folder)) as connection:
        pending = Pending()
        pending.notes.extend(map(_note, range(NOTES)))
        pending.changes.extend(map(_change, range(CHANGES)))
        pending.plans.extend((str(n), n, b"x" * 9000) for n in range(30))
        pending.kept["memory"] = b"{}" * 9000
        while taken := pending.take():
            Insertion(connection).insert(taken)
    return (folder / schema.NAME).read_bytes()


def _found(path: Path) -> tuple[list[salvage.Row], list[salvage.Row]]:
    found = list(salvage.readable(path))
    return (
        [row for table, row in found if table is salvage.JOURNAL],
        [row for table, row in found if table is salvage.TRANSITION],
    )


def test_of_a_whole_database_every_row_is_read(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "x").write_bytes(whole)

    notes, changes = _found(tmp_path / "x")

    assert [row[1:] for row in sorted(notes)] == list(map(_note, range(NOTES)))
    assert sorted(row[0] for row in changes) == list(range(1, CHANGES + 1))
    first = min(changes)
    assert rows.change(first[1:9]) == _change(0)[0]
    assert first[9:] == (1, 1)


def _pages(random: Random, text: bytearray) -> None:
    """Spoil a fifth of the pages."""
    for start in range(0, len(text), PAGE):
        if random.random() < 0.2:
            text[start : start + PAGE] = random.randbytes(PAGE)


def _zeros(random: Random, text: bytearray) -> None:
    for start in range(0, len(text), PAGE):
        if random.random() < 0.2:
            text[start : start + PAGE] = bytes(PAGE)


def _head(random: Random, text: bytearray) -> None:
    """Spoil the page that has the names and the roots of all tables."""
    text[:PAGE] = random.randbytes(PAGE)


def _bits(random: Random, text: bytearray) -> None:
    for _ in range(len(text) // 400):
        text[random.randrange(len(text))] ^= 1 << random.randrange(8)


def _cut(random: Random, text: bytearray) -> None:
    del text[random.randrange(len(text) // 2, len(text)) :]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("damage", "share"),
    [(_pages, 0.6), (_zeros, 0.6), (_head, 1.0), (_bits, 0.4), (_cut, 0.3)],
)
def test_what_is_in_sound_pages_is_read(
    tmp_path: Path,
    whole: bytes,
    damage: Callable[[Random, bytearray], None],
    share: float,
    seed: int,
) -> None:
    text = bytearray(whole)
    damage(Random(seed), text)
    (tmp_path / "x").write_bytes(text)

    notes, changes = _found(tmp_path / "x")
    written = set(map(_note, range(NOTES)))
    right = {row[1:] for row in notes} & written

    assert len(right) + len(changes) >= share * (NOTES + CHANGES)
    if damage is not _bits:  # what looks like a row is one, but for torn long ones
        assert len({row[1:] for row in notes} - written) <= NOTES // 500


@pytest.mark.parametrize("seed", range(5))
def test_what_is_taken_over_can_be_shown(
    tmp_path: Path, whole: bytes, seed: int
) -> None:
    text = bytearray(whole)
    _bits(Random(seed), text)
    (tmp_path / f"{salvage.ASIDE}2026-01-01.sqlite3").write_bytes(text)
    with closing(schema.open_to_write(tmp_path)) as connection:
        taking_over = salvage.TakingOver(tmp_path, connection, [])
        while taking_over.step(START):
            pass

    with HistoryReader(tmp_path) as history:
        entries = history.journal(limit=10_000)

    localizer = Localizer(of_nothing(), "fr")
    said = [page.sentence(entry, localizer) for entry in entries]
    assert len(list(filter(None, said))) > 1000
    assert len(answers.answer(entries).entries) == len(entries)
    assert len(export.as_csv(entries).splitlines()) > len(entries)


def test_taking_over_twice_doubles_nothing(tmp_path: Path, whole: bytes) -> None:
    aside = tmp_path / f"{salvage.ASIDE}2026-01-01.sqlite3"
    aside.write_bytes(whole)
    counts = []
    with closing(schema.open_to_write(tmp_path)) as connection:
        for _ in range(2):
            taking_over = salvage.TakingOver(tmp_path, connection, [])
            while taking_over.step(START):
                pass
            connection.execute("DELETE FROM kept")  # as if killed before the end
            asked = connection.execute("SELECT count(*) FROM transition")
            counts += asked.fetchall()
            asked = connection.execute("SELECT count(*) FROM journal WHERE by = 'Ana'")
            counts += asked.fetchall()

    assert counts == [(CHANGES,), (NOTES,)] * 2


def test_rows_that_only_the_wal_has_are_read(tmp_path: Path) -> None:
    with closing(schema.open_to_write(tmp_path)) as connection:
        pending = Pending()
        pending.notes.append(_note(1))
        Insertion(connection).insert(pending)
        wal = (tmp_path / f"{schema.NAME}-wal").read_bytes()
    (tmp_path / "x").write_bytes(b"spoilt " * 1000)
    (tmp_path / "x-wal").write_bytes(wal)

    notes, _ = _found(tmp_path / "x")

    assert {row[1:] for row in notes} == {_note(1)}


def test_long_rows_in_the_wal_are_read_with_their_own_pages(tmp_path: Path) -> None:
    long = [(rows.ms(START) + n, "Ana", "note", f"long{n} " * 2000) for n in range(6)]
    with closing(schema.open_to_write(tmp_path)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        for note in long:
            pending = Pending()
            pending.notes.append(note)
            Insertion(connection).insert(pending)
            if note is long[1]:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if note is long[3]:  # its pages are free, and taken by those that follow
                connection.execute("DELETE FROM journal WHERE at = ?", note[:1])
        for part in ("", "-wal"):
            text = (tmp_path / f"{schema.NAME}{part}").read_bytes()
            (tmp_path / f"x{part}").write_bytes(text)

    notes, _ = _found(tmp_path / "x")

    assert {row[1:] for row in notes} == set(long)


def test_long_row_of_a_cut_transaction_is_read_before_what_an_earlier_wal_left(
    tmp_path: Path,
) -> None:
    early, late = (
        (rows.ms(START) + n, "Ana", "note", f"long{n} " * length)
        for n, length in enumerate((9000, 2000))
    )
    with closing(schema.open_to_write(tmp_path)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        for note in (early, late):
            pending = Pending()
            pending.notes.append(note)
            Insertion(connection).insert(pending)
            if note is early:
                connection.execute("PRAGMA wal_checkpoint(RESTART)")
                database = (tmp_path / schema.NAME).read_bytes()
        wal = bytearray((tmp_path / f"{schema.NAME}-wal").read_bytes())
    frame = 24 + PAGE
    starts = range(32, len(wal), frame)
    fresh = [at for at in starts if wal[at + 8 : at + 16] == wal[40:48]]
    wal[fresh[-1] + 4 : fresh[-1] + 8] = bytes(4)  # its end is not marked
    (tmp_path / "x").write_bytes(database)
    (tmp_path / "x-wal").write_bytes(wal)

    notes, _ = _found(tmp_path / "x")

    assert len(fresh) < len(starts)
    assert {row[1:] for row in notes} == {early, late}


def test_rows_of_the_first_version_are_read(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x", isolation_level=None)) as old:
        old.executescript(schema.versions()[0])
        old.execute(
            "INSERT INTO transition (at, steady_ms, subject, name, before, after,"
            " reason, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows.change_row(_change(1)[0]),
        )

    _, [change] = _found(tmp_path / "x")

    assert change == (1, *rows.change_row(_change(1)[0]), None, None)


@pytest.mark.parametrize("text", [b"", b"x", b"\r" * 5000, bytes(9000)])
def test_what_is_no_database_has_no_rows(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x").write_bytes(text)

    assert list(pages.rows(tmp_path / "x")) == []
    assert list(salvage.readable(tmp_path / "not there")) == []


def test_random_pages_are_read_without_a_hitch(tmp_path: Path) -> None:
    random = Random(3)
    text = b"".join(b"\x0d" + random.randbytes(PAGE - 1) for _ in range(300))
    (tmp_path / "x").write_bytes(bytes(PAGE) + text)

    assert list(salvage.readable(tmp_path / "x")) == []


def test_a_row_that_goes_on_for_ever_is_left(tmp_path: Path) -> None:
    leaf = bytearray(PAGE)
    leaf[:5] = (0x0D, 0, 0, 0, 1)  # with one cell
    leaf[8:10] = (100).to_bytes(2, "big")
    leaf[100:109] = (*(0xFF,) * 7, 0x7F, 1)  # a length of 56 bits, and a number
    (tmp_path / "x").write_bytes(bytes(PAGE) + leaf)

    assert list(pages.rows(tmp_path / "x")) == []


def test_damage_in_a_text_hides_no_other_line(tmp_path: Path) -> None:
    with closing(schema.open_to_write(tmp_path)) as connection:
        connection.execute(
            "INSERT INTO journal (at, by, kind, text)"
            " VALUES (1, 'Ana', 'note', CAST(x'66fe6f' AS TEXT))"
        )
        connection.execute(
            "INSERT INTO transition (at, steady_ms, subject, name, before, after,"
            " reason, facts) VALUES (2, 2, 'channel', 'm', '', 'down', '', '{\"a')"
        )

    with HistoryReader(tmp_path) as history:
        change, note = history.journal()

    assert note.text == "f\ufffdo"
    assert change.change is not None
    assert change.change.facts == {}
    assert note.at - timedelta(milliseconds=1) == rows.EPOCH
