"""Scalar values of probes.yaml: texts, numbers, choices, durations."""

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from secours.config.reader import document, durations
from secours.config.reader.document import Node, Scalar
from secours.config.reader.mistakes import nearest, shown
from secours.config.reader.shapes import (
    Schema,
    Shape,
    Spot,
    Wrong,
    must_be,
    read_record,
    scalar_text,
    seen,
)
from secours.languages import LANGUAGES, Text
from secours.message import BadValue, Message, message

T = TypeVar("T")
BY_LANGUAGE = message("plan.a.text-by-language", example="{fr: …, nl: …}")

IN_ENGLISH = {"fr": "French", "nl": "Dutch", "de": "German", "en": "English"}
BREAKS_OUT = re.compile(  # control characters, line ends, bidi controls
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+"
)
LONGEST_TEXT = 1000
HIGHEST = 10**9  # of a number: what is counted from it stays finite
LONGEST_HOW = 160  # characters: the wall does not cut it


def choice(*valid: str, aliases: Mapping[bool, str] | None = None) -> Shape[str]:
    """Make the shape of a choice of words."""

    def read(spot: Spot) -> str:
        node = spot.node
        if aliases and isinstance(node, Scalar) and isinstance(node.value, bool):
            return aliases[node.value]
        text = node.text if isinstance(node, Scalar) else ""
        if text not in valid:
            facts = {"names": ", ".join(valid), "found": seen(node)}
            if text and (meant := nearest(text, valid, "value")):
                facts["meant"] = meant
            raise Wrong(spot, "plan.must-be.one-of", **facts)
        return text

    words: list[Any] = [*valid, *(aliases or ())]
    return Shape(read, {"enum": words})


def checked(
    check: Callable[[str], T], wanted: str, schema: Schema | None = None
) -> Shape[T]:
    """Make the shape of a text that `check` converts.

    `check` raises ValueError; the mistake shows `wanted`, not its text.
    """

    def read(spot: Spot) -> T:
        text = scalar_text(spot, wanted)
        try:
            return check(text)
        except ValueError:
            raise must_be(spot, wanted, shown(text)) from None

    return Shape(read, schema or {"type": "string"})


def number(
    kind: type[int] | type[float], *, above: float | None = None, least: int = 1
) -> Shape[Any]:
    """Make the shape of a number above a bound, or of at least `least`."""
    noun = message("plan.a.whole-number" if kind is int else "plan.a.number")
    if above is None:
        wanted = message("plan.a.least", noun=noun, least=least)
    else:
        wanted = message("plan.a.above", noun=noun, above=f"{above:g}")

    def read(spot: Spot) -> Any:
        value = spot.node.value if isinstance(spot.node, Scalar) else None
        fits = isinstance(value, kind | int) and not isinstance(value, bool)
        if not fits or not math.isfinite(value) or not _in_bound(value):  # type: ignore[arg-type]  # fits says that it is a number
            raise must_be(spot, wanted, seen(spot.node))
        if value > HIGHEST:  # type: ignore[operator]  # the same
            most = message("plan.type.most", noun=noun, high=str(HIGHEST))
            raise must_be(spot, most, seen(spot.node))
        return kind(value)  # type: ignore[arg-type]  # the same

    def _in_bound(value: float) -> bool:
        return value >= least if above is None else value > above

    limit = {"minimum": least} if above is None else {"exclusiveMinimum": above}
    type_ = "integer" if kind is int else "number"
    return Shape(read, {"type": type_, **limit, "maximum": HIGHEST})


def _truth(spot: Spot) -> bool:
    node = spot.node
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    wanted = message("plan.a.truth")
    if isinstance(node, Scalar) and isinstance(document.resolve(node.text), bool):
        raise Wrong(spot, "plan.must-be.unquoted", wanted=wanted, text=node.text)
    raise must_be(spot, wanted, seen(node)).meant(_truths(node))


def _truths(node: Node) -> Message | None:
    text = node.text if isinstance(node, Scalar) else ""
    return nearest(text, ("true", "false"), "value")


def _duration(spot: Spot) -> float:
    node = spot.node
    if not isinstance(node, Scalar) or node.value is None:
        raise must_be(spot, "plan.a.duration", seen(node))
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        if node.value <= 0:
            raise must_be(spot, "plan.a.longer", shown(node.text))
        with suppress(BadValue):
            durations.read(f"{node.text}s")
            raise Wrong(spot, "plan.duration.unit", number=node.text)
    try:
        return durations.read(node.text)
    except BadValue as error:
        wrong = Wrong(spot, error.message.and_of(found=shown(node.text)))
        meant = durations.meant(node.text)
        did = message("plan.did-you-mean", name=meant) if meant else None
        raise wrong.meant(did) from None


def _share(spot: Spot) -> float:
    value = spot.node.value if isinstance(spot.node, Scalar) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= 1:  # type: ignore[operator]  # as that says
        raise must_be(spot, "plan.a.share", seen(spot.node))
    return float(value)  # type: ignore[arg-type]  # the same


def bounded(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text for people; raise BadValue above `longest` characters."""
    if len(text) > longest:
        raise BadValue("plan.text.long", n=len(text), limit=longest)
    return text


def _text(spot: Spot, longest: int = LONGEST_TEXT) -> Text:
    if isinstance(spot.node, document.Mapping):
        found = dict.fromkeys(LANGUAGES, ONE_LINE)
        record = read_record(spot, found, ())
        if not spot.node.items:
            raise Wrong(spot, "plan.must-be", wanted=BY_LANGUAGE)
        text = Text(translations=dict(record.values))
    else:
        text = Text(_one_line(spot, BY_LANGUAGE))
    try:
        bounded(max(text.plain, *text.translations.values(), "", key=len), longest)
    except BadValue as bad:
        raise Wrong(spot, bad.message) from None
    return text


def _one_line(spot: Spot, wanted: Message | str = "plan.a.text") -> str:
    """Return a text on one line: a line break could forge another."""
    line = BREAKS_OUT.sub(" ", scalar_text(spot, wanted)).strip()
    if not line:
        raise must_be(spot, wanted, seen(spot.node))
    return line


TRUTH = Shape(_truth, {"type": "boolean"})
DURATION = Shape(
    _duration,
    {
        "type": "string",
        "pattern": durations.PATTERN,
        "examples": ["500ms", "30s", "5m", "2h", "7d"],
    },
)
MOMENT = checked(datetime.fromisoformat, "plan.a.moment")
SHARE = Shape(_share, {"type": "number", "minimum": 0, "maximum": 1})
ONE_LINE = Shape(_one_line, {"type": ["string", "number"]})
TEXT_SCHEMA = {
    "anyOf": [
        {"type": ["string", "number"]},
        {
            "type": "object",
            "properties": {
                language: {"type": "string", "description": f"The words in {name}."}
                for language, name in IN_ENGLISH.items()
            },
            "additionalProperties": False,
            "minProperties": 1,
        },
    ]
}
TEXT = Shape(_text, TEXT_SCHEMA)
HOW = Shape(partial(_text, longest=LONGEST_HOW), TEXT_SCHEMA)
