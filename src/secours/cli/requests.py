"""Signed statements to the engine, and its answers."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from secours import places, texts
from secours.cli import arguments, prose, published
from secours.cli.refusal import Refused
from secours.engine.control import requests
from secours.message import Fact, message
from secours.model.requests import (
    EngineRequest,
    HandDownRequest,
    MarkRequest,
    OrderRequest,
)
from secours.model.sites.membership import ALL
from secours.model.sites.views import SiteView
from secours.render.pages.actions import answered, reached
from secours.render.wording.sites.names import names_of

DISTRUSTED = "distrusted"  # does not end at its date
PENDING, SITES = "secours sites --pending", "secours sites"
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


def add_sites(parser: argparse.ArgumentParser) -> None:
    """Add `--sites`, for the Secours of a province."""
    parser.add_argument(
        "--sites",
        type=_names,
        metavar="A,B",
        help="hand it down to these sites of the province, or to all",
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))


def say_at(sites: Sequence[str] | None, request: OrderRequest) -> int:
    """Send a statement to these sites, without any to our own engine."""
    return _hand_down(request, sites) if sites else say(request)


def say(request: EngineRequest) -> int:
    """Send a statement to the engine, print its result and the recommendations.

    Raises:
        Refused: no engine answers, or it refuses.

    """
    distrusts = isinstance(request, MarkRequest) and request.says == DISTRUSTED
    ends = "noted.confirm" if distrusts else "noted.until"
    prose.write(_told(sent(request), ends))
    return 0


def sent(request: EngineRequest, timeout_s: float = 5.0) -> dict[str, Any]:
    """Send a statement; return the engine's answer.

    Raises:
        Refused: no engine answers, or it refuses.

    """
    try:
        answer = requests.ask(places.runtime_dir(), request, timeout_s)
    except requests.NoEngine as nobody:
        raise not_noted(nobody.message) from None
    if error := answer.get("error"):
        raise not_noted(error)
    return answer


def _hand_down(word: OrderRequest, sites: Sequence[str]) -> int:
    """Send a statement to sites, and print which ones."""
    answer = sent(HandDownRequest(sites=tuple(sites), by=word.by, word=word))
    language, followed = answer["language"], published.followed()
    names = map(names_of(followed, language).site, answer["sites"])
    facts = {"what": answer["words"], "sites": ", ".join(names), "command": PENDING}
    done = texts.say(language, "commands.hand-down.sites", **facts)
    if ALL in answer["sites"]:
        done = texts.say(language, "commands.hand-down.all", **facts)
    colon = texts.say(language, "colon")
    prose.write([f"{noted(answer, language)}{colon} {done}"])
    if strangers := _strangers(answer["sites"], followed):
        facts = {"names": ", ".join(strangers), "command": SITES}
        prose.warn(texts.say(language, "commands.hand-down.strangers", **facts))
    return 0


def _strangers(names: Sequence[str], sites: Sequence[SiteView]) -> list[str]:
    """Return the names of no site followed here, if any site is."""
    known = {ALL, *(site.name for site in sites)}
    return [name for name in names if sites and name not in known]


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
