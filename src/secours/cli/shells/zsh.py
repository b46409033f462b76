"""Completion for zsh, by its own `_arguments`.

Source: zsh manual, "Completion System", `_arguments`, `_describe`.
"""

import re
from collections.abc import Sequence

from secours.cli.command_line import Argument, Command

HEAD = """\
#compdef secours
# What completes `secours` in zsh; made by `secours completion zsh`.

_secours_names() {
    local -a found plan
    [[ -n $opt_args[--config] ]] && plan=(--config ${(q)${(Q)opt_args[--config]}})
    found=("${(@f)$(_call_program names ${(q)_secours_program} completion \\
        --names $argv[-1] $plan)}")
    found=("${(@)found:#}")
    compadd "${(@)argv[1,-2]}" -a found
}

_secours() {
    local curcontext=$curcontext state line _secours_program=${words[1]/#\\~/$HOME}
    local -a commands
    typeset -A opt_args
    _arguments -C -S '(- *)'{-h,--help}'[show the help]' \\
        '(- *)--version[print the version]' '1: :->command' '*:: :->arguments' && return
    case $state in
    command)
        commands=(
"""
MIDDLE = """\
        )
        _describe -t commands command commands
        ;;
    arguments)
        curcontext="${curcontext%:*}-$words[1]:"
        case $words[1] in
"""
TAIL = """\
        esac
        ;;
    esac
}

if [[ $funcstack[1] == _secours ]]; then
    _secours "$@"
else
    compdef _secours secours
fi
"""


def script(commands: Sequence[Command]) -> str:
    """Return the script."""
    listed = [
        f"            {_quoted(f'{each.name}:{_text(each.summary)}')}\n"
        for each in commands
    ]
    cases = [
        f"        {each.name})\n            _arguments -S {_specs(each)}\n"
        "            ;;\n"
        for each in commands
    ]
    return HEAD + "".join(listed) + MIDDLE + "".join(cases) + TAIL


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
    return f"{before}{again}{flag}{equals}[{_bracketed(option.help)}]{many}"


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


def _bracketed(words: str) -> str:
    return re.sub(r"([\\\[\]])", r"\\\1", words)


def _quoted(words: str) -> str:
    return "'" + words.replace("'", "'\\''") + "'"
