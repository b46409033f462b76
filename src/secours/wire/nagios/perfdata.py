"""Performance data that a monitoring plugin prints behind a bar.

Only the C locale is read: `0,5` is refused with its words, never taken for 0 or for 5.

Source: Monitoring Plugins Development Guidelines, "Performance data".
"""

import re

from msgspec import Struct

LABEL = r"'(?:[^'=]|'')+'|[^\s'=]+"
ITEM = re.compile(rf"({LABEL})=(\S*)")
UNIT = r"""[^\d\s;'",.]*"""  # such as °C
NUMBER = r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
RANGE = rf"@?(?:(?:~|{NUMBER})?:)?(?:{NUMBER})?"
VALUE = re.compile(
    rf"(?P<value>{NUMBER})(?P<unit>{UNIT})"
    rf"(?:;(?:{RANGE}))?(?:;(?:{RANGE}))?(?:;(?:{NUMBER})?)?(?:;(?:{NUMBER})?)?"
)
UNDETERMINED = re.compile(r"U(?:;.*)?")  # "the actual value couldn't be determined"


class Measure(Struct, frozen=True):
    """One value with its unit, as the plugin wrote it."""

    label: str
    value: float
    unit: str = ""


def perfdata(text: str) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
    """Return the measures, and the refused words."""
    measures: list[Measure] = []
    refused: list[str] = []
    at = 0
    text = text.strip()
    while at < len(text):
        match = ITEM.match(text, at)
        if not match:
            word = text[at:].split(maxsplit=1)[0]
            refused.append(word)
            at = _next(text, at + len(word))
            continue
        if value := VALUE.fullmatch(match[2]):
            label = match[1].strip("'").replace("''", "'")
            measures.append(Measure(label, float(value["value"]), value["unit"]))
        elif not UNDETERMINED.fullmatch(match[2]):
            refused.append(match[0])
        at = _next(text, match.end())
    return tuple(measures), tuple(refused)


def _next(text: str, at: int) -> int:
    """Skip the blanks before the next item."""
    while at < len(text) and text[at].isspace():
        at += 1
    return at
