"""The commands of the page for who operates Secours, as they stand there."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
BLOCK = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands(section: str) -> list[str]:
    """Return each block of commands in a section."""
    _, found, after = PAGE.read_text("utf-8").partition(f"## {section}\n")
    assert found, f"docs/operations.md has no section {section}"
    blocks = BLOCK.findall(re.split(r"^## ", after, flags=re.MULTILINE)[0])
    assert blocks, f"no commands in {section}"
    return list(blocks)
