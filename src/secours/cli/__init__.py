"""The command line: arguments, printing, exit codes. One file per command.

A command's file is imported when that command is chosen, so that each starts with what
it needs and no more. It offers `configure(parser)` and `run(args) -> int`.

Source: Monitoring Plugins Development Guidelines, "Plugin Return Codes".
"""

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from secours.cli import prose, province, streams
from secours.cli.refusal import Refused, in_words, unforeseen
from secours.places import NoPlace

UNKNOWN = 3  # bad usage and a bad file are that too
INTERRUPTED = 130  # 128 + SIGINT, as shells count
NOBODY_READS = 141  # 128 + SIGPIPE

GROUPS: Mapping[str, Mapping[str, str]] = {
    "See": {
        "recommend": "say which channel to use for each line of the plan, and why",
        "status": "show the state of every channel as the engine sees it",
        "check": "probe every channel once, now, without an engine",
        "journal": "show what changed and what people noted, or note something",
        "sheet": "print the plan on one sheet of paper",
        "link": "print the links that open the screens on this machine",
        "self-check": "say whether Secours itself is well",
    },
    "Say": {
        "mark": "say that something is down, up, in maintenance or distrusted",
        "undo": "take back what was said last, or what was said last of something",
        "test": "log that people tried a channel, and whether it worked",
        "pin": "have one line of the plan use a channel that you choose",
        "watch": "say who has the watch, take it, or hand it over",
        "ack": "acknowledge a notice, so that nobody else is told",
        "exercise": "play a failure beside the real answer",
        "beat": "report in for a heartbeat probe",
    },
    "Plan": {
        "init": "write a first probes.yaml",
        "validate": "check a probes.yaml and list every mistake in it",
        "audit": "examine the plan: what leaves no channel, how many ways are"
        " independent",
        "whatif": "say what falls if some components fail, and what is left",
        "replay": "replay a recorded outage on the plan, in simulated time",
        "kinds": "list the kinds of channel: what each needs and how it is tested",
        "probes": "list the probe types and their options",
        "schema": "print the JSON Schema of probes.yaml or of a command's output",
    },
    "Run": {
        "demo": "show a town on this machine whose channels break and heal",
        "up": "run the engine and the wall screen, and keep both alive",
        "run": "run the engine in the foreground",
        "doctor": "say what this machine lacks, and the command that mends it",
        "notify": "show where notices go, or send a test to one target",
        "backup": "save the history, marks, notices and plan in one file",
        "restore": "put a backup in the place of what is there",
        "takeover": "have a standby probe by itself, or follow the first again",
        "completion": "print what completes commands, options and names in your shell",
    },
    "Province": {
        "sites": "show every site that this one follows, and what they have lost"
        " together",
        "hand-down": "hand a plan down to sites of the province, or show what was",
        "hub": "make the hub of a province, and say which sites may come in",
    },
}
PROVINCE = "Province"  # shown only where the plan has `sites:`
REFUSALS = {  # of argparse, and the slugs of their words
    "unrecognized arguments: %s": "commands.usage.unrecognized",
    "the following arguments are required: %s": "commands.usage.required",
    "one of the arguments %s is required": "commands.usage.one-required",
    "not allowed with argument %s": "commands.usage.not-with",
    "expected one argument": "commands.usage.one",
    "expected at least one argument": "commands.usage.at-least-one",
    "expected at most one argument": "commands.usage.at-most-one",
    "invalid %(type)s value: %(value)r": "commands.usage.value",
    "argument %(argument_name)s: %(message)s": "commands.usage.argument",
    "ignored explicit argument %r": "commands.usage.ignored",
}
COMMANDS = {name: said for group in GROUPS.values() for name, said in group.items()}


def _groups() -> Mapping[str, Mapping[str, str]]:
    """Return the groups that are shown: that of a province where the plan has sites."""
    hidden = () if province.in_plan() else (PROVINCE,)
    return {group: names for group, names in GROUPS.items() if group not in hidden}


