"""The file of the plan as forms change it: its versions, its secrets, its owner.

Where it is not ours to write, as under our own service, one command takes a new text
in: it makes a copy that nobody else reads (the text may be a link to what is root's),
checks both texts by their digests, gives it the rights of the old one, and renames it.
The latest versions are small files in the data folder.
"""

import hashlib
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from shlex import quote

from msgspec import Struct, json

from secours.config.reader.secrets import LIMIT_BYTES
from secours.config.reader.trust import exposed
from secours.engine import state_file
from secours.engine.store import durable_files
from secours.render.wording.editing.plan_changes import PlanDifference

log = logging.getLogger(__name__)

SECRETS, VERSIONS = "secrets", "plan-versions"
LONGEST_NAME = 60
NAMED = re.compile(rb"\$\{file:(?:[^{}]*/)?\s*([^/{}]*?)\s*\}")  # the file's own name
MOST = 50  # versions


def digest(text: bytes) -> str:
    """Return the SHA-256 of the text of a plan, in hexadecimal."""
    return hashlib.sha256(text).hexdigest()


def is_writable(file: Path) -> bool:
    """Tell whether this process may replace the file and keep its owner."""
    path = Path(os.path.realpath(file))
    try:
        is_ours = path.stat().st_uid == os.geteuid()
    except OSError:
        return False
    return is_ours and _is_open(path.parent)


def _is_open(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def taking_in(file: Path, before: bytes, after: bytes, proposed: Path) -> str:
    """Return the command that puts a new text in place, unless the plan has changed."""
    target = os.path.realpath(file)
    old, fresh, text = map(quote, (target, f"{target}.new", os.fspath(proposed)))
    script = (
        f"install -m 600 /dev/null {fresh} && cat {text} >{fresh} && printf '%s  %s\\n'"
        f" {digest(before)} {old} {digest(after)} {fresh} | sha256sum -c --quiet"
        f" && cp -a --attributes-only {old} {fresh} && touch {fresh}"
        f" && mv -f {fresh} {old} || {{ rm -f {fresh}; false; }}"
    )
    return f"sudo sh -c {quote(script)}"


class PlanVersion(Struct, frozen=True, kw_only=True):
    """A change of the plan, with its author and the text before it."""

    at: datetime
    by: str
    changes: tuple[PlanDifference, ...]
    before: bytes  # the text that it replaced
    of: str  # the digest of the text that it made
    saved: bool  # else somebody was to put it in place

    @property
    def id(self) -> str:
        """Return its name: by time, and by its text."""
        return f"{self.at:%Y%m%dT%H%M%S%f}-{self.of[:8]}"


def latest(data: Path) -> Sequence[PlanVersion]:
    """Return the versions kept in a data folder, the newest first."""
    damaged = partial(log.warning, "a version of the plan cannot be read: %s")
    files = _versions(data, "json")
    found = (state_file.read(f.read_bytes, PlanVersion, damaged) for f in files)
    return [version for version in found if version is not None]


def keep(data: Path, version: PlanVersion, proposed: bytes = b"") -> Path:
    """Keep a version, and its text for somebody else to put there, or raise OSError."""
    path = data / VERSIONS / f"{version.id}.json"
    if proposed:
        durable_files.write(path.with_suffix(".yaml"), proposed)
    durable_files.write(path, json.encode(version))
    for old in (*_versions(data, "json")[MOST:], *_versions(data, "yaml")[MOST:]):
        old.unlink(missing_ok=True)
    return path


def _versions(data: Path, kind: str) -> Sequence[Path]:
    return sorted((data / VERSIONS).glob(f"[0-9]*.{kind}"), reverse=True)


def former_texts(data: Path) -> Iterator[bytes]:
    """Yield the texts that may be taken back or in."""
    yield from (version.before for version in latest(data))
    yield from (file.read_bytes() for file in _versions(data, "yaml"))


def free_secret(
    folder: Path, name: str, texts: Iterable[bytes], in_use: Iterable[Path] = ()
) -> Path:
    """Return the path of a new file that none of these texts names.

    A file that is gone may be named still, by a probe that would send the new secret.
    """
    names = {name for text in texts for name in NAMED.findall(text)}
    named = {folder / os.fsdecode(name) for name in names}
    return durable_files.free(folder, name, named.union(in_use))


class TypedSecrets:
    """Secrets that were typed with edits: for files beside the plan, or for a try."""

    def __init__(self, file: Path, data: Path, typed: Mapping[str, str]) -> None:
        self._plan, self._data = file, data
        self._folder, self._lead = file.absolute().parent / SECRETS, SECRETS
        there = self._folder.exists()
        closed = there and (not _is_open(self._folder) or exposed(self._folder))
        if closed or not is_writable(file):
            self._folder = data / SECRETS
            self._lead = os.fspath(self._folder)
        self._typed, self._files = typed, dict[tuple[str, str], Path]()
        self.missing: list[str] = []  # that the edits name, and that were not typed
        self.variables: dict[str, str] = {}  # that hold those of a try

    def reference(self, channel: str, key: str) -> str:
        """Return the reference to the file that a secret goes to."""
        self._secret(channel, key)
        name = f"{_safe(channel)}-{key}"
        path = free_secret(self._folder, name, self._texts, self._files.values())
        path = self._files.setdefault((channel, key), path)
        return f"${{file:{self._lead}/{path.name}}}"

    @cached_property
    def _texts(self) -> Sequence[bytes]:
        return [self._plan.read_bytes(), *former_texts(self._data)]

    def variable(self, channel: str, key: str) -> str:
        """Return a reference to a variable that exists for one reading only."""
        name = f"SECOURS_TYPED_{len(self.variables)}"
        self.variables[name] = self._secret(channel, key)
        return f"${{{name}}}"

    def keep(self) -> None:
        """Write the files, or raise OSError."""
        for place, path in self._files.items():
            durable_files.write(path, self._secret(*place).encode())

    def forget(self) -> None:
        """Remove them: no plan names them."""
        for path in self._files.values():
            path.unlink(missing_ok=True)

    def _secret(self, channel: str, key: str) -> str:
        secret = self._typed.get(f"{channel}/{key}", "")
        if not secret.strip() or len(secret.encode()) > LIMIT_BYTES:  # none to read
            self.missing.append(f"{channel}/{key}")
        return secret


def _safe(name: str) -> str:
    """Return a name as a part of a file name, without path separators."""
    letters = (each if each.isascii() and each.isalnum() else "-" for each in name)
    return "".join(letters)[:LONGEST_NAME].strip("-")
