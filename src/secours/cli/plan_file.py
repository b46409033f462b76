"""The probes.yaml of a command."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from secours import places, texts
from secours.cli import prose
from secours.cli.refusal import Refused
from secours.config import BadConfig, load
from secours.message import message
from secours.model.plan import Config

if TYPE_CHECKING:
    from secours.config.advice import Advice


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add `--config FILE`."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        default=places.plan_file(),
        help="the plan and its probes"
        f" (default: $SECOURS_CONFIG, else {places.PLAN_FILE})",
    )


def warn(file: str, config: Config, besides: Iterable["Advice"] = ()) -> None:
    """Print warnings on a plan that loads, on standard error."""
    from secours.config.advice import warnings  # which a check does not give

    language = config.site.language
    for advice in (*warnings(config), *besides):
        place = "".join(f":{at}" for at in (advice.line, advice.column) if at)
        warn_of(f"{file}{place}", advice_words(advice, language), language)


def warn_of(where: str, words: str, language: str) -> None:
    """Print a warning with its place, as compilers do."""
    said = message("plan.warning", where=where, words=words)
    prose.warn(texts.in_words(language, said))


def advice_words(advice: "Advice", language: str) -> str:
    """Return a warning with the part of the plan."""
    return f"{advice.where}: {texts.in_words(language, advice.message)}"


def language_in(file: str) -> str:
    """Return the language of the site; English for an unreadable plan."""
    config = readable(file)
    return config.site.language if config else "en"


def readable(file: str) -> Config | None:
    """Load a probes.yaml, None if it cannot be."""
    try:
        return load(file)
    except (BadConfig, OSError):
        return None


def config_in(file: str) -> Config:
    """Load a probes.yaml, or raise Refused with every mistake, one a line."""
    try:
        return load(file)
    except BadConfig as bad:
        raise Refused(*bad.mistakes, language=bad.language) from None
