"""The colours of the screens, by night and by day.

Every text is above 7:1 on what it stands on, and so is every state that is a word of
its own; a test computes it. `warn` and `bad` are for words, shapes and edges, the
`-fill` ones for badges and cards, whose words are `on-warn` and `on-bad`. `calm` is a
shape only: what was fine for long.
"""

from collections.abc import Mapping

DARK: Mapping[str, str] = {
    "ground": "#070b10",
    "panel": "#131c26",
    "text": "#ffffff",
    "soft": "#c9d3de",
    "good": "#3fe3b4",
    "calm": "#4d8f7a",
    "warn": "#ffc942",
    "warn-fill": "#ffc942",
    "on-warn": "#070b10",
    "bad": "#ff8f80",
    "bad-fill": "#ff8f80",
    "on-bad": "#070b10",
    "rule": "#3a4856",  # decorative: carries no meaning
}
LIGHT: Mapping[str, str] = {
    "ground": "#eef1f4",
    "panel": "#ffffff",
    "text": "#070b10",
    "soft": "#38434e",
    "good": "#00523f",
    "calm": "#4d8272",
    "warn": "#6b4400",
    "warn-fill": "#ffc942",
    "on-warn": "#070b10",
    "bad": "#8f1410",
    "bad-fill": "#8f1410",
    "on-bad": "#ffffff",
    "rule": "#a9b4bf",
}
THEMES: Mapping[str, Mapping[str, str]] = {"dark": DARK, "light": LIGHT}
PAPER: Mapping[str, str] = {
    **dict.fromkeys(("text", "soft", "good", "calm"), "#000000"),
    **dict.fromkeys(("ground", "panel", "warn-fill", "on-bad"), "#ffffff"),
    **dict.fromkeys(("warn", "bad", "on-warn", "bad-fill"), "#000000"),
    "rule": "#777777",
}
"""Colours for print: black on white, only down is white on black."""


def theme_of(*asked: str | None) -> str:
    """Return the first of these that is a theme, else the dark one."""
    return next((name for name in asked if name and name in THEMES), "dark")


def variables(colours: Mapping[str, str]) -> str:
    """Write colours as custom properties of CSS."""
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())
