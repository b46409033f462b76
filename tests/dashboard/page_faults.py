"""What is wrong with a page for a desk, measured from the boxes of what it shows."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from dashboard.browser import font_face
from dashboard.marionette import Firefox
from playwright.sync_api import Page

from secours.render.styles import css

CHUNK = 24  # pages drawn in one call

DESK_FAULTS = Path(__file__).with_suffix(".js").read_text("utf-8")

DRAW = f"""async drawn => {{
  {DESK_FAULTS}
  const found = {{}};
  for (const [name, html] of Object.entries(drawn)) {{
    document.body.innerHTML = html;
    await document.fonts.ready;
    found[name] = deskFaults();
  }}
  return found;
}}"""


FRAMED = """() => {
  document.body.innerHTML = "<iframe style='border:0'></iframe>";
}"""
RESIZED = """([wide, high]) => {
  const frame = document.querySelector("iframe");
  [frame.width, frame.height] = [wide, high];
}"""
EMPTY = """async style => {
  document.head.innerHTML = style;
  document.body.style.margin = 0;
  await document.fonts.load('12px "Source Sans"');
}"""


def page_css() -> str:
    """Return the stylesheets and the font of the pages."""
    page = files("secours.dashboard").joinpath("page.css").read_text("utf-8")
    return f"{font_face()}{css()}{page}"


def chunks(drawn: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield some at a time."""
    names = [*drawn]
    for first in range(0, len(names), CHUNK):
        yield {name: drawn[name] for name in names[first : first + CHUNK]}


def faulty(measured: Mapping[str, Any]) -> dict[str, list[str]]:
    """Leave out the pages without faults."""
    return {name: found for name, found in measured.items() if found}


class FoxDesk:
    """The same in Firefox, whose windows are not as narrow as a phone: in a frame."""

    def __init__(self, fox: Firefox) -> None:
        """Draw in this window."""
        self.fox = fox
        fox.open("about:blank")
        fox.evaluate(FRAMED)

    def resize(self, size: tuple[int, int]) -> None:
        """Draw in a frame of another size from now on."""
        self.fox.step_out()
        self.fox.evaluate(RESIZED, [*size])
        self.fox.step_into("iframe")
        self.fox.evaluate(EMPTY, f"<style>{page_css()}</style>")

    def faults(self, drawn: Mapping[str, str]) -> dict[str, list[str]]:
        """Draw each page; return those that have faults."""
        found: dict[str, list[str]] = {}
        for chunk in chunks(drawn):
            found |= faulty(self.fox.evaluate(DRAW, chunk))
        return found


class Desk:
    """An empty page with the stylesheets of those for a desk."""

    def __init__(self, page: Page) -> None:
        """Draw on this page."""
        self.page = page
        page.set_content(
            "<!doctype html><html lang='fr'><title>Secours</title>"
            f"<style>{page_css()}</style><body style='margin:0'></body>"
        )
        page.evaluate("document.fonts.load('12px \"Source Sans\"')")

    def resize(self, size: tuple[int, int]) -> None:
        """Draw in a window of another size from now on."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def draw(self, html: str) -> None:
        """Draw one page, and let it stand."""
        self.page.evaluate("html => { document.body.innerHTML = html; }", html)

    def faults(self, drawn: Mapping[str, str]) -> dict[str, list[str]]:
        """Draw each page; return those that have faults."""
        found: dict[str, list[str]] = {}
        for chunk in chunks(drawn):
            found |= faulty(self.page.evaluate(DRAW, chunk))
        return found
