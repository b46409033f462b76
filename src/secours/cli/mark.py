"""Say that a component or a channel is down, up, in maintenance, or distrusted.

What is distrusted (an intruder reads it) is set aside with everything that needs it,
though it works, and stays so until somebody takes it back; at its date it asks to be
confirmed. No edit of the plan ends it: a channel that it held stays set aside until
that channel, or what is distrusted, is cleared. `up` never overrides a failure that is
measured after it. A distrust stands beside whatever else is said of the same thing:
`clear --only` takes one of them back.

A component that is distrusted or in maintenance sets aside what cannot do without it:
of class power, what has no battery. The answer names what is set aside, and what not.

A battery runs down from when its power failed: `down --since 14:05` says when that was.

Where marks may be lost, with a damaged disk, nothing is verified until somebody says,
with --confirm, that those which hold are all there are.

The Secours of a province hands the word down with --sites: a site's own word is above
it there, but a distrust holds until the province takes it back.
"""

import argparse

from secours.cli import hand_down, requests
from secours.cli.refusal import Refused
from secours.message import message
from secours.model.requests import ConfirmRequest, MarkRequest, UnmarkRequest
from secours.model.statements import Declared

CLEAR = "clear"
SINCE = "of what is down, when it fell: 14:05 (the last time it was), or"
SINCE += " 2026-11-24T14:05; at most 7 days ago (default: now)"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `mark`."""
    parser.add_argument(
        "subject",
        metavar="SUBJECT",
        nargs="?",
        help="a component or a channel, or its label",
    )
    parser.add_argument(
        "says",
        metavar="WORD",
        nargs="?",
        choices=[*(word.value for word in Declared), CLEAR],
        help="what is said of it: down, up, maintenance or distrusted; clear takes it"
        " back",
    )
    parser.add_argument(
        "--only",
        choices=[word.value for word in Declared],
        help="which mark is taken back, where two stand on one thing",
    )
    requests.add_author(parser)
    requests.add_why(parser)
    parser.add_argument("--since", metavar="WHEN", help=SINCE)
    requests.add_end(parser, " (default: 12h)")
    hand_down.add_sites(parser)
    parser.add_argument(
        "--confirm",
        action="store_true",
        help="after marks may have been lost: those that hold are all there are",
    )


def run(args: argparse.Namespace) -> int:
    """Send the statement."""
    if args.confirm:
        return _confirm(args)
    if args.since is not None and args.says != Declared.DOWN:
        raise Refused(message("commands.mark.since"))
    if args.says is None:
        raise Refused(message("commands.mark.what"))
    if args.says == CLEAR:
        word = UnmarkRequest(subject=args.subject, says=args.only, by=args.by)
        return hand_down.say_at(args.sites, word)
    if args.only:
        raise Refused(message("commands.mark.only"))
    return hand_down.say_at(args.sites, requests.filled(MarkRequest, args))


def _confirm(args: argparse.Namespace) -> int:
    said = (args.subject, args.since, args.until, args.for_s)
    if args.why or args.sites or any(each is not None for each in said):
        raise Refused(message("commands.mark.confirm"))
    return requests.say(ConfirmRequest(by=args.by))
