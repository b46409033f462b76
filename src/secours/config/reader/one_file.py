"""Reads one file of ours: its bytes, then all in it or every mistake."""

import os
from collections.abc import Callable
from typing import TypeVar

from secours.config.reader import document
from secours.config.reader.document import LIMIT_BYTES, Unreadable
from secours.config.reader.mistakes import BadConfig, Remarks, TooMany
from secours.config.reader.plain_file import NotPlain, open_plain
from secours.config.reader.secrets import Vault
from secours.config.reader.shapes import Context, Spot, Wrong
from secours.message import Message, PlacedMessage, message, why

T = TypeVar("T")


def content(file: str, missing: Callable[[], Message]) -> tuple[bytes, float]:
    """Return the content of a file, and its mtime.

    Raises:
        BadConfig: it cannot be read; with what `missing` says if it is not there.
    """
    try:
        with open_plain(file) as stream:
            return stream.read(LIMIT_BYTES + 1), os.fstat(stream.fileno()).st_mtime
    except FileNotFoundError:
        refused = missing()
    except IsADirectoryError:
        refused = message("plan.file.folder")
    except NotPlain:
        refused = message("plan.file.not-plain")
    except OSError as error:
        refused = message("plan.file.unreadable", why=why(error))
    except ValueError as error:  # a zero byte in the name
        said = message("commands.os.said", said=str(error))
        refused = message("plan.file.unreadable", why=said)
    raise BadConfig([PlacedMessage(file, 1, 1, "", refused)])


def read_document(
    raw: bytes,
    file: str,
    vault: Vault,
    make: Callable[[Spot], T],
    *,
    empty: str = "plan.file.empty",
) -> T:
    """Return what `make` reads of a text; `empty` is the message of an empty one.

    Raises:
        BadConfig: unusable, with all `mistakes`.
    """
    notes = Remarks(file)
    try:
        node = document.parse(raw, empty=empty)
        value = make(Spot(node, "", Context(notes, vault)))
    except TooMany:
        raise BadConfig(notes.too_many()) from None
    except Unreadable as error:
        mistake = PlacedMessage(file, error.line, error.column, "", error.message)
        raise BadConfig([mistake]) from None
    except Wrong as wrong:
        line, column = wrong.spot.node.line, wrong.spot.node.column
        mistake = PlacedMessage(file, line, column, wrong.spot.where, wrong.message)
        raise BadConfig([mistake]) from None
    if notes.count:
        raise BadConfig(notes.mistakes())
    return value
