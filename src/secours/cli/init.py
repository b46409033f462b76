"""Write a first probes.yaml, to be filled in; a file that is there stays as it is."""

import argparse
import os

from secours import places, texts
from secours.cli import arguments, prose
from secours.cli.refusal import Refused
from secours.config.starter import starter
from secours.languages import of_terminal
from secours.message import message, why


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `init`."""
    parser.add_argument(
        "file",
        nargs="?",
        default=places.PLAN_FILE,
        metavar="FILE",
        help=f"where to (default: {places.PLAN_FILE})",
    )
    arguments.add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Write the file, in the language asked for or that of the terminal."""
    language = args.lang or of_terminal(os.environ)
    try:
        with open(args.file, "x", encoding="utf-8") as file:
            file.write(starter(language))
    except FileExistsError:
        raise Refused(message("commands.init.there", file=args.file)) from None
    except OSError as error:
        said = message("commands.init.cannot-write", file=args.file, why=why(error))
        raise Refused(said) from None
    written = message("commands.init.written", file=args.file)
    prose.say(texts.in_words(language, written))
    return 0
