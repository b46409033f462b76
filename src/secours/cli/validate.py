"""Check a probes.yaml: all its mistakes at once, each with its place.

Nothing is probed. Exit code: 0 no mistakes, 3 mistakes, on standard error.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict

from secours.cli import options, plan, printing
from secours.cli.refused import Refused
from secours.config import BadConfig, load, warnings
from secours.model import Config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `validate`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="the file to check")
    plan.add_config(parser)
    options.add_format(parser, "text", "json")


def run(args: argparse.Namespace) -> int:
    """Check the file and return 0 or 3."""
    file = args.file or args.config
    try:
        config = load(file)
    except BadConfig as bad:
        if args.format == "json":
            mistakes = [asdict(mistake) for mistake in bad.mistakes]
            printing.as_json(_answer(file, mistakes, []))
        raise Refused(str(bad)) from None
    if args.format == "json":
        printing.as_json(_answer(file, [], list(map(str, warnings(config)))))
        return 0
    for warning in warnings(config):
        print(warning.in_(file), file=sys.stderr)
    print(f"{file}: {_counts(config)}: no mistakes")
    return 0


def _answer(
    file: str, mistakes: Sequence[object], warned: Sequence[str]
) -> dict[str, object]:
    return {
        "schema": 1,
        "file": file,
        "valid": not mistakes,
        "mistakes": mistakes,
        "warnings": warned,
    }


def _counts(config: Config) -> str:
    counts = (
        (len(config.channels), "channel"),
        (len(config.probes()), "probe"),
        (len(config.plan), "line"),
    )
    return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)
