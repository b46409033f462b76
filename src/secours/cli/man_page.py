"""The manual page secours(1), made from the parsers of all commands.

`make man` writes it, to be run after changes of commands or options.

Source: man(7) and mandoc(1) of mandoc 1.14, `-T lint`.
"""

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator

from secours.cli import command_line
from secours.cli.command_line import Argument, Command

WIDTH = 78
SUMMARY = "which crisis communication channel reaches people now, and why"
DESCRIPTION = """\
Secours probes the channels of a crisis communication plan and says, at any moment,
which one to use for each line of the plan, which one to take if it fails, and why.
`secours init` asks for a plan, `secours validate` lists every mistake in it,
`secours check` probes once and needs nothing else; `secours up` runs the engine that
probes on and on, and the screens. Each command has its `--help`.
"""
ENVIRONMENT = {
    "SECOURS_CONFIG": "The plan, where no --config names one (default: probes.yaml).",
    "SECOURS_DATA": "The folder of the history, of its user alone (default: secours in"
    " the user's state folder, $XDG_STATE_HOME or ~/.local/state).",
    "XDG_RUNTIME_DIR": "Where the snapshot and the engine's socket are, in memory"
    " (default: a folder in /run or /dev/shm that belongs to the user).",
    "NO_COLOR": "Set to anything: no colours.",
}
EXIT = {
    "0": "All is well, or done; `recommend`: every line uses its first choice.",
    "1": "Something is degraded, or has a warning; `recommend`: a line uses another"
    " channel than its first choice, or one that is not verified.",
    "2": "A channel is down; `recommend`: a line has no usable channel left.",
    "3": "Unknown, refused, bad usage, or a mistake in a file; the reason is on"
    " standard error.",
}


def page(date: str, commands: Iterable[Command]) -> str:
    """Return the page, of a date such as 2026-11-27."""
    return "\n".join(_lines(date, list(commands))) + "\n"


def _lines(date: str, commands: list[Command]) -> Iterator[str]:
    yield f'.TH SECOURS 1 "{date}"'
    yield from (".SH NAME", f"secours \\- {SUMMARY}", ".SH SYNOPSIS")
    yield from (r".B secours", r"\fIcommand\fR [\fIargument\fR ...]")
    yield ".SH DESCRIPTION"
    yield from _paragraphs(DESCRIPTION)
    yield ".SH COMMANDS"
    for command in commands:
        yield from _of(command)
    yield ".SH ENVIRONMENT"
    for name, description in ENVIRONMENT.items():
        yield from _entry(_bold(name), description)
    yield ".SH EXIT STATUS"
    yield from _paragraphs("The codes are those of the Monitoring Plugins guidelines.")
    for code, description in EXIT.items():
        yield from _entry(_bold(code), description)


def _of(command: Command) -> Iterator[str]:
    yield f".SS {_escaped(command.name)}"
    words = [_bold(f"secours {command.name}"), *_usage(command)]
    yield from _wrapped(words)
    yield ".PP"
    yield from _paragraphs(command.description)
    for argument in (*command.places, *command.options):
        if "--help" not in argument.flags:
            yield from _entry(_head(argument), _help(argument))


def _usage(command: Command) -> Iterator[str]:
    for option in command.options:
        if "--help" not in option.flags:
            value = f" {_value(option)}" if option.takes_value else ""
            word = f"{_bold(option.flags[-1])}{value}"
            yield word if option.required else f"[{word}]"
    for place in command.places:
        word = f"{_value(place)} ..." if place.many else _value(place)
        yield word if place.required else f"[{word}]"


def _head(argument: Argument) -> str:
    if not argument.flags:
        return _value(argument)
    flags = ", ".join(map(_bold, argument.flags))
    return f"{flags} {_value(argument)}" if argument.takes_value else flags


def _value(argument: Argument) -> str:
    if argument.choices:
        return "|".join(map(_bold, argument.choices))
    return f"\\fI{_escaped(argument.metavar)}\\fR"


def _help(argument: Argument) -> str:
    said = argument.help
    return f"{said[:1].upper()}{said[1:]}." if said else "See above."


def _entry(head: str, said: str) -> Iterator[str]:
    yield from (".TP", head)
    yield from _paragraphs(said)


def _paragraphs(text: str) -> Iterator[str]:
    """Write paragraphs; an indented line starts a new line."""
    for number, part in enumerate(re.split(r"\n\s*\n", text.strip("\n"))):
        if number:
            yield ".PP"
        blocks = re.split(r"\n(?=  )", part)
        for place, block in enumerate(blocks):
            if place:
                yield ".br"
            yield from _sentences(" ".join(block.split()))


def _sentences(text: str) -> Iterator[str]:
    """Write each sentence on lines of its own, as man pages have it."""
    for sentence in re.split(r"(?<=[.!?]) (?=[A-Z`])", text):
        yield from _wrapped(_marked(sentence).split())


def _wrapped(words: Iterable[str]) -> Iterator[str]:
    joined = " ".join(words)
    for line in textwrap.wrap(
        joined, WIDTH, break_long_words=False, break_on_hyphens=False
    ):
        yield f"\\&{line}" if line.startswith((".", "'")) else line


def _marked(text: str) -> str:
    """Escape a text; text in backticks is bold."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(
        _bold(part) if number % 2 else _escaped(part)
        for number, part in enumerate(parts)
    )


def _bold(text: str) -> str:
    return f"\\fB{_escaped(text)}\\fR"


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", plain)


if __name__ == "__main__":
    print(page(sys.argv[1], command_line.commands()), end="")