def main() -> NoReturn:
    """Run the command of `sys.argv` and leave with its exit code."""
    gc.disable()  # until the command is imported: nothing of that is garbage
    streams.complete()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # marks in a Latin-1 terminal
    try:
        code = run(sys.argv[1:])
    except SystemExit as over:  # by argparse: help, the version, or bad usage
        code = int(over.code or 0)
    leave(code)


def run(argv: Sequence[str]) -> int:
    """Run a command and return its exit code; nothing ends in a traceback.

    Whoever supervises us wants it all the same, and starts us again.
    """
    args: argparse.Namespace | None = None
    try:
        args = _parser(argv).parse_args(argv)
        _look_for_garbage()
        code: int = args.run(args)
        sys.stdout.flush()
    except Refused as refused:
        return _refuse(refused, args)
    except NoPlace as refused:
        return _refuse(Refused(refused.message), args)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return NOBODY_READS
    except Exception as error:
        if os.environ.get("SECOURS_SUPERVISED"):
            raise
        return _refuse(unforeseen(error), args)
    return code


def _look_for_garbage() -> None:
    """Do so from now on where `main` put it off, but not among what was imported."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def leave(code: int) -> NoReturn:
    """End the process, whatever a thread of a name resolver still waits for.

    All that has to be written is: to take the interpreter apart, object for object, is
    a tenth of what a check takes. A profiler has its own to write, and is waited for.
    """
    for stream in (sys.stdout, sys.stderr):
        if (error := streams.flush(stream)) is None:
            continue
        if code not in (UNKNOWN, INTERRUPTED, NOBODY_READS):
            broken_pipe = isinstance(error, BrokenPipeError)
            code = NOBODY_READS if broken_pipe else _refuse(unforeseen(error), None)
    if sys.getprofile() or sys.gettrace():
        sys.exit(code)
    os._exit(code)


def _refuse(refused: Refused, args: argparse.Namespace | None) -> int:
    words = in_words(refused, args)
    # Where not even that can be said, the exit code says it.
    with suppress(OSError):
        prose.warn(words)
    if getattr(args, "format", "") == "nagios":
        # A monitoring system reads standard output only.
        first = words.partition("\n")[0].replace("|", "/")
        with suppress(OSError):
            print(f"SECOURS UNKNOWN - {first}")
            sys.stdout.flush()
    return UNKNOWN


class _Parser(argparse.ArgumentParser):
    """Leaves with 3 on bad usage: 2 would say that a channel is down."""

    def format_help(self) -> str:
        """Return the help: of all commands in groups, of one as argparse has it.

        Commands of a province are shown only where the plan has sites.
        """
        if self._subparsers is None:
            return super().format_help()
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, [])
        formatter.add_text(self.description)
        shown = {a.dest: a for each in self._actions for a in _subactions(each)}
        options = [each for each in self._actions if each.option_strings]
        sections = {"options": options} | {
            group: [shown[name] for name in names if name in shown]
            for group, names in _groups().items()
        }
        for title, actions in sections.items():
            formatter.start_section(title)
            formatter.add_arguments(actions)
            formatter.end_section()
        if PROVINCE not in sections:
            names = ", ".join(GROUPS[PROVINCE])
            formatter.add_text(
                f"Commands of a province, with sites in the plan: {names}"
            )
        return formatter.format_help()

    def print_help(self, file: Any = None) -> None:
        """Print it; argparse would not mind where that fails."""
        print(self.format_help(), end="", file=file)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Say of a word that is none of the choices which one was meant."""
        choices = [str(each) for each in action.choices or (value,)]
        if str(value) in choices:
            return
        from secours.cli import usage  # for a mistake only

        if words := usage.meant(str(value), choices):
            facts = {"value": repr(value), "meant": words}
            raise argparse.ArgumentError(
                action, usage.say("commands.usage.choice-meant", **facts)
            )
        if self._subparsers is not None:
            choices = [name for names in _groups().values() for name in names]
        shown = {"value": value, "choices": ", ".join(choices)}
        raise argparse.ArgumentError(action, usage.say("commands.usage.choice") % shown)

    def error(self, message: str) -> NoReturn:
        from secours.cli import usage

        formatter = self._get_formatter()
        groups = self._mutually_exclusive_groups
        formatter.add_usage(
            self.usage, self._actions, groups, usage.say("commands.usage.prefix")
        )
        self._print_message(formatter.format_help(), sys.stderr)
        self.exit(UNKNOWN, f"{self.prog}: {message}\n")


