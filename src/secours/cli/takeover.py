"""Have a standby (`up --follow`) probe by itself, or follow the first again.

A standby shows what the first says. Where the first is dead, or nobody knows, this has
it probe its own plan from here on; what people said at the first holds on. With --back
it follows again, which it refuses while the first is not heard, or while something is
said here that the first does not know.
"""

import argparse

from secours import texts
from secours.cli import prose, requests
from secours.cli.requests import noted
from secours.model.requests import TakeoverRequest

WAIT_S = 15.0  # the first is asked before it is followed again


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `takeover`."""
    parser.add_argument(
        "--back", action="store_true", help="show again what the first says"
    )
    requests.add_author(parser)
    requests.add_why(parser)


def run(args: argparse.Namespace) -> int:
    """Ask the standby, and print its new role."""
    answer = requests.sent(requests.filled(TakeoverRequest, args), WAIT_S)
    language = answer["language"]
    key = "standby.done.back" if args.back else "standby.done"
    colon, done = texts.say(language, "colon"), texts.say(language, key)
    prose.say(f"{noted(answer, language)}{colon} {done}")
    return 0
