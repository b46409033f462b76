"""Take over a backup of Uptime Kuma (JSON) or the configuration of Gatus (YAML).

Each monitor becomes a channel with its probe, in a new file; one that is there stays as
it is. What cannot be taken is listed with the reason, and what is asked for less than
there. No secret is copied: where one stood, the plan names a variable of the
environment, and the list says what to put there.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from secours import places
from secours.cli import arguments, prose
from secours.cli.refusal import Refused
from secours.config.migration import Migration, migrated
from secours.config.migration.drafts import NotTaken
from secours.config.reader.document import Unreadable
from secours.config.reader.mistakes import BadConfig
from secours.config.reader.one_file import content
from secours.engine.store import durable_files
from secours.languages import of_terminal
from secours.message import Message, PlacedMessage, message, why
from secours.texts import in_words, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `import`."""
    parser.add_argument("file", metavar="FILE", help="the backup or configuration")
    parser.add_argument(
        "--to",
        metavar="FILE",
        default=places.PLAN_FILE,
        help=f"the plan to write (default: {places.PLAN_FILE})",
    )
    arguments.add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Write the plan, and say what is not in it."""
    language = args.lang or of_terminal(os.environ)
    migration = _read(args.file)
    if migration.plan:
        _write(args.to, migration.plan)
    prose.write(_told(migration, args.to, language))
    if not migration.plan:
        raise Refused(message("commands.import.nothing", file=args.file))
    return 0


def _read(file: str) -> Migration:
    try:
        return migrated(content(file, lambda: message("commands.import.missing"))[0])
    except BadConfig as bad:
        raise Refused(*bad.mistakes) from None
    except Unreadable as error:
        placed = PlacedMessage(file, error.line, error.column, "", error.message)
    except NotTaken as refused:
        placed = PlacedMessage(file, 1, 1, "", refused.message)
    raise Refused(placed)


def _write(file: str, plan: str) -> None:
    there = message("commands.import.there", file=file)
    if os.path.lexists(file):  # also a pipe, which to read would wait for ever
        raise Refused(there)
    try:
        durable_files.write_over(Path(file), plan.encode(), None)
    except durable_files.ChangedMeanwhile:
        raise Refused(there) from None
    except OSError as error:
        said = message("commands.init.cannot-write", file=file, why=why(error))
        raise Refused(said) from None


def _told(migration: Migration, file: str, language: str) -> Iterator[str]:
    def line(name: str, words: Message) -> str:
        return f"  {name}: {in_words(language, words)}"

    if migration.left:
        yield say(language, "commands.import.left")
        yield from (line(each.name, each.why) for each in migration.left)
    if migration.secrets:
        yield say(language, "commands.import.secrets")
        for secret in migration.secrets:
            held = message("commands.import.held", part=secret.part, name=secret.of)
            yield line(secret.variable, held)
    if migration.plan:
        facts = {"file": file, "n": migration.channels, "command": quote(file)}
        yield say(language, "commands.import.written", **facts)
