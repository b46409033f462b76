"""The next command to run, as an answer's last line, and how `secours` is typed."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
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


def command() -> str:
    """Return the command for `secours`, from another terminal in this folder."""
    return spelled(sys.argv[0], sys.executable, os.environ)


def spelled(started: str, python: str, environ: Mapping[str, str]) -> str:
    """Return the command for a start by this program, Python and environment.

    An environment activated here may not be active there, so its commands have their
    folder; so has a Python that is not the first one found.
    """
    if environ.get("UV_RUN_RECURSION_DEPTH"):  # set by `uv run`
        return "uv run secours"
    if Path(started).name != "secours":
        return f"{_named(python, 'python3', environ)} -m secours"
    return _named(started, "secours", environ)


def _named(file: str, name: str, environ: Mapping[str, str]) -> str:
    """Return the bare name if it finds the file, else its path."""
    path = Path(file).absolute()
    own = environ.get("VIRTUAL_ENV")
    found = shutil.which(name, path=environ.get("PATH"))
    is_activated = own is not None and path.is_relative_to(Path(own).absolute())
    if not is_activated and found is not None and Path(found) == path:
        return name
    here = Path.cwd()
    return quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
