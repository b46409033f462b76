"""Restore a backup into a data folder, and keep the old content aside.

All of it is staged and checked first. Its measurements prove nothing now: none is of
this boot, and people's later words may be lost, which the screens say. Marks and
distrusts are in force again; a notice under way is not sent, and what is still wrong is
told anew. No order of the province taken since is taken again. Orders that a province
has handed down are in no backup: an older list would repeat those taken back since.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import replace

from secours.config import own_kinds
from secours.engine.backup import archive
from secours.engine.backup.archive import Manifest, NoBackup, Progress
from secours.engine.backup.saving import PLAN, SMALL
from secours.engine.orders import ledger
from secours.engine.published import snapshot_file
from secours.engine.state_file import decoded, encoded
from secours.engine.store import backlog, durable_files, saved_memory, saved_outbox
from secours.engine.store.database import rows, schema, site_events
from secours.engine.store.reader import ENGINE
from secours.notify import outbox
from secours.notify.outbox import Outbox
from secours.outside_text import plain

BEFORE = "before-restore-"
ASIDE = f"history.{BEFORE}"
RESTORED = "restored"  # kind of a line of the journal
SMALL_BYTES = 64 * 1024 * 1024  # each; ours are far smaller
SPARE_BYTES = 16 * 1024 * 1024  # that the disk keeps free
IN_MEMORY = (  # the snapshot too: what it rests on is no longer in the log
    snapshot_file.SNAPSHOT,
    saved_memory.NAME,
    saved_outbox.NAME,
    backlog.NAME,
)
WAL_PARTS = ("-wal", "-shm")
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
ACTING = "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"


class Restoration(msgspec.Struct, frozen=True):
    """Result of a restoration: the old content's place, and what was refused."""

    manifest: Manifest
    aside: Path | None
    plan: Path | None = None  # where it is now, if one was in the backup
    plan_aside: Path | None = None
    kinds: Path | None = None  # of channels, which the plan names
    kinds_aside: Path | None = None
    plan_refused: OSError | None = None


def restore(
    file: BinaryIO,
    folder: Path,
    publish_in: Path | None,
    plan_file: Path,
    at: datetime,
    progress: Progress = lambda done, of: None,
) -> Restoration:
    """Restore a backup; the caller holds the locks of both folders.

    Raises:
        NoBackup: it is none, or not one for this version; all is as it was.
        OSError: the disk does not oblige.
        sqlite3.Error: the disk does not oblige.
    """
    with _staging(folder) as staged:
        manifest = _unpack(file, staged, progress)
        _make_old(staged, manifest, at)
        aside = _keep_aside(folder, publish_in, at)
        for path in _in_memory(publish_in):  # first: it is newer than all that comes
            path.unlink(missing_ok=True)
        _keep_numbers(staged, folder)
        for name in SMALL:
            _put(staged / name, folder / name)
        for part in WAL_PARTS:
            (folder / f"{schema.NAME}{part}").unlink(missing_ok=True)
        _put(staged / schema.NAME, folder / schema.NAME)
        durable_files.force(folder)
        return _with_plan(Restoration(manifest, aside), staged / PLAN, plan_file, at)


# ------------------------------------------------------------------ beside its place


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    for left in folder.glob(".history.restore-*"):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".history.restore-", dir=folder) as place:
        yield Path(place)


def _unpack(file: BinaryIO, staged: Path, progress: Progress) -> Manifest:
    manifest = archive.read_manifest(file)
    _refuse_unfit(manifest, staged)
    all_bytes, copied_bytes = sum(member.bytes for member in manifest.members), 0
    for member in manifest.members:
        with (staged / member.name).open("xb") as out:
            for chunk in archive.read_member(file, member):
                out.write(chunk)
                copied_bytes += len(chunk)
                progress(copied_bytes, all_bytes)
    _refuse_unsound(staged)
    return manifest


