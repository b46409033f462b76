"""Print a script that completes commands, options and names in bash, zsh or fish.

  bash: secours completion bash > ~/.local/share/bash-completion/completions/secours
  zsh:  secours completion zsh > DIR/_secours, where DIR is in $fpath before compinit
  fish: secours completion fish > ~/.config/fish/completions/secours.fish

Commands, options and choices stand in the script, so print it again after an upgrade.
The names of channels, components, lines and targets are asked for when they are wanted:
of the engine's snapshot, else of the plan.
"""

import argparse

from secours import places
from secours.cli.refusal import Refused
from secours.message import message

SHELLS = ("bash", "fish", "zsh")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `completion`."""
    parser.add_argument("shell", nargs="?", choices=SHELLS, help="for which shell")
    parser.add_argument("--names", metavar="KIND", help=argparse.SUPPRESS)
    parser.add_argument("--config", metavar="FILE", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print the script, or the names of a kind, one a line."""
    if args.names:
        from secours.cli.shells import names

        for name in names.of(args.names, args.config, places.plan_file()):
            print(name)
        return 0
    if args.shell is None:
        raise Refused(message("commands.completion.shell"))
    from secours.cli import command_line  # which imports every command
    from secours.cli.shells import bash, fish, zsh

    shell = {"bash": bash, "fish": fish, "zsh": zsh}[args.shell]
    print(shell.script(command_line.commands()).rstrip())
    return 0
