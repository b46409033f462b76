"""Play a failure: the real answer stays, the exercise is shown beside it.

A real change of recommendation ends an exercise. The Secours of a province hands it
down with --sites; one that a site plays by itself goes on there.
"""

import argparse

from secours.cli import hand_down, requests
from secours.model.requests import ExerciseRequest


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `exercise`."""
    parser.add_argument("action", choices=("start", "stop"))
    parser.add_argument(
        "--fail",
        dest="fails",
        action="append",
        default=[],
        metavar="NAME",
        help="a component or channel to play as failed; may be given several times",
    )
    parser.add_argument(
        "--notices",
        action="store_true",
        help="send notices of it too, each with EXERCISE in front",
    )
    requests.add_author(parser)
    requests.add_why(parser)
    requests.add_end(parser, ", at most 24h; an exercise must have an end")
    hand_down.add_sites(parser)


def run(args: argparse.Namespace) -> int:
    """Send the statement."""
    request = ExerciseRequest(action=args.action, by=args.by)
    if args.action == "start":
        request = requests.filled(ExerciseRequest, args, fails=tuple(args.fails))
    return hand_down.say_at(args.sites, request)
