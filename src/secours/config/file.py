"""Reads probes.yaml into a `Config`, or every mistake in it."""

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from secours.config import own_kinds
from secours.config.assemble import assemble
from secours.config.reader import document
from secours.config.reader.document import LIMIT_BYTES
from secours.config.reader.mistakes import BadConfig
from secours.config.reader.one_file import content, read_document
from secours.config.reader.plain_file import open_plain
from secours.config.reader.secrets import Vault
from secours.config.reader.shapes import Spot, Wrong
from secours.config.reader.trust import exposed, shared
from secours.config.sections.keys import ROOT, ROOT_KEYS
from secours.languages import LANGUAGES
from secours.message import message
from secours.model.plan import Config
from secours.model.sections.site import Site

CHANNELS = "channels"
VERSION_DIGITS = 8


def load(path: str | os.PathLike[str]) -> Config:
    """Load probes.yaml; raise BadConfig if unusable, with all `mistakes`."""
    file = os.fspath(path)
    raw, changed_s = content(file, lambda: message("plan.file.missing"))
    return replace(
        read(own_kinds.without(raw), file),
        written=datetime.fromtimestamp(changed_s, UTC),
        shared=shared(file),
    )


def read(raw: bytes, file: str, typed: Mapping[str, str] | None = None) -> Config:
    """Read the present, former or future text of this file.

    `typed` are secrets not kept anywhere yet, by the names of variables.

    Raises:
        BadConfig: unusable, with all `mistakes`.
    """
    environ = {**os.environ, **typed} if typed else os.environ
    vault = Vault(Path(file).absolute().parent, environ, exposed(file))

    def make(spot: Spot) -> Config:
        if CHANNELS not in document.keys(spot.node):
            _refuse_stranger(spot)
        kinds, text = own_kinds.read(spot, raw)
        spot = Spot(spot.node, spot.where, replace(spot.context, kinds=kinds))
        version = hashlib.sha256(text).hexdigest()[:VERSION_DIGITS]
        config = assemble(ROOT.read(spot), version)
        files = tuple(sorted(vault.files))
        return replace(config, text=text, secret_files=files, own_kinds=kinds)

    try:
        return read_document(raw, file, vault, make, empty="plan.file.empty.first")
    except BadConfig as bad:
        ours = all(each.file == file for each in bad.mistakes)
        lines = raw if ours else b""  # else they are in the file of its kinds
        raise BadConfig(bad.mistakes, written_language(raw), lines) from None


def written_language(raw: bytes) -> str | None:
    """Return the site's language, also of an invalid plan; None if unreadable."""
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


def _refuse_stranger(spot: Spot) -> None:
    """Raise Wrong for a file of another program, with one mistake."""
    from secours.config.reader.wrong_forms import stranger  # for a mistake only

    if said := stranger(spot.node, ROOT_KEYS):
        raise Wrong(spot, said)
