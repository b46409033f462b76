import re
from pathlib import Path

import pytest
from config.plan_files import read

from secours import cli, probes
from secours.cli import run as run_command
from secours.config.advice import warnings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
START, END = "<!-- secours probes --format markdown -->\n", "<!-- end -->\n"


def test_the_table_of_probe_types_is_what_the_code_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    written = README.partition(START)[2].partition(END)[0]

    assert run_command(["probes", "--format", "markdown"]) == 0
    assert written == capsys.readouterr().out, "run 'make readme'"
    assert len(written.splitlines()) == 2 + len(probes.names())


def test_its_plan_loads_and_is_wise(tmp_path: Path) -> None:
    (plan,) = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)

    config = read(tmp_path, plan)
    assert warnings(config) == ()
    assert all(channel.kind for channel in config.channels.values())


def test_every_command_it_names_is_there() -> None:
    named = set(re.findall(r"secours ([a-z]+)(?= |`|$)", README, re.MULTILINE))

    assert {"validate", "check", "up", "recommend", "demo"} <= named
    assert named <= cli.COMMANDS.keys()


def test_every_target_of_make_it_names_is_there() -> None:
    rules = (ROOT / "Makefile").read_text()
    pages = README + (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = re.findall(r"`make ([a-z ]+)`|^make ([a-z]+)", pages, re.MULTILINE)
    targets = {target for words in named for target in " ".join(words).split()}

    assert targets >= {"demo", "test", "lint", "readme"}
    for target in targets:
        assert re.search(rf"^{target}:", rules, re.MULTILINE), target


def test_every_file_it_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!http)(.+?)\)", README)

    assert links
    assert all((ROOT / link).is_file() for link in links)
