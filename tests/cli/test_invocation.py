"""The command that is printed works for whoever reads it."""

import os
from pathlib import Path

import pytest

from secours.cli import next_step


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a checkout with an environment, and have one more on the machine."""
    for folder in ("checkout/.venv/bin", "usr/bin"):
        for name in ("secours", "python3"):
            program = tmp_path / folder / name
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
    monkeypatch.chdir(tmp_path / "checkout")
    return tmp_path


def spelled(
    here: Path, started: str, python: str = "usr/bin/python3", **env: str
) -> str:
    known = {"PATH": f"{here / 'usr/bin'}{os.pathsep}/nowhere"}
    return next_step.spelled(started, str(here / python), known | env)


def test_of_a_checkout_it_is_the_path_that_was_typed(here: Path) -> None:
    assert spelled(here, ".venv/bin/secours") == ".venv/bin/secours"


def test_on_the_path_it_is_the_bare_name(here: Path) -> None:
    assert spelled(here, str(here / "usr/bin/secours")) == "secours"


def test_elsewhere_it_is_the_whole_path_quoted(here: Path) -> None:
    elsewhere = "/opt/our things/bin/secours"

    assert spelled(here, elsewhere) == "'/opt/our things/bin/secours'"


def test_an_environment_that_is_active_here_may_not_be_so_there(here: Path) -> None:
    active = here / "checkout/.venv"
    path = f"{active / 'bin'}{os.pathsep}/usr/bin"

    words = spelled(
        here, str(active / "bin/secours"), PATH=path, VIRTUAL_ENV=str(active)
    )

    assert words == ".venv/bin/secours"


def test_what_uv_runs_is_run_by_uv_again(here: Path) -> None:
    words = spelled(
        here, str(here / "checkout/.venv/bin/secours"), UV_RUN_RECURSION_DEPTH="1"
    )

    assert words == "uv run secours"


@pytest.mark.parametrize(
    ("python", "words"),
    [
        ("usr/bin/python3", "python3 -m secours"),
        ("checkout/.venv/bin/python3", ".venv/bin/python3 -m secours"),
    ],
    ids=["the first found", "another"],
)
def test_a_module_is_run_by_the_same_python(
    here: Path, python: str, words: str
) -> None:
    assert spelled(here, "/lib/secours/__main__.py", python) == words
