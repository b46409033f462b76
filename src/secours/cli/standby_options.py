"""Options of a standby, and the address of its first."""

import argparse
import os
from pathlib import Path

from secours.cli.refusal import Refused
from secours.engine.following.first import First, NoFirst, first_at
from secours.message import message, why

TOKEN = "SECOURS_FOLLOW_TOKEN"


def add_follow(parser: argparse.ArgumentParser) -> None:
    """Add `--follow` and its companions."""
    parser.add_argument(
        "--follow",
        metavar="URL",
        help="stand by for the Secours there: show what it says, until you take over",
    )
    parser.add_argument(
        "--follow-token",
        metavar="FILE",
        help="the file with the token for a standby, as `secours link` prints it there"
        f" (default: ${TOKEN})",
    )
    parser.add_argument(
        "--follow-ca",
        metavar="FILE",
        help="the authorities to trust there (default: those of this machine)",
    )


def first_of(args: argparse.Namespace) -> First | None:
    """Return the first to follow, None for no standby; raise Refused if unsaid."""
    if args.follow is None:
        if args.follow_token or args.follow_ca:
            raise Refused(message("commands.follow.whom"))
        return None
    try:
        ca = os.path.abspath(args.follow_ca) if args.follow_ca else None
        if ca:
            Path(ca).read_bytes()
        return first_at(args.follow, _token(args.follow_token), ca)
    except NoFirst as none:
        raise Refused(none.message) from None
    except OSError as error:
        file = error.filename or ""
        unread = message("commands.follow.unread", file=str(file), why=why(error))
        raise Refused(unread) from None


def flags_of(args: argparse.Namespace) -> list[str]:
    """Return the options as another command of ours takes them."""
    if args.follow is None:
        return []
    files = {"--follow-token": args.follow_token, "--follow-ca": args.follow_ca}
    given = ((name, os.path.abspath(file)) for name, file in files.items() if file)
    return ["--follow", args.follow, *(each for pair in given for each in pair)]


def _token(file: str | None) -> str:
    if file is None:
        return os.environ.get(TOKEN, "").strip()
    return Path(file).read_text("ascii", errors="replace").strip()
