"""Print answers in the format asked for."""

import sys
from collections.abc import Iterable
from contextlib import suppress

import msgspec

from secours.cli import prose
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
    """Print an answer of `check` or `status`; formats are imported on demand."""
    match form:
        case "json":
            as_json(answer)
        case "nagios":
            from secours.cli import nagios

            lines([nagios.states(answer, language, stale=stale)])
        case "prometheus":
            from secours.render.export.families import prometheus_text
            from secours.render.export.states import moment, states

            lines(prometheus_text([*states(shot, age_s), moment(shot)]))
        case _:
            from secours.cli import state_text

            said = state_text.states(answer, shot, language, stale=stale, age_s=age_s)
            timed(said, shot, language)


def timed(texts: Iterable[str], shot: Snapshot, language: str) -> None:
    """Print lines for people, with the zone of any hours in them."""
    from secours.render import times  # for people only

    prose.write(times.explained(texts, shot.site.timezone, shot.at.utc, language))


def as_json(answer: object) -> None:
    """Print JSON: indented for eyes, on one line for programs."""
    written = encoded(answer)
    if sys.stdout.isatty():
        written = msgspec.json.format(written, indent=2)
    lines([written.decode()])


def lines(texts: Iterable[str]) -> None:
    """Print lines."""
    for text in texts:
        print(text)


def announce(words: str) -> None:
    """Print an announcement at once; failures of standard output are ignored."""
    with suppress(OSError):
        prose.say(words)
        sys.stdout.flush()
