"""Completion for fish, a line for each possible word.

Source: fish documentation, "complete", "commandline", "Writing your own completions".
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from secours.cli.command_line import Argument, Command

TEMPLATE = Path(__file__).with_name("completion.fish")


def script(commands: Sequence[Command]) -> str:
    """Return the script."""
    valued = [
        f"'{command.name} {flag}'"
        for command in commands
        for option in command.options
        if option.takes_value
        for flag in option.flags
    ]
    lines = [
        f"set -g __secours_valued {' '.join(valued)}",
        "complete -c secours -e",
        "complete -c secours -f",
        "complete -c secours -n '__secours_at \"\"' -l help -s h -d 'show the help'",
        "complete -c secours -n '__secours_at \"\"' -l version -d 'print the version'",
        *(line for command in commands for line in _lines(command)),
    ]
    return TEMPLATE.read_text("utf-8").replace("@lines@", "\n".join(lines))


def _lines(command: Command) -> Iterator[str]:
    yield _line("", f"-a {command.name}", command.summary)
    for option in command.options:
        flags = " ".join(map(_flag, option.flags))
        yield _line(command.name, f"{flags}{_value(option)}", option.help)
    for place, argument in enumerate(command.places):
        if offer := _offer(argument):
            at = f'{command.name} "{".*" if argument.many else place}"'
            yield _line(at, offer, argument.metavar)


def _line(at: str, what: str, said: str) -> str:
    where = f"__secours_at {at}" if at else '__secours_at ""'
    return f"complete -c secours -n {_quoted(where)} {what} -d {_quoted(said)}"


def _flag(flag: str) -> str:
    return f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"


def _value(option: Argument) -> str:
    if not option.takes_value:
        return ""
    return " -r -F" if option.file else f" -x {_offer(option)}".rstrip()


def _offer(argument: Argument) -> str:
    if argument.choices:
        return f"-a {_quoted(' '.join(argument.choices))}"
    if argument.listed:
        return f"-a '(__secours_names {argument.listed})'"
    return "-F" if argument.file else ""


def _quoted(words: str) -> str:
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"
