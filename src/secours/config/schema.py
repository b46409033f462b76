"""The JSON Schema of probes.yaml, from the shapes that read it.

The options of a probe type come from its `Settings`. Source: JSON Schema 2020-12.
"""

from collections.abc import Callable, Sequence
from typing import Any

from secours import probes
from secours.config import catalogue, extras
from secours.config.catalogue import ChannelKind
from secours.config.reader.shapes import NAME
from secours.config.sections.fields import descriptions
from secours.config.sections.keys import ROOT
from secours.config.sections.probe_settings import options_schema
from secours.config.sections.probes import COMMON
from secours.model.paper.settings import Printing
from secours.model.sections.channel import Probe

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = "urn:secours:schema:probes:1"


def label(kind: ChannelKind) -> str:
    """Return the English label of a kind."""
    return kind.label.in_("en")


def schema(about: Callable[[ChannelKind], str] = label) -> dict[str, Any]:
    """Return the JSON Schema of probes.yaml; `about` describes each kind of channel."""
    root = ROOT.schema
    channel = root["properties"]["channels"]["additionalProperties"]
    channel["properties"]["kind"] |= _kinds(about)
    audience = root["properties"]["audiences"]["additionalProperties"]
    group = audience["properties"]["groups"]["additionalProperties"]
    devices = catalogue.load().devices
    heard_by = [
        f"{name}.{each}" for name, one in devices.items() for each in one.services
    ]
    channel["properties"]["heard_on"] |= _one_or_more([*devices, *heard_by])
    group["properties"]["devices"] |= _one_or_more([*devices])
    root["properties"]["print"] |= options_schema(Printing)
    names = probes.names()
    return {
        "$schema": DIALECT,
        "$id": ID,
        "title": "probes.yaml of Secours",
        "description": "Channels to reach people, how each is tested, and the plan.",
        **root,
        "$defs": {
            "probe": _any_probe(names),
            **{f"probe-{name}": _probe(name) for name in names},
        },
    }


def _any_probe(names: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a probe; its options depend on its type.

    The types are conditions, not alternatives, so that an editor completes and checks
    by the written type.
    """
    type_ = {
        "enum": [*names],
        "enumDescriptions": [_summary(name) for name in names],
        "description": descriptions(Probe)["type"],
    }
    return {
        "type": "object",
        "properties": {"type": type_, **_common()},
        "required": ["type"],
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/probe-{name}"},
            }
            for name in names
        ],
    }


def _common() -> dict[str, Any]:
    return {key: shape.schema for key, shape in COMMON.items()}


def _kinds(about: Callable[[ChannelKind], str]) -> dict[str, Any]:
    """Return the schema of kinds, former names included."""
    contents = catalogue.load()
    named = {**contents.former, **{name: name for name in contents.kinds}}
    names = sorted(named)
    return {
        "enum": names,
        "enumDescriptions": [about(contents.kinds[named[name]]) for name in names],
    }


def _one_or_more(names: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a name or a list; other names are allowed."""
    name = {"anyOf": [{"enum": [*names]}, NAME.schema]}
    return {"anyOf": [name, {"type": "array", "items": name}]}


def _probe(name: str) -> dict[str, Any]:
    """Return the schema of a probe type; if not installed, its name only."""
    type_property = {"type": {"const": name, "description": _summary(name)}}
    try:
        settings = probes.find(name).settings
    except ModuleNotFoundError:
        return {"type": "object", "properties": type_property, "required": ["type"]}
    own = options_schema(settings)
    return {
        **own,
        "description": _summary(name),
        "properties": {**type_property, **_common(), **own["properties"]},
        "required": ["type", *own.get("required", ())],
    }


def _summary(name: str) -> str:
    """Return the summary of a probe type."""
    try:
        return probes.find(name).doc.strip().partition("\n")[0]
    except ModuleNotFoundError as error:
        return f"Needs secours[{extras.of_package(error.name or '')}]."
