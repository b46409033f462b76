"""Print an answer in the format asked for."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TextIO

import msgspec

from secours.model.snapshot import Snapshot
from secours.render.answers.check import CheckAnswer
from secours.render.answers.values import encoded


def states(
    answer: CheckAnswer,
    shot: Snapshot,
    form: str,
    language: str,
    *,
    age_s: float = 0.0,
    stale: bool = False,
) -> None:
    """Print an answer of `check` or `status`; each format is imported by need."""
    match form:
        case "json":
            as_json(answer)
        case "nagios":
            from secours.cli import nagios

            print(nagios.states(answer, language))
        case "prometheus":
            from secours.render.exposition.families import prometheus_text
            from secours.render.exposition.states import moment, states

            lines(prometheus_text([*states(shot, age_s), moment(shot)]))
        case _:
            from secours.cli import state_text

            said = state_text.states(answer, shot, language, stale=stale, age_s=age_s)
            lines(said)


def as_json(answer: object) -> None:
    """Print JSON: indented for eyes, on one line for programs."""
    written = encoded(answer)
    if sys.stdout.isatty():
        written = msgspec.json.format(written, indent=2)
    print(written.decode())


def width(stream: TextIO) -> int | None:
    """Return how many columns a terminal has, None where a stream goes elsewhere."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def prose(texts: Iterable[str], stream: TextIO | None = None) -> None:
    """Print lines for people: at a terminal they go on in the next row between words.

    What is piped is for a program, or for a pager that knows how wide it is.
    """
    into = stream or sys.stdout
    columns = width(into)
    for text in texts:
        for row in text.split("\n") if columns is None else _rows(text, columns):
            print(row, file=into)


def _rows(text: str, columns: int) -> Iterator[str]:
    from secours.render import terminal  # for eyes only

    for line in text.split("\n"):
        yield from terminal.wrapped(line, columns)


def lines(texts: Iterable[str]) -> None:
    """Print lines."""
    for text in texts:
        print(text)


def announce(words: str) -> None:
    """Say at once where something is; that runs all the same where nothing is heard."""
    with suppress(OSError):
        print(words, flush=True)
