"""Command lines as the parsers define them: for completion and the manual."""

import argparse
from collections.abc import Iterator

from msgspec import Struct

from secours import cli, texts
from secours.cli import usage

MANY = ("*", "+")
LISTED = {  # kinds of names by metavar; see `names`
    "CHANNEL": "channels",
    "COMPONENT": "components",
    "SUBJECT": "subjects",
    "LINE": "lines",
    "TARGET": "targets",
    "CODE": "codes",
    "SCENARIO": "scenarios",
    "TYPE": "types",
    "SITE": "sites",
}
LISTED_OF = {  # where the metavar is ambiguous
    ("check", "CHANNEL"): "subjects",
    ("exercise", "--fail"): "subjects",
    ("beat", "NAME"): "heartbeats",
    ("kinds", "KIND"): "kinds",
    ("demo", "--break"): "troubles",
    ("demo", "--heal"): "healed",
}
FILES = ("FILE", "FOLDER", "PATH")


class Argument(Struct, frozen=True, kw_only=True):
    """Option or positional argument."""

    flags: tuple[str, ...] = ()  # (): positional
    metavar: str = ""  # "": an option without a value
    choices: tuple[str, ...] = ()
    listed: str = ""  # of names it takes
    file: bool = False
    help: str = ""
    required: bool = False
    many: bool = False  # several values
    again: bool = False  # may be given several times

    @property
    def takes_value(self) -> bool:
        """Return whether the option takes a value."""
        return bool(self.metavar)


class Command(Struct, frozen=True, kw_only=True):
    """Command with all its arguments."""

    name: str
    summary: str
    description: str
    options: tuple[Argument, ...]
    places: tuple[Argument, ...]  # positional arguments, in order


def commands() -> list[Command]:
    """Return every command, in the order of `--help`."""
    return [_command(name, parser) for name, parser in cli.command_parsers().items()]


def _command(name: str, parser: argparse.ArgumentParser) -> Command:
    arguments = list(_arguments(name, parser))
    return Command(
        name=name,
        summary=texts.say(usage.language(), f"help.{name}"),
        description=parser.description or "",
        options=tuple(each for each in arguments if each.flags),
        places=tuple(each for each in arguments if not each.flags),
    )


def _arguments(command: str, parser: argparse.ArgumentParser) -> Iterator[Argument]:
    for action in parser._actions:  # argparse offers no other way to see them
        if action.help == argparse.SUPPRESS:
            continue
        metavar = _metavar(action)
        known = (*action.option_strings[-1:], metavar)
        special = (LISTED_OF.get((command, name)) for name in known)
        yield Argument(
            flags=tuple(action.option_strings),
            metavar=metavar,
            choices=tuple(map(str, action.choices or ())),
            listed=next(filter(None, special), LISTED.get(metavar, "")),
            file=metavar in FILES,
            help=_help(action, parser),
            required=action.required and action.nargs not in ("*", "?"),
            many=action.nargs in MANY,
            again=isinstance(action, argparse._AppendAction),
        )


def _metavar(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    if action.metavar and not action.metavar.startswith("{"):
        return action.metavar
    return action.dest.upper().replace("_", "-")


def _help(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    """Return its help text, on one line."""
    facts = {**vars(action), "prog": parser.prog}
    return " ".join(((action.help or "") % facts).split())
