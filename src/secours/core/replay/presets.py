"""Failures that people ask about first, as components of a plan."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

from secours.core.graph.devices import mains
from secours.model.nodes import kind_of, name_in
from secours.model.plan import Config

OF_META = frozenset({"meta", "facebook", "instagram", "messenger", "whatsapp"})
OF_MICROSOFT = frozenset({"azure", "entra", "m365", "microsoft", "office365", "teams"})
ELSEWHERE = frozenset({"cdn", "cloud", "identity", "provider", "service"})
"""Classes of components that providers run elsewhere."""


class Preset(StrEnum):
    """A failure by the name people have for it."""

    POWER = "power"
    FIBRE = "fibre"
    MOBILE = "mobile"
    META = "meta"
    MICROSOFT = "microsoft"


def presets(config: Config) -> Mapping[Preset, tuple[str, ...]]:
    """Return the components of each preset; none where the plan has none."""
    said = config.site.access.get("mobile", ())
    named = {
        Preset.POWER: mains(config.components.values()),
        Preset.FIBRE: _internet(config),
        Preset.MOBILE: {*said, *_of(config, {"carrier"}, {"mobile"})},
        Preset.META: set(_of(config, ELSEWHERE, OF_META)),
        Preset.MICROSOFT: set(_of(config, ELSEWHERE, OF_MICROSOFT)),
    }
    return {
        preset: tuple(name for name in config.components if name in names)
        for preset, names in named.items()
    }


def _internet(config: Config) -> set[str]:
    """Return the ways to the internet that the site says it has, else all."""
    said = set(config.site.access.get("internet", ())) & config.components.keys()
    return said or {n for n in config.components if kind_of(n) == "internet"}


def _of(
    config: Config, kinds: Collection[str], words: Collection[str]
) -> Iterator[str]:
    """Yield the components of these classes with one of these words in their name."""
    for name in config.components:
        parts = name_in(name).lower().replace("_", "-").split("-")
        if kind_of(name) in kinds and not set(words).isdisjoint(parts):
            yield name
