"""Print an answer in the format asked for."""

import sys
from collections.abc import Iterable

import msgspec

from secours.cli import answer_text, nagios, prometheus
from secours.model.snapshot import Snapshot
from secours.render.answers.check import CheckAnswer
from secours.render.answers.recommend import RecommendAnswer
from secours.render.answers.values import encoded


def states(
    answer: CheckAnswer,
    shot: Snapshot,
    form: str,
    language: str,
    *,
    stale: bool = False,
) -> None:
    """Print an answer of `check` or `status`."""
    match form:
        case "json":
            as_json(answer)
        case "nagios":
            print(nagios.states(answer, language))
        case "prometheus":
            lines(prometheus.states(answer))
        case _:
            lines(answer_text.states(answer, shot, language, stale=stale))


def recommendations(
    answer: RecommendAnswer, shot: Snapshot, form: str, language: str, code: int
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
    written = encoded(answer)
    if sys.stdout.isatty():
        written = msgspec.json.format(written, indent=2)
    print(written.decode())


def lines(texts: Iterable[str]) -> None:
    """Print lines."""
    for text in texts:
        print(text)
