"""Sections of probes.yaml declared by the Structs that they become.

A field is a key: `recharge_s` is written `recharge`, as a length of time. Its type says
how it is written, the text below it what it means; `name` is the key above the mapping,
and what has the type `Ours` is found while reading. Where the type says too little, the
section gives the shape of the key.
"""

import ast
import inspect
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum, EnumMeta
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from msgspec import Struct

from secours.config.reader import durations
from secours.config.reader.shapes import (
    NAME,
    Record,
    Schema,
    Shape,
    bare,
    one_or_list,
    record,
)
from secours.config.reader.values import DURATION, MOMENT, TEXT, TRUTH, choice, number
from secours.config.sections.needs import NEEDS
from secours.config.sections.setting_types import is_ours, is_union
from secours.languages import Text
from secours.model.sections.channel import Needs
from secours.model.sections.field_types import Duration

S = TypeVar("S", bound=Struct)
E = TypeVar("E", bound=Enum)
WRITTEN = {  # keys that are called otherwise than their fields
    "needs": "depends_on",
    "start": "from",
    "end": "until",
    "recipients": "to",
    "hosts": "allowed_hosts",
    "loopback_open": "loopback",
    "paper": "print",
}
NONE: Mapping[str, Any] = {}
SHAPES: Mapping[Any, Shape[Any]] = {
    str: NAME,
    bool: TRUTH,
    int: number(int),
    Text: TEXT,
    Needs: NEEDS,
    datetime: MOMENT,
}


def section(
    of: type[Struct],
    required: Sequence[str] = (),
    *,
    defaults: bool = False,
    **given: Shape[Any] | None,
) -> Shape[Record]:
    """Make the shape of a section; its schema says the `defaults` if asked to."""
    return record(keys(of, defaults=defaults, **given), required)


def keys(
    of: type[Struct], *, defaults: bool = False, **shapes: Shape[Any] | None
) -> dict[str, Shape[Any]]:
    """Return the keys of a section, in the order of the fields.

    A key that is given but no field follows the one given before it; a field given as
    None is no key.
    """
    by_key: dict[str, Shape[Any]] = {}
    for field, hint in inspect.get_annotations(of).items():
        key = _written(field)
        if key in shapes:
            shape = shapes[key]
        else:
            shape = None if field == "name" else _of_type(field, hint)
        if shape:
            by_key[key] = of_field(of, field, shape, default=defaults)
    order, place = [*by_key], 0
    for key, shape in shapes.items():
        if shape and key not in by_key:
            order.insert(place, key)
            by_key[key] = shape
        if shape:
            place = order.index(key) + 1
    return {key: by_key[key] for key in order}


def filled(
    written: Record, of: type[S], usual: Mapping[str, Any] = NONE, **computed: Any
) -> S:
    """Make the Struct of a section.

    `usual` are values of fields that the plan leaves out, `computed` of those that need
    more than what stands in it.
    """
    values = written.values
    plain = {
        field: bare(values[key])
        for field in of.__struct_fields__
        if field not in computed and (key := _written(field)) in values
    }
    return of(**{**usual, **plain, **computed})


def inherited(known: Struct | None, *fields: str) -> dict[str, Any]:
    """Return fields of an entry of the catalogue, none without one."""
    return {field: getattr(known, field) for field in fields} if known else {}


def _written(field: str) -> str:
    return WRITTEN.get(field) or field.removesuffix("_s")


def _of_type(field: str, hint: Any) -> Shape[Any] | None:
    """Return the shape of a field by its type, None for one of ours."""
    if is_ours(hint):
        return None
    if field.endswith("_s"):
        return DURATION
    if is_union(hint):
        hint = next(arg for arg in get_args(hint) if arg is not types.NoneType)
    if hint in SHAPES:
        return SHAPES[hint]
    if isinstance(hint, EnumMeta):
        return one_of(hint)
    several_of = get_origin(hint) in (tuple, frozenset)
    item = _of_type(field, get_args(hint)[0]) if several_of else None
    assert item, f"{field}: give the shape of its key to the section"
    several = one_or_list(item)
    if get_origin(hint) is frozenset:
        return Shape(lambda spot: frozenset(several.read(spot)), several.form)
    return several


def one_of(words: type[E]) -> Shape[E]:
    """Make the shape of a choice of the words of an enumeration."""
    word = choice(*map(str, words))
    return Shape(lambda spot: words(word.read(spot)), word.form)


def of_field(
    of: type[Struct], field: str, shape: Shape[Any], *, default: bool = False
) -> Shape[Any]:
    """Add to a shape the description of a field, and its default if asked to."""

    def form() -> Schema:
        usual = defaults_of(of).get(field) if default else None
        if isinstance(usual, float) and field.endswith("_s"):
            usual = Duration(usual)
        return {**shape.schema, **description_of(of, field), **default_schema(usual)}

    return Shape(shape.read, form)


def description_of(of: type[Struct], field: str) -> Schema:
    """Return the description of a field for a schema, empty without one."""
    words = descriptions(of).get(field)
    return {"description": words} if words else {}


def default_schema(value: Any) -> Schema:
    """Return a default for a schema, as in a plan; empty if it is no scalar."""
    if isinstance(value, Duration):
        return {"default": durations.words(value)}
    return {"default": value} if isinstance(value, str | int | float) else {}


@cache
def defaults_of(of: type[Struct]) -> Mapping[str, Any]:
    """Return the defaults of a Struct, which stand for its last fields."""
    defaults = of.__struct_defaults__
    names = of.__struct_fields__[-len(defaults) :]
    return dict(zip(names, defaults, strict=True))


@cache
def descriptions(of: type[Struct]) -> Mapping[str, str]:
    """Return the texts below the fields of a Struct, inherited ones included."""
    by_field: dict[str, str] = {}
    for each in reversed(of.__mro__):
        if issubclass(each, Struct) and each is not Struct:
            by_field.update(_beside(each))
    return by_field


def _beside(of: type[Struct]) -> Iterator[tuple[str, str]]:
    """Yield each field with a text below it, and that text."""
    import textwrap  # for a schema only

    (made,) = ast.parse(textwrap.dedent(inspect.getsource(of))).body
    assert isinstance(made, ast.ClassDef)
    for field, below in zip(made.body, made.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split())
