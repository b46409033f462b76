"""Read the file, and give back a Config or every mistake in it."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from secours.config.assemble import assemble
from secours.config.reader import document
from secours.config.reader.document import LIMIT_BYTES, Unreadable
from secours.config.reader.mistakes import (
    MOST_MISTAKES,
    BadConfig,
    Mistake,
    Remarks,
    TooMany,
)
from secours.config.reader.secrets import Vault
from secours.config.reader.shapes import Context, Spot, Wrong
from secours.config.sections.keys import ROOT
from secours.model.plan import Config

VERSION_DIGITS = 8
FIRST = ": 'secours init' writes a first one"


def load(path: str | os.PathLike[str]) -> Config:
    """Read probes.yaml.

    Raises:
        BadConfig: it cannot be used; `mistakes` are all that is wrong with it.

    """
    file = os.fspath(path)
    raw, changed_s = _bytes(file)
    return replace(read(raw, file), written=datetime.fromtimestamp(changed_s, UTC))


def read(raw: bytes, file: str) -> Config:
    """Read what stands, or once stood, in this file.

    Raises:
        BadConfig: it cannot be used; `mistakes` are all that is wrong with it.

    """
    notes = Remarks(file)
    try:
        config = _read(raw, file, notes)
    except TooMany:
        words = f"more than {MOST_MISTAKES} mistakes: correct the first, then go on"
        more = Mistake(file, 1, 1, "", words)
        raise BadConfig([more, *notes.mistakes()]) from None
    if notes.heard:
        raise BadConfig(notes.mistakes())
    return config


def _read(raw: bytes, file: str, notes: Remarks) -> Config:
    """Read it, noting every mistake but those that hide the rest, which are raised."""
    context = Context(notes, Vault(Path(file).absolute().parent, os.environ))
    try:
        root = ROOT.read(Spot(document.parse(raw, first=FIRST), "", context))
        config = assemble(root, hashlib.sha256(raw).hexdigest()[:VERSION_DIGITS])
    except Unreadable as error:
        mistake = Mistake(file, error.line, error.column, "", error.message)
        raise BadConfig([mistake]) from None
    except Wrong as wrong:
        node = wrong.spot.node
        mistake = Mistake(file, node.line, node.column, wrong.spot.where, wrong.message)
        raise BadConfig([mistake]) from None
    return replace(config, text=raw)


def _bytes(file: str) -> tuple[bytes, float]:
    """Return what stands in the file, and when that was last changed."""
    try:
        with open(file, "rb") as stream:
            return stream.read(LIMIT_BYTES + 1), os.fstat(stream.fileno()).st_mtime
    except FileNotFoundError:
        message = f"there is no such file{FIRST}"
    except IsADirectoryError:
        message = "is a folder: name the file in it"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    raise BadConfig([Mistake(file, 1, 1, "", message)])
