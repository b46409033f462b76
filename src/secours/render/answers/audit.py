"""An audit of the plan as stable JSON; `strength` makes words of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from secours.model.nodes import channel_node, path_node
from secours.model.plan import Config

Answer = dict[str, Any]


def answer(
    found: Mapping[str, Any], config: Config, language: str, at: datetime
) -> Answer:
    """Return an audit as JSON; `found` is the audit as plain mappings.

    Names are those of the plan; `labels` says what people call them.
    """
    written: Answer = _plain(found)
    return {
        "schema": 1,
        "site": config.site.name.in_(language, config.site.language),
        "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "plan_version": config.version,
        "world": "as designed",
        **written,
        "lines": [_flat(line) for line in written["lines"]],
        "labels": labels(config, language),
    }


def labels(config: Config, language: str) -> dict[str, str]:
    """Return what people call each component, `channel:NAME` and `path:NAME`."""
    spoken = (language, config.site.language)
    named = {
        channel_node(channel.name): channel.label.in_(*spoken) or channel.name
        for channel in config.channels.values()
    }
    named |= {path_node(name): name for name in config.paths}
    parts = config.components.values()
    return {part.name: part.label.in_(*spoken) or part.name for part in parts} | named


def _flat(line: Answer) -> Answer:
    """Write the independence of a line beside its cut sets."""
    found = line.pop("independence")
    return {
        **line,
        "independent_ways": found["ways"],
        "independent_channels": found["channels"],
        "independent_proven": found["proven"],
        "ways_by_providers": found["by_providers"],
        "ways_by_access": found["by_access"],
        "ways_by_class": found["by_class"],
        "limited_by": found["limited_by"],
    }


def _plain(value: Any) -> Any:
    match value:
        case Struct():
            return _plain(asdict(value))
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M:%SZ}"
        case date():
            return value.isoformat()
    return value
