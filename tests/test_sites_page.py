"""What docs/sites.md says is tested is tested."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "sites.md").read_text("utf-8")


def test_each_test_that_the_page_names_is_there() -> None:
    rooms = (ROOT / "tests" / name for name in ("sites", "core/sites", "faults"))
    files = {file.name: file for room in rooms for file in room.rglob("test_*.py")}
    written = "\n".join(file.read_text("utf-8") for file in files.values())

    named = set(re.findall(r"\btest_\w+\b(?!\.py)", PAGE))
    assert {name for name in named if f"def {name}(" not in written} == set()
    assert set(re.findall(r"\btest_\w+\.py\b", PAGE)) <= files.keys()
    assert len(named) >= 15


def test_each_picture_of_the_page_is_there() -> None:
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", PAGE)

    assert shown
    assert all((ROOT / "docs" / name).is_file() for name in shown)
