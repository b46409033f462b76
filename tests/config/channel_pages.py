"""The pages of docs/channels, and their block of yaml."""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "channels"
PAGES = {file.stem: file.read_text() for file in FOLDER.glob("[a-z]*.md")}
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def block_of(page: str) -> str:
    blocks = BLOCK.findall(PAGES[page])
    assert len(blocks) == 1, f"docs/channels/{page}.md wants one block of yaml"
    return str(blocks[0])
