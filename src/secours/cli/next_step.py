"""The command that comes next, as the last line of an answer in words."""

from shlex import quote

from secours import places, texts
from secours.cli import prose

SOCKET = "engine.sock"  # as `engine.control.requests`, which costs more


def show(command: str, file: str, language: str) -> None:
    """Print the command that comes next for a plan; its file only where it is named."""
    whole = of_plan(command, file)
    prose.say(texts.say(language, "next.command", command=whole))


def of_plan(command: str, file: str) -> str:
    """Return a command as it is typed for a plan."""
    usual = file == places.plan_file()
    return f"secours {command}" + ("" if usual else f" --config {quote(file)}")


def is_probing() -> bool:
    """Return whether an engine of this user has its socket where requests go."""
    folder = places.found_runtime_dir()
    return folder is not None and (folder / SOCKET).exists()
