"""Questions to a person, one after another, each of which can be taken back.

A talk is a function that asks; what it asked and did is kept in order. To take back an
answer the talk begins again and hears all others without asking, so that it needs no
way backwards of its own. Lines come from a terminal or a pipe; nothing but a new line
is needed of a terminal.
"""

import getpass
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from secours import texts
from secours.cli import prose
from secours.message import BadValue, Fact, Message, message
from secours.outside_text import plain

BACK = "-"
LONGEST = 2000  # characters: tokens are long, and lists of channels
T = TypeVar("T")


class _Back(Exception):
    """The person takes back the answer before."""


class _Step(Struct):
    """An answer, or the result of something done between two."""

    value: Any
    answer: bool


class Conversation:
    """One talk with a person, in a language that an answer may choose."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._steps: list[_Step] = []
        self._position = 0  # in these, since the talk began again
        for stream in (sys.stdin, sys.stdout):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")

    def hold(self, talk: Callable[[], T]) -> T:
        """Return what the talk comes to; raise EOFError if the person ended it."""
        while True:
            self._position = 0
            try:
                return talk()
            except _Back:
                while self._steps and not self._steps.pop().answer:
                    pass

    def say(self, slug: str, /, **facts: Fact) -> None:
        """Print a sentence, unless it was read before."""
        self.show(texts.in_words(self.language, message(slug, **facts)))

    def show(self, *lines: str) -> None:
        """Print lines, unless they were read before."""
        if self._position == len(self._steps):
            prose.write(lines)
            sys.stdout.flush()

    def remember(self, do: Callable[[], T]) -> T:
        """Do something once, however often the talk begins again."""
        return self._again(do, answer=False)

    def ask(
        self,
        question: Message,
        read: Callable[[str], T],
        default: str = "",
        *,
        is_secret: bool = False,
    ) -> T:
        """Ask until `read` takes the answer; raise EOFError if the person ends it."""
        return self._again(
            lambda: self._asked(question, read, default, is_secret), answer=True
        )

    def choose(self, question: Message, options: Sequence[str], default: str) -> int:
        """Return the place of one of several lines, by its number."""
        self.show(*(f"  {n}  {each}" for n, each in enumerate(options, 1)))
        return self.ask(question, lambda text: _number(text, len(options)), default)

    def _again(self, do: Callable[[], T], *, answer: bool) -> T:
        if self._position == len(self._steps):
            self._steps.append(_Step(do(), answer))
        self._position += 1
        value: T = self._steps[self._position - 1].value
        return value

    def _asked(
        self, question: Message, read: Callable[[str], T], default: str, is_secret: bool
    ) -> T:
        while True:
            words = texts.in_words(self.language, question)
            prose.say(f"{words} [{default}]" if default else words)
            secretly = is_secret and sys.stdin.isatty()
            text = getpass.getpass("> ") if secretly else input("> ")
            if text.strip() == BACK:
                raise _Back
            try:
                return read(_clean(text, is_secret) or default)
            except BadValue as wrong:
                prose.say(texts.in_words(self.language, wrong.message))


def _clean(text: str, is_secret: bool) -> str:
    """Return an answer on one line; a secret stays as it is."""
    if len(text) > LONGEST:
        raise BadValue("commands.init.too-long", most=LONGEST)
    if is_secret and not text.isprintable():
        raise BadValue("commands.init.not-printable")
    return text if is_secret else plain(text, LONGEST)


def numbers(text: str, most: int) -> list[int]:
    """Read numbers from 1 to `most`, each once, as places from 0, or raise BadValue."""
    words = text.replace(",", " ").split()
    chosen = [int(word) for word in words if word.isdecimal() and len(word) < 4]
    wrong = len(chosen) != len(words) or len({*chosen}) != len(chosen)
    if wrong or not chosen or not all(1 <= each <= most for each in chosen):
        raise BadValue("commands.init.numbers", most=most)
    return [each - 1 for each in chosen]


def _number(text: str, most: int) -> int:
    try:
        (place,) = numbers(text, most)
    except ValueError:  # none, another word, or several
        raise BadValue("commands.init.number", most=most) from None
    return place
