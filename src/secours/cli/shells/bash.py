"""Completion for bash, which breaks words at colons and leaves quoting to the script.

Source: GNU Bash manual, "Programmable Completion"; COMP_WORDBREAKS.
"""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from secours.cli.command_line import Argument, Command

TEMPLATE = Path(__file__).with_name("completion.bash")


def script(commands: Sequence[Command]) -> str:
    """Return the script."""
    offered = " ".join([*(command.name for command in commands), "--help", "--version"])
    lines = [f"    '') echo {shlex.quote(offered)} ;;"]
    for command in commands:
        flags = " ".join(flag for each in command.options for flag in each.flags)
        lines.append(f"    {command.name}) echo {shlex.quote(flags)} ;;")
    cases = [line for command in commands for line in _cases(command)]
    text = TEMPLATE.read_text("utf-8").replace("@options@", "\n".join(lines))
    return text.replace("@cases@", "\n".join(cases))


def _cases(command: Command) -> Iterator[str]:
    for option in command.options:
        if option.takes_value:
            named = " | ".join(f"'{command.name} {flag}'" for flag in option.flags)
            yield f"    {named}) {_offer(option)} ;;"
    for place, argument in enumerate(command.places):
        number = "*" if argument.many else str(place)
        yield f"    '{command.name} '{number}) {_offer(argument)} ;;"


def _offer(argument: Argument) -> str:
    if argument.choices:
        return f"words={shlex.quote(' '.join(argument.choices))}"
    if argument.listed:
        return f"names={argument.listed}"
    return "files=1" if argument.file else ":"
