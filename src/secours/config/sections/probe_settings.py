"""The own options of a probe type, read by its `Settings`.

Mappings, lists and our own types are walked here, so that every mistake has its place;
single values are left to msgspec. It is strict: "5" is no number.
"""

import math
import re
import types
from collections import abc
from contextlib import suppress
from functools import lru_cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from secours.config.reader import document, secrets
from secours.config.reader.document import Node, Scalar
from secours.config.reader.shapes import (
    NOTHING,
    Schema,
    Shape,
    Spot,
    Wrong,
    attempt,
    entries,
    items,
    list_of,
    mapping_of,
    must_be,
    object_schema,
    read_record,
    seen,
)
from secours.config.reader.values import DURATION, choice
from secours.config.sections import hosts
from secours.config.sections.fields import default_schema, description_of
from secours.config.sections.setting_types import (
    LISTS,
    NOUNS,
    TABLES,
    Option,
    field_of,
    is_port,
    is_union,
    options_of,
    words,
)
from secours.message import BadValue, Fact, Message, message
from secours.model.secret import Secret, SecretMissing, Template
from secours.model.sections.field_types import Duration

FILES = frozenset({"ca"})  # files, relative to probes.yaml
MARKS = r"\$(?P<at>(\[[^\]]*\]|\.\w+)+)"


def read_options(
    spot: Spot, settings: type[msgspec.Struct], also: abc.Iterable[str] = ()
) -> Any:
    """Read the own options of a mapping, as arguments of `settings`.

    Keys in `also` are skipped. Returns None after a mistake.
    """
    shapes, options = option_keys(settings), options_of(settings)

    def missing(key: str) -> Message:
        wanted = words(options[key].wanted)
        return message("plan.option.missing", key=key, wanted=wanted)

    faults = getattr(spot.node, "faults", ())  # noted again, and they hide nothing
    before = spot.context.notes.count + len(faults)
    found = read_record(spot, shapes, _required(settings), also=also, missing=missing)
    if spot.context.notes.count > before:
        return None
    return {key: found.get(key) for key in document.keys(spot.node) if key in options}


@lru_cache(maxsize=256)
def option_keys(settings: type[msgspec.Struct]) -> abc.Mapping[str, Shape[Any]]:
    """Return the options of a `Settings`, and the shape of each."""
    options = options_of(settings)
    has_port = "port" in options

    def shape(option: Option) -> Shape[Any]:
        return Shape(
            lambda spot: _checked(spot, option, has_port=has_port),
            lambda: {
                **shape_of(option.wanted).schema,
                **({"minimum": 1, "maximum": 65535} if is_port(option) else {}),
                **default_schema(option.default),
                **description_of(settings, field_of(option.name)),
            },
        )

    return {option.name: shape(option) for option in options.values()}


def options_schema(settings: Any) -> dict[str, Any]:
    """Return the JSON Schema of the options of a `Settings`."""
    properties = {key: shape.schema for key, shape in option_keys(settings).items()}
    return object_schema(properties, _required(settings))


def _required(settings: type[msgspec.Struct]) -> list[str]:
    return [option.name for option in options_of(settings).values() if option.required]


def build(spot: Spot, settings: type[Any], values: abc.Mapping[str, Any]) -> Any:
    """Make a `Settings`; raise Wrong, a mistake, if its options conflict."""
    try:
        return settings(**{field_of(key): value for key, value in values.items()})
    except BadValue as error:
        raise _refused(spot, error.message, values) from None
    except (ValueError, TypeError, re.error) as error:
        said = _without_secrets(str(error), values)
        raise Wrong(spot, "plan.option.said", said=said) from None


def _without_secrets(text: str, values: abc.Mapping[str, Any]) -> str:
    for value in values.values():
        several = value.values() if isinstance(value, abc.Mapping) else (value,)
        for secret in several:
            with suppress(SecretMissing):
                if isinstance(secret, Secret) and secret.reveal():
                    text = text.replace(secret.reveal(), "***")
    return text


def _refused(spot: Spot, problem: Message, values: abc.Mapping[str, Any]) -> Wrong:
    """Place the refusal of a `Settings` at the option it names."""
    facts = {
        name: _without_secrets(fact, values) if isinstance(fact, str) else fact
        for name, fact in problem.facts
    }
    name = facts.get("option")
    if isinstance(spot.node, document.Mapping) and name in spot.node.items:
        del facts["option"]
        spot = spot.inside(name, spot.node.items[name])
    return Wrong(spot, problem.slug, **facts)


@lru_cache(maxsize=256)
def shape_of(hint: Any) -> Shape[Any]:
    """Return the shape of an option of this type."""
    origin, args = get_origin(hint) or hint, get_args(hint)
    if hint in CUSTOM:
        return CUSTOM[hint]
    if is_union(hint):
        several = [shape_of(arg) for arg in args]
        return Shape(
            lambda spot: _fitting(spot, hint),
            lambda: {"anyOf": [each.schema for each in several]},
        )
    if origin is Literal:
        return Shape(lambda spot: _chosen(spot, args), {"enum": list(args)})
    if isinstance(hint, msgspec.StructMeta):
        return Shape(lambda spot: _nested(spot, hint), lambda: options_schema(hint))
    if origin in LISTS:
        item = shape_of((*args, Any)[0])
        return Shape(lambda spot: _listed(spot, item, origin), list_of(item).form)
    if origin in TABLES:
        inner = shape_of((*args, Any, Any)[1])
        return Shape(
            lambda spot: {k: attempt(inner, each) for k, each in entries(spot).items()},
            mapping_of(inner).form,
        )
    return Shape(lambda spot: _judged(spot, hint), lambda: _by_msgspec(hint))


