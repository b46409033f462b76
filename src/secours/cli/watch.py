"""Take the watch, hand it over, or say who has it.

Who has the watch is on duty in the crisis room: every screen and the printed sheet name
them. It may be taken from somebody who did not hand it over; the journal says from
whom. What is handed over nobody has until somebody takes it.

Exit code: 3 where a word is refused, and where the engine's snapshot is too old.
"""

import argparse

from secours import texts
from secours.cli import arguments, printing, prose, published, requests
from secours.cli.refusal import Refused
from secours.message import message
from secours.model.requests import WatchRequest
from secours.render.answers import watch
from secours.render.answers.recommend import NO_ANSWER
from secours.render.wording.localizer import Localizer
from secours.render.wording.watch import sentence

TAKE, HAND = "take", "hand"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `watch`."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=(TAKE, HAND),
        help="take it, or hand it over (default: say who has it)",
    )
    requests.add_author(parser, required=False)
    parser.add_argument(
        "--to", default="", metavar="NAME", help="of what is handed over, who takes it"
    )
    parser.add_argument(
        "--remark", default="", metavar="TEXT", help="what is to be known"
    )
    arguments.add_answer(parser, "text", "json")


def run(args: argparse.Namespace) -> int:
    """Send the statement, or print who has the watch."""
    if args.action is None:
        if args.by is not None or args.to or args.remark:
            raise Refused(message("commands.watch.what"))
        return _show(args)
    if args.by is None:
        raise Refused(message("commands.watch.by"))
    if args.to and args.action != HAND:
        raise Refused(message("commands.watch.to"))
    return requests.say(requests.filled(WatchRequest, args))


def _show(args: argparse.Namespace) -> int:
    """Print it even if stale: only the engine can change it."""
    shot, age_s = published.snapshot()
    language = arguments.language_of(args, shot.site.language)
    if stale := published.why_stale(shot, age_s):
        prose.warn(texts.in_words(language, stale))
    if args.format == "json":
        printing.as_json(watch.answer(shot, age_s, language))
    else:
        words = sentence(Localizer(shot, language))
        said = words or texts.say(language, "watch.nobody")
        printing.timed([said], shot, language)
    return NO_ANSWER if stale else 0
