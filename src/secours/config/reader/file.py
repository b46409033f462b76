"""Reads probes.yaml into a `Config`, or every mistake in it."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from secours.config.assemble import assemble
from secours.config.reader import document
from secours.config.reader.document import LIMIT_BYTES, Unreadable
from secours.config.reader.mistakes import BadConfig, Remarks, TooMany
from secours.config.reader.plain_file import NotPlain, open_plain
from secours.config.reader.secrets import Vault
from secours.config.reader.shapes import Context, Spot, Wrong
from secours.config.reader.trust import exposed, shared
from secours.config.sections.keys import ROOT, ROOT_KEYS
from secours.languages import LANGUAGES
from secours.message import PlacedMessage, message, why
from secours.model.plan import Config, Site

CHANNELS = "channels"
VERSION_DIGITS = 8


def load(path: str | os.PathLike[str]) -> Config:
    """Read probes.yaml.

    Raises:
        BadConfig: unusable, with all `mistakes`.

    """
    file = os.fspath(path)
    raw, changed_s = _bytes(file)
    return replace(
        read(raw, file),
        written=datetime.fromtimestamp(changed_s, UTC),
        shared=shared(file),
    )


def read(raw: bytes, file: str) -> Config:
    """Read the present or former text of this file.

    Raises:
        BadConfig: unusable, with all `mistakes`.

    """
    notes = Remarks(file)
    try:
        config = _read(raw, file, notes)
    except TooMany:
        raise BadConfig(notes.too_many(), written_language(raw), raw) from None
    if notes.heard:
        raise BadConfig(notes.mistakes(), written_language(raw), raw)
    return config


def written_language(raw: bytes) -> str | None:
    """Return the site's language, also from an invalid plan.

    None if the plan is not readable up to it.
    """
    root, is_whole = document.parse_beginning(raw)
    node: document.Node | None = root
    for key in ("site", "language"):
        node = node.items.get(key) if isinstance(node, document.Mapping) else None
    if node is None and is_whole and isinstance(root, document.Mapping):
        return Site().language
    text = node.text if isinstance(node, document.Scalar) else None
    return text if text in LANGUAGES else None


def language_in(path: str | os.PathLike[str]) -> str | None:
    """Return the site's language in a file, None if unknown."""
    try:
        with open_plain(path) as stream:
            return written_language(stream.read(LIMIT_BYTES + 1))
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return None


def _read(raw: bytes, file: str, notes: Remarks) -> Config:
    """Read it, noting every mistake; raise those that hide the rest."""
    folder = Path(file).absolute().parent
    vault = Vault(folder, os.environ, exposed(file))
    context = Context(notes, vault)
    try:
        parsed = document.parse(raw, empty="plan.file.empty.first")
        spot = Spot(parsed, "", context)
        if CHANNELS not in document.keys(parsed):
            _refuse_stranger(spot)
        root = ROOT.read(spot)
        config = assemble(root, hashlib.sha256(raw).hexdigest()[:VERSION_DIGITS])
    except Unreadable as error:
        mistake = PlacedMessage(file, error.line, error.column, "", error.message)
        raise BadConfig([mistake], written_language(raw), raw) from None
    except Wrong as wrong:
        node = wrong.spot.node
        where = wrong.spot.where
        mistake = PlacedMessage(file, node.line, node.column, where, wrong.message)
        raise BadConfig([mistake], written_language(raw), raw) from None
    return replace(config, text=raw, secret_files=tuple(sorted(vault.files)))


def _refuse_stranger(spot: Spot) -> None:
    """Refuse a file of another program, with one mistake.

    Raises:
        Wrong: it is the file of another program.

    """
    from secours.config.reader.wrong_forms import stranger  # for a mistake only

    if said := stranger(spot.node, ROOT_KEYS):
        raise Wrong(spot, said)


def _bytes(file: str) -> tuple[bytes, float]:
    """Return the content of a file, and its mtime."""
    try:
        with open_plain(file) as stream:
            return stream.read(LIMIT_BYTES + 1), os.fstat(stream.fileno()).st_mtime
    except FileNotFoundError:
        refused = message("plan.file.missing")
    except IsADirectoryError:
        refused = message("plan.file.folder")
    except NotPlain:
        refused = message("plan.file.not-plain")
    except OSError as error:
        refused = message("plan.file.unreadable", why=why(error))
    raise BadConfig([PlacedMessage(file, 1, 1, "", refused)])
