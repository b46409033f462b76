"""Completion for zsh, by its own `_arguments`.

Source: zsh manual, "Completion System", `_arguments`, `_describe`.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from secours.cli.command_line import Argument, Command

TEMPLATE = Path(__file__).with_name("completion.zsh")


def script(commands: Sequence[Command]) -> str:
    """Return the script."""
    listed = [
        f"            {_quoted(f'{each.name}:{_text(each.summary)}')}"
        for each in commands
    ]
    cases = [
        f"        {each.name})\n            _arguments -S {_specs(each)}\n"
        "            ;;"
        for each in commands
    ]
    text = TEMPLATE.read_text("utf-8").replace("@commands@", "\n".join(listed))
    return text.replace("@cases@", "\n".join(cases))


def _specs(command: Command) -> str:
    specs = [
        _option(option, flag) for option in command.options for flag in option.flags
    ]
    specs += [_place(each, number) for number, each in enumerate(command.places, 1)]
    return " \\\n                ".join(map(_quoted, specs))


def _option(option: Argument, flag: str) -> str:
    again = "*" if option.again else ""
    others = " ".join(option.flags) if len(option.flags) > 1 else ""
    before = f"({others})" if others and not again else ""
    equals = "=" if option.metavar and not option.many and flag[:2] == "--" else ""
    value = f":{_text(option.metavar)}:{_action(option)}" if option.metavar else ""
    many = f":{value}" if option.many else value
    help_ = re.sub(r"([\\\[\]])", r"\\\1", option.help)
    return f"{before}{again}{flag}{equals}[{help_}]{many}"


def _place(argument: Argument, number: int) -> str:
    if argument.many:
        return f"*:{_text(argument.metavar)}:{_action(argument)}"
    colon = ":" if argument.required else "::"
    return f"{number}{colon}{_text(argument.metavar)}:{_action(argument)}"


def _action(argument: Argument) -> str:
    if argument.choices:
        return f"({' '.join(argument.choices)})"
    if argument.listed:
        return f"_secours_names {argument.listed}"
    return "_files" if argument.file else " "


def _text(words: str) -> str:
    return words.replace("\\", "\\\\").replace(":", "\\:")


def _quoted(words: str) -> str:
    return "'" + words.replace("'", "'\\''") + "'"
