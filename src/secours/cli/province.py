"""The option by which a Secours is that of a province, which follows all sites."""

import argparse

from secours.cli.refusal import Refused
from secours.message import message
from secours.model.plan import Config

FLAG = "--province"


def add_province(parser: argparse.ArgumentParser) -> None:
    """Add `--province`."""
    parser.add_argument(
        FLAG,
        action="store_true",
        help="be that of a province: follow all sites, and show them on the wall",
    )


def refuse_without_sites(args: argparse.Namespace, config: Config | None) -> None:
    """Find out now that no sites would be followed.

    Raises:
        Refused: the plan does not say how this site takes part among others, or no
            engine is started.

    """
    if args.province and getattr(args, "no_engine", False):
        raise Refused(message("commands.province.engine"))
    if args.province and config is not None and config.sites is None:
        raise Refused(message("commands.province.no-sites"))


def flags_of(args: argparse.Namespace) -> list[str]:
    """Return the option as another command of ours takes it."""
    return [FLAG] if args.province else []
