"""Secrets of probes.yaml, which are never printed."""

import re
from typing import Literal

from msgspec import Struct

from secours.message import Message
from secours.model.observed import Reason

FORBIDDEN = ("of-another-user", "open-to-others")  # problems that forbid reading

FORM = "${NAME}"  # in probes.yaml
SHORTEST = 6  # characters: shorter secrets occur in texts by chance
_SECRET_NAME = re.compile(
    r"(?:token|secret|passw(?:or)?d|passphrase|(?:api|access)-?key)[^a-z]*$"
    r"|(?:^|[^a-z])(?:auth(?:orization)?|cookie|credentials?|hmac|jwt|key|pass|pin|pwd?"
    r"|sig(?:nature)?)[^a-z]*$|^code$"  # of a webhook; of a country it is no secret
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # as in apiKey


def names_secret(name: str) -> bool:
    """Tell whether a header, a key, a parameter or a variable of a name is secret."""
    words = _HUMP.sub("-", name).replace("_", "-").lower()
    return bool(_SECRET_NAME.search(words))


class SecretMissing(Exception):
    """A secret that probes.yaml names could not be read; the facts say why."""

    def __init__(self, said: Message | str, **facts: str) -> None:
        super().__init__(str(said))
        self.said = said
        self.facts = facts or {"what": str(said)}

    @property
    def reason(self) -> Reason:
        """Return the reason for the result of its probe."""
        if self.facts.get("problem") in FORBIDDEN:
            return Reason.PERMISSION
        return Reason.SECRET_MISSING


class Secret:
    """Secret named in probes.yaml. Prints as `***`, whatever asks."""

    __slots__ = ("_facts", "_missing", "_value")

    def __init__(
        self, value: str | None, missing: Message | str = "", **facts: str
    ) -> None:
        """Hold `value`, or None with the message and facts of why."""
        self._value = value
        self._missing = missing
        self._facts = facts

    def reveal(self) -> str:
        """Return the secret; raise SecretMissing without its variable or file."""
        if self._value is None:
            raise SecretMissing(self._missing, **self._facts)
        return self._value

    @property
    def is_there(self) -> bool:
        """Tell whether it could be read."""
        return self._value is not None

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the texts never to be shown."""
        return (self._value,) if self._value else ()

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is type(self)
            and isinstance(other, Secret)
            and (self._value, self._missing) == (other._value, other._missing)
        )

    def __hash__(self) -> int:
        return hash((self._value, self._missing))


class Template(Secret):
    """Text with `${...}` in it, such as a header or a URL with a token."""

    __slots__ = ("_parts",)

    def __init__(
        self,
        value: str | None,
        missing: Message | str = "",
        parts: tuple[str, ...] = (),
        **facts: str,
    ) -> None:
        """Hold `value`, of which `parts` were filled in; see `Secret`."""
        super().__init__(value, missing, **facts)
        self._parts = parts

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the parts filled in: the text around them is in probes.yaml."""
        return self._parts


class InClear(Struct, frozen=True, kw_only=True):
    """A secret that somebody between here and its addressee can learn."""

    of: str  # the channel, component or path as a node, else the part of the plan
    option: str  # by its keys: headers.Authorization
    where: str  # its place, as mistakes name it
    line: int  # 0, as the column, where the text of the plan is not at hand
    column: int
    host: str
    problem: Literal["unencrypted", "unverified"]
    mend: str  # the change of the plan that protects it
