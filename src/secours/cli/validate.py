"""Check a probes.yaml: all its mistakes at once, each with its place.

Nothing is probed. Exit code: 0 no mistakes, 3 mistakes, on standard error.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from secours.cli import arguments, plan_file, printing
from secours.cli.refusal import Refused
from secours.config import BadConfig, load
from secours.config.advice import warnings
from secours.config.reader.mistakes import Mistake
from secours.model.plan import Config, Probe
from secours.render.answers.values import SCHEMA
from secours.run.capacity import at_once, room, shortest_kept_s

NAMED = 5  # probes whose interval cannot be kept


class ValidateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a file, and what is unwise in it."""

    schema: Literal[1]
    file: str
    valid: bool
    mistakes: tuple[Mistake, ...]
    warnings: tuple[str, ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `validate`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="the file to check")
    plan_file.add_config(parser)
    arguments.add_format(parser, "text", "json")


def run(args: argparse.Namespace) -> int:
    """Check the file and return 0 or 3."""
    file = args.file or args.config
    try:
        config = load(file)
    except BadConfig as bad:
        if args.format == "json":
            printing.as_json(_answer(file, bad.mistakes, ()))
        raise Refused(str(bad)) from None
    room_wanted = tuple(_of_room(config.probes()))
    if args.format == "json":
        warned = (*map(str, warnings(config)), *room_wanted)
        printing.as_json(_answer(file, (), warned))
        return 0
    plan_file.warn(file, config)
    for words in room_wanted:
        print(f"{file}: warning: {words}", file=sys.stderr)
    print(f"{file}: {_counts(config)}: no mistakes")
    return 0


def _answer(
    file: str, mistakes: tuple[Mistake, ...], warned: tuple[str, ...]
) -> ValidateAnswer:
    name = file.encode(errors="replace").decode()  # of a file, it may be no UTF-8
    return ValidateAnswer(
        schema=SCHEMA,
        file=name,
        valid=not mistakes,
        mistakes=tuple(replace(mistake, file=name) for mistake in mistakes),
        warnings=warned,
    )


def _of_room(probes: Sequence[Probe]) -> Iterator[str]:
    """Warn where this system lets us have too few files open for the plan."""
    wanted, allowed = at_once(probes), room()
    if not (kept_s := shortest_kept_s(probes, min(wanted, allowed))):
        return
    late = [probe.id for probe in probes if probe.interval_s < kept_s]
    more = f" and {len(late) - NAMED} more" if len(late) > NAMED else ""
    yield (
        f"where nothing answers {wanted} tests run at once, and this system allows "
        f"open files for {allowed}: intervals below {math.ceil(kept_s)}s cannot be "
        f"kept ({', '.join(late[:NAMED])}{more}); raise the limit (ulimit -Hn)"
    )


def _counts(config: Config) -> str:
    counts = (
        (len(config.channels), "channel"),
        (len(config.probes()), "probe"),
        (len(config.plan), "line"),
    )
    return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)
