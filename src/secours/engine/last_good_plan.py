"""Last plan without a mistake, for an engine that starts after a bad edit.

It lies in the data folder as it was written, with the name of its file, so that people
can put it back. The store has every plan, and knows which one it was.
"""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from secours import config
from secours.engine.reload import in_one_line
from secours.engine.store.database.schema import UNREADABLE
from secours.engine.store.reader import HistoryReader
from secours.model.plan import Config

log = logging.getLogger(__name__)

NAME = "last-good-plan.yaml"


def written(plan: Config, file: Path) -> bytes:
    """Encode a plan with the name of its file."""
    return _head(file) + plan.text


def named(plan: Config, file: Path) -> bytes:
    """Encode a plan's version, with the name of its file."""
    return _head(file) + plan.version.encode()


def load(folder: Path, file: Path) -> Config | None:
    """Return the last good plan that stood in this file, None where none is kept."""
    for text in _kept(folder, _head(file)):
        try:
            return config.read(text, os.fspath(file))
        except config.BadConfig as bad:
            log.warning(
                "the last good plan is none any more: %s", in_one_line(bad, "en")
            )
    return None


def stood_in(folder: Path, file: Path) -> bool:
    """Tell whether the plan that was last in force stood in this file."""
    head = _head(file)
    try:
        with (folder / NAME).open("rb") as kept:
            return kept.read(len(head)) == head
    except OSError:
        return False


def begin(
    read: Callable[[], Config], folder: Path, file: Path
) -> tuple[Config, str | None]:
    """Return the plan to start with, and why it is not the one in its file.

    Raises:
        BadConfig: that one has mistakes, and no other is kept.
        OSError: it cannot be read, and no other is kept.
    """
    try:
        return read(), None
    except Exception as error:
        plan = load(folder, file)
        if plan is None:
            raise
        log.error("the last good plan is in force: %s", in_one_line(error, "en"))
        return plan, in_one_line(error, plan.site.language)


def _head(file: Path) -> bytes:
    return b"# " + os.fsencode(file.absolute()) + b"\n"


def _kept(folder: Path, head: bytes) -> Iterator[bytes]:
    """Yield the content kept for the file in this head."""
    try:
        text = (folder / NAME).read_bytes()
        if text.startswith(head):
            yield text.removeprefix(head)
    except OSError as error:
        log.info("no last good plan in the data folder: %s", error.strerror)
    try:
        with HistoryReader(folder) as history:
            name = history.kept(NAME) or b""
            version = name.removeprefix(head).decode() if name.startswith(head) else ""
            if text := history.plan(version) or b"":
                yield text
    except UNREADABLE as error:
        log.info("no last good plan in the store: %s", error)
