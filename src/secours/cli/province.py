"""The `--province` option, of a Secours that follows all sites."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from secours import places
from secours.cli.refusal import Refused
from secours.message import message

if TYPE_CHECKING:
    from secours.model.plan import Config

FLAG = "--province"
SITES = re.compile(r"""^["']?sites["']?\s*:""", re.MULTILINE)


def add_province(parser: argparse.ArgumentParser) -> None:
    """Add `--province`."""
    parser.add_argument(
        FLAG,
        action="store_true",
        help="be that of a province: follow all sites, and show them on the wall",
    )


def in_plan() -> bool:
    """Return whether the plan has `sites:`, without parsing the rest."""
    plan = Path(places.plan_file())
    try:
        return plan.is_file() and bool(SITES.search(plan.read_text(errors="replace")))
    except OSError:
        return False


def refuse_without_sites(args: argparse.Namespace, config: "Config | None") -> None:
    """Raise Refused if the plan has no `sites`, or no engine is started."""
    if args.province and getattr(args, "no_engine", False):
        raise Refused(message("commands.province.engine"))
    if args.province and config is not None and config.sites is None:
        raise Refused(message("commands.province.no-sites"))


def flags_of(args: argparse.Namespace) -> list[str]:
    """Return the option as another command of ours takes it."""
    return [FLAG] if args.province else []
