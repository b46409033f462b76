"""Completion for fish, a line for each possible word.

Source: fish documentation, "complete", "commandline", "Writing your own completions".
"""

from collections.abc import Iterator, Sequence

from secours.cli.command_line import Argument, Command

HEAD = """\
# What completes `secours` in fish; made by `secours completion fish`.

function __secours_words
    commandline -opc
end

# Is this command typed, and are so many of its arguments?
function __secours_at
    set -l typed (__secours_words)
    set -e typed[1]
    set -l command ''
    set -l place 0
    set -l valued 0
    for word in $typed
        if test $valued -eq 1
            set valued 0
        else if string match -q -- '-*' $word
            contains -- "$command $word" $__secours_valued; and set valued 1
        else if test -z "$command"
            set command $word
        else
            set place (math $place + 1)
        end
    end
    test "$command" = "$argv[1]"; or return 1
    test (count $argv) -eq 1; or string match -qr -- "^$argv[2]\\$" $place
end

function __secours_names
    set -l typed (__secours_words)
    set -l config
    if set -l at (contains -i -- --config $typed)
        set -- config --config $typed[(math $at + 1)]
    end
    $typed[1] completion --names $argv[1] $config 2>/dev/null
end

"""


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
    return HEAD + "\n".join(lines) + "\n"


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
