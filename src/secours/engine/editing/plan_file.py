"""The file of the plan as forms change it: read, put in place, or proposed.

Where the file is not ours to write, as under our own service, nothing is written: the
new text is kept in the data folder, and one command takes it in. That command makes a
copy where only the owner of the plan writes, checks both texts by their digests, and
renames it.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from secours.config.reader.one_file import content
from secours.engine.editing.versions import digest
from secours.engine.store import durable_files
from secours.message import message

SECRETS = "secrets"
UNSAFE = "_"  # in place of what a name of a file is not to have
LONGEST_NAME = 60


def read(file: Path) -> bytes:
    """Return the text of the plan.

    Raises:
        BadConfig: it cannot be read.

    """
    return content(os.fspath(file), lambda: message("plan.file.missing"))[0]


def is_writable(file: Path) -> bool:
    """Tell whether this process may put another file in its place, of that owner."""
    path = Path(os.path.realpath(file))
    try:
        is_ours = path.stat().st_uid == os.geteuid()
    except OSError:
        return False
    return is_ours and _is_open(path.parent)


def _is_open(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def taking_in(file: Path, before: bytes, after: bytes, proposed: Path) -> str:
    """Return the command that takes a new text in, unless the plan has changed."""
    target = Path(os.path.realpath(file))
    fresh = quote(os.fspath(target.with_name(f".{target.name}.new")))
    old = quote(os.fspath(target))
    check = f"{digest(before)} {old} {digest(after)} {fresh}"
    script = (
        f"cp -a {old} {fresh} && cat {quote(os.fspath(proposed))} >{fresh}"
        f" && printf '%s  %s\\n' {check} | sha256sum -c --quiet"
        f" && mv -f {fresh} {old} || {{ rm -f {fresh}; false; }}"
    )
    return f"sudo sh -c {quote(script)}"


class TypedSecrets:
    """Secrets that were typed with edits: for files beside the plan, or for a try."""

    def __init__(self, file: Path, data_folder: Path, typed: Mapping[str, str]) -> None:
        self._folder, self._lead = file.absolute().parent / SECRETS, SECRETS
        closed = self._folder.exists() and not _is_open(self._folder)
        if closed or not is_writable(file):
            self._folder = data_folder / SECRETS
            self._lead = os.fspath(self._folder)
        self._typed, self._files = typed, dict[tuple[str, str], Path]()
        self.missing: list[str] = []  # that the edits name, and that were not typed
        self.variables: dict[str, str] = {}  # that hold those of a try

    def reference(self, channel: str, key: str) -> str:
        """Return the reference to the file that a secret goes to."""
        taken, name = self._files.values(), _name(channel, key)
        if (channel, key) not in self._files:
            path = durable_files.free(self._folder, name, taken)
            self._files[channel, key] = path
        self._secret(channel, key)
        return f"${{file:{self._lead}/{self._files[channel, key].name}}}"

    def variable(self, channel: str, key: str) -> str:
        """Return a reference to a variable that only one reading has."""
        name = f"SECOURS_TYPED_{len(self.variables)}"
        self.variables[name] = self._secret(channel, key)
        return f"${{{name}}}"

    def keep(self) -> None:
        """Write the files.

        Raises:
            OSError: the disk does not take them.

        """
        for place, path in self._files.items():
            durable_files.write(path, self._secret(*place).encode())

    def forget(self) -> None:
        """Remove them: no plan names them."""
        for path in self._files.values():
            path.unlink(missing_ok=True)

    def _secret(self, channel: str, key: str) -> str:
        secret = self._typed.get(f"{channel}/{key}", "")
        if not secret:
            self.missing.append(f"{channel}/{key}")
        return secret


def _name(channel: str, key: str) -> str:
    """Return the name of a secret's file, which leads nowhere else."""
    letters = (
        each if each.isascii() and (each.isalnum() or each in "-_.") else UNSAFE
        for each in channel[:LONGEST_NAME]
    )
    return f"{''.join(letters).lstrip('.')}-{key}"
