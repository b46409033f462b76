"""Log that people tried a channel, and whether it worked.

For a channel that nothing can probe (a radio, a pager) this decides its state until the
test is too old.
"""

import argparse

from secours.cli import requests


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `test`."""
    parser.add_argument("channel", metavar="CHANNEL", help="the channel they tried")
    parser.add_argument("result", choices=("ok", "failed"), help="whether it worked")
    requests.add_author(parser)
    parser.add_argument(
        "--remark", default="", metavar="TEXT", help="what is to be known of it"
    )


def run(args: argparse.Namespace) -> int:
    """Send the word to the engine."""
    request = {
        "do": "test",
        "channel": args.channel,
        "worked": args.result == "ok",
        "by": args.by,
        "remark": args.remark,
    }
    worked = "worked" if args.result == "ok" else "failed"
    return requests.say(request, f"entry.test.{worked}")
