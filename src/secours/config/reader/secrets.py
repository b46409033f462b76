"""Secrets by reference in probes.yaml: environment, files, systemd.

A missing one is no mistake: its probe becomes unknown, the others run.

Source: systemd.exec(5), "Credentials".
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from secours.config.reader.plain_file import open_plain
from secours.config.reader.trust import Exposure
from secours.message import BadValue, Fact, message, our_user, why
from secours.model.secret import FORM, Secret, SecretMissing, Template

LIMIT_BYTES = 65_536
WRITE_ONE = message(
    "plan.secret.write-one",
    variable=FORM,
    file="${file:PATH}",
    cred="${cred:NAME}",
)
START, ESCAPE = "${", "$${"
STANDS_HERE = message("plan.secret.stands-here", how=WRITE_ONE)
_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}?")
_WHOLE = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Vault(Struct, frozen=True):
    """The sources of the secrets of one probes.yaml."""

    folder: Path  # of the file, base of `${file:PATH}`
    environ: Mapping[str, str]
    exposed: Exposure | None = None  # other users may write the file
    files: set[str] = field(default_factory=set)  # asked for so far

    def allowance(self) -> Secret:
        """Return the permission to run programs; `reveal` raises the refusal."""
        try:
            self._refuse_exposed()
        except SecretMissing as refused:
            return Secret(None, refused.said, **refused.facts)
        return Secret("")

    def secret(self, text: str) -> Secret:
        """Return the secret referred to, or raise BadValue, which never repeats it."""
        match = _WHOLE.fullmatch(text.strip())
        if not match:
            raise BadValue(STANDS_HERE)
        try:
            return Secret(self._found(match))
        except SecretMissing as missing:
            return Secret(None, missing.said, **missing.facts)

    def template(self, text: str) -> Template:
        """Return a text with every reference filled in; raise BadValue if malformed."""
        parts: list[str] = []

        def fill(found: re.Match[str]) -> str:
            if found[0] == ESCAPE:
                return START
            parts.append(self._found(found))
            return parts[-1]

        try:
            return Template(_REFERENCE.sub(fill, text), parts=tuple(parts))
        except SecretMissing as missing:
            return Template(None, missing.said, (), **missing.facts)

    def _found(self, match: re.Match[str]) -> str:
        if not match[0].endswith("}"):
            raise BadValue(
                "plan.secret.not-closed", start=START, how=WRITE_ONE, escape=ESCAPE
            )
        source, colon, rest = match[1].partition(":")
        if not colon and _VARIABLE.fullmatch(source):
            return self._variable(source)
        if source == "file" and rest.strip():
            self._refuse_exposed()
            return self._file(self.folder / os.path.expanduser(rest.strip()))
        if source == "cred" and rest.strip() and "/" not in rest:
            return self._credential(rest.strip())
        raise BadValue("plan.secret.no-reference", found=match[0][:60], how=WRITE_ONE)

    def _refuse_exposed(self) -> None:
        if at := self.exposed:
            raise SecretMissing(at.said, problem=at.problem, what=at.path)

    def _variable(self, name: str) -> str:
        if not (value := self.environ.get(name, "")):
            if name in self.environ:
                said = message("plan.secret.variable-empty", name=name)
                raise SecretMissing(said, problem="empty", what=name)
            said = message("plan.secret.variable-not-set", name=name)
            raise SecretMissing(said, problem="variable-not-set", what=name)
        return value

    def _credential(self, name: str) -> str:
        folder = self.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            said = message("plan.secret.no-credentials", name=name)
            raise SecretMissing(said, problem="no-credentials", what=name)
        return self._file(Path(folder) / name)

    def _file(self, path: Path) -> str:
        self.files.add(str(path))
        return _content(path)


def unescaped(text: str) -> str:
    """Return a text with `$${` as `${`; raise BadValue if it has a reference."""
    for found in _REFERENCE.finditer(text):
        if found[0] != "$${":
            raise BadValue("plan.secret.not-here", start=START, escape=ESCAPE)
    return text.replace("$${", "${")


def _content(path: Path) -> str:
    try:
        with open_plain(path) as file:
            raw = file.read(LIMIT_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except PermissionError as error:
        said = message("plan.secret.unreadable", path=str(path), why=why(error))
        facts = {"problem": "may-not-read", "what": str(path)}
        raise SecretMissing(said, **facts, user=our_user()) from None
    except OSError as error:
        reason = why(error) if error.errno else message("plan.secret.cannot-be-read")
        raise _useless(
            path, "plan.secret.unreadable", problem="unreadable", why=reason
        ) from None
    except UnicodeDecodeError:
        raise _useless(path, "plan.secret.not-text", problem="not-text") from None
    if len(raw) > LIMIT_BYTES:
        raise _useless(path, "plan.secret.too-large", problem="too-large")
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise _useless(path, "plan.secret.empty", problem="empty")
    return text


def _useless(path: Path, slug: str, *, problem: str, **facts: Fact) -> SecretMissing:
    said = message(slug, path=str(path), **facts)
    return SecretMissing(said, problem=problem, what=str(path))
