"""The manual page is what the parsers say, and man pages are written so."""

import re
import subprocess
from pathlib import Path

import pytest
from servers.debian import found, needs

from secours import cli
from secours.cli import command_line, man_page
from secours.cli.command_line import Argument, Command

FILE = Path(__file__).parents[2] / "docs" / "secours.1"
NASTY = "It's .not -a \\macro: é [x] 'y'. Then `more`.\n\n  .indented: 'text'\n  --too"


def _written_on(page: str) -> str:
    dated = re.search(r'^\.TH SECOURS 1 "(\d{4}-\d\d-\d\d)"$', page, re.MULTILINE)
    assert dated
    return dated[1]


def test_it_is_what_the_parsers_say() -> None:
    page = FILE.read_text("ascii")

    assert page == man_page.page(_written_on(page), command_line.commands()), (
        "run 'make man'"
    )


def test_every_command_and_option_is_in_it() -> None:
    page = FILE.read_text("ascii").replace("\\-", "-")

    for command in command_line.commands():
        assert f"\n.SS {command.name}\n" in page
        for option in command.options:
            assert f"\\fB{option.flags[-1]}\\fR" in page or option.flags[-1] == "--help"
    assert len(re.findall(r"^\.SS ", page, re.MULTILINE)) == len(cli.COMMANDS)


@pytest.mark.usefixtures("processes")
@needs("mandoc", "mandoc")
@pytest.mark.parametrize("nasty", [False, True], ids=["as-it-is", "nasty-words"])
def test_mandoc_finds_nothing_to_mend(nasty: bool, tmp_path: Path) -> None:
    page = FILE.read_text("ascii")
    if nasty:
        option = Argument(flags=("-x", "--x-y"), metavar="N", help=NASTY)
        place = Argument(metavar="FILE", many=True, help="'quoted' .first")
        made = Command(
            name="a-b",
            summary="",
            description=NASTY,
            options=(option,),
            places=(place,),
        )
        page = man_page.page("2026-11-27", [made])
    file = tmp_path / "secours.1"
    file.write_text(page)

    done = subprocess.run(
        [found("mandoc"), "-T", "lint", file],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.usefixtures("processes")
@needs("mandoc", "mandoc")
def test_it_reads_as_it_was_meant(tmp_path: Path) -> None:
    place = Argument(metavar="FILE", help="'quoted' .first")
    made = Command(
        name="a-b", summary="", description=NASTY, options=(), places=(place,)
    )
    file = tmp_path / "secours.1"
    file.write_text(man_page.page("2026-11-27", [made]))

    shown = subprocess.run(
        [found("mandoc"), "-T", "utf8", file],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    plain = " ".join(re.sub(".\b", "", shown).split())
    assert "It's .not -a \\macro: é [x] 'y'. Then more." in plain
    assert ".indented: 'text' --too" in plain
    assert "'quoted' .first." in plain
