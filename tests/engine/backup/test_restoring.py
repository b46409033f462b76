"""A backup is whole, comes back whole, and nothing in it is taken for a measurement."""

import errno
import io
import json
import os
import shutil
import sqlite3
import tarfile
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from engine.backup.left import AN_HOUR_LATER, LEFT, unpacked, until, watched

from secours.config import own_kinds
from secours.engine import clock, state_file
from secours.engine.backup import archive, restoring, saving
from secours.engine.backup.archive import NoBackup
from secours.engine.backup.restoring import RESTORED, Restoration, restore
from secours.engine.orders import ledger
from secours.engine.orders.ledger import Ledger
from secours.engine.published import snapshot_file
from secours.engine.store import saved_memory, saved_outbox
from secours.engine.store.database import schema
from secours.engine.store.database.damage import Damaged
from secours.engine.store.reader import HistoryReader
from secours.engine.store.verify import await_written, refold
from secours.message import Message
from secours.model.observed import Instant, Reason
from secours.model.sites.views import OrderAnswer, OrderOutcome
from secours.model.snapshot import State
from secours.texts import in_words

TESTED = ("mail", "chat", "phone")
PLAN = "probes.yaml"
Members = dict[str, bytes]


class Place(NamedTuple):
    """A plan, a data folder and what lies in memory."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def save(self) -> bytes:
        out = io.BytesIO()
        saving.save(
            out,
            self.data,
            publish_in=self.folder / "run",
            site="Town",
            at=LEFT,
            plan=(self.folder / PLAN).read_bytes(),
            copy_in=self.folder,
        )
        return out.getvalue()

    def restore(self, backup: bytes, at: datetime = LEFT) -> Restoration:
        file = io.BytesIO(backup)
        return restore(file, self.data, self.folder / "run", self.folder / PLAN, at)

    def tree(self) -> dict[str, bytes]:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in files
            if not path.name.endswith("-shm")  # a reader makes it
        }


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(clock, "boot_id", lambda: "this boot")
    return Place(unpacked("watch", tmp_path / "here", rebooted=False))


@pytest.fixture
def empty(tmp_path: Path) -> Place:
    for name in ("data", "run"):
        (tmp_path / "there" / name).mkdir(parents=True)
    return Place(tmp_path / "there")


# ------------------------------------------------------------------ there and back


async def test_nothing_is_green_by_it_and_what_was_said_is_in_force(
    place: Place, empty: Place
) -> None:
    async with watched(place.folder):
        await until(place.folder, lambda shot: shot.boot_id == "this boot")
        backup = place.save()  # beside an engine that writes
    empty.restore(backup)

    soon = Instant(AN_HOUR_LATER.utc + timedelta(seconds=1), 1001.0)
    async with watched(empty.folder, soon):  # on the same boot, a second later
        first = await until(empty.folder, lambda shot: True)
        shot = await until(
            empty.folder,
            lambda shot: all(shot.channel(name).standing.known for name in TESTED),
        )
        newest, _ = snapshot_file.read(empty.folder / "run")
        with HistoryReader(empty.data) as history:
            await_written(history, newest, 10)
            again = refold(history, newest)
            notes = [(each.kind, each.text) for each in history.journal(limit=1000)]

    states = {first.channel(name).standing.state for name in TESTED}
    assert State.AVAILABLE not in states
    assert not any(line.use and line.use.verified for line in first.recommendations)
    assert first.words_lost
    assert first.channel("chat").standing.aside is Reason.SET_ASIDE
    assert {mark.subject for mark in first.marks} >= {"channel:chat", "cloud:x"}
    assert first.pins
    assert first.watch
    assert not any(line.use and line.use.verified for line in shot.recommendations)
    assert ("note", "here we are") in notes
    assert (RESTORED, "2026-11-27 05:09 UTC") in notes
    assert (again.changes, again.snapshot) == (
        again.journal,
        state_file.encoded(newest),
    )


def test_two_within_a_second_lose_nothing_of_what_was_there(place: Place) -> None:
    plan, text = place.folder / PLAN, (place.folder / PLAN).read_text("utf-8")
    plan.write_text(f"{text}# as it was saved\n", "utf-8")
    backup = place.save()
    plans = [f"{text}# written {n}\n" for n in ("first", "then", "last")]
    done = []
    for each in plans:
        plan.write_text(each, "utf-8")
        (place.data / saved_memory.STATEMENTS).write_bytes(each.encode())
        done.append(place.restore(backup))

    asides, plan_asides = {d.aside for d in done}, {d.plan_aside for d in done}
    assert len(asides) == len(plan_asides) == 3
    held = [d.aside / saved_memory.STATEMENTS for d in done if d.aside]
    assert [each.read_text("utf-8") for each in held] == plans
    assert [d.plan_aside.read_text("utf-8") for d in done if d.plan_aside] == plans


def test_even_what_was_measured_a_moment_ago_counts_no_more(
    place: Place, empty: Place
) -> None:
    memory = msgspec.json.decode(
        (place.folder / "run" / saved_memory.NAME).read_bytes()
    )

    empty.restore(place.save())

    at = memory["memory"]["at"]
    now = Instant(LEFT, at["steady_s"] + 0.1)
    recalled = saved_memory.recall(
        empty.folder / "run", empty.data, memory["boot_id"], now
    )
    assert not recalled.probes
    assert recalled.words.lost
    assert recalled.words.distrusts.keys() == {"channel:chat"}


def test_a_newer_memory_beside_the_snapshot_does_not_win(place: Place) -> None:
    place.restore(place.save())

    assert not (place.folder / "run" / saved_memory.NAME).exists()
    assert not (place.folder / "run" / saved_outbox.NAME).exists()
    assert not (place.folder / "run" / snapshot_file.SNAPSHOT).exists()


def test_no_order_of_the_province_is_taken_again(place: Place) -> None:
    taken = place.data / ledger.NAME
    answers = (OrderAnswer(number=7, outcome=OrderOutcome.PLAN_REFUSED),)
    taken.write_bytes(ledger.written(Ledger(newest={"UA": 7}, answers=answers)))
    backup = place.save()
    taken.write_bytes(ledger.written(Ledger(newest={"UA": 9, "UB": 2})))
    since = place.restore(backup)
    after = Ledger(newest={"UA": 9, "UB": 2}, answers=answers)
    assert ledger.recall(place.data) == after

    taken.unlink()
    place.restore(backup, LEFT + timedelta(minutes=1))
    assert ledger.recall(place.data).newest == {"UA": 7}
    assert since.aside
    assert ledger.recall(since.aside).newest == {"UA": 9, "UB": 2}


def test_backup_without_orders_leaves_them(place: Place) -> None:
    backup, taken = place.save(), Ledger(newest={"UA": 9})
    (place.data / ledger.NAME).write_bytes(ledger.written(taken))
    place.restore(backup)

    assert ledger.recall(place.data) == taken


def test_what_was_there_is_kept_aside(place: Place) -> None:
    backup, before = place.save(), place.tree()
    (place.folder / PLAN).write_text("channels: {other: {}}")
    (place.folder / PLAN).chmod(0o640)

    done = place.restore(backup)

    assert done.aside
    kept = {
        path.name: path.read_bytes() for path in done.aside.iterdir() if path.is_file()
    }
    beside = done.aside / "in-memory" / saved_memory.NAME
    assert kept.keys() == {
        schema.NAME,
        *(saving.SMALL[:3]),
    }
    assert kept["statements.json"] == before["data/statements.json"]
    assert beside.read_bytes() == before["run/memory.json"]
    with closing(sqlite3.connect(done.aside / schema.NAME)) as database:
        found = database.execute("SELECT text FROM journal WHERE kind = 'note'")
        assert found.fetchall() == [("here we are",)]
    assert done.aside.stat().st_mode & 0o777 == 0o700
    assert done.plan_aside
    assert done.plan_aside.read_text() == "channels: {other: {}}"
    plan = place.folder / PLAN
    assert (plan.read_bytes(), plan.stat().st_mode & 0o777) == (before[PLAN], 0o640)


def test_the_same_plan_is_left_alone(place: Place) -> None:
    written = (place.folder / PLAN).stat()

    done = place.restore(place.save())

    after = (place.folder / PLAN).stat()
    assert (after.st_ino, after.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert (done.plan_aside, done.plan_refused) == (None, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="run as root, who gives files away")
def test_who_could_read_the_plan_can_read_what_is_put_back(place: Place) -> None:
    backup = place.save()
    plan = place.folder / PLAN
    plan.write_text("channels: {other: {}}")
    plan.chmod(0o640)
    os.chown(plan, 0, 4711)

    done = place.restore(backup)

    assert done.plan_aside
    for path in (plan, done.plan_aside):
        found = path.stat()
        assert (found.st_gid, found.st_mode & 0o777) == (4711, 0o640)


def test_plan_behind_a_link_is_restored_where_it_is(place: Place) -> None:
    backup, link = place.save(), place.folder / PLAN
    saved, real = link.read_bytes(), place.folder / "etc" / "town.yaml"
    real.parent.mkdir()
    real.write_text("channels: {other: {}}")
    link.unlink()
    link.symlink_to(real)

    done = place.restore(backup)

    assert (link.is_symlink(), real.read_bytes()) == (True, saved)
    assert (done.plan, done.plan_aside and done.plan_aside.parent) == (
        real,
        real.parent,
    )


KINDS = b"a: {}\n"


@pytest.mark.parametrize("named", ["kinds.yaml", "../kinds.yaml", "/etc/kinds.yaml"])
def test_kinds_of_a_plan_come_back_beside_it(
    place: Place, empty: Place, named: str
) -> None:
    """Nothing that a backup names is written outside the folder of the plan."""
    text = f"kinds: {named}\nchannels: {{a: {{}}}}".encode()
    kept = b"\n" + own_kinds.KEPT + b64encode(KINDS)  # as `Config.text` has them
    (place.folder / PLAN).write_bytes(text + kept)
    (empty.folder / "kinds.yaml").write_bytes(b"b: {}\n")

    done = empty.restore(place.save())

    assert (empty.folder / PLAN).read_bytes() == text
    assert done.kinds == empty.folder / "kinds.yaml"
    assert done.kinds.read_bytes() == KINDS
    assert done.kinds_aside is not None
    assert done.kinds_aside.read_bytes() == b"b: {}\n"


def test_a_plan_that_cannot_be_put_back_is_said(place: Place, empty: Place) -> None:
    (empty.folder / PLAN).mkdir()

    done = empty.restore(place.save())

    assert isinstance(done.plan_refused, IsADirectoryError)
    assert (empty.data / schema.NAME).exists()


def test_no_notice_of_then_is_sent_and_all_that_is_wrong_is_told_anew(
    place: Place, empty: Place
) -> None:
    file = place.data / saved_outbox.NAME
    box = json.loads(file.read_bytes())
    for entry in box["by_id"].values():
        entry["dispatch"]["over"] = False
        entry["sent"] = False
    assert box["told"]["told"]
    box["hold"] = {"since": box["at"], "version": ""}
    file.write_text(json.dumps(box))

    empty.restore(place.save())

    restored = saved_outbox.recall(empty.folder / "run", empty.data)
    assert restored.entries
    assert all(entry.dispatch.over and entry.sent for entry in restored.entries)
    assert not restored.told.told
    assert restored.hold is None


def test_secrets_of_this_machine_stay_here(place: Place) -> None:
    (place.data / "stamp.key").write_bytes(b"k" * 32)

    with tarfile.open(fileobj=io.BytesIO(place.save())) as tar:
        names = tar.getnames()
        held = b"".join(tar.extractfile(name).read() for name in names)  # type: ignore[union-attr]

    assert names[0] == archive.MANIFEST
    assert not {"access.token", "stamp.key"} & set(names)
    assert (place.data / "access.token").read_bytes().strip() not in held


# ------------------------------------------------------------------ of one moment


def test_rows_that_come_while_it_is_copied_are_not_in_it(
    place: Place, empty: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "PAGES_AT_ONCE", 1)
    progress: list[int] = []
    with closing(sqlite3.connect(place.data / schema.NAME)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")

        def meanwhile(done: int, of: int) -> None:
            progress.append(done)
            assert len(progress) < 1000, "it begins again and again"
            writer.execute(
                "INSERT INTO journal (at, by, kind, text) VALUES (1, 'x', 'note', ?)",
                ("x" * 5000,),
            )
            writer.commit()

        out = io.BytesIO()
        saving.save(
            out, place.data, site="", at=LEFT, copy_in=empty.folder, progress=meanwhile
        )
    pages = [done for done in progress if done < 1000]
    empty.restore(out.getvalue())

    assert len(pages) > 10
    assert pages == sorted(pages)  # it never began again
    with closing(sqlite3.connect(empty.data / schema.NAME)) as restored:
        found = restored.execute("SELECT count(*) FROM journal WHERE by = 'x'")
        assert found.fetchone() == (0,)


def test_small_files_are_of_the_moment_of_the_history(
    place: Place, empty: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    statements = place.data / saved_memory.STATEMENTS
    real = saving.small_files

    def meanwhile(folder: Path, publish_in: Path | None = None) -> Members:
        reads.append(1)
        if len(reads) in (2, 4):  # people say something between two looks
            statements.write_bytes(statements.read_bytes() + b" ")
        return real(folder, publish_in)

    monkeypatch.setattr(saving, "small_files", meanwhile)
    backup = _members(place.save())

    assert len(reads) == 6
    assert backup[saved_memory.STATEMENTS] == statements.read_bytes()


def test_a_folder_that_never_holds_still_is_no_backup(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []

    def never_the_same(folder: Path, publish_in: Path | None = None) -> Members:
        reads.append(1)
        return {saved_memory.STATEMENTS: b"%d" % len(reads)}

    monkeypatch.setattr(saving, "small_files", never_the_same)

    with pytest.raises(sqlite3.OperationalError):
        place.save()


def test_a_damaged_history_makes_no_backup(place: Place, tmp_path: Path) -> None:
    file = place.data / schema.NAME
    raw = bytearray(file.read_bytes())
    raw[4096 * 3 : 4096 * 6] = b"\xff" * 4096 * 3
    file.write_bytes(raw)

    with (
        pytest.raises((sqlite3.DatabaseError, Damaged)),
        saving.fresh_file(tmp_path / "backup.tar") as out,
    ):
        saving.save(out, place.data, site="", at=LEFT, copy_in=tmp_path)

    assert not (tmp_path / "backup.tar").exists()
    assert not list(tmp_path.glob(".*"))


def test_where_the_copy_finds_no_room_its_folder_is_to_blame_not_the_history(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def on_a_full_disk(file: Path | str, **options: Any) -> sqlite3.Connection:
        opened = connect(file, **options)
        opened.execute("PRAGMA max_page_count=1")
        return opened

    monkeypatch.setattr(sqlite3, "connect", on_a_full_disk)
    full = os.strerror(errno.ENOSPC)

    with pytest.raises(OSError, match=full) as refused, io.BytesIO() as out:
        saving.save(out, place.data, site="", at=LEFT, copy_in=tmp_path)

    assert refused.value.filename == str(tmp_path)


# ------------------------------------------------------------------ what is refused


def _members(backup: bytes) -> Members:
    with tarfile.open(fileobj=io.BytesIO(backup)) as tar:
        return {
            each.name: tar.extractfile(each).read()  # type: ignore[union-attr]
            for each in tar.getmembers()
        }


def _packed(members: Members, /, **changes: Any) -> bytes:
    """Write a backup of these members with a manifest that fits, but for changes."""
    manifest = json.loads(members[archive.MANIFEST])
    manifest["members"] = [
        {**msgspec.to_builtins(archive.digest(io.BytesIO(text))), "name": name}
        for name, text in members.items()
        if name != archive.MANIFEST
    ]
    manifest |= changes
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, text in {
            **members,
            archive.MANIFEST: json.dumps(manifest).encode(),
        }.items():
            header = tarfile.TarInfo(name)
            header.size = len(text)
            tar.addfile(header, io.BytesIO(text))
    return out.getvalue()


def _in_database(backup: bytes, sql: str, tmp_path: Path) -> bytes:
    members = _members(backup)
    file = tmp_path / "changed"
    file.write_bytes(members[schema.NAME])
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(f"PRAGMA journal_mode=DELETE; {sql}")
    return _packed({**members, schema.NAME: file.read_bytes()})


def _with_header(backup: bytes, **facts: Any) -> bytes:
    """Return it with another header of its second member."""
    head = tarfile.TarInfo.frombuf(backup[:512], "utf-8", "strict")
    at = 512 + -(-head.size // 512) * 512
    second = tarfile.TarInfo.frombuf(backup[at : at + 512], "utf-8", "strict")
    for name, value in facts.items():
        setattr(second, name, value)
    return backup[:at] + second.tobuf(tarfile.GNU_FORMAT)[:512] + backup[at + 512 :]


def _renamed(backup: bytes, name: str) -> bytes:
    members = _members(backup)
    text = members.pop("statements.json")
    return _packed({**members, name: text})


def _flipped(backup: bytes) -> bytes:
    raw = bytearray(backup)
    raw[-20_000] ^= 0x40
    return bytes(raw)


HOSTILE: dict[str, tuple[str, Callable[[bytes, Path], bytes]]] = {
    "empty": ("cut-off", lambda raw, _: b""),
    "text": ("foreign", lambda raw, _: b"channels: {}\n" * 100),
    "zeros": ("foreign", lambda raw, _: bytes(10_240)),
    "gzip": ("foreign", lambda raw, _: b"\x1f\x8b\x08" + bytes(2000)),
    "cut-off": ("cut-off", lambda raw, _: raw[:-20_000]),
    "flipped": ("damaged", lambda raw, _: _flipped(raw)),
    "parent": ("foreign", lambda raw, _: _renamed(raw, "../statements.json")),
    "absolute": ("foreign", lambda raw, _: _renamed(raw, "/tmp/statements.json")),
    "unknown": ("foreign", lambda raw, _: _renamed(raw, "access.token")),
    "header-parent": ("foreign", lambda raw, _: _with_header(raw, name="../x")),
    "symlink": ("foreign", lambda raw, _: _with_header(raw, type=tarfile.SYMTYPE)),
    "hard-link": ("foreign", lambda raw, _: _with_header(raw, type=tarfile.LNKTYPE)),
    "device": ("foreign", lambda raw, _: _with_header(raw, type=tarfile.CHRTYPE)),
    "pipe": ("foreign", lambda raw, _: _with_header(raw, type=tarfile.FIFOTYPE)),
    "folder": ("foreign", lambda raw, _: _with_header(raw, type=tarfile.DIRTYPE)),
    "pax": ("foreign", lambda raw, _: _with_header(raw, type=tarfile.XHDTYPE)),
    "larger": ("damaged", lambda raw, _: _with_header(raw, size=10**12)),
    "no-history": (
        "foreign",
        lambda raw, _: _packed(
            {k: v for k, v in _members(raw).items() if k != schema.NAME}
        ),
    ),
    "newer-format": ("newer", lambda raw, _: _packed(_members(raw), format=2)),
    "newer-store": (
        "newer-store",
        lambda raw, _: _packed(_members(raw), store=99, version="9\x1b[31m\n"),
    ),
    "newer-database": (
        "newer-store",
        lambda raw, tmp: _in_database(raw, "PRAGMA user_version=99", tmp),
    ),
    "another-database": (
        "foreign",
        lambda raw, tmp: _in_database(raw, "DROP TABLE result", tmp),
    ),
    "trigger": (
        "foreign",
        lambda raw, tmp: _in_database(
            raw,
            "CREATE TRIGGER x AFTER INSERT ON journal BEGIN DELETE FROM kept; END",
            tmp,
        ),
    ),
    "no-database": (
        "damaged",
        lambda raw, _: _packed({**_members(raw), schema.NAME: b"none " * 5000}),
    ),
    "statements": (
        "unreadable",
        lambda raw, _: _packed({**_members(raw), "statements.json": b'{"memory": 1}'}),
    ),
    "deep-statements": (
        "unreadable",
        lambda raw, _: _packed({**_members(raw), "statements.json": b"[" * 100_000}),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_whole_backup_of_ours_changes_nothing(
    name: str, place: Place, tmp_path: Path
) -> None:
    slug, make = HOSTILE[name]
    hostile = make(place.save(), tmp_path)
    before = place.tree()

    with pytest.raises(NoBackup) as refused:
        place.restore(hostile)

    assert refused.value.message.slug == f"commands.restore.{slug}"
    assert in_words("en", refused.value.message).isprintable()
    assert place.tree() == before


def test_a_huge_small_file_is_refused_before_it_is_written(place: Place) -> None:
    members = _members(place.save())
    huge = [
        {"name": name, "bytes": 1 << 40, "sha256": ""}
        for name in members
        if name != archive.MANIFEST
    ]

    with pytest.raises(NoBackup, match="foreign"):
        place.restore(_packed(members, members=huge))


def test_where_there_is_no_room_nothing_is_begun(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, before = place.save(), place.tree()
    usage = shutil.disk_usage(place.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))

    with pytest.raises(NoBackup) as refused:
        place.restore(backup)

    assert isinstance(refused.value.message, Message)
    assert refused.value.message.slug == "commands.restore.no-room"
    assert place.tree() == before


# ------------------------------------------------------------------ broken off


@pytest.mark.parametrize("after", range(7))
def test_broken_off_anywhere_no_word_is_missing_and_it_can_be_done_again(
    after: int, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = place.save()
    puts: list[Path] = []
    put = restoring._put

    def until_then(fresh: Path, into: Path) -> None:
        if len(puts) == after:
            raise OSError("the power failed")
        puts.append(into)
        put(fresh, into)

    monkeypatch.setattr(restoring, "_put", until_then)
    if after < 6:
        with pytest.raises(OSError, match="power"):
            place.restore(backup)
    else:
        place.restore(backup)

    now = Instant(datetime(2026, 11, 27, 6, tzinfo=UTC), 5.0)
    memory = saved_memory.recall(place.folder / "run", place.data, "this boot", now)
    assert memory.words.distrusts.keys() == {"channel:chat"}
    monkeypatch.setattr(restoring, "_put", put)
    place.restore(backup, LEFT + timedelta(minutes=1))
    with HistoryReader(place.data) as history:
        assert RESTORED in {each.kind for each in history.journal(limit=1000)}
    assert not list(place.data.glob(".history.restore-*"))
