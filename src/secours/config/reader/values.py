"""The single values of probes.yaml: texts, numbers, choices, lengths of time."""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from secours.config.reader import document, durations
from secours.config.reader.document import Scalar
from secours.config.reader.mistakes import shown, suggestion
from secours.config.reader.shapes import (
    Schema,
    Shape,
    Spot,
    Wrong,
    read_record,
    scalar_text,
    seen,
)
from secours.languages import LANGUAGES
from secours.model.plan import Text

T = TypeVar("T")


def choice(*valid: str, aliases: Mapping[Any, str] | None = None) -> Shape[str]:
    """Make the shape of one word out of several."""

    def read(spot: Spot) -> str:
        node = spot.node
        if aliases and isinstance(node, Scalar) and node.value in aliases:
            return aliases[node.value]
        text = node.text if isinstance(node, Scalar) else ""
        if text not in valid:
            names = ", ".join(valid)
            meant = suggestion(text, valid) if text else ""
            meant = f": {meant}" if meant.startswith("did") else ""
            raise Wrong(spot, f"must be one of {names}, not {seen(node)}{meant}")
        return text

    words: list[Any] = [*valid, *(aliases or ())]
    return Shape(read, {"enum": words})


def checked(
    check: Callable[[str], T], words: str, schema: Schema | None = None
) -> Shape[T]:
    """Make the shape of a text that `check` turns into a value.

    `check` raises ValueError, whose words are not shown: `words` say what it must be.
    """

    def read(spot: Spot) -> T:
        text = scalar_text(spot, words)
        try:
            return check(text)
        except ValueError:
            raise Wrong(spot, f"must be {words}, not {shown(text)}") from None

    return Shape(read, schema or {"type": "string"})


def number(
    kind: type[int] | type[float], *, above: float | None = None, least: int = 1
) -> Shape[Any]:
    """Make the shape of a number above a bound, or of at least `least`."""
    noun = "a whole number" if kind is int else "a number"
    bound = f"of at least {least}" if above is None else f"above {above:g}"

    def read(spot: Spot) -> Any:
        value = spot.node.value if isinstance(spot.node, Scalar) else None
        fits = isinstance(value, kind | int) and not isinstance(value, bool)
        if not fits or not math.isfinite(value) or not _in_bound(value):  # type: ignore[arg-type]  # fits says that it is a number
            raise Wrong(spot, f"must be {noun} {bound}, not {seen(spot.node)}")
        return kind(value)  # type: ignore[arg-type]  # the same

    def _in_bound(value: float) -> bool:
        return value >= least if above is None else value > above

    limit = {"minimum": least} if above is None else {"exclusiveMinimum": above}
    return Shape(read, {"type": "integer" if kind is int else "number", **limit})


def _truth(spot: Spot) -> bool:
    node = spot.node
    if not isinstance(node, Scalar) or not isinstance(node.value, bool):
        raise Wrong(spot, f"must be true or false, not {seen(node)}")
    return node.value


def _duration(spot: Spot) -> float:
    node = spot.node
    if not isinstance(node, Scalar) or node.value is None:
        words = f"a length of time such as {durations.EXAMPLES}"
        raise Wrong(spot, f"must be {words}, not {seen(node)}")
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        message = f"{node.text} needs its unit, such as {node.text}s or {node.text}m"
        raise Wrong(spot, message)
    try:
        return durations.read(node.text)
    except ValueError as error:
        raise Wrong(spot, f"{error}, not {shown(node.text)}") from None


def _share(spot: Spot) -> float:
    value = spot.node.value if isinstance(spot.node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(spot, f"must be a share from 0 to 1, not {seen(spot.node)}")
    if not 0 <= value <= 1:
        raise Wrong(spot, f"must be a share from 0 to 1, not {seen(spot.node)}")
    return float(value)


def _text(spot: Spot) -> Text:
    if isinstance(spot.node, document.Mapping):
        found = dict.fromkeys(LANGUAGES, ONE_LINE)
        record = read_record(spot, found, ())
        if not spot.node.items:
            raise Wrong(spot, "must be text, or text by language: {fr: …, nl: …}")
        return Text(translations=dict(record.values))
    return Text(scalar_text(spot, "text, or text by language: {fr: …, nl: …}"))


TRUTH = Shape(_truth, {"type": "boolean"})
DURATION = Shape(_duration, {"type": "string", "pattern": durations.PATTERN})
SHARE = Shape(_share, {"type": "number", "minimum": 0, "maximum": 1})
ONE_LINE = Shape(scalar_text, {"type": ["string", "number"]})
TEXT = Shape(
    _text,
    {
        "anyOf": [
            {"type": ["string", "number"]},
            {
                "type": "object",
                "properties": {language: {"type": "string"} for language in LANGUAGES},
                "additionalProperties": False,
                "minProperties": 1,
            },
        ]
    },
)
