"""Run the engine in the foreground, until SIGTERM or Ctrl-C."""

import argparse
import logging
import os
import sys
from pathlib import Path

from secours.cli import plan
from secours.cli.refused import Refused
from secours.config import BadConfig
from secours.engine import lock, main


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    plan.add_config(parser)
    parser.add_argument(
        "--verbose", action="store_true", help="log more than what went wrong"
    )


def run(args: argparse.Namespace) -> int:
    """Run until told to stop."""
    level = logging.INFO if args.verbose else logging.WARNING
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        main.run_until_told(Path(os.path.abspath(args.config)))
    except BadConfig as bad:
        raise Refused("\n".join(map(str, bad.mistakes))) from None
    except lock.Held as held:
        raise Refused(str(held)) from None
    except OSError as error:
        raise Refused(f"the engine cannot run: {error}") from None
    return 0
