"""The JSON Schema of probes.yaml, made of the same shapes that read it.

The options of a probe type come from its `Settings`. Source: JSON Schema 2020-12.
"""

import copy
import types
from typing import Any, Literal, get_args, get_origin

import msgspec

from secours import probes
from secours.config import catalogue
from secours.config.reader import durations
from secours.config.reader.values import DURATION
from secours.config.sections.keys import ROOT
from secours.config.sections.probes import COMMON
from secours.config.sections.setting_types import (
    LISTS,
    TABLES,
    Option,
    is_port,
    is_union,
    options_of,
)
from secours.model.plan import Duration, MqttBroker
from secours.model.secret import Secret, Template

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = r"^\s*\$\{[^{}]+\}\s*$"
OURS: dict[Any, dict[str, Any]] = {
    Duration: dict(DURATION.schema),
    Secret: {"type": "string", "pattern": REFERENCE},
    Template: {"type": "string"},
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of probes.yaml, with the options of every probe type."""
    root = copy.deepcopy(dict(ROOT.schema))
    channel = root["properties"]["channels"]["additionalProperties"]
    channel["properties"]["kind"] = {"enum": sorted(catalogue.load().kinds)}
    root["properties"]["publish"]["properties"]["mqtt"] = _options(MqttBroker)
    names = probes.names()
    choices = [{"$ref": f"#/$defs/probe-{name}"} for name in names]
    return {
        "$schema": DIALECT,
        "title": "probes.yaml of Secours",
        **root,
        "$defs": {
            "probe": {"oneOf": choices},
            **{f"probe-{name}": _probe(name) for name in names},
        },
    }


def of_type(wanted: Any) -> dict[str, Any]:
    """Return the JSON Schema of a type that stands in a `Settings`."""
    origin = get_origin(wanted) or wanted
    if wanted in OURS:
        return OURS[wanted]
    if is_union(wanted):
        return {"anyOf": [of_type(arg) for arg in get_args(wanted)]}
    if isinstance(wanted, msgspec.StructMeta):
        return _options(wanted)
    if origin in LISTS:
        return {"type": "array", "items": of_type((*get_args(wanted), Any)[0])}
    if origin in TABLES:
        inner = (*get_args(wanted), Any, Any)[1]
        return {"type": "object", "additionalProperties": of_type(inner)}
    return _by_msgspec(wanted)


def _by_msgspec(wanted: Any) -> dict[str, Any]:
    if wanted is types.NoneType:
        return {"type": "null"}
    if get_origin(wanted) is Literal:
        return {"enum": list(get_args(wanted))}
    (found,), _ = msgspec.json.schema_components(
        (wanted,), schema_hook=lambda ours: OURS[ours]
    )
    return found


def _probe(name: str) -> dict[str, Any]:
    """Return the schema of one probe type; of one not installed, only its name."""
    known = {"type": {"const": name}}
    try:
        settings = probes.find(name).settings
    except ModuleNotFoundError:
        return {"type": "object", "properties": known, "required": ["type"]}
    own = _options(settings)
    common = {key: shape.schema for key, shape in COMMON.items()}
    return {
        **own,
        "properties": {**known, **common, **own["properties"]},
        "required": ["type", *own.get("required", ())],
    }


def _options(settings: Any) -> dict[str, Any]:
    options = options_of(settings).values()
    required = [option.name for option in options if option.required]
    made = {
        "type": "object",
        "properties": {option.name: _option(option) for option in options},
        "additionalProperties": False,
    }
    return {**made, "required": required} if required else made


def _option(option: Option) -> dict[str, Any]:
    found = dict(of_type(option.wanted))
    if is_port(option):
        found |= {"minimum": 1, "maximum": 65535}
    match option.default:
        case Duration():
            found["default"] = durations.words(option.default)
        case str() | bool() | int() | float():
            found["default"] = option.default
    return found
