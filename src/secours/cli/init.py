"""Make a plan by answering questions, and try each channel at once.

At a terminal it asks, also for what is to be added to a plan that is there; with --yes,
and for a program, it writes a first plan to be filled in, and a file that is there
stays as it is. Passwords and tokens that are typed go to files beside the plan that
only their owner reads. Ctrl-C ends it, and keeps what makes a plan; so does a terminal
that is closed.
"""

import argparse
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from shlex import quote

from secours import places, texts
from secours.cli import arguments, next_step, plan_file, printing, prose
from secours.cli.refusal import Refused
from secours.config import own_kinds
from secours.config.starter import starter
from secours.engine.store import durable_files
from secours.languages import of_terminal
from secours.message import Fact, message, why

UNWRITTEN = 3  # nothing was answered that makes a plan
NEXT = {  # commands that come after a plan, in this order
    "audit": "commands.init.next.audit",
    "up": "commands.init.next.up",
    "recommend": "commands.init.next.recommend",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `init`."""
    parser.add_argument(
        "file",
        nargs="?",
        default=places.PLAN_FILE,
        metavar="FILE",
        help=f"where to (default: {places.PLAN_FILE})",
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--ask",
        action="store_true",
        default=None,
        help="ask for the plan (the default at a terminal)",
    )
    group.add_argument(
        "--yes",
        dest="ask",
        action="store_false",
        default=None,
        help="write a first plan to be filled in, without a question",
    )
    arguments.add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Ask for a plan, or write a first one, in the language of the terminal."""
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if at_terminal if args.ask is None else args.ask:
        return _asked(args)
    language = args.lang or of_terminal(os.environ)
    before = b"" if _is_empty(args.file) else None
    try:
        if before is None and os.path.exists(args.file):
            raise durable_files.ChangedMeanwhile
        durable_files.write_over(Path(args.file), starter(language).encode(), before)
    except durable_files.ChangedMeanwhile:
        raise Refused(message("commands.init.there", file=args.file)) from None
    except OSError as error:
        raise _cannot_write(args.file, why(error)) from None
    written = message("commands.init.written", file=args.file)
    prose.say(texts.in_words(language, written))
    return 0


def _asked(args: argparse.Namespace) -> int:
    """Hold the interview, and write its plan, also where it is ended early."""
    from secours.cli import interview  # for people only
    from secours.cli.conversation import Conversation
    from secours.cli.plan_draft import PlanDraft

    talk = Conversation(args.lang or of_terminal(os.environ))
    draft = PlanDraft(args.file, _before(args.file))
    ended: BaseException | None = None
    signal.signal(signal.SIGHUP, lambda *_: None)  # a closed terminal reads as its end
    try:
        talk.hold(lambda: interview.hold(talk, draft))
    except (EOFError, KeyboardInterrupt, OSError) as over:  # a full disk, too
        ended = over
        with suppress(OSError):
            prose.write(("",))
    try:
        written = _write(draft.text, draft.before, args.file, talk.language)
    finally:
        draft.forget_secrets()
    if draft.config and not ended:
        plan_file.warn(args.file, draft.config)
        prose.say(*next_step.lack(draft.config, args.file, talk.language))
    _say_end(args.file, talk.language, written=written, early=ended is not None)
    if ended and not isinstance(ended, EOFError):
        raise ended
    return 0 if written or not ended else UNWRITTEN


def _say_end(file: str, language: str, *, written: bool, early: bool) -> None:
    """Say what is in the file, and which commands come next."""
    again = f"secours init {quote(file)}"
    facts: dict[str, Fact] = {"file": file, "command": again}
    if not written:
        sentences = [message("commands.init.nothing", **facts)]
    elif early:
        sentences = [message("commands.init.partly", **facts)]
    else:
        commands = ((next_step.of_plan(n, file), slug) for n, slug in NEXT.items())
        after = [message(slug, command=command) for command, slug in commands]
        sentences = [message("commands.init.done", **facts), *after]
    prose.say(*(texts.in_words(language, each) for each in sentences))


def _before(file: str) -> bytes | None:
    """Return the plan that is there, None where none is, or raise Refused."""
    folder = os.path.dirname(os.path.abspath(file))
    if not os.access(folder, os.W_OK | os.X_OK):
        there = os.path.isdir(folder)
        said = message("commands.os.EACCES" if there else "commands.os.ENOENT")
        raise _cannot_write(file, said)
    if not os.path.exists(file):
        return None
    if _is_empty(file):
        return b""
    return own_kinds.without(plan_file.config_in(file).text)


def _is_empty(file: str) -> bool:
    """Tell whether a file is there without a word, as a full disk leaves one."""
    return os.path.isfile(file) and os.path.getsize(file) == 0


def _write(text: bytes | None, before: bytes | None, file: str, language: str) -> bool:
    """Write the plan, if there is a new one, or raise Refused."""
    if text is None:
        return False
    try:
        durable_files.write_over(Path(file), text, before)
    except durable_files.ChangedMeanwhile:
        printing.lines([text.decode()])  # to be copied: no answer is lost
        changed = message("commands.init.changed", file=file)
        raise Refused(changed, language=language) from None
    except OSError as error:
        printing.lines([text.decode()])
        raise _cannot_write(file, why(error), language) from None
    return True


def _cannot_write(file: str, why: Fact, language: str | None = None) -> Refused:
    said = message("commands.init.cannot-write", file=file, why=why)
    return Refused(said, language=language)
