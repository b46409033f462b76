"""The types of options in a `Settings`, in words."""

import keyword
import types
from collections import abc
from functools import lru_cache
from inspect import get_annotations
from typing import (
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
)

import msgspec
from msgspec.structs import FieldInfo, fields

from secours.message import Fact, Series, message
from secours.model.secret import FORM, Secret, Template
from secours.model.sections.field_types import OURS, Duration

LISTS = (tuple, list, abc.Sequence, set, frozenset, abc.Set, abc.Collection)
TABLES = (dict, abc.Mapping, abc.MutableMapping)
NOUNS: dict[Any, Fact] = {
    str: message("plan.type.text"),
    int: message("plan.type.int"),
    float: message("plan.type.float"),
    bool: message("plan.type.bool"),
    Duration: message("plan.type.duration"),
    Secret: message("plan.type.secret", form=FORM),
    Template: message("plan.type.template", form=FORM),
    Any: message("plan.type.any"),
    object: message("plan.type.any"),
}


class Option(msgspec.Struct, frozen=True):
    """One option of a probe type: the type in `Settings` and the default."""

    name: str
    wanted: Any
    default: Any  # msgspec.NODEFAULT if required

    @property
    def required(self) -> bool:
        """Tell whether it is required."""
        return self.default is msgspec.NODEFAULT


@lru_cache(maxsize=256)
def options_of(settings: type[msgspec.Struct]) -> dict[str, Option]:
    """List the options: required first, then its own, then inherited."""
    by_name = {
        key: Option(key, field.type, _default(field))
        for field in fields(settings)
        if not is_ours(field.type) and (key := _key_of(field.name))
    }
    near = [_key_of(x) for each in settings.__mro__ for x in get_annotations(each)]
    listed = [by_name[name] for name in dict.fromkeys(near) if name in by_name]
    listed.sort(key=lambda option: not option.required)
    return {option.name: option for option in listed}


def field_of(key: str) -> str:
    """Return the field of an option: `from_` for `from`, which Python has a use for."""
    return f"{key}_" if keyword.iskeyword(key) else key


def _key_of(field: str) -> str:
    bare = field.removesuffix("_")
    return bare if keyword.iskeyword(bare) else field


def words(hint: Any) -> Fact:
    """Return a type in a few words."""
    origin = get_origin(hint) or hint
    if is_union(hint):
        parts = [words(arg) for arg in get_args(hint) if arg is not types.NoneType]
        several = tuple(dict.fromkeys(parts))
        return several[0] if len(several) == 1 else Series(several, "plan.type.or")
    if origin is Literal:
        return ", ".join(str(value) for value in get_args(hint))
    if isinstance(hint, msgspec.StructMeta):
        return message("plan.type.mapping", names=", ".join(options_of(hint)))
    if origin in LISTS:
        noun = words((*get_args(hint), Any)[0])
        return message("plan.type.list-of", noun=noun)
    if origin in TABLES:
        noun = words((*get_args(hint), Any, Any)[1])
        return message("plan.type.mapping-to", noun=noun)
    if origin is Annotated or hasattr(hint, "__metadata__"):
        return _limited(hint)
    return NOUNS.get(hint) or message("plan.type.value")


def is_port(option: Option) -> bool:
    """Tell whether an option is a port number."""
    return option.wanted in (int, int | None) and option.name.endswith("port")


def is_ours(hint: Any) -> bool:
    """Tell whether a field is found while reading, and is no key."""
    return OURS in getattr(hint, "__metadata__", ())


def is_union(hint: Any) -> bool:
    """Tell whether a type is `A | B`."""
    return get_origin(hint) in (Union, types.UnionType)


def _default(field: FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _limited(hint: Any) -> Fact:
    """Return the limits of a msgspec.Meta."""
    noun = words(hint.__origin__)
    for limit in hint.__metadata__:
        if not isinstance(limit, msgspec.Meta):
            continue
        low = limit.ge if limit.ge is not None else limit.gt
        high = limit.le if limit.le is not None else limit.lt
        if low is not None and high is not None:
            limits = {"low": f"{low:g}", "high": f"{high:g}"}
            return message("plan.type.from-to", noun=noun, **limits)
        if low is not None:
            slug = "plan.type.above" if limit.ge is None else "plan.type.least"
            return message(slug, noun=noun, low=f"{low:g}")
        if high is not None:
            slug = "plan.type.below" if limit.le is None else "plan.type.most"
            return message(slug, noun=noun, high=f"{high:g}")
    return noun
