"""Have one line of the plan use a channel that you choose, whatever its state.

The screens show that it is pinned, and the answer without the pin beside it.
"""

import argparse

from secours.cli import requests
from secours.cli.refusal import Refused
from secours.message import message
from secours.model.requests import PinRequest, UnpinRequest


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `pin`."""
    parser.add_argument(
        "line",
        metavar="LINE",
        help="purpose/audience, or the purpose alone where it has one line",
    )
    parser.add_argument(
        "channel", metavar="CHANNEL", nargs="?", help="a channel of that line"
    )
    parser.add_argument("--clear", action="store_true", help="follow the plan again")
    requests.add_author(parser)
    requests.add_why(parser)
    requests.add_end(parser, " (default: 12h)")


def run(args: argparse.Namespace) -> int:
    """Send the statement."""
    if args.clear == bool(args.channel):
        raise Refused(message("commands.pin.needs"))
    if args.clear:
        return requests.say(UnpinRequest(line=args.line, by=args.by))
    return requests.say(requests.filled(PinRequest, args))
