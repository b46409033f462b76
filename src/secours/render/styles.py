"""The stylesheets of the screens, one text."""

from importlib.resources import files
from string import Template

from markupsafe import Markup

from secours.render import palette
from secours.render.wall import type_sizes

SHEETS = (
    "wall.css",
    "bands.css",
    "desk.css",
    "status.css",
    "redundancy.css",
    "exercise.css",
    "strip.css",
    "channels.css",
    "outages.css",
    "now.css",
    "why.css",
    "province.css",
    "journal.css",
    "print.css",
)


def css() -> Markup:
    """Return the styles of the wall, its covers and the status page."""
    return Markup(_variables()) + Markup("").join(map(sheet, SHEETS))


def paper() -> Markup:
    """Return the styles of a printed page: as by day, black on white."""
    colours = Markup(":root{{{}}}\n").format(palette.variables(palette.PAPER))
    return colours + Markup("").join(map(sheet, ("strip.css", "paper.css")))


def form_page() -> Markup:
    """Return the styles of a page with one form and no script, on a phone."""
    colours = {k.replace("-", "_"): v for k, v in palette.THEMES["dark"].items()}
    return Markup(Template(sheet("form_page.css")).substitute(colours))


def sheet(name: str) -> Markup:
    """Return one stylesheet as it is written."""
    folder = files("secours.render.stylesheets")
    return Markup(folder.joinpath(name).read_text("utf-8"))


def _variables() -> str:
    """Write the colours, and the default sizes of a wall.

    A cover is always dark, to be told from the wall at a glance.
    """
    dark, light, paper = map(
        palette.variables, (palette.DARK, palette.LIGHT, palette.PAPER)
    )
    return (
        f".s-wall,.s-cover{{{type_sizes.variables(type_sizes.COLUMNS)}{dark}}}"
        f".s-wall.s-light{{{light}}}:root,.s-status,.s-desk{{{dark}}}"
        f":is(.s-status,.s-desk).s-light,:root.secours-light,.secours-light .s-status"
        f"{{{light}}}"
        f"@media print{{:root,:root :is(.s-status,.s-desk){{{paper}}}}}\n"
    )
