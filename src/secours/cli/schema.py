"""Print the JSON Schema of probes.yaml, or of what a command prints as JSON."""

import argparse

from secours.cli import printing
from secours.render.answers import report_schema


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `schema`."""
    parser.add_argument(
        "--of",
        choices=sorted(report_schema.COMMANDS),
        metavar="COMMAND",
        help="the output of this command: " + ", ".join(sorted(report_schema.COMMANDS)),
    )


def run(args: argparse.Namespace) -> int:
    """Print the schema."""
    if args.of:
        printing.as_json(report_schema.of(args.of))
    else:
        from secours.config import schema  # needs every probe type: slow to import

        printing.as_json(schema())
    return 0
