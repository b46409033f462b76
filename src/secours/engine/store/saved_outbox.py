"""Notices under way, kept for an engine that starts after a kill.

They lie beside the snapshot, for a full disk, and in the data folder, for a reboot; the
newer counts. A damaged file is set aside, so that its place can be written: its notices
are lost, the others are sent.
"""

import logging
import os
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path

from secours.config.reader.plain_file import NotPlain, open_plain
from secours.engine import clock, last_good_plan, state_file
from secours.engine.store import durable_files, saved_memory
from secours.engine.store.database import schema
from secours.engine.store.durable_files import Files
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.notify import hold
from secours.notify.outbox import Outbox

log = logging.getLogger(__name__)

NAME = "notices.json"
OF_A_LIFE = (schema.NAME, saved_memory.STATEMENTS, last_good_plan.NAME, NAME)
IN_MEMORY = (saved_memory.NAME, NAME)


def keep(box: Outbox, publish_in: Path, files: Files) -> "Future[bool]":
    """Write it to both places; the result tells whether it is on disk."""
    text = state_file.encoded(box)
    with suppress(OSError):  # where the snapshot is refused too, which is logged
        state_file.replace(publish_in / NAME, text)
    return files.keep(NAME, text)


def hold_at_first_start(
    config: Config, publish_in: Path, store_in: Path, now: Instant
) -> None:
    """Hold notices where no engine has ever run in these folders.

    It is written before anything else, so that a kill makes no difference.
    """
    lived = [store_in / name for name in OF_A_LIFE]
    lived += [publish_in / name for name in IN_MEMORY]
    if any(map(os.path.lexists, lived)) or not (held := hold.begun(config, now)):
        return
    box = Outbox(boot_id=clock.boot_id(), at=now, hold=held)
    text = state_file.encoded(box)
    for write, folder in (
        (state_file.replace, publish_in),
        (durable_files.write, store_in),
    ):
        with suppress(OSError):  # who writes the next thing there says so
            write(folder / NAME, text)


def recall(publish_in: Path, store_in: Path) -> Outbox:
    """Return the newest kept one."""
    paths = (publish_in / NAME, store_in / NAME)
    boxes = (
        state_file.read(partial(_read, path), Outbox, partial(_lose, path))
        for path in paths
    )
    return max(filter(None, boxes), key=lambda box: box.edition, default=Outbox())


def _read(path: Path) -> bytes:
    with open_plain(path) as file:
        return file.read()


def _lose(path: Path, error: Exception) -> None:
    why = "it is no file" if isinstance(error, NotPlain) else error
    log.error("%s cannot be read: its notices are lost: %s", path, why)
    state_file.set_aside(path)
