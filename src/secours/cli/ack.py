"""Acknowledge a notice: you have read it and see to it, nobody else is told of it.

CODE stands in the notice.
"""

import argparse

from secours import places
from secours.cli import notify, prose, published, requests
from secours.cli.refusal import language_of_site
from secours.model.requests import AckRequest
from secours.render import times


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `ack`."""
    parser.add_argument("code", metavar="CODE", help="the code of the notice")
    requests.add_author(parser)


def run(args: argparse.Namespace) -> int:
    """Send the acknowledgement, and print who was first."""
    notice = notify.ask(AckRequest(code=args.code, by=args.by)).notice
    if notice is not None:
        timezone = published.known(args.config or places.plan_file()).site.timezone
        at = notice.acknowledged_at or notice.at
        when = times.with_zone(at, timezone)
        prose.say(notify.acknowledged(notice, when, language_of_site(args)))
    return 0
