"""What we say to people, before it is in the words of a language: a slug and facts.

Imports nothing of ours: whatever refuses something says why with it. The words are made
where they are shown, by `texts.in_words`, in the language of who reads them.
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
    """Text that has its languages with it, such as the label of a channel."""

    def in_(self, language: str, /) -> str:
        """Return it in a language, or in another that it has."""


Fact: TypeAlias = "str | int | Translated | Joined | Message"


class Joined(Struct, frozen=True):
    """Several things, with the words of a slug between them."""

    parts: tuple[Fact, ...]
    between: str


class Message(Struct, frozen=True):
    """One thing to say: which, as a key of the texts, and the facts in it."""

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
    """Something to say about a place in a file, whose lines and columns begin at 1."""

    file: str
    line: int
    column: int
    where: str
    message: Message
    source: str = ""  # that line as written, empty where it is not to be shown

    @property
    def place(self) -> tuple[str, int, int, str]:
        """Return what it is sorted by."""
        return self.file, self.line, self.column, self.where

    def __str__(self) -> str:
        """Write it for a log or a traceback."""
        return f"{self.file}:{self.line}:{self.column}: {self.where}: {self.message}"


class Refusal(Exception):
    """Something cannot be done or used; `message` says why, `str` is for a log."""

    def __init__(self, said: Message | str, /, **facts: Fact) -> None:
        """Say why with a message, or with its slug and facts."""
        self.message = as_message(said, **facts)
        super().__init__(str(self.message))


class BadValue(Refusal, ValueError):
    """A value that cannot be used; where a fact is `option`, it is of that option."""


def why(error: OSError) -> Fact:
    """Return what the system, or OpenSSL, which numbers its own, says of an error."""
    symbol = errno.errorcode.get(error.errno or 0, "")
    if symbol in SYSTEM_ERRORS and not hasattr(error, "library"):  # an ssl.SSLError
        slug = f"commands.os.{symbol}"
        return message(slug)
    said = getattr(error, "verify_message", "") or error.strerror or str(error)
    return message("commands.os.said", said=said)


def our_user() -> str:
    """Return the user that we run as, whom somebody may have to give a right."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"#{os.geteuid()}"  # as sudo takes it


def why_and_where(error: OSError) -> Fact:
    """Return what the system says of an error, with its number and the file."""
    if error.errno is None:
        return message("commands.os.said", said=str(error))
    number = f"[Errno {error.errno}]"
    facts = {"file": f"'{error.filename}'"} if error.filename is not None else {}
    return message("commands.os.error", number=number, why=why(error), **facts)
