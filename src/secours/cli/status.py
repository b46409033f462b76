"""Show the state of every channel as the engine sees it, and how old that is.

Exit code: that of `check`; 1 also where the engine itself is in trouble (its disk, its
history, its clock), 3 where its snapshot is too old or missing.
"""

import argparse

from secours import texts
from secours.cli import arguments, printing, prose, published
from secours.core.sites.orders_in_force import to_look_at
from secours.engine.published import current_sites
from secours.engine.published.current import Look
from secours.engine.published.snapshot_file import Corrupt
from secours.model.sites.handed_down import HandedDown
from secours.model.snapshot import Snapshot
from secours.render.answers import status
from secours.render.answers.check import exit_code
from secours.render.wording.sites.names import names_of
from secours.render.wording.sites.province_word import handed_down


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `status`."""
    arguments.add_format(parser, "text", "json", "nagios", "prometheus")
    arguments.add_language(parser)
    parser.add_argument("--config", metavar="FILE", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print the engine's view of every channel and return the exit code."""
    shot, age_s = published.snapshot()
    language = arguments.language_of(args, shot.site.language)
    if stale := published.why_stale(shot, age_s):
        prose.warn(texts.in_words(language, stale))
        if args.format == "text":  # also where only standard output is read
            prose.say(f"{texts.say(language, 'stale')}.")
    orders = to_look_at(_handed_down(shot, age_s), shot.at.utc)
    answer = status.answer(shot, age_s, language, orders)
    if args.format == "text":
        names = names_of(published.followed() if orders else (), language)
        prose.write(handed_down(order, names) for order in orders)
    printing.states(
        answer, shot, args.format, language, age_s=age_s, stale=answer.stale
    )
    return exit_code(answer)


def _handed_down(shot: Snapshot, age_s: float) -> tuple[HandedDown, ...]:
    """Return the province's orders to sites, if readable."""
    try:
        return current_sites.handed_down(Look(snapshot=shot, age_s=age_s))
    except (OSError, Corrupt):
        return ()
