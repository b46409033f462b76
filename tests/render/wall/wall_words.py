"""The words of a wall, and a name that would break one."""

from html.parser import HTMLParser

from secours.model.snapshot import Snapshot
from secours.render.wall.wall import wall_html

HOSTILE = "<img src=x onerror=alert(1)>\"'\x1b[31m\u202e"


class Words(HTMLParser):
    """The words of a page, and the classes that hold them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(dict(attrs).get("class") or "")

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append((" ".join(self._open), data))

    def under(self, name: str) -> list[str]:
        """Return the words under a class, one string for each text."""
        return [
            text.strip()
            for classes, text in self.texts
            if name in classes.split() and text.strip()
        ]


def words(shown: Snapshot, language: str = "fr", **given: int | float) -> Words:
    line_number = given.get("line")
    return Words(
        wall_html(
            shown,
            language,
            age_s=float(given.get("age_s", 4.0)),
            line=int(line_number) if line_number is not None else None,
        )
    )
