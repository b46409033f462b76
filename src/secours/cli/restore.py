"""Put a backup in the place of what is there, with no engine running.

The whole file is judged before anything is touched: what is in it, whether all of it is
as it was saved, whether this version can read it. What was there is kept aside, in the
data folder, and the plan's file beside the plan. What was measured when the backup was
made proves nothing now: every channel is unknown until it is tested. Marks, pins and
what is distrusted are in force again; what people declared since is missing, so every
screen asks that the marks be looked over (`secours mark --confirm --by NAME`).

Exit code: 1 where all but the plan's file is restored.
"""

import argparse
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from secours import places, texts
from secours.cli import plan_file, prose
from secours.cli.progress_line import percent
from secours.cli.refusal import Refused, language_of_site
from secours.config.reader.plain_file import NotPlain, open_plain
from secours.engine import access_token, clock, lock
from secours.engine.backup import restoring
from secours.engine.backup.archive import NoBackup
from secours.engine.backup.restoring import Restoration
from secours.languages import LANGUAGES
from secours.message import Fact, Message, message, why, why_and_where
from secours.model.sections.site import Site
from secours.outside_text import plain
from secours.render import times

STREAM = "-"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `restore`."""
    parser.add_argument(
        "backup",
        metavar="FILE",
        help="what `secours backup` wrote; - is standard input, from a pipe",
    )
    plan_file.add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Restore it, and say where what was there is."""
    language, plan = language_of_site(args), plan_file.readable(args.config)
    here = plan.site if plan else None
    folder = places.data_dir()
    try:
        places.keep_private(folder)
        had_token = access_token.read(folder) is not None
        # Before a new folder has any file: without a token it would ask for none.
        access_token.obtain(folder)
        in_memory = places.found_runtime_dir()
        with lock.hold(*filter(None, (folder, in_memory))):
            outcome = _restore(args, folder, in_memory)
    except lock.LockHeld as held:
        raise _refused(held.message) from None
    except NoBackup as error:
        raise _refused(error.message) from None
    except sqlite3.Error as error:
        raise _refused(message("commands.os.said", said=str(error))) from None
    for sentence in _report(outcome, folder, here):
        prose.say(texts.in_words(language, sentence))
    if not had_token and access_token.read(folder) is not None:
        prose.say(texts.in_words(language, message("commands.restore.token")))
    for sentence in _warnings(outcome, here, args.config):
        prose.warn(texts.in_words(language, sentence))
    prose.say(texts.in_words(language, message("commands.restore.then")))
    return 1 if outcome.plan_refused else 0


def _restore(
    args: argparse.Namespace, folder: Path, in_memory: Path | None
) -> Restoration:
    with ExitStack() as opened:
        if args.backup == STREAM:
            file = sys.stdin.buffer
        else:
            try:
                file = opened.enter_context(open_plain(args.backup))
            except NotPlain:
                said = message("commands.restore.not-plain", file=args.backup)
                raise _refused(said) from None
            except OSError as error:
                raise _refused(why_and_where(error)) from None
        show = opened.enter_context(percent(sys.stderr, args.backup))
        return restoring.restore(
            file, folder, in_memory, Path(args.config), clock.now().utc, show
        )


def _report(outcome: Restoration, folder: Path, here: Site | None) -> list[Message]:
    manifest = outcome.manifest
    site = {"site": plain(manifest.site)} if manifest.site else {}
    sentences = [
        message(
            "commands.restore.done",
            at=times.with_zone(manifest.at, here.timezone if here else "UTC"),
            version=plain(manifest.version),
            folder=str(folder),
            **site,
        )
    ]
    asides = (outcome.aside, outcome.plan_aside, outcome.kinds_aside)
    sentences += [
        message("commands.restore.aside", place=str(place)) for place in asides if place
    ]
    if outcome.plan:
        kinds = {"kinds": str(outcome.kinds)} if outcome.kinds else {}
        plan = str(outcome.plan)
        sentences.append(message("commands.restore.plan", file=plan, **kinds))
    return sentences


def _warnings(outcome: Restoration, here: Site | None, file: str) -> Iterator[Message]:
    manifest = outcome.manifest
    names = {here.name.in_(language) for language in LANGUAGES} if here else set()
    if here and manifest.site and manifest.site not in names:
        yield message(
            "commands.restore.other-site", site=plain(manifest.site), here=here.name
        )
    if outcome.plan_refused:
        yield message(
            "commands.restore.plan-refused", file=file, why=why(outcome.plan_refused)
        )


def _refused(why: Fact) -> Refused:
    return Refused(message("commands.restore.refused", why=why))
