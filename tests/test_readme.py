import re
from functools import cache
from pathlib import Path

import pytest
from config.plan_files import read

from secours import cli, probes
from secours.cli import run as run_command
from secours.config.advice import warnings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DOCS = ROOT / "docs"
PAGES = (*ROOT.glob("*.md"), *DOCS.rglob("*.md"))
OF_OURS = re.compile(
    r"`((?:src|tests|docs|deploy|bench|tools)/[\w./-]+)`|(?:^|[ `])(deploy/[\w./-]+)"
)
START, END = "<!-- secours probes --format markdown -->\n", "<!-- end -->\n"


def test_the_table_of_probe_types_is_what_the_code_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = (DOCS / "probes.md").read_text("utf-8")
    written = table.partition(START)[2].partition(END)[0]

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
    assert named <= set(cli.COMMANDS)


def test_every_target_of_make_it_names_is_there() -> None:
    rules = (ROOT / "Makefile").read_text()
    pages = README + (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = re.findall(r"`make ([a-z ]+)`|^make ([a-z]+)", pages, re.MULTILINE)
    targets = {target for words in named for target in " ".join(words).split()}

    assert targets >= {"demo", "test", "lint", "readme"}
    for target in targets:
        assert re.search(rf"^{target}:", rules, re.MULTILINE), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_names_files_that_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    linked = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text)
    named = [one or other for one, other in OF_OURS.findall(text)]
    named = [path for path in named if not re.search("NAME|KIND", path)]

    lacking = [link for link in linked if not (page.parent / link).exists()]
    lacking += [path for path in named if not list(ROOT.glob(path.strip(".")))]
    assert lacking == [], f"mend them in {page.relative_to(ROOT)}"


def test_readme_is_read_aloud_in_three_minutes() -> None:
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)

    assert len(re.findall(r"\w+", re.sub(r"\]\([^)]*\)", "]", prose))) <= 450


def test_index_of_docs_leads_to_every_page() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}

    assert pages == set(re.findall(r"\(([\w-]+\.md)\)", index)), "docs/README.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_names_sections_and_tests_that_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    led_to = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", text)
    tests = set(re.findall(r"\b(test_[a-z]\w*)(?:\.py)?\b(?=[^`\n]*`)", text))

    lacking = [
        f"{file}#{section}"
        for file, section in led_to
        if section not in sections(page.parent / file if file else page)
    ]
    lacking += sorted(tests - names_of_tests())
    assert lacking == [], f"mend them in {page.relative_to(ROOT)}"


def sections(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@cache
def names_of_tests() -> set[str]:
    """Return the names of files of tests, and of the tests in them."""
    files = [*(ROOT / "tests").rglob("test_*.py")]
    texts = (file.read_text("utf-8") for file in files)
    found = (re.findall(r"def (test_\w+)", text) for text in texts)
    return {file.stem for file in files}.union(*found)
