"""What `make` runs on a fresh clone: with any Python, and after anything."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
FILE = ROOT / "tools/install.py"
PINNED = "one==1 \\\n    --hash=sha256:00\nTwo_b==2 ; sys_platform == 'win32' \\\n"


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Import it, in a folder of its own."""
    spec = importlib.util.spec_from_file_location("install", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.lock").write_text(PINNED)
    return module


def steps(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have each program that it would run written down instead."""
    ran: list[str] = []

    def run(argv: Sequence[str], *_: object, **__: object) -> None:
        ran.append(" ".join(argv))

    monkeypatch.setattr(install, "run", run)
    monkeypatch.setattr(install, "library", lambda: ".")
    monkeypatch.setattr(install.shutil, "which", lambda _: None)
    return ran


@pytest.mark.usefixtures("processes")
def test_progress_is_in_words_and_pip_installs_what_is_hashed_alone(
    install: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran = steps(install, monkeypatch)

    code = install.main(["some.lock", "--no-index", "--find-links", "wheels"])

    printed = capsys.readouterr()
    assert (code, printed.out) == (0, "")
    first, second, third, last = printed.err.splitlines()
    assert first == "installing 1 of 3: an environment of its own in .venv"
    assert second == "installing 2 of 3: 2 packages"
    assert third == "installing 3 of 3: Secours itself"
    assert last.startswith("installed in ")
    assert "-m venv --clear .venv" in ran[0]
    assert (
        "--no-deps --only-binary :all: --require-hashes -r some.lock --no-index"
        in ran[1]
    )
    assert "-e ." in ran[2]


@pytest.mark.usefixtures("processes")
def test_what_tests_need_is_compiled_before_they_are_run_side_by_side(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    ran = steps(install, monkeypatch)

    install.main(["some.lock", "--compile"])

    assert "-m compileall" in ran[-2]
    assert ran[-1].endswith("-m pytest -qq --collect-only")
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ


def test_uv_is_taken_where_it_is_and_pip_where_that_fails(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = steps(install, monkeypatch)
    monkeypatch.setattr(install.shutil, "which", lambda name: f"/bin/{name}")
    install.install_packages("some.lock", [])
    assert [line.split()[0] for line in ran] == ["uv"]

    def run(argv: Sequence[str], *_: object) -> None:
        ran.append(" ".join(argv))
        if argv[0] == "uv":
            raise install.Failed("no such index")

    monkeypatch.setattr(install, "run", run)
    install.install_packages("some.lock", [])
    assert [line.split()[0] for line in ran[1:]] == ["uv", install.PYTHON]
    assert all("--require-hashes" in line for line in ran)


@pytest.mark.usefixtures("processes")
def test_what_fails_says_so_and_that_it_can_be_taken_up_again(
    install: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(install, "PYTHON", sys.executable)
    monkeypatch.setattr(install, "is_usable", lambda: True)
    monkeypatch.setattr(install.shutil, "which", lambda _: None)

    code = install.main(["some.lock", "--no-index", "--such-an-option"])

    words = capsys.readouterr().err
    assert code == 1
    assert "no such option: --such-an-option" in words
    assert words.endswith("the same command takes it up again\n")


def test_half_installed_package_is_installed_anew(
    install: ModuleType, tmp_path: Path
) -> None:
    for name, files in (("whole", ("METADATA", "RECORD")), ("half", ("METADATA",))):
        folder = tmp_path / f"{name}-1.dist-info"
        folder.mkdir()
        for file in files:
            (folder / file).touch()

    install.drop_halves(str(tmp_path))

    left = [folder.name for folder in tmp_path.glob("*.dist-info")]
    assert left == ["whole-1.dist-info"]


@pytest.mark.usefixtures("processes")
def test_environment_of_another_folder_is_no_use(
    install: ModuleType, tmp_path: Path
) -> None:
    scripts = tmp_path / ".venv/bin"
    scripts.mkdir(parents=True)
    (scripts / "python").symlink_to(sys.executable)
    command = scripts / "secours"

    command.write_text(f"#!{scripts}/python\n")
    here = install.is_copied()
    command.write_text("#!/elsewhere/.venv/bin/python\n")

    assert (here, install.is_copied()) == (False, True)
    (scripts / "python").unlink()
    assert install.is_usable() is False


def test_an_old_python_is_told_so_in_one_line(
    install: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(install.sys, "version_info", (3, 9, 2, "final", 0))

    assert install.main(["some.lock"]) == 1
    assert capsys.readouterr().err == (
        "Secours needs Python 3.11 or newer, and this is 3.9.2:"
        " make PYTHON=python3.12\n"
    )


def test_an_old_python_can_read_it() -> None:
    """Its grammar is that of 3.7, of which all before are long gone."""
    import ast

    ast.parse(FILE.read_text("utf-8"), feature_version=(3, 7))


LOCKS = sorted(ROOT.glob("tools/locks/*.lock"))
INSTALLING = re.compile(r"\bpip\b[^`]*\b(install|download)\b")


@pytest.mark.parametrize(
    "name", ["Makefile", "deploy/Containerfile", "docs/operations.md", ".ci/run"]
)
def test_nothing_is_installed_past_a_lock_file_nor_built_on_the_way(name: str) -> None:
    """What is in an environment by its hash builds us alone, and fetches nothing."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", "").replace('", "', " ")
    text = text.replace("--only-binary=", "--only-binary ")
    for variable, value in re.findall(r"^(\w+) := (.*)$", text, re.MULTILINE):
        text = text.replace(f"$({variable})", value)
    installs = [
        line
        for line in text.splitlines()
        if INSTALLING.search(line) and not re.match(r"[A-Z]+ :=|#|[A-Z`].*`", line)
    ]

    assert installs or name == ".ci/run"
    for line in installs:
        ours = "--no-index --no-deps --no-build-isolation" in line
        hashed = "--require-hashes" in line and "--only-binary :all:" in line
        assert hashed or ours, line


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_lock_of_a_tool_has_each_package_by_a_hash_and_no_address(lock: Path) -> None:
    packages = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)[1:]

    assert packages
    assert all("==" in each and "--hash=sha256:" in each for each in packages)
    assert "://" not in lock.read_text()


