"""The probes.yaml that a command works on."""

import argparse
import os
import sys

from secours.cli.refusal import Refused
from secours.config import BadConfig, load
from secours.model.plan import Config

DEFAULT_FILE = "probes.yaml"


def chosen_file() -> str:
    """Return the file to use where none is named: `$SECOURS_CONFIG`, else the usual."""
    return os.environ.get("SECOURS_CONFIG") or DEFAULT_FILE


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add `--config FILE`."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        default=chosen_file(),
        help=f"the plan and its probes (default: $SECOURS_CONFIG, else {DEFAULT_FILE})",
    )


def warn(file: str, config: Config) -> None:
    """Say on standard error what is unwise in a plan that loads."""
    from secours.config.advice import warnings  # which a check does not give

    for warning in warnings(config):
        print(warning.in_(file), file=sys.stderr)


def language_in(file: str) -> str:
    """Return the language of the site; English where its plan cannot be read."""
    try:
        return load(file).site.language
    except (BadConfig, OSError):
        return "en"


def config_in(file: str) -> Config:
    """Load a probes.yaml.

    Raises:
        Refused: it cannot be used; the text lists every mistake, one a line.

    """
    try:
        return load(file)
    except BadConfig as bad:
        raise Refused("\n".join(map(str, bad.mistakes))) from None
