"""The wheel holds all that is needed, and tells an index what it can show."""

import subprocess
import sys
import tomllib
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest
from trove_classifiers import classifiers

import hatch_build

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src"
REPOSITORY = "https://forge.example/town/secours"


@pytest.fixture(scope="module")
def wheel(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"]
    subprocess.run([*build, str(folder)], cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as opened:
        name = next(n for n in opened.namelist() if n.endswith("dist-info/METADATA"))
        return message_from_bytes(opened.read(name))


def test_it_holds_stylesheets_templates_texts_and_all_else(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if name.startswith("secours/")}

    ours = (path for path in (SRC / "secours").rglob("*") if path.is_file())
    names = {str(path.relative_to(SRC)) for path in ours if path.suffix != ".pyc"}
    assert held == names
    assert "secours/render/templates/channels.html" in held


def test_it_installs_the_manual_page(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        (page,) = (
            n for n in opened.namelist() if n.endswith("share/man/man1/secours.1")
        )
        text = opened.read(page)

    assert ".data/data/" in page
    assert text == (ROOT / "docs" / "secours.1").read_bytes()


def test_a_type_checker_takes_its_types(wheel: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True
    )
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    with ZipFile(wheel) as opened:
        opened.extractall(packages)
    program = tmp_path / "program.py"
    program.write_text(
        "from secours.outside_text import plain\nreveal_type(plain(b'x'))\n"
    )

    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path),
            *("--python-executable", tmp_path / "venv" / "bin" / "python", program),
        ],
        cwd=tmp_path,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout
    assert 'Revealed type is "str"' in checked.stdout.replace("builtins.", "")


def test_what_it_is_said_to_be_is_what_an_index_knows(metadata: Message) -> None:
    named = metadata.get_all("Classifier") or []

    assert "Typing :: Typed" in named
    assert set(named) <= classifiers
    assert metadata["Keywords"]
    assert metadata["License-Expression"] == "Apache-2.0"


def test_nothing_on_its_page_leads_nowhere(metadata: Message) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        built = tomllib.load(file)["tool"]["hatch"]["metadata"]["hooks"]["custom"]
    shown = str(metadata.get_payload())

    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "# Secours" in shown
    assert not hatch_build.PICTURE.search(shown)
    assert not hatch_build.LINK.search(shown)
    urls = metadata.get_all("Project-URL") or []
    assert len(urls) == len(hatch_build.addresses(built["repository"]))


def test_with_an_address_its_pictures_and_links_lead_there() -> None:
    text = (ROOT / "README.md").read_text("utf-8")

    shown = hatch_build.readme(text, REPOSITORY)

    assert f"]({REPOSITORY}/raw/HEAD/docs/wall-fallback.png)" in shown
    assert f"]({REPOSITORY}/blob/HEAD/CONTRIBUTING.md)" in shown
    assert f"[plan]({REPOSITORY}/blob/HEAD/docs/plan.md)" in shown
    assert not hatch_build.PICTURE.search(shown)
    assert not hatch_build.LINK.search(shown)
    assert hatch_build.addresses(REPOSITORY)["Source"] == REPOSITORY


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("![a wall](docs/x.png)", "*a wall*", id="picture"),
        pytest.param("see [how](docs/x.md)", "see how", id="link"),
        pytest.param("[RFC](https://r.example)", "[RFC](https://r.example)", id="web"),
        pytest.param("[below](#below)", "[below](#below)", id="within"),
    ],
)
def test_without_an_address_what_leads_nowhere_is_words(text: str, shown: str) -> None:
    assert hatch_build.readme(text, "") == shown
