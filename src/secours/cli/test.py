"""Log that people tried a channel, and whether it worked.

For a channel that nothing can probe (a radio, a pager) this decides its state until the
test is too old.

With --reached people say who answered: that holds for this group over what is inferred
of its networks, and ages as the test does.

What was logged by mistake is taken back with --undo: the latest test of the channel no
longer counts, and what the one before it said holds again. Said twice, that one is
taken back too, unless it proved that what somebody had marked works again.
"""

import argparse

from secours.cli import requests, usage
from secours.cli.refusal import Refused
from secours.config.reader.mistakes import shown
from secours.message import message
from secours.model.requests import GroupCalled, TestRequest, UntestRequest


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
    parser.add_argument(
        "--reached",
        action="append",
        default=[],
        type=_called,
        metavar="GROUP=18/20",
        help="how many of a group answered, of those who were asked; for each group"
        " that was (AUDIENCE/GROUP where two audiences have a group of this name)",
    )


def _called(text: str) -> GroupCalled:
    """Parse a roll call; the engine checks its group and numbers."""
    group, _, numbers = text.rpartition("=")
    answered, _, asked = numbers.partition("/")
    try:
        return GroupCalled(group=group, answered=int(answered), asked=int(asked))
    except ValueError:
        raise usage.wrong("commands.test.reached", written=shown(text)) from None


def run(args: argparse.Namespace) -> int:
    """Send the statement."""
    if args.undo == bool(args.result) or (args.undo and (args.remark or args.reached)):
        raise Refused(message("commands.test.needs"))
    if args.undo:
        return requests.say(UntestRequest(channel=args.channel, by=args.by))
    facts = {"worked": args.result == "ok", "reached": tuple(args.reached)}
    return requests.say(requests.filled(TestRequest, args, **facts))
