"""The next command to run, as the last line of an answer in words."""

from collections.abc import Iterator
from shlex import quote

from secours import places, texts
from secours.cli import prose
from secours.model.plan import Config

SOCKET = "engine.sock"  # as `engine.control.requests`, which costs more


def show(command: str, file: str, language: str) -> None:
    """Print the next command for a plan, with its file unless it is the usual one."""
    whole = of_plan(command, file)
    prose.say(texts.say(language, "next.command", command=whole))


def lack(config: Config, file: str, language: str) -> Iterator[str]:
    """Yield what a plan lacks most, and the command that says more, if anything is."""
    from secours.render.redundancy import examination_words  # of few commands

    if what := examination_words.lack(config, language):
        facts = {"what": what, "command": of_plan("audit", file)}
        yield texts.say(language, "audit.lack", **facts)


def of_plan(command: str, file: str) -> str:
    """Return a command as typed for a plan."""
    usual = file == places.plan_file()
    return f"secours {command}" + ("" if usual else f" --config {quote(file)}")


def probed() -> str | None:
    """Return the version of the plan that this user's engine probes, None without one.

    Its socket shows it; "" if it has published nothing yet.
    """
    folder = places.found_runtime_dir()
    if folder is None or not (folder / SOCKET).exists():
        return None
    from secours.engine.published import snapshot_file  # of nobody without an engine

    try:
        return snapshot_file.read(folder)[0].plan_version
    except (OSError, snapshot_file.Corrupt):
        return ""
