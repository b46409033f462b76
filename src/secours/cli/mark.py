"""Say that a component or a channel is down, up, in maintenance, or distrusted.

What is distrusted (an intruder reads it) is set aside with everything that needs it,
though it works, and stays so until somebody takes it back; at its date it asks to be
confirmed. `up` never overrides a failure that is measured after it. A distrust stands
beside whatever else is said of the same thing: `clear --only` takes one of them back.

Where marks may be lost, with a damaged disk, nothing is verified until somebody says,
with --confirm, that those which hold are all there are.
"""

import argparse

from secours.cli import ask
from secours.cli.refused import Refused
from secours.model import Declared

CLEAR = "clear"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `mark`."""
    parser.add_argument(
        "subject", metavar="SUBJECT", nargs="?", help="a component or a channel"
    )
    parser.add_argument(
        "says",
        nargs="?",
        choices=[*(word.value for word in Declared), CLEAR],
        help="what is said of it; clear takes it back",
    )
    parser.add_argument(
        "--only",
        choices=[word.value for word in Declared],
        help="which mark is taken back, where two stand on one thing",
    )
    ask.add_author(parser)
    ask.add_why(parser)
    ask.add_end(parser, " (default: 12h)")
    parser.add_argument(
        "--confirm",
        action="store_true",
        help="after marks may have been lost: those that hold are all there are",
    )


def run(args: argparse.Namespace) -> int:
    """Send the word to the engine."""
    if args.confirm:
        return _confirm(args)
    if args.says is None:
        raise Refused("what is it? secours mark SUBJECT down --by NAME")
    if args.says == CLEAR:
        request = {"do": "unmark", "subject": args.subject, "by": args.by}
        only = {"says": args.only} if args.only else {}
        return ask.say(
            {**request, **only}, f"no longer marked {args.only or ''}".strip()
        )
    if args.only:
        raise Refused("--only goes with clear: it says which mark is taken back")
    request = {
        "do": "mark",
        "subject": args.subject,
        "says": args.says,
        "by": args.by,
        "why": args.why,
        **ask.end(args),
    }
    return ask.say(request, f"marked {args.says}")


def _confirm(args: argparse.Namespace) -> int:
    if args.subject is not None or args.why or ask.end(args):
        raise Refused("--confirm is about all marks: give it with --by NAME alone")
    return ask.say({"do": "confirm", "by": args.by}, "confirmed")
