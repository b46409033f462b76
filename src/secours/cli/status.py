"""Show the state of every channel as the engine sees it, and how old that is.

Exit code: that of `check`; 1 also where the engine itself is in trouble (its disk, its
history, its clock), 3 where its snapshot is too old or missing.
"""

import argparse

from secours import texts
from secours.cli import arguments, hand_down, printing, prose, published
from secours.render.answers import status
from secours.render.answers.check import exit_code


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `status`."""
    arguments.add_answer(parser, "text", "json", "nagios", "prometheus", config=True)


def run(args: argparse.Namespace) -> int:
    """Print the engine's view of every channel and return the exit code."""
    shot, age_s = published.snapshot()
    language = arguments.language_of(args, shot.site.language)
    if stale := published.why_stale(shot, age_s):
        prose.warn(texts.in_words(language, stale))
        if args.format == "text":  # also where only standard output is read
            prose.say(f"{texts.say(language, 'stale')}.")
    orders = hand_down.orders(shot, age_s)
    answer = status.answer(shot, age_s, language, orders)
    if args.format == "text":
        prose.write(hand_down.lines(orders, language))
    printing.states(
        answer, shot, args.format, language, age_s=age_s, stale=answer.stale
    )
    return exit_code(answer)
