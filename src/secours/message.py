"""Messages to people, before translation: a slug and facts.

Imports nothing of ours: refusals of all rooms carry one. `texts.in_words` translates it
where it is shown, into the reader's language.
"""

import errno
import os
import pwd
from typing import Protocol, TypeAlias

from msgspec import Struct

SYSTEM_ERRORS = (  # those with words in each language
    "EACCES",
    "EADDRINUSE",
    "EADDRNOTAVAIL",
    "EBADF",
    "ECONNREFUSED",
    "EEXIST",
    "EIO",
    "EISDIR",
    "ENOENT",
    "ENOSPC",
    "ENOTDIR",
    "EPERM",
    "EROFS",
)


class Translated(Protocol):
    """Text that carries its languages, such as the label of a channel."""

    def in_(self, language: str, /) -> str:
        """Return it in a language, or in another that it has."""


Fact: TypeAlias = "str | int | Translated | Series | Message"


class Series(Struct, frozen=True):
    """Parts with the words of a slug between them."""

    parts: tuple[Fact, ...]
    between: str


class Message(Struct, frozen=True):
    """Message: a key of the texts, and the facts in it."""

    slug: str
    facts: tuple[tuple[str, Fact], ...] = ()

    def __str__(self) -> str:
        """Write it for a log or a traceback."""
        named = ", ".join(f"{name}={fact}" for name, fact in self.facts)
        return f"{self.slug} ({named})" if named else self.slug

    def and_of(self, **facts: Fact) -> "Message":
        """Return it with more facts."""
        return Message(self.slug, (*self.facts, *facts.items()))


def message(slug: str, /, **facts: Fact) -> Message:
    """Make a message."""
    return Message(slug, tuple(facts.items()))


def as_message(said: Message | str, /, **facts: Fact) -> Message:
    """Return a message as it is, or make one of its slug and facts."""
    return message(said, **facts) if isinstance(said, str) else said


class PlacedMessage(Struct, frozen=True):
    """Message on a place in a file, whose lines and columns begin at 1."""

    file: str
    line: int
    column: int
    where: str
    message: Message
    source: str = ""  # that line as written, empty where it is not to be shown

    @property
    def place(self) -> tuple[str, int, int, str]:
        """Return its sort key."""
        return self.file, self.line, self.column, self.where

    def __str__(self) -> str:
        """Write it for a log or a traceback."""
        return f"{self.file}:{self.line}:{self.column}: {self.where}: {self.message}"


class Refusal(Exception):
    """Refusal of an action; `message` says why, `str` is for a log."""

    def __init__(self, said: Message | str, /, **facts: Fact) -> None:
        """Say why with a message, or with its slug and facts."""
        self.message = as_message(said, **facts)
        super().__init__(str(self.message))


class BadValue(Refusal, ValueError):
    """Unusable value; where a fact is `option`, it is of that option."""


def why(error: OSError) -> Fact:
    """Return the words of the system, or of OpenSSL, for an error."""
    symbol = errno.errorcode.get(error.errno or 0, "")
    if symbol in SYSTEM_ERRORS and not hasattr(error, "library"):  # an ssl.SSLError
        slug = f"commands.os.{symbol}"
        return message(slug)
    said = getattr(error, "verify_message", "") or error.strerror or str(error)
    return message("commands.os.said", said=said)


def our_user() -> str:
    """Return the user that we run as, to name in advice on permissions."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"#{os.geteuid()}"  # as sudo takes it


def why_and_where(error: OSError) -> Fact:
    """Return the words of the system for an error, with its number and file."""
    if error.errno is None:
        return message("commands.os.said", said=str(error))
    number = f"[Errno {error.errno}]"
    facts = {"file": f"'{error.filename}'"} if error.filename is not None else {}
    return message("commands.os.error", number=number, why=why(error), **facts)
