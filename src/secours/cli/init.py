"""Write a first probes.yaml, to be filled in; a file that is there stays as it is."""

import argparse
import os

from secours import texts
from secours.cli import arguments, plan_file
from secours.cli.refusal import Refused
from secours.config.starter import starter


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `init`."""
    parser.add_argument(
        "file",
        nargs="?",
        default=plan_file.DEFAULT_FILE,
        metavar="FILE",
        help=f"where to (default: {plan_file.DEFAULT_FILE})",
    )
    arguments.add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Write the file, in the language asked for or that of the terminal."""
    ours = os.environ.get("LC_ALL") or os.environ.get("LANG")
    language = texts.language_of(args.lang, ours or "en")
    try:
        with open(args.file, "x", encoding="utf-8") as file:
            file.write(starter(language))
    except FileExistsError:
        raise Refused(f"{args.file} is there already: it stays as it is") from None
    except OSError as error:
        raise Refused(f"cannot write {args.file}: {error.strerror}") from None
    print(f"{args.file} written. Fill it in, then: secours validate {args.file}")
    return 0
