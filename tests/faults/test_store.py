"""The history is damaged, deleted, replaced or refused: what is lost, what is said?"""

import asyncio
import errno
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from engine.town import GENEROUSLY_S, Town, available
from servers import small_disk

from secours.engine.control import requests
from secours.engine.store import backlog, durable_files
from secours.engine.store.database import schema
from secours.engine.store.reader import HistoryReader, JournalEntry
from secours.model.snapshot import Snapshot

PAGE = 4096
ASIDE = re.compile(r"history\.damaged-\d{4}-\d\d-\d\d(-\d+)?\.sqlite3")
SAID = "The history was damaged"

OFTEN = """
from secours.engine.store.database import damage
damage.LOOK_EVERY_S = 0.5
"""

# databases that are none of ours
OF_ANOTHER = "CREATE TABLE journal (a); INSERT INTO journal VALUES (1);"
ONLY_NUMBERED = "PRAGMA user_version=3; CREATE TABLE result (a);"
EMPTIED = "CREATE TABLE kept (a); DROP TABLE kept;"

Damage = Callable[[Path], None]


def garbage(file: Path) -> None:
    file.write_bytes(b"spoilt " * 1000)


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def shortened(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 2)


def clipped(file: Path) -> None:
    """Cut off the last page, in which there is no journal yet."""
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - PAGE)


def spoilt_pages(file: Path) -> None:
    """Overwrite every third page but the first, which says what the file is."""
    random, pages = Random(13), file.stat().st_size // PAGE
    with file.open("r+b") as opened:
        for page in range(2, pages, 3):
            opened.seek(page * PAGE)
            opened.write(random.randbytes(PAGE))


def a_folder(file: Path) -> None:
    file.unlink()
    (file / "inside").mkdir(parents=True)


def journal(town: Town) -> list[JournalEntry]:
    with HistoryReader(town.store_in) as history:
        return history.journal(limit=10_000)


def texts(town: Town, kind: str) -> list[str]:
    return [entry.text for entry in journal(town) if entry.kind == kind]


async def ask(town: Town, **request: Any) -> dict[str, Any]:
    return await asyncio.to_thread(requests.ask, town.publish_in, request)


async def noted(town: Town, *notes: str) -> None:
    """Note something, and wait until it is on disk, however slow that is."""
    for text in notes:
        answer = await ask(town, do="journal", by="Ana", text=text)
        assert answer["ok"]
        if answer["kept"] != "disk":
            await until_said(town, "note", text)


async def until_said(town: Town, kind: str, text: str = "") -> None:
    """Wait for an entry of the journal; while it is begun anew there may be none."""
    async with asyncio.timeout(GENEROUSLY_S):
        while True:
            try:
                if any(text in each for each in texts(town, kind)):
                    return
            except (sqlite3.Error, FileNotFoundError):
                pass
            await asyncio.sleep(0.1)


async def verified(town: Town) -> str:
    """Verify the log; right after it was begun anew it has nothing to begin with."""
    async with asyncio.timeout(GENEROUSLY_S):
        while True:
            done = await town.command("journal", "--verify", "--lang", "en")
            if done.code == 0:
                return done.out
            assert "no memory to begin with" in done.err, done.err
            await asyncio.sleep(0.2)


def asides(town: Town) -> list[str]:
    return sorted(p.name for p in town.store_in.iterdir() if ASIDE.fullmatch(p.name))


def damaged(snapshot: Snapshot, age_s: float) -> bool:
    return "store-damaged" in snapshot.trouble and available(snapshot, age_s)


def another(before: Snapshot) -> Callable[[Snapshot, float], bool]:
    """Tell whether another engine publishes by now."""
    return lambda now, age_s: now.started != before.started and age_s < 5