def _refuse_unfit(manifest: Manifest, staged: Path) -> None:
    """Refuse other members than ours, a newer version, or too large files."""
    names = [member.name for member in manifest.members]
    known = {*SMALL, PLAN, schema.NAME}
    if len(set(names)) < len(names) or not {schema.NAME} <= set(names) <= known:
        raise NoBackup("commands.restore.foreign")
    if manifest.store > len(schema.versions()):
        version = plain(manifest.version)
        raise NoBackup("commands.restore.newer-store", version=version)
    for member in manifest.members:
        if member.bytes < 0 or (
            member.name != schema.NAME and member.bytes > SMALL_BYTES
        ):
            raise NoBackup("commands.restore.foreign")
    needed = sum(member.bytes for member in manifest.members) + SPARE_BYTES
    if needed > shutil.disk_usage(staged).free:
        mib = str(-(-needed // 2**20))
        raise NoBackup("commands.restore.no-room", mib=mib, folder=str(staged.parent))


def _refuse_unsound(staged: Path) -> None:
    """Refuse a database that is damaged, or has foreign content."""
    try:
        with closing(schema.connect_to_read(staged / schema.NAME)) as database:
            database.execute("PRAGMA trusted_schema=OFF")
            (answer,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            tables = {name for (name,) in database.execute(TABLES)}
            acting = set(database.execute(ACTING))
            of_version = schema.version(database)
    except sqlite3.Error as error:
        answer, tables, acting, of_version = str(error), set(), set(), 0
    if answer != "ok":
        raise NoBackup("commands.restore.damaged", name=schema.NAME)
    if not acting <= _acting_in_ours() or not of_version or not tables >= schema.OURS:
        raise NoBackup("commands.restore.foreign")
    if of_version > len(schema.versions()):
        raise NoBackup("commands.restore.newer-store", version=str(of_version))


def _acting_in_ours() -> set[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as ours:
        for script in schema.versions():
            ours.executescript(script)
        return set(ours.execute(ACTING))


def _make_old(staged: Path, manifest: Manifest, at: datetime) -> None:
    """Mark all as measured on another boot, and note its origin."""
    statements = staged / saved_memory.STATEMENTS
    if statements.exists():
        statements.write_bytes(_of_no_boot(statements.read_bytes()))
    notices = staged / saved_outbox.NAME
    if notices.exists():
        notices.write_bytes(_nothing_under_way(notices.read_bytes()))
    with closing(
        sqlite3.connect(staged / schema.NAME, isolation_level=None)
    ) as database:
        database.execute("PRAGMA journal_mode=DELETE")  # one file, to be moved
        database.execute("PRAGMA synchronous=FULL")
        database.execute("BEGIN IMMEDIATE")
        row = database.execute(
            "SELECT text FROM kept WHERE name = ?", (saved_memory.IN_STORE,)
        ).fetchone()
        if row:
            database.execute(
                "UPDATE kept SET text = ? WHERE name = ?",
                (_of_no_boot(row[0]), saved_memory.IN_STORE),
            )
        if schema.version(database) >= site_events.SINCE_VERSION:
            site_events.end_epoch(database)
        database.execute(
            "INSERT INTO journal (at, by, kind, text) VALUES (?, ?, ?, ?)",
            (rows.ms(at), ENGINE, RESTORED, f"{manifest.at:%Y-%m-%d %H:%M} UTC"),
        )
        database.execute("COMMIT")
    for path in staged.iterdir():
        with path.open("rb") as written:
            os.fsync(written.fileno())


def _keep_numbers(staged: Path, folder: Path) -> None:
    """Keep the numbers of orders taken since the backup."""
    then, now = ledger.recall(staged), ledger.recall(folder)
    if then.newest or now.newest:
        text = ledger.written(ledger.joined(then, now))
        durable_files.write(staged / ledger.NAME, text)


def _of_no_boot(text: bytes) -> bytes:
    """Return a memory marked as of a past boot, with words possibly missing."""
    try:
        decoded(text, saved_memory.SavedMemory)  # else the engine could not read it
        fields: dict[str, Any] = decoded(text, dict[str, Any])
        fields["boot_id"] = ""
        fields["memory"].setdefault("words", {})["lost"] = True
    except (msgspec.MsgspecError, AttributeError, KeyError):
        raise NoBackup("commands.restore.unreadable") from None
    return msgspec.json.encode(fields)


def _nothing_under_way(text: bytes) -> bytes:
    """Return notices without any under way; whether people were told is open."""
    try:
        box: Outbox = decoded(text, Outbox)
    except msgspec.MsgspecError:
        return encoded(Outbox())
    ended = (e if e.dispatch.over else outbox.stopped(e) for e in box.entries)
    blank = Outbox(edition=box.edition, at=box.at, recipients=box.recipients)
    return encoded(replace(blank, by_id=outbox.of(ended)))


# ------------------------------------------------------------------ in its place


def _in_memory(publish_in: Path | None) -> list[Path]:
    return [publish_in / name for name in IN_MEMORY] if publish_in else []


def _keep_aside(folder: Path, publish_in: Path | None, at: datetime) -> Path | None:
    """Keep the present content in a folder of its own; it stays in place, too."""
    history = (f"{schema.NAME}{part}" for part in ("", *WAL_PARTS))
    there = [folder / name for name in (*history, *SMALL)]
    in_memory = _in_memory(publish_in)
    if not any(map(os.path.lexists, (*there, *in_memory))):
        return None
    _let_go_of_wal(folder)
    aside = _free(folder / f"{ASIDE}{_stamp(at)}")
    (aside / "in-memory").mkdir(mode=0o700, parents=True)
    aside.chmod(0o700)
    for path in filter(os.path.lexists, there):
        _link(path, aside / path.name)
    for path in filter(os.path.lexists, in_memory):
        _link(path, aside / "in-memory" / path.name)
    durable_files.force(aside)
    return aside


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H-%M-%S}Z"


def _free(path: Path) -> Path:
    """Return a free name: several may restore within a second."""
    free, number = path, 1
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


def _let_go_of_wal(folder: Path) -> None:
    """Checkpoint the WAL into the database, if it can be opened."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(folder / schema.NAME)) as database,
    ):
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _link(path: Path, into: Path) -> None:
    """Link a file under a second name, or copy it where that fails."""
    try:
        os.link(path, into, follow_symlinks=False)
    except OSError:
        if path.is_file():  # a pipe is nothing to keep
            shutil.copy2(path, into)


def _put(fresh: Path, place: Path) -> None:
    """Put a file in place; remove one that the backup does not have."""
    if fresh.exists():
        fresh.chmod(0o600)
        fresh.replace(place)
    else:
        place.unlink(missing_ok=True)


def _with_plan(result: Restoration, new: Path, plan: Path, at: datetime) -> Restoration:
    """Put the plan, and the kinds that it names, in place of those in use."""
    if not new.exists():
        return result
    plan = Path(os.path.realpath(plan))  # a link stays one
    text, kinds = own_kinds.parted(new.read_bytes())
    beside = own_kinds.file_beside(text, plan.parent) if kinds else None
    try:
        kinds_aside = _in_place(beside, kinds, at) if beside else None
        aside = _in_place(plan, text, at)
    except OSError as error:
        return replace(result, plan_refused=error)
    asides = {"plan_aside": aside, "kinds_aside": kinds_aside}
    return replace(result, plan=plan, kinds=beside, **asides)


def _in_place(path: Path, text: bytes, at: datetime) -> Path | None:
    """Write a file; return where the one before, if it was another, is kept."""
    if not path.exists():
        durable_files.write(path, text)
    elif path.read_bytes() != text:
        before = path.stat()
        aside = _free(path.with_name(f"{path.name}.{BEFORE}{_stamp(at)}"))
        shutil.copy2(path, aside)
        durable_files.write(path, text)
        for each in (aside, path):
            _give_back(each, before)
        return aside
    return None


def _give_back(path: Path, before: os.stat_result) -> None:
    """Restore the owner and group of the old file, such as the service's group."""
    with suppress(PermissionError):  # only root gives files away
        os.chown(path, before.st_uid, before.st_gid)
    path.chmod(before.st_mode & 0o777)
