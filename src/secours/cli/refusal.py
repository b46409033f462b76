"""Refusals of commands, and their words."""

import argparse
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from secours import places
from secours.cli import prose
from secours.languages import of_terminal
from secours.message import (
    Fact,
    Message,
    PlacedMessage,
    Series,
    message,
    why,
    why_and_where,
)

SHOWN = ("plan.yaml.", "plan.file.not-utf8")  # mistakes shown by their line
FEW = 5  # lines shown of other mistakes, at a terminal


class Refused(Exception):
    """Refusal by a mistake of the user or the machine, with all its messages.

    `language` is that of the site, if known.
    """

    def __init__(
        self, *messages: Message | PlacedMessage, language: str | None = None
    ) -> None:
        super().__init__("\n".join(map(str, messages)))
        self.messages = messages
        self.language = language


def refuse_without(packages: Iterable[str], slug: str, extra: str) -> None:
    """Raise Refused if packages are missing, with the extra that brings them."""
    if missing := tuple(name for name in packages if find_spec(name) is None):
        names = Series(missing, "commands.and")
        raise Refused(message(slug, names=names, extra=f"secours[{extra}]"))


def cannot_listen(address: str, port: int, error: OSError) -> Message:
    """Say that an address is not to be had, and why."""
    facts = {"address": address, "port": str(port), "why": why(error)}
    return message("commands.cannot-listen", **facts)


def no_such(slug: str, name: str, names: Iterable[str]) -> Message:
    """Say that there is nothing of this name, with what is perhaps meant."""
    from secours.config.reader.mistakes import shown, suggestion  # for a mistake only

    return message(slug, name=shown(name), meant=suggestion(name, names))


def unreadable(folder: Path, why: Fact) -> Refused:
    """Refuse because the history cannot be read."""
    facts = {"folder": str(folder), "why": why}
    return Refused(message("commands.history.unreadable", **facts))


def unforeseen(error: Exception) -> Refused:
    """Return the refusal of an unforeseen error: of the system, or a defect.

    With `python -X dev` the trace is printed too.
    """
    if sys.flags.dev_mode:
        traceback.print_exception(error)
    if isinstance(error, OSError):
        return Refused(message("commands.failed", why=why_and_where(error)))
    at = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__} ({os.path.basename(at.filename)}:{at.lineno})"
    return Refused(message("commands.defect", what=what))


def in_words(refused: Refused, args: argparse.Namespace | None) -> str:
    """Return its text, one message a line."""
    from secours import texts  # read by a refusal only

    asked = getattr(args, "lang", None)
    language = asked or refused.language or language_of_site(args)
    placed = [each for each in refused.messages if isinstance(each, PlacedMessage)]
    plain = [each for each in refused.messages if isinstance(each, Message)]
    lines = [texts.in_words(language, each) for each in plain]
    return "\n".join([*lines, *_placed(placed, language)])


def _placed(mistakes: Iterable[PlacedMessage], language: str) -> Iterator[str]:
    """Write each mistake, with its line where that is clearer."""
    from secours.render.wording.mistakes import WIDTH, excerpt, worded

    at_terminal = prose.width(sys.stderr)
    for number, each in enumerate(sorted(mistakes, key=lambda each: each.place)):
        yield from map(str, worded([each], language))
        of_yaml = each.message.slug.startswith(SHOWN)
        if of_yaml or (at_terminal and number < FEW):
            yield from excerpt(each, min(at_terminal or WIDTH, WIDTH))


def language_of_site(args: argparse.Namespace | None) -> str:
    """Return the language of the command's plan, else the terminal's."""
    if args is not None and hasattr(args, "config"):
        from secours.config import language_in

        file = getattr(args, "file", None) or args.config or places.plan_file()
        if language := language_in(file):
            return language
    return of_terminal(os.environ)
