"""Secrets that probes.yaml names and never holds: environment, files, systemd.

One that is not there is no mistake: its probe becomes unknown, and all others run.

Source: systemd.exec(5), "Credentials".
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from secours.model.secret import Secret, SecretMissing, Template

S = TypeVar("S", bound=Secret)

LIMIT_BYTES = 65_536
WRITE_ONE = "write ${NAME}, ${file:PATH} or ${cred:NAME}"
_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}?")
_WHOLE = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Vault(Struct, frozen=True):
    """Where the secrets of one probes.yaml come from."""

    folder: Path  # of the file: `${file:PATH}` starts here
    environ: Mapping[str, str]

    def secret(self, text: str) -> Secret:
        """Return the secret that the whole of `text` refers to.

        Raises:
            ValueError: it is no reference; the words never repeat it.

        """
        found = _WHOLE.fullmatch(text.strip())
        if not found:
            raise ValueError(f"a secret never stands in this file: {WRITE_ONE}")
        return self._hold(Secret, text.strip())

    def template(self, text: str) -> Template:
        """Return `text` with every reference in it filled in.

        Raises:
            ValueError: a reference in it is not well written.

        """
        return self._hold(Template, text)

    def _hold(self, kind: type[S], text: str) -> S:
        try:
            return kind(_REFERENCE.sub(self._fill, text))
        except SecretMissing as missing:
            return kind(None, str(missing), **missing.facts)

    def _fill(self, found: re.Match[str]) -> str:
        if found[0] == "$${":
            return "${"
        if not found[0].endswith("}"):
            raise ValueError(f"'${{' is not closed: {WRITE_ONE}, or $${{ for itself")
        source, colon, rest = found[1].partition(":")
        if not colon and _VARIABLE.fullmatch(source):
            return self._variable(source)
        if source == "file" and rest.strip():
            return _content(self.folder / Path(rest.strip()).expanduser())
        if source == "cred" and rest.strip() and "/" not in rest:
            return self._credential(rest.strip())
        raise ValueError(f"{found[0][:60]} names no secret: {WRITE_ONE}")

    def _variable(self, name: str) -> str:
        if not (value := self.environ.get(name, "")):
            empty = name in self.environ
            raise SecretMissing(
                f"environment variable {name} is {'empty' if empty else 'not set'}",
                problem="empty" if empty else "variable-not-set",
                what=name,
            )
        return value

    def _credential(self, name: str) -> str:
        folder = self.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise SecretMissing(
                f"credential {name}: systemd passed no credentials",
                problem="no-credentials",
                what=name,
            )
        return _content(Path(folder) / name)


def unescaped(text: str) -> str:
    """Return text in which no reference may stand, `$${` written as `${`.

    Raises:
        ValueError: a reference stands in it.

    """
    for found in _REFERENCE.finditer(text):
        if found[0] != "$${":
            raise ValueError("no secret may stand here; for a literal '${' write '$${'")
    return text.replace("$${", "${")


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LIMIT_BYTES + 1)
        text = raw.decode()
    except OSError as error:
        words = os.strerror(error.errno) if error.errno else "it cannot be read"
        raise _useless(path, words, problem="unreadable") from None
    except UnicodeDecodeError:
        raise _useless(path, "it is not text", problem="not-text") from None
    if len(raw) > LIMIT_BYTES:
        raise _useless(path, "it is too large for a secret", problem="too-large")
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise _useless(path, "it is empty", problem="empty")
    return text


def _useless(path: Path, words: str, **facts: str) -> SecretMissing:
    return SecretMissing(f"file {path}: {words}", **facts, what=str(path))
