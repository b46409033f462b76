"""The stylesheets of the screens, one text."""

from importlib.resources import files

SHEETS = ("wall.css", "status.css")


def css() -> str:
    """Return what the wall, its covers and the status page look like."""
    folder = files("secours.screen")
    return "".join(folder.joinpath(name).read_text("utf-8") for name in SHEETS)
