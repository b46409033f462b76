"""Say for each line of the plan which channel to use now, which if it fails, and why.

Exit code: 0 every line on its primary, 1 a fallback, degraded, unverified or pinned
channel somewhere, 2 a line with no usable channel, 3 no fresh answer from the engine.
"""

import argparse
import sys

from secours.cli import options, printing, published, words
from secours.model import Snapshot
from secours.screen import recommended
from secours.screen.announce import announcements


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `recommend`."""
    options.add_format(parser, "text", "json", "nagios", "prometheus")
    options.add_language(parser)
    parser.add_argument(
        "--announce",
        action="store_true",
        help="write what to send people about it, and on which channel they listen",
    )
    parser.add_argument("--config", metavar="FILE", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print the engine's recommendation and return the exit code."""
    shot, age_s = published.snapshot()
    language = options.language_of(args, shot.site.language)
    return show(shot, age_s, args.format, language, announce=args.announce)


def show(
    shot: Snapshot, age_s: float, form: str, language: str, *, announce: bool = False
) -> int:
    """Print the recommendation of a snapshot and return the exit code."""
    if stale := published.why_stale(shot, age_s):
        print(stale, file=sys.stderr)
    elif not shot.recommendations:
        print("the plan has no line: nothing can be recommended", file=sys.stderr)
    code = recommended.exit_code(shot, age_s)
    answer = recommended.answer(shot, age_s, language)
    if announce:
        # What is too old must not be told to anybody.
        said = announcements(shot, language) if code != recommended.NOT_FRESH else ()
        answer["announcements"] = [recommended.announcement(each) for each in said]
        if form == "text":
            printing.lines(words.announcements(said, shot, language))
            return code
    printing.recommendations(answer, shot, form, language, code)
    return code
