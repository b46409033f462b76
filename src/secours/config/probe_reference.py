"""The reference of probe types, for `secours probes` and docs/probes.md."""

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from secours import probes
from secours.config import extras
from secours.config.reader import durations
from secours.config.sections.setting_types import options_of, words
from secours.message import Fact
from secours.model.observed import Evidence
from secours.model.secret import Secret
from secours.model.sections.field_types import Duration

REQUIRED = "required"


class ProbeOption(Struct, frozen=True):
    """One option: type and default; `default` as in a plan, empty for none."""

    name: str
    wanted: Fact
    default: str


class ProbeDescription(Struct, frozen=True, kw_only=True):
    """One probe type; `missing` names the extra to install."""

    type: str
    summary: str
    more: str = ""  # what an ok proves and what not, in paragraphs
    options: tuple[ProbeOption, ...] = ()
    best: Evidence = Evidence.NONE
    missing: str = ""


def describe() -> tuple[ProbeDescription, ...]:
    """Describe every probe type, in alphabetical order."""
    return tuple(_describe(name) for name in probes.names())


def written(default: Any) -> str:
    """Write a default as in probes.yaml."""
    if isinstance(default, Duration):
        return durations.words(default)
    if default is None or isinstance(default, Secret | Struct):
        return ""
    if isinstance(default, bool):
        return "true" if default else "false"
    if isinstance(default, tuple | list | frozenset):
        return f"[{', '.join(written(item) for item in default)}]"
    return json.dumps(default) if isinstance(default, dict) else str(default)


def _describe(name: str) -> ProbeDescription:
    try:
        probe_type = probes.find(name)
    except ModuleNotFoundError as error:
        extra = extras.of_package(error.name or "")
        summary = f"needs a package that is not installed: secours[{extra}]"
        return ProbeDescription(type=name, summary=summary, missing=extra)
    summary, _, rest = probe_type.doc.strip().partition("\n")
    return ProbeDescription(
        type=name,
        summary=summary,
        more=rest.partition("\nSource:")[0].strip(),
        options=tuple(_options(probe_type.settings)),
        best=probe_type.best,
    )


def _options(settings: type[Struct]) -> Iterator[ProbeOption]:
    for option in options_of(settings).values():
        default = REQUIRED if option.required else written(option.default)
        yield ProbeOption(option.name, words(option.wanted), default)
