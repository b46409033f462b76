"""Print the JSON Schema of probes.yaml, or of what a command prints as JSON."""

import argparse
from collections.abc import Mapping
from typing import Any

import msgspec

from secours.cli import printing, probes, validate
from secours.render.answers import report_schema
from secours.render.answers.journal import JournalAnswer

STRUCTS: Mapping[str, type[msgspec.Struct]] = {
    "journal": JournalAnswer,
    "probes": probes.ProbesAnswer,
    "validate": validate.ValidateAnswer,
}
COMMANDS = sorted([*STRUCTS, *report_schema.COMMANDS])


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `schema`."""
    parser.add_argument(
        "--of",
        choices=COMMANDS,
        metavar="COMMAND",
        help="the output of this command: " + ", ".join(COMMANDS),
    )


def run(args: argparse.Namespace) -> int:
    """Print the schema."""
    if args.of:
        printing.as_json(of(args.of))
    else:
        from secours.config import schema  # needs every probe type: slow to import

        printing.as_json(schema())
    return 0


def of(command: str) -> dict[str, Any]:
    """Return the schema of what a command prints with `--format json`."""
    if command in STRUCTS:
        return report_schema.derived(command, STRUCTS[command])
    return report_schema.of(command)
