"""The text of each module of the sources, and of the tests."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src"


def dotted(path: Path) -> str:
    """Return the name under which a file is imported."""
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {dotted(path): path.read_text("utf-8") for path in sorted(SRC.rglob("*.py"))}
TESTS = {
    path.relative_to(ROOT / "tests").as_posix(): path.read_text("utf-8")
    for path in sorted((ROOT / "tests").rglob("*.py"))
}
