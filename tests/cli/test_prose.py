"""All that people read is printed in one place, and is as wide as their terminal."""

import ast
import io
from pathlib import Path

import pytest

from secours import cli, texts
from secours.cli import prose

FOLDER = Path(cli.__file__).parent
MAY_PRINT = {"prose.py", "printing.py", "__init__.py", "man_page.py", "completion.py"}
# __init__ prints what argparse says, the last two a file


class Terminal(io.StringIO):
    """Standard output at a terminal."""

    def isatty(self) -> bool:
        return True


def test_no_command_prints_past_it() -> None:
    found = {
        path.name
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Name) and node.id == "print"
    }

    assert found == MAY_PRINT


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_are_as_wide_as_a_terminal(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    terminal = Terminal()

    prose.write(["word " * 100], terminal)

    rows = terminal.getvalue().splitlines()
    assert width - 6 < max(map(len, rows)) <= width


def test_what_is_piped_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    file = io.StringIO()

    prose.write(["word " * 100], file)

    assert file.getvalue() == "word " * 100 + "\n"


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [
        ({}, True),
        ({"TERM": "dumb"}, False),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
    ],
    ids=["terminal", "dumb", "refused", "empty"],
)
def test_colour_is_for_terminals_that_show_it_and_people_who_want_it(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", Terminal())

    assert prose.coloured() is coloured


def test_nothing_forces_colour_into_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    monkeypatch.setattr("sys.stdout", io.StringIO())

    assert not prose.coloured()


def test_a_name_stands_beside_a_label_that_is_another() -> None:
    assert texts.named("E-mail", "mail") == "E-mail [mail]"
    assert texts.named("Teams", "teams") == "Teams"
    assert texts.named("Spa [spa]", "spa") == "Spa [spa]"
