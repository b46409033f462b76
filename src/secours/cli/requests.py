"""Signed statements to the engine, and its answers."""

import argparse
from collections.abc import Iterator
from typing import Any, TypeVar

from secours import places, texts
from secours.cli import arguments, prose
from secours.cli.refusal import Refused
from secours.engine.control import requests
from secours.message import Fact, message
from secours.model.requests import EngineRequest, MarkRequest
from secours.render.pages.actions import answered, reached

R = TypeVar("R", bound=EngineRequest)
DISTRUSTED = "distrusted"  # does not end at its date
UNTIL = "until then: 16:40, or 2026-11-24T16:40 (on the site's clock, unless it has a"
UNTIL += " time zone)"


def add_author(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add `--by`: a person signs, not an account."""
    parser.add_argument("--by", required=required, metavar="NAME", help="who says so")
    parser.add_argument("--config", metavar="FILE", help=argparse.SUPPRESS)


def add_end(parser: argparse.ArgumentParser, otherwise: str) -> None:
    """Add `--for` and `--until`."""
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument(
        "--for",
        dest="for_s",
        type=arguments.duration,
        metavar="4h",
        help=f"for so long{otherwise}",
    )
    ends.add_argument("--until", metavar="WHEN", help=UNTIL)


def add_why(parser: argparse.ArgumentParser) -> None:
    """Add `--why`."""
    parser.add_argument("--why", default="", metavar="TEXT", help="why, in a few words")


def filled(kind: type[R], args: argparse.Namespace, **more: Any) -> R:
    """Make a request of the options of its names."""
    options = {n: each for n, each in vars(args).items() if n in kind.__struct_fields__}
    return kind(**{**options, **more})


def say(request: EngineRequest) -> int:
    """Send a statement, print its result and the recommendations, or raise Refused."""
    distrusts = isinstance(request, MarkRequest) and request.says == DISTRUSTED
    ends = "noted.confirm" if distrusts else "noted.until"
    prose.write(_told(sent(request), ends))
    return 0


def sent(
    request: EngineRequest, timeout_s: float = requests.ANSWERED_WITHIN_S
) -> dict[str, Any]:
    """Send a statement; return the engine's answer, or raise Refused."""
    try:
        answer = requests.ask(places.runtime_dir(), request, timeout_s)
    except requests.NoEngine as nobody:
        raise not_noted(nobody.message) from None
    if error := answer.get("error"):
        raise not_noted(error)
    return answer


def not_noted(why: Fact) -> Refused:
    """Refuse with why nothing was noted."""
    return Refused(message("commands.not-noted", why=why))


def noted(answer: dict[str, Any], language: str) -> str:
    """Confirm a statement, and say if it is on no disk."""
    return texts.say(
        language, "noted.memory" if answer.get("kept") == "memory" else "noted"
    )


def _told(answer: dict[str, Any], ends: str) -> Iterator[str]:
    language = answer["language"]
    end = texts.say(language, ends, until=answer["ends"])
    colon = texts.say(language, "colon")
    yield f"{noted(answer, language)}{colon} {answer['done']}{end}"
    yield from outcome(answer)


def outcome(answer: dict[str, Any]) -> Iterator[str]:
    """Yield the channels set aside, and the recommendations."""
    language = answer["language"]
    yield from reached(answer, language, lambda each: each["label"])
    for line in answer["recommendations"]:
        yield answered(line, language, line["title"], line["label"])
