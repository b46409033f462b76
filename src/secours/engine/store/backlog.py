"""Entries noted that no disk has yet, kept in a file until one does.

It lies beside the snapshot, in memory; at the end of an engine in the data folder too,
which may take a small file where it does not take the history. The next engine takes it
in; an entry already in the history is not doubled.
"""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from secours.engine import state_file
from secours.engine.store.database.write_queue import Place
from secours.model.snapshot import Change

log = logging.getLogger(__name__)

NAME = "unwritten.json"


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of the journal and changes, people's words among them."""

    notes: tuple[tuple[int, str, str, str], ...] = ()
    changes: tuple[tuple[Change, Place | None], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.notes or self.changes)


def keep(
    backlog: Backlog,
    folder: Path,
    write: Callable[[Path, bytes], None] = state_file.replace,
) -> bool:
    """Write the file, or remove it where nothing is left; tell if done."""
    try:
        if backlog:
            write(folder / NAME, state_file.encoded(backlog))
        else:
            (folder / NAME).unlink(missing_ok=True)
    except OSError as error:
        log.error("what the disk refused is not in %s: %s", folder, error)
        return False
    return True


def found(*folders: Path) -> list[Backlog]:
    """Return the entries of an earlier engine in these folders."""
    paths = (folder / NAME for folder in folders)
    backlogs = (
        state_file.read(path.read_bytes, Backlog, partial(_lose, path))
        for path in paths
    )
    return [each for each in backlogs if each is not None]


def _lose(path: Path, error: Exception) -> None:
    log.error("%s cannot be read: %s", path, error)
    state_file.set_aside(path)