async def lived(town: Town, *notes: str) -> None:
    """Live with an engine that is killed in the end; what it wrote is in one file."""
    town.start()
    await town.until(available)
    await noted(town, *notes)
    town.lose_power()
    with closing(sqlite3.connect(town.store_in / schema.NAME)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# ------------------------------------------------------------------ damage


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    "damage", [garbage, emptied, shortened, spoilt_pages, a_folder]
)
async def test_a_history_damaged_before_the_start_is_set_aside_and_said(
    town: Town, damage: Damage
) -> None:
    await lived(town, "before")
    damage(town.store_in / schema.NAME)

    town.start()
    await town.until(damaged)
    await until_said(town, "store-copied")
    await noted(town, "after")
    status = await town.command("status", "--lang", "en")
    answer = await town.command("status", "--format", "json")
    nagios = await town.command("status", "--format", "nagios", "--lang", "en")

    [aside] = asides(town)
    assert texts(town, "store-damaged") == [aside]
    assert "after" in texts(town, "note")
    assert "replayed, give the same" in (said := await verified(town))
    assert aside in said
    assert status.out.startswith(SAID)
    assert (status.code, answer.code, nagios.code) == (1, 1, 1)
    assert answer.answer["trouble"] == ["store-damaged"]
    assert nagios.out.startswith("SECOURS WARNING")
    assert SAID in nagios.out


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("damage", [shortened, spoilt_pages])
async def test_what_can_be_read_of_a_damaged_journal_is_taken_over(
    town: Town, damage: Damage
) -> None:
    many = [f"note {n} {'x' * 1500}" for n in range(60)]
    await lived(town, *many)
    await asyncio.to_thread(damage, town.store_in / schema.NAME)

    town.start()
    await until_said(town, "store-copied")
    town.lose_power()
    town.start()  # and only once
    await town.until(damaged)
    await noted(town, "after")

    kept = texts(town, "note")
    found = [text for text in kept if text != "after"]
    assert kept.count("after") == 1
    assert len(found) == len(set(found))
    assert set(found) <= set(many)
    assert 10 < len(found) < 60
    assert len(texts(town, "store-copied")) == 1
    assert len(asides(town)) == 1


@pytest.mark.usefixtures("processes")
async def test_a_history_that_turns_to_garbage_while_it_runs_is_set_aside(
    town: Town,
) -> None:
    town.start()
    await town.until(available)
    await noted(town, "before")

    with (town.store_in / schema.NAME).open("r+b") as file:
        file.write(Random(1).randbytes(file.seek(0, 2)))
        file.seek(0)
        file.write(Random(1).randbytes(PAGE * 30))
    (town.store_in / f"{schema.NAME}-wal").write_bytes(b"")
    await town.until(damaged)
    await noted(town, "after")

    assert "after" in texts(town, "note")
    assert "give the same" in await verified(town)


