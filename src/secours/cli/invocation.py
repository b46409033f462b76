"""The command that starts this program again, for its users."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path


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
    return shlex.quote(
        str(path.relative_to(here) if path.is_relative_to(here) else path)
    )
