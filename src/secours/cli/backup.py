"""Save all that an engine goes on from in one file: run beside it, whenever you like.

In it are the history with its log of events and the engine's memory, what people
declared, the notices, the plan in force, the plan's file and that of its kinds; not the
token of the screens nor the key of our own test messages, which belong to this machine,
and not the secrets that the plan names. Whoever reads the file reads the whole journal:
it is for its owner alone (0600). The file is a tar; its first member says what is in
it.
"""

import argparse
import os
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from secours import places, texts
from secours.cli import plan_file, prose
from secours.cli.progress_line import percent
from secours.cli.refusal import Refused, language_of_site, unreadable
from secours.config import own_kinds
from secours.config.reader.plain_file import open_plain
from secours.engine import clock
from secours.engine.backup import saving
from secours.engine.backup.archive import Manifest
from secours.engine.store.database import schema
from secours.engine.store.database.damage import Damaged
from secours.message import message, why_and_where

STREAM = "-"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `backup`."""
    parser.add_argument(
        "backup", metavar="FILE", help="where to; - is standard output, for a pipe"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace the file if it is there"
    )
    plan_file.add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Write the file, and print what it lacks."""
    folder, language = places.data_dir(), language_of_site(args)
    try:
        manifest = _save(args, folder, language)
    except FileNotFoundError:
        if (folder / schema.NAME).exists():
            raise
        raise Refused(message("commands.history.none", folder=str(folder))) from None
    except schema.Newer as newer:
        raise unreadable(folder, newer.message) from None
    except (sqlite3.Error, Damaged) as error:
        said = message("commands.os.said", said=str(error))
        raise unreadable(folder, said) from None
    mib = f"{sum(member.bytes for member in manifest.members) / 2**20:.1f}"
    done = message("commands.backup.done", file=args.backup, mib=mib)
    out = sys.stderr if args.backup == STREAM else sys.stdout
    prose.write([texts.in_words(language, done)], out)
    return 0


def _save(args: argparse.Namespace, folder: Path, language: str) -> Manifest:
    if args.backup == STREAM:
        if sys.stdout.isatty():
            raise Refused(message("commands.backup.terminal"))
        copy_in = Path(tempfile.gettempdir())
        return _into(sys.stdout.buffer, copy_in, args, folder, language)
    file = Path(args.backup)
    if os.path.lexists(file) and not args.force:
        raise Refused(message("commands.backup.there", file=args.backup))
    copy_in = file.absolute().parent
    if not (copy_in.is_dir() and os.access(copy_in, os.W_OK)):
        raise Refused(message("commands.backup.no-folder", folder=str(copy_in)))
    with saving.fresh_file(file) as out:
        return _into(out, copy_in, args, folder, language)


def _into(
    out: BinaryIO, copy_in: Path, args: argparse.Namespace, folder: Path, language: str
) -> Manifest:
    config = plan_file.readable(args.config)
    with percent(sys.stderr, args.backup) as show:
        return saving.save(
            out,
            folder,
            publish_in=places.found_runtime_dir(),
            site=config.site.name.in_(language) if config else "",
            at=clock.now().utc,
            plan=config.text if config else _plan(args.config, language),
            copy_in=copy_in,
            progress=show,
        )


def _plan(file: str, language: str) -> bytes | None:
    try:
        with open_plain(file) as opened:
            return own_kinds.with_file(opened.read(), file)
    except OSError as error:
        left_out = message("commands.backup.no-plan", why=why_and_where(error))
        plan_file.warn_of(file, texts.in_words(language, left_out), language)
        return None
