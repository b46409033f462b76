"""Log that people tried a channel, and whether it worked.

For a channel that nothing can probe (a radio, a pager) this decides its state until the
test is too old.

What was logged by mistake is taken back with --undo: the latest test of the channel no
longer counts, and what the one before it said holds again. Said twice, that one is
taken back too, unless it proved that what somebody had marked works again.
"""

import argparse

from secours.cli import requests
from secours.cli.refusal import Refused
from secours.message import message


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `test`."""
    parser.add_argument("channel", metavar="CHANNEL", help="the channel they tried")
    parser.add_argument(
        "result", choices=("ok", "failed"), nargs="?", help="whether it worked"
    )
    parser.add_argument("--undo", action="store_true", help="take the latest one back")
    requests.add_author(parser)
    parser.add_argument(
        "--remark", default="", metavar="TEXT", help="what is to be known of it"
    )


def run(args: argparse.Namespace) -> int:
    """Send the word to the engine."""
    if args.undo == bool(args.result) or (args.undo and args.remark):
        raise Refused(message("commands.test.needs"))
    if args.undo:
        request = {"do": "untest", "channel": args.channel, "by": args.by}
        return requests.say(request)
    request = {
        "do": "test",
        "channel": args.channel,
        "worked": args.result == "ok",
        "by": args.by,
        "remark": args.remark,
    }
    return requests.say(request)
