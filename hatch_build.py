"""What the package index is told: the README as it can be shown there, and addresses.

Links and pictures of the README are files of the repository, which an index does not
have. Where `repository` in pyproject.toml says where the repository is,
they lead there; as long as it has no public address they are words, so that nothing on
the page is broken, and no address is given that is none.
"""

import re
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PICTURE = re.compile(r"!\[([^]]*)\]\((?!\w+:|#)([^)]+)\)")
LINK = re.compile(r"(?<!!)\[([^]]+)\]\((?!\w+:|#)([^)]+)\)")


class PackageIndex(MetadataHookInterface):
    """Fills in what pyproject.toml leaves to it."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Give the README, and the addresses where there are any."""
        with open(f"{self.root}/README.md", encoding="utf-8") as file:
            text = file.read()
        repository = self.config.get("repository", "")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": readme(text, repository),
        }
        metadata["urls"] = addresses(repository)


def readme(text: str, repository: str) -> str:
    """Return the README for a page that has nothing of the repository beside it."""
    if not repository:
        return LINK.sub(r"\1", PICTURE.sub(r"*\1*", text))
    shown = PICTURE.sub(rf"![\1]({repository}/raw/HEAD/\2)", text)
    return LINK.sub(rf"[\1]({repository}/blob/HEAD/\2)", shown)


def addresses(repository: str) -> dict[str, str]:
    """Return the addresses that a package index shows beside the README."""
    if not repository:
        return {}
    return {
        "Source": repository,
        "Documentation": f"{repository}/blob/HEAD/README.md",
        "Changelog": f"{repository}/blob/HEAD/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }
