"""Save a consistent state of an engine, also while it runs.

SQLite copies the history as of one moment, beside a writing engine; the small files are
read at that moment. Excluded are the secrets of this machine: the token of the screens,
and the key of our own test messages.

Source: SQLite documentation, backup.html; isolation.html: in WAL mode a transaction
reads what was there when it began.
"""

import errno
import io
import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace

from secours.engine import last_good_plan
from secours.engine.backup import archive
from secours.engine.backup.archive import Manifest, Member, Progress
from secours.engine.backup.staging import staging
from secours.engine.orders import ledger
from secours.engine.published.vitals import our_version
from secours.engine.store import backlog, durable_files, saved_memory, saved_outbox
from secours.engine.store.database import migration_backups, schema
from secours.engine.store.database.damage import Damaged
from secours.engine.store.database.writer import BackUp

PLAN = "probes.yaml"
FRESH = "backup.tar"
SMALL = (
    saved_memory.STATEMENTS,
    saved_outbox.NAME,
    last_good_plan.NAME,
    backlog.NAME,
    ledger.NAME,
)
PAGES_AT_ONCE = 2048
TRIES = 20  # to find a moment at which no small file changes

Files = Mapping[str, bytes]

log = logging.getLogger(__name__)


def small_files(folder: Path, publish_in: Path | None = None) -> dict[str, bytes]:
    """Return the small files of a data folder that belong to its history.

    Files that the disk refused are newer beside the snapshot.

    Raises:
        OSError: one of them cannot be read.
    """
    contents: dict[str, bytes] = {}
    for name in SMALL:
        beside = publish_in / name if publish_in and name == backlog.NAME else None
        for path in filter(None, (beside, folder / name)):
            with suppress(FileNotFoundError):
                contents.setdefault(name, path.read_bytes())
    return contents


@contextmanager
def fresh_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its place whole, on the disk, or not at all: OSError."""
    with staging(path.parent) as place:
        fresh = place / FRESH
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    durable_files.force(path.parent)


def save(
    out: BinaryIO,
    folder: Path,
    *,
    files: Files | None = None,
    publish_in: Path | None = None,
    site: str,
    at: datetime,
    plan: bytes | None = None,
    copy_in: Path,
    progress: Progress = lambda done, of: None,
) -> Manifest:
    """Write a backup of a data folder; its history is copied into `copy_in` first.

    `files` are the small ones, if read before.

    Raises:
        FileNotFoundError: there is no history.
        schema.Newer: a newer Secours wrote it.
        OSError: the disk does not oblige.
        Damaged: the history is not whole.
        sqlite3.Error: it cannot be read.
    """
    with staging(copy_in) as place:
        copied = place / schema.NAME
        with closing(schema.open_to_read(folder)) as source:
            source.isolation_level = None
            small = files if files is not None else _moment(source, folder, publish_in)
            store = schema.version(source)
            _copy(source, copied, progress)
        small = {**small, **({} if plan is None else {PLAN: plan})}

        def opened(name: str) -> BinaryIO:
            return copied.open("rb") if name == schema.NAME else io.BytesIO(small[name])

        manifest = Manifest(
            version=our_version() or "(not installed)",
            store=store,
            site=site,
            at=at,
            members=tuple(
                _member(name, opened(name)) for name in [*small, schema.NAME]
            ),
        )
        archive.write(out, manifest, opened, progress)
    return manifest


def before_migration(folder: Path) -> BackUp:
    """Read an older engine's small files, before ours; return what backs it up."""
    try:
        files = small_files(folder) if schema.is_older(folder) else {}
    except OSError as error:
        log.error("a small file is not in the backup: %s", error)
        files = {}
    return partial(_back_up_older, folder, files)


def _back_up_older(folder: Path, files: Files, at: datetime) -> str:
    with closing(schema.open_to_read(folder)) as older:
        path = folder / migration_backups.name(schema.version(older), at)
    with fresh_file(path) as out:
        save(out, folder, files=files, site="", at=at, copy_in=folder)
    migration_backups.forget_old(folder)
    return path.name


def _moment(
    source: sqlite3.Connection, folder: Path, publish_in: Path | None
) -> dict[str, bytes]:
    """Begin a transaction while no small file changes; return those."""
    for _ in range(TRIES):
        before = small_files(folder, publish_in)
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        after = small_files(folder, publish_in)
        if after == before:
            break
        source.execute("ROLLBACK")
    else:
        raise sqlite3.OperationalError("the data folder does not hold still")
    return after


def _copy(source: sqlite3.Connection, path: Path, progress: Progress) -> None:
    """Copy the database as a reader sees it, and check it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as copied:
        copied.execute("PRAGMA synchronous=OFF")  # it soon goes into the archive

        def report(_status: int, left: int, pages: int) -> None:
            progress(pages - left, pages)

        try:
            source.backup(copied, pages=PAGES_AT_ONCE, progress=report)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            place = path.parent.parent  # of the copy: nothing is written elsewhere
            full = errno.ENOSPC
            raise OSError(full, os.strerror(full), str(place)) from None
        (said,) = copied.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise Damaged(said)


def _member(name: str, file: BinaryIO) -> Member:
    with file:
        return replace(archive.digest(file), name=name)
