"""Imports point one way: the table of the style guide, checked on the source itself."""

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "secours"
WORDS = {"model", "texts", "places"}
MAY_IMPORT = {
    "model": set(),
    "texts": {"texts"},
    "places": set(),
    "core": {"model", "core"},
    "wire": {"model", "places", "wire"},
    "probes": {"model", "wire"},
    "run": {"model"},
    "config": {"model", "probes", "config"},
    "render": {"model", "texts", "core", "render"},
    "engine": WORDS | {"config", "probes", "run", "core", "wire", "render", "engine"},
    "web": WORDS | {"config", "core", "render", "wire", "engine", "web"},
    "demo": {"model", "demo"},
    "dashboard": WORDS | {"config", "core", "render", "engine", "web", "dashboard"},
    "cli": WORDS
    | {"config", "probes", "run", "core", "wire", "render", "engine", "demo", "cli"},
    "__main__": {"cli"},
}
FILES = sorted(SRC.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the first-level secours modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("secours.")}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_module_imports_only_what_its_layer_may(path: Path) -> None:
    layer = path.relative_to(SRC).parts[0].removesuffix(".py")

    assert imported(path) <= MAY_IMPORT.get(layer, set())


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.parent.name == "probes"], ids=lambda p: p.stem
)
def test_probe_types_do_not_know_each_other(path: Path) -> None:
    assert "probes" not in imported(path)


def test_only_one_module_imports_httpx() -> None:
    importers = [path for path in FILES if "import httpx" in path.read_text("utf-8")]

    assert importers == [SRC / "wire/http/client.py"]