def _subactions(action: argparse.Action) -> Iterable[argparse.Action]:
    found = getattr(action, "_get_subactions", None)  # of what has commands below it
    return found() if found else ()


class _CommandParser(_Parser):
    """The parser of one command, which imports the command when it is chosen."""

    def __init__(self, *, command: str, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        self._command: str | None = command

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.fill()
        self._hide_sites()
        found, extra = super().parse_known_args(args, namespace)
        if wrong := next((each for each in extra if each.startswith("-")), None):
            self._refuse_option(wrong, extra)
        return found, extra

    def fill(self) -> None:
        """Import the command, and add its arguments."""
        if self._command is not None:
            file = self._command.replace("-", "_")
            module = importlib.import_module(f"{__name__}.{file}")
            self._command = None
            self.description = (module.__doc__ or "").strip()
            module.configure(self)
            self.set_defaults(run=module.run)
            self._name_choices()

    def _name_choices(self) -> None:
        """Name what is one of a few words by these, as the usage has it."""
        for action in self._actions:
            if action.choices and not action.option_strings and not action.metavar:
                action.metavar = f"{{{','.join(map(str, action.choices))}}}"

    def _hide_sites(self) -> None:
        """Leave `--sites` out of the help where the plan has none; it still counts."""
        found = self._option_string_actions.get("--sites")
        if found is not None and not province.in_plan():
            found.help = argparse.SUPPRESS

    def _refuse_option(self, wrong: str, extra: Sequence[str]) -> None:
        """Say which option was meant, where one is near."""
        from secours.cli import usage  # for a mistake only

        written = wrong.partition("=")[0]
        if words := usage.meant(written, [*self._option_string_actions]):
            facts = {"written": " ".join(extra), "meant": words}
            self.error(usage.say("commands.usage.unrecognized-meant", **facts))


def _translated(english: str) -> str:
    """Return a refusal of argparse in the language of the plan; other texts stay."""
    if english not in REFUSALS:
        return english
    from secours.cli import usage  # for a mistake only

    return usage.say(REFUSALS[english])


argparse._ = _translated  # type: ignore[attr-defined] # as its own gettext is bound


def _parser(argv: Sequence[str]) -> _Parser:
    """Make the parser of a command line: of all commands where it names none of them.

    Twenty parsers, of which one is asked, would be a tenth of what a check takes.
    """
    named = argv[0] if argv else ""
    parser = _Parser(
        prog="secours",
        description="Which crisis communication channel works now, which one to take"
        " if it fails, and why.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    parser.set_defaults(run=lambda _: _print_help(parser))
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_CommandParser)
    for name in (named,) if named in COMMANDS else COMMANDS:
        commands.add_parser(
            name,
            command=name,
            help=COMMANDS[name],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    return parser


def command_parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of every command, with all its arguments."""
    parsers: dict[str, argparse.ArgumentParser] = {}
    for name in COMMANDS:
        parser = _CommandParser(command=name, prog=f"secours {name}")
        parser.fill()
        parsers[name] = parser
    return parsers


def _print_help(parser: argparse.ArgumentParser) -> int:
    parser.print_help()
    return 0


class _Version(argparse.Action):
    """Prints the version; reading it costs an import that others need not pay."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, nargs=0, help="print the version")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("secours")
        except PackageNotFoundError:  # run from a clone, not installed
            found = "(not installed)"
        print(f"secours {found}")
        parser.exit(0)
