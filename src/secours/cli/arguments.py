"""Options shared by several commands, and their parsers."""

import argparse
import re
from collections.abc import Callable

from secours import texts
from secours.cli import usage
from secours.config.reader import durations
from secours.languages import LANGUAGES
from secours.message import BadValue

PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")  # of an address, with nothing to escape


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """Add `--format`; the first one is the default."""
    parser.add_argument(
        "--format",
        choices=formats,
        default=formats[0],
        help=f"how to print it (default: {formats[0]})",
    )


def add_language(parser: argparse.ArgumentParser) -> None:
    """Add `--lang`."""
    parser.add_argument("--lang", choices=LANGUAGES, help="the language to speak")


def add_answer(
    parser: argparse.ArgumentParser, *formats: str, config: bool = False
) -> None:
    """Add `--format` and `--lang`; `config` for a plan that is seldom named."""
    add_format(parser, *formats)
    add_language(parser)
    if config:
        parser.add_argument("--config", metavar="FILE", help=argparse.SUPPRESS)


def add_log_format(parser: argparse.ArgumentParser) -> None:
    """Add `--log-format`."""
    from secours import logs  # which a command that only answers needs not

    parser.add_argument(
        "--log-format",
        choices=logs.FORMATS,
        help=f"how to log: lines of text, or JSON (default: ${logs.FORMAT}, or text)",
    )


def language_of(args: argparse.Namespace, site_language: str) -> str:
    """Return the language to speak: `--lang`, else that of the site."""
    return texts.language_of(args.lang, site_language)


def add_base_path(parser: argparse.ArgumentParser) -> None:
    """Add `--base-path`."""
    parser.add_argument(
        "--base-path",
        metavar="/PATH",
        type=base_path,
        default="",
        help="the path that a reverse proxy keeps for it, such as /secours",
    )


def base_path(text: str) -> str:
    """Parse a base path: with a leading slash, without a trailing one."""
    path = f"/{text.strip('/')}" if text.strip("/") else ""
    names = path.split("/")
    if path and (not PATH.fullmatch(path) or "." in names or ".." in names):
        raise usage.wrong("commands.usage.path", example="/secours")
    return path


def at_least(lowest: int) -> Callable[[str], int]:
    """Return the parser of a whole number not below `lowest`."""

    def number(text: str) -> int:
        value = int(text)
        if value < lowest:
            raise usage.wrong("commands.usage.at-least", lowest=str(lowest))
        return value

    return number


def duration(text: str) -> float:
    """Parse a length of time."""
    try:
        return float(durations.read(text))
    except BadValue as error:
        words = texts.in_words(usage.language(), error.message)
        raise argparse.ArgumentTypeError(words) from None


def port(text: str) -> int:
    """Parse a TCP port."""
    value = int(text)
    if not 0 < value < 65536:
        raise usage.wrong("commands.usage.port")
    return value