@pytest.mark.usefixtures("processes")
async def test_a_page_that_is_damaged_while_it_runs_is_found(town: Town) -> None:
    town.start(OFTEN)
    await town.until(available)
    await noted(town, *(f"note {n} {'x' * 1500}" for n in range(20)))
    with closing(sqlite3.connect(town.store_in / schema.NAME)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    with (town.store_in / schema.NAME).open("r+b") as file:
        file.seek(-8 * PAGE, 2)
        file.write(Random(2).randbytes(8 * PAGE))
    await town.until(damaged)
    await until_said(town, "store-copied")
    await noted(town, "after")

    assert len(texts(town, "note")) > 3
    assert "give the same" in await verified(town)


@pytest.mark.usefixtures("processes")
async def test_two_damaged_histories_of_one_day_keep_their_names(town: Town) -> None:
    for number in range(2):
        await lived(town, f"note {number}")
        clipped(town.store_in / schema.NAME)
    town.start()
    await town.until(damaged)
    await until_said(town, "store-copied")

    second, first = asides(town)
    assert second == first.replace(".sqlite3", "-2.sqlite3")
    assert {"note 0", "note 1"} <= set(texts(town, "note"))


@pytest.mark.usefixtures("processes")
async def test_an_engine_killed_at_any_moment_of_this_goes_on_with_it(
    town: Town,
) -> None:
    await lived(town, *(f"note {n}" for n in range(5)))
    clipped(town.store_in / schema.NAME)
    random = Random(7)

    for _ in range(6):
        town.start()
        await asyncio.sleep(random.uniform(0.3, 1.2))
        await town.ended(signal.SIGKILL)
    town.start()
    await town.until(damaged)
    await until_said(town, "store-copied")

    assert len(asides(town)) == 1
    assert texts(town, "store-damaged") == asides(town)
    assert sorted(texts(town, "note")) == [f"note {n}" for n in range(5)]
    assert not list(town.store_in.glob("history.new*"))


# ------------------------------------------------------------------ gone


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("replaced", [False, True])
async def test_a_deleted_or_replaced_history_is_noticed_within_a_minute(
    town: Town, tmp_path: Path, *, replaced: bool
) -> None:
    town.start()
    await town.until(available)
    await noted(town, "before")

    if replaced:
        (tmp_path / "other").write_bytes(b"another file")
        (tmp_path / "other").replace(town.store_in / schema.NAME)
    else:
        for file in town.store_in.glob(f"{schema.NAME}*"):
            file.unlink(missing_ok=True)
    seen = await town.until(lambda s, _age: s.trouble)
    await until_said(town, "store-copied")
    await noted(town, "after")

    assert seen.trouble[0] in ("store-gone", "store-damaged")
    assert {"before", "after"} <= set(texts(town, "note"))
    assert "give the same" in await verified(town)


@pytest.mark.usefixtures("processes")
async def test_an_older_copy_put_in_its_place_is_not_mixed_with_what_came_since(
    town: Town, tmp_path: Path
) -> None:
    """What is not in the file yet lies beside it, and belongs to that file alone."""
    await lived(town, "before")
    shutil.copy(town.store_in / schema.NAME, tmp_path / "older")
    town.start()
    await town.until(available)
    await noted(town, *(f"{number} {'x' * 9000}" for number in range(40)))
    with closing(sqlite3.connect(town.store_in / schema.NAME)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    await noted(town, "after")

    (tmp_path / "older").replace(town.store_in / schema.NAME)
    await until_said(town, "store-gone")
    await until_said(town, "store-copied")
    await noted(town, "later")
    await town.ended()

    found = texts(town, "note")
    assert {"before", "after", "later"} <= set(found)
    assert len(found) == len(set(found)) == 43
    with closing(sqlite3.connect(town.store_in / schema.NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert asides(town) == []


@pytest.mark.usefixtures("processes")
async def test_what_is_overwritten_beside_the_history_is_found(town: Town) -> None:
    town.start()
    await town.until(available)
    await noted(town, "before")
    with closing(sqlite3.connect(town.store_in / schema.NAME)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    wal = town.store_in / f"{schema.NAME}-wal"
    with wal.open("r+b") as opened:
        opened.write(b"spoilt " * (wal.stat().st_size // 7))

    seen = await town.until(lambda s, _age: s.trouble)
    await until_said(town, "store-copied")
    await noted(town, "after")

    assert seen.trouble == ("store-damaged",)
    assert {"before", "after"} <= set(texts(town, "note"))


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("script", [OF_ANOTHER, ONLY_NUMBERED, EMPTIED])
async def test_a_database_that_is_not_ours_is_set_aside_untouched(
    town: Town, tmp_path: Path, script: str, *, running: bool
) -> None:
    await lived(town, "before")
    if running:
        town.start()
        await town.until(available)
        await noted(town, "running")
    with closing(sqlite3.connect(tmp_path / "foreign")) as connection:
        connection.executescript(script)
    foreign = (tmp_path / "foreign").read_bytes()
    (tmp_path / "foreign").replace(town.store_in / schema.NAME)
    if not running:
        town.start()

    seen = await town.until(lambda s, _age: s.trouble)
    await until_said(town, "store-damaged")
    await noted(town, "after")

    assert seen.trouble == ("store-damaged",)
    (aside,) = asides(town)
    assert (town.store_in / aside).read_bytes() == foreign
    assert "after" in texts(town, "note")
    assert ("running" in texts(town, "note")) is running


@pytest.mark.usefixtures("processes")
def test_whoever_else_reads_and_leaves_never_takes_the_wal_along(
    tmp_path: Path,
) -> None:
    """Any descriptor of the file that a process closes takes all its locks along.

    Who finds none held takes itself for the last one, and deletes the WAL.
    """
    schema.open_to_write(tmp_path).close()
    visit = f"""
import sqlite3
connection = sqlite3.connect({str(tmp_path / schema.NAME)!r})
connection.execute("SELECT count(*) FROM journal").fetchone()
connection.close()
"""

    with closing(schema.open_to_read(tmp_path)) as looking:  # as the watch for damage
        looking.execute("SELECT count(*) FROM journal").fetchone()
        with closing(schema.open_to_write(tmp_path)) as writing:
            writing.execute("INSERT INTO kept (name, text) VALUES ('a', x'62')")
            subprocess.run([sys.executable, "-c", visit], check=True)
            assert (tmp_path / f"{schema.NAME}-wal").exists()


@pytest.mark.usefixtures("processes")
async def test_a_history_deleted_before_the_start_is_said(town: Town) -> None:
    await lived(town, "before")
    (town.store_in / schema.NAME).unlink()

    town.start()
    seen = await town.until(lambda s, _age: s.trouble)
    await until_said(town, "store-gone")

    assert seen.trouble == ("store-gone",)


@pytest.mark.usefixtures("processes")
async def test_on_a_first_start_no_history_is_missed(town: Town) -> None:
    town.start()
    seen = await town.until(available)
    await until_said(town, "start")

    assert seen.trouble == ()
    assert (await town.command("status")).code == 0
    assert "trouble" not in (await town.command("status", "--format", "json")).answer


# ------------------------------------------------------------------ a disk that refuses


@contextmanager
def refusing(town: Town) -> Iterator[None]:
    """Let the disk take nothing, as far as the engine sees it."""
    with closing(sqlite3.connect(town.store_in / schema.NAME)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def _told_to_end(town: Town) -> None:
    await town.ended()


async def _killed(town: Town) -> None:
    await town.ended(signal.SIGKILL)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("end", [_told_to_end, _killed])
async def test_a_note_that_was_only_in_memory_is_there_after_the_end(
    town: Town, end: Callable[[Town], Awaitable[None]]
) -> None:
    town.start()
    before = await town.until(available)
    await noted(town, "before")
    with refusing(town):
        answer = await ask(town, do="journal", by="Ana", text="not lost")
        word = await ask(town, do="mark", subject="mail", says="down", by="Bob")
        await end(town)

    for _ in range(2):  # it is taken in once
        town.start()
        after = await town.until(another(before))
        await noted(town, "later")
        before = after
        await town.ended()

    assert (answer["kept"], word["kept"]) == ("memory", "memory")
    entries = journal(town)
    assert [e.by for e in entries if e.text == "not lost"] == ["Ana"]
    assert [e.by for e in entries if e.change and e.change.subject == "mark"] == ["Bob"]
    assert not list(town.publish_in.glob(backlog.NAME))
    assert not (town.store_in / backlog.NAME).exists()


@pytest.mark.usefixtures("processes")
async def test_a_note_in_memory_outlives_the_folder_in_memory(town: Town) -> None:
    town.start()
    before = await town.until(available)
    await noted(town, "before")
    with refusing(town):
        await ask(town, do="journal", by="Ana", text="not lost")
        await town.ended()
    town.lose_power()  # what was beside the snapshot goes

    town.start()
    await town.until(another(before))
    await noted(town, "later")

    assert texts(town, "note").count("not lost") == 1


@pytest.mark.usefixtures("processes")
@small_disk.NEEDED
async def test_what_is_said_while_the_disk_is_full_is_there_when_it_is_not(
    town: Town,
) -> None:
    with small_disk.mounted(town.store_in, "4m") as disk:
        town.start()
        before = await town.until(available)
        await noted(town, "before")
        small_disk.fill(disk)
        note = await ask(town, do="journal", by="Ana", text="not lost")
        word = await ask(town, do="mark", subject="mail", says="down", by="Bob")
        await town.ended()
        small_disk.make_room(disk)
        town.start()
        after = await town.until(another(before))
        await noted(town, "after")
        entries = journal(town)
        await town.ended()

    assert (note["kept"], word["kept"]) == ("memory", "memory")
    assert {mark.by for mark in after.marks} == {"Bob"}
    said = [e.text for e in entries if e.kind == "note"]
    assert sorted(said) == ["after", "before", "not lost"]
    assert [e.by for e in entries if e.change and e.change.subject == "mark"] == ["Bob"]


def test_what_the_disk_refuses_leaves_no_half_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each start on a full disk would leave one more, for ever."""

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    durable_files.write(tmp_path / "words.json", b"old")
    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(OSError, match="full"):
        durable_files.write(tmp_path / "words.json", b"new")

    assert [file.name for file in tmp_path.iterdir()] == ["words.json"]
    assert (tmp_path / "words.json").read_bytes() == b"old"


@pytest.mark.usefixtures("processes")
async def test_a_disk_that_refuses_is_trouble_of_status(town: Town) -> None:
    town.start()
    await town.until(available)
    await noted(town, "before")
    with refusing(town):
        await ask(town, do="journal", by="Ana", text="held")
        await town.until(lambda s, age_s: "disk" in s.trouble and available(s, age_s))
        done = await town.command("status", "--format", "json")
        text = await town.command("status", "--lang", "en")

    assert (done.code, text.code) == (1, 1)
    assert (done.answer["trouble"], done.answer["state"]) == (["disk"], "available")
    assert text.out.startswith("Disk error")