def _by_msgspec(hint: Any) -> Schema:
    if hint is types.NoneType:
        return {"type": "null"}
    (schema,), _ = msgspec.json.schema_components(
        (hint,), schema_hook=lambda ours: dict(CUSTOM[ours].schema)
    )
    return schema


def _secret(spot: Spot) -> Any:
    node = spot.node
    if not isinstance(node, Scalar):  # what stands there could be the secret: unnamed
        raise Wrong(spot, secrets.STANDS_HERE)
    return _in_vault(spot, spot.context.vault.secret, node.text)


def _template(spot: Spot) -> Any:
    node = spot.node
    if not isinstance(node, Scalar) or node.value is None:
        raise must_be(spot, "plan.a.text", seen(node))
    if not isinstance(node.value, str):
        raise Wrong(spot, "plan.must-be.text-quoted")  # it may be a token: unnamed
    return _in_vault(spot, spot.context.vault.template, node.text)


def _in_vault(spot: Spot, fetch: Any, text: str) -> Any:
    try:
        return fetch(text)
    except BadValue as error:
        raise Wrong(spot, error.message) from None


CUSTOM: abc.Mapping[Any, Shape[Any]] = {
    Duration: DURATION,
    Secret: Shape(_secret, {"type": "string", "pattern": r"^\s*\$\{[^{}]+\}\s*$"}),
    Template: Shape(_template, {"type": "string"}),
}


def _chosen(spot: Spot, valid: tuple[Any, ...]) -> Any:
    value = spot.node.value if isinstance(spot.node, Scalar) else None
    if any(each == value and type(each) is type(value) for each in valid):
        return value
    return choice(*map(str, valid)).read(spot)


def _nested(spot: Spot, hint: Any) -> Any:
    values = read_options(spot, hint)
    return None if values is None else build(spot, hint, values)


def _listed(spot: Spot, item: Shape[Any], origin: Any) -> Any:
    found = tuple(attempt(item, each) for each in items(spot))
    return found if origin in LISTS[:3] else frozenset(found)


def _judged(spot: Spot, hint: Any) -> Any:
    value = _plain(spot)
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        refusal = _refusal(spot.node, hint, str(error))
    raise Wrong(spot, refusal)


def _plain(spot: Spot) -> Any:
    """Return a value as Python has it, without secrets: the option is none."""
    match spot.node:
        case document.Sequence():
            return [_plain(each) for each in items(spot)]
        case document.Mapping():
            return {key: _plain(each) for key, each in entries(spot).items()}
        case Scalar(value=str(text)):
            return _in_vault(spot, secrets.unescaped, text)
        case Scalar(value=float(number)) if not math.isfinite(number):
            raise must_be(spot, "plan.a.finite", seen(spot.node))
        case Scalar(value=value):
            return value
    raise AssertionError(spot.node)


def _refusal(node: Node, hint: Any, error: str) -> Message:
    if hint is str:
        return _not_text(node)
    noun = _article(words(hint))
    if isinstance(node, Scalar) and isinstance(node.value, str) and _quoted(node):
        return message("plan.must-be.unquoted", wanted=noun, text=node.text)
    found = message("plan.must-be", wanted=noun, found=seen(node))
    at = re.search(MARKS, error)
    return found.and_of(at=at["at"]) if at else found


def _not_text(node: Node) -> Message:
    if isinstance(node, Scalar) and node.value is not None:
        return message("plan.must-be.text-quoted", text=node.text)
    return message("plan.must-be", wanted=message("plan.a.text"), found=seen(node))


def _quoted(node: Scalar) -> bool:
    """Tell whether a text would be a number or boolean unquoted."""
    return not isinstance(document.resolve(node.text), str)


def _article(noun: Fact) -> Fact:
    return (
        noun if noun in (NOUNS[str], NOUNS[bool]) else message("plan.type.a", noun=noun)
    )


def _checked(spot: Spot, option: Option, *, has_port: bool) -> Any:
    value = shape_of(option.wanted).read(spot)
    if is_port(option) and value is not None and not 0 < value < 65536:
        raise must_be(spot, "plan.a.port", value)
    if option.name == "host" and value == "":
        raise must_be(spot, "plan.a.host", NOTHING)
    if option.name == "host" and isinstance(value, str):
        refused = hosts.refusal(value, has_port=has_port)
        if refused:
            raise Wrong(spot, refused)
    if option.name in FILES and isinstance(value, str):
        return str(spot.context.vault.folder / value)
    return value


def _fitting(spot: Spot, hint: Any) -> Any:
    """Read a value by the member of a union that fits the node's form."""
    node, args = spot.node, get_args(hint)
    if isinstance(node, Scalar) and node.value is None and types.NoneType in args:
        return None
    args = tuple(arg for arg in args if arg is not types.NoneType)
    alike = [arg for arg in args if _form(arg) is type(node)] or list(args)
    structs = [arg for arg in alike if isinstance(arg, msgspec.StructMeta)]
    if structs and len(structs) == len(alike):  # the one that knows most of the keys
        given = set(node.items) if isinstance(node, document.Mapping) else set()
        alike = [max(structs, key=lambda one: len(options_of(one).keys() & given))]
    if len(alike) == 1:
        return shape_of(alike[0]).read(spot)
    return _judged(spot, Union[tuple(alike)])  # noqa: UP007 -- made from a list


def _form(hint: Any) -> type[Node]:
    origin = get_origin(hint) or hint
    if origin in LISTS:
        return document.Sequence
    if origin in TABLES or isinstance(hint, msgspec.StructMeta):
        return document.Mapping
    return Scalar
