"""Print an answer in the format asked for."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import msgspec

from secours.cli import answer_text, nagios, prometheus
from secours.model.snapshot import Snapshot

Answer = dict[str, Any]


def states(answer: Answer, shot: Snapshot, form: str, language: str) -> None:
    """Print an answer of `check` or `status`."""
    match form:
        case "json":
            as_json(answer)
        case "nagios":
            print(nagios.states(answer, language))
        case "prometheus":
            lines(prometheus.states(answer))
        case _:
            lines(answer_text.states(answer, shot, language))


def recommendations(
    answer: Answer, shot: Snapshot, form: str, language: str, code: int
) -> None:
    """Print an answer of `recommend`."""
    match form:
        case "json":
            as_json(answer)
        case "nagios":
            print(nagios.recommendations(answer, language, code))
        case "prometheus":
            lines(prometheus.recommendations(answer))
        case _:
            lines(answer_text.recommendations(answer, shot, language, fresh=code != 3))


def as_json(answer: object) -> None:
    """Print JSON: indented for eyes, on one line for programs."""
    indent = 2 if sys.stdout.isatty() else None
    written = json.dumps(
        answer, ensure_ascii=False, indent=indent, default=msgspec.to_builtins
    )
    print(written)


def lines(texts: Iterable[str]) -> None:
    """Print lines."""
    for text in texts:
        print(text)
