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
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

from secours.cli import prose, province, streams
from secours.cli.refusal import Refused, in_words, unforeseen
from secours.places import NoPlace

UNKNOWN = 3  # bad usage and a bad file too
INTERRUPTED = 130  # 128 + SIGINT, as shells count
NOBODY_READS = 141  # 128 + SIGPIPE

GROUPS: Mapping[str, tuple[str, ...]] = {
    "see": ("recommend", "status", "check", "journal", "sheet", "link", "self-check"),
    "say": ("mark", "undo", "test", "pin", "watch", "ack", "exercise", "beat"),
    "plan": (
        "init",
        "import",
        "validate",
        "audit",
        "whatif",
        "replay",
        "kinds",
        "probes",
        "schema",
    ),
    "run": (
        "demo",
        "up",
        "run",
        "doctor",
        "notify",
        "backup",
        "restore",
        "takeover",
        "completion",
    ),
    "province": ("sites", "hub"),
}
PROVINCE = "province"  # shown only where the plan has `sites:`
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
    "usage: ": "commands.usage.prefix",
}
COMMANDS = tuple(name for names in GROUPS.values() for name in names)


def _groups() -> Mapping[str, tuple[str, ...]]:
    """Return the groups to show: a province's only where the plan has sites."""
    hidden = () if province.in_plan() else (PROVINCE,)
    return {group: names for group, names in GROUPS.items() if group not in hidden}


def main() -> NoReturn:
    """Run the command of `sys.argv` and leave with its exit code."""
    gc.disable()  # until the command is imported, without garbage
    streams.complete()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # marks in a Latin-1 terminal
    try:
        code = run(sys.argv[1:])
    except SystemExit as over:  # by argparse: help, version, or bad usage
        code = int(over.code or 0)
    leave(code)


def run(argv: Sequence[str]) -> int:
    """Run a command and return its exit code, without a traceback.

    A supervisor that needs one starts us again with it.
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
    """Start collection where `main` put it off, without imported objects."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def leave(code: int) -> NoReturn:
    """End the process, even while a thread of the name resolver waits.

    All output is written: the teardown of the interpreter would take a tenth of the
    time of a check. A profiler is waited for, to write its own.
    """
    for stream in (sys.stdout, sys.stderr):
        if (error := streams.flush(stream)) is None:
            continue
        if code not in (UNKNOWN, INTERRUPTED, NOBODY_READS):
            broken_pipe = isinstance(error, BrokenPipeError)
            code = NOBODY_READS if broken_pipe else _refuse(unforeseen(error), None)
    if sys.getprofile() or sys.gettrace() or _is_monitored():
        sys.exit(code)
    os._exit(code)


def _is_monitored() -> bool:
    """Tell whether a profiler observes this process by PEP 669, as cProfile may."""
    if sys.version_info < (3, 12):
        return False
    tools = (sys.monitoring.PROFILER_ID, sys.monitoring.COVERAGE_ID)
    return any(map(sys.monitoring.get_tool, tools))


def _refuse(refused: Refused, args: argparse.Namespace | None) -> int:
    words = in_words(refused, args)
    # If that fails, the exit code is left.
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
    """Parser that exits with 3 on bad usage: 2 means a channel down."""

    def format_help(self) -> str:
        """Return the help in the reader's language, of all commands or of one.

        Descriptions of options and commands are in English.
        """
        from secours import texts
        from secours.cli import usage  # for people only

        language = usage.language()
        say = partial(texts.say, language)
        self._positionals.title = say("help.arguments")
        self._optionals.title = say("help.options")
        for action in self._actions:
            if action.dest in ("help", "version"):
                action.help = say(f"help.{action.dest}")
        return self._help(language, say)

    def _help(self, language: str, say: Callable[..., str]) -> str:
        """Return all commands in groups, with a province where the plan has sites."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, [])
        formatter.add_text(say("help.about"))
        options = [each for each in self._actions if each.option_strings]
        commands = {a.dest: a for each in self._actions for a in _subactions(each)}
        sections = {say("help.options"): options}
        for group, names in _groups().items():
            for name in names:
                commands[name].help = say(f"help.{name}")
            title = say(f"help.group.{group}")
            sections[title] = [commands[name] for name in names]
        for title, actions in sections.items():
            formatter.start_section(title)
            formatter.add_arguments(actions)
            formatter.end_section()
        if PROVINCE not in _groups():
            formatter.add_text(say("help.hidden", names=", ".join(GROUPS[PROVINCE])))
        return formatter.format_help()

    def print_help(self, file: Any = None) -> None:
        """Print it; argparse would ignore failures."""
        print(self.format_help(), end="", file=file)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a value that is no choice, with the nearest one."""
        choices = [str(each) for each in action.choices or (value,)]
        if str(value) in choices:
            return
        from secours.cli import usage  # for a mistake only

        if words := self._subparsers and usage.former(str(value)):
            raise argparse.ArgumentError(None, words)
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
    found = getattr(action, "_get_subactions", None)  # of subparsers
    return found() if found else ()