def test_lock_of_the_demo_is_part_of_the_one_of_the_tests() -> None:
    """So `make test` after `make demo` adds, and changes nothing.

    So is that of a service, which `make wheels` fetches with it.
    """

    def pins(name: str) -> set[str]:
        lines = (ROOT / name).read_text().splitlines()
        return {line.split()[0] for line in lines if line[:1].isalnum()}

    demo = pins("requirements-demo.lock")
    assert demo | pins("requirements.lock") <= pins("requirements-dev.lock")
    assert not {"pytest", "mypy", "ruff"} & {pin.partition("==")[0] for pin in demo}


@pytest.mark.usefixtures("processes")
def test_second_make_of_a_demo_installs_nothing(tmp_path: Path) -> None:
    """What is installed and newer than its lock is taken as it is."""
    for name in ("Makefile", "pyproject.toml", "requirements-demo.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    scripts = tmp_path / ".venv/bin"
    scripts.mkdir(parents=True)
    (scripts / "python").symlink_to(sys.executable)
    command = scripts / "secours"
    command.write_text(f'#!/bin/sh\n# {scripts}/python\necho "here: $@"\n')
    command.chmod(0o755)
    (tmp_path / ".venv/demo-ready").touch()

    def make() -> subprocess.CompletedProcess[str]:
        asked = ["make", "--silent", "demo", "ARGS=--once", "PYTHON=echo new:"]
        return subprocess.run(
            asked, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30
        )

    assert make().stdout == "here: demo --once\n"
    command.write_text('#!/bin/sh\n# /elsewhere/.venv/bin/python\necho "here: $@"\n')
    assert make().stdout.splitlines()[0].startswith("new: tools/install.py")


@pytest.mark.parametrize("name", ["streamlit", "starlette", "uvicorn"])
def test_what_the_screens_stand_on_is_held_to_the_minor_that_was_tested(
    name: str,
) -> None:
    """What is installed without a lock file has no other version either."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
        "optional-dependencies"
    ]
    (asked,) = {
        requirement
        for extra in extras.values()
        for requirement in map(Requirement, extra)
        if requirement.name == name
    }
    (locked,) = re.findall(
        rf"^{name}==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE
    )
    major, minor, *_ = Version(locked).release

    assert locked in asked.specifier
    assert f"{major}.{minor + 1}" not in asked.specifier
    assert f"{major}.{minor - 1}" not in asked.specifier


@pytest.mark.parametrize("file", ["README.md", "docs/operations.md"])
def test_line_that_installs_for_oneself_takes_no_tool_past_the_lock(file: str) -> None:
    lines = re.findall(
        r"^uv tool install [^#\n]*", (ROOT / file).read_text(), re.MULTILINE
    )
    typed = (ROOT / ".ci/readme_from_nothing.py").read_text()

    locked = "uv tool install '.[all]' -c requirements.lock -b requirements.lock"
    assert [line.strip() for line in lines] == [locked]
    assert f'"{locked}"' in typed
    assert 'locked = ("-c", "requirements.lock", "-b", "requirements.lock")' in typed


def test_nobody_is_told_to_install_the_name_of_an_index() -> None:
    told = re.compile(r"(?:pip|pipx|tool) install (?:--?\S+ )*['\"]?secours\b(?!-)")
    files = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.py")]
    files += ROOT.glob("src/**/*.json")

    assert [each for each in files if told.search(each.read_text("utf-8"))] == []
