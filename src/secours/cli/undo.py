"""Take back what was said last, or what was said last of SUBJECT.

SUBJECT is a component, a channel, a line of the plan that was pinned, or "exercise".
What is taken back is a mark, a pin, a logged test, an exercise, or the end of one of
these; whoever said it, on a page or at a terminal. The answer says what it was, who
said it and when, and what holds again. Said twice, this takes back the word before. A
note stays in the journal; what has ended by itself is passed over, and named.
"""

import argparse
from collections.abc import Iterator
from typing import Any

from secours import texts
from secours.cli import prose, requests
from secours.model.requests import UndoRequest


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `undo`."""
    parser.add_argument(
        "subject", metavar="SUBJECT", nargs="?", default="", help="what it was said of"
    )
    requests.add_author(parser)


def run(args: argparse.Namespace) -> int:
    """Have the engine undo it, and print what it was."""
    request = UndoRequest(subject=args.subject, by=args.by)
    prose.write(_told(requests.sent(request)))
    return 0


def _told(answer: dict[str, Any]) -> Iterator[str]:
    language = answer["language"]
    done = texts.say(language, "undo.done", what=answer["taken_back"])
    yield f"{requests.noted(answer, language)}{texts.say(language, 'colon')} {done}"
    if "ended" in answer:
        yield texts.say(language, "undo.ended", what=answer["ended"])
    if answer["again"]:
        yield texts.say(language, "undo.again", what=answer["again"])
    yield from requests.outcome(answer)