class _CommandParser(_Parser):
    """Parser of one command, imported when chosen."""

    def __init__(self, *, command: str, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        self._command: str | None = command
        self._name = command

    def _help(self, language: str, say: Callable[..., str]) -> str:
        """Return argparse's help, below the command's translated summary."""
        if language != "en":
            short = say(f"help.{self._name}")
            details = self.description
            self.description = f"{short[:1].upper()}{short[1:]}.\n\n{details}"
        return super(_Parser, self).format_help()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.fill()
        self._hide_sites()
        found, extra = super().parse_known_args(args, namespace)
        if wrong := next((each for each in extra if each.startswith("-")), None):
            self._refuse_option(wrong, extra, found)
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
        """Set the metavar of choices to these, as in the usage."""
        for action in self._actions:
            if action.choices and not action.option_strings and not action.metavar:
                action.metavar = f"{{{','.join(map(str, action.choices))}}}"

    def _hide_sites(self) -> None:
        """Hide `--sites` in the help where the plan has none; it still works."""
        found = self._option_string_actions.get("--sites")
        if found is not None and not province.in_plan():
            found.help = argparse.SUPPRESS

    def _refuse_option(
        self, wrong: str, extra: Sequence[str], found: argparse.Namespace
    ) -> None:
        """Refuse an unknown option, with the one meant."""
        from secours.cli import usage  # for a mistake only

        written = wrong.partition("=")[0]
        if usage.is_of_channels(written) and self._names_channels():
            self.error(usage.channels_named(written, getattr(found, "config", None)))
        if words := usage.meant(written, [*self._option_string_actions]):
            facts = {"written": " ".join(extra), "meant": words}
            self.error(usage.say("commands.usage.unrecognized-meant", **facts))

    def _names_channels(self) -> bool:
        """Return whether channels are named without an option."""
        metavars = {each.metavar for each in self._actions if not each.option_strings}
        return "CHANNEL" in metavars


def _translated(english: str) -> str:
    """Translate a refusal of argparse; keep other texts."""
    if english not in REFUSALS:
        return english
    from secours.cli import usage  # for a mistake only

    return usage.say(REFUSALS[english])


argparse._ = _translated  # type: ignore[attr-defined] # as its own gettext is bound


def _parser(argv: Sequence[str]) -> _Parser:
    """Return the parser of a command line: of all commands where it names none.

    Building all twenty would take a tenth of the time of a check.
    """
    named = argv[0] if argv else ""
    parser = _Parser(prog="secours", allow_abbrev=False)
    parser.add_argument("--version", action=_Version)
    parser.set_defaults(run=lambda _: _print_help(parser))
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_CommandParser)
    for name in (named,) if named in COMMANDS else COMMANDS:
        commands.add_parser(
            name,
            command=name,
            help="",
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
    """Action that prints the version, whose lookup needs a costly import."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, nargs=0)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("secours")
        except PackageNotFoundError:  # run from a clone, not installed
            found = "(not installed)"
        print(f"secours {found}")
        parser.exit(0)
