"""What a plan may say and had better not: no mistake, yet worth a warning."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from secours.config import catalogue
from secours.model import Channel, Config, Path, Probe, Secret, SecretMissing

ENOUGH_REFERENCES = 2  # in unrelated networks, or a failure of theirs looks like ours


def warnings(config: Config) -> tuple[str, ...]:
    """Return what is unwise in a plan that loads, one sentence each."""
    found = (
        *_of_paths(config),
        *_of_channels(config),
        *_of_lines(config),
        *_of_settings(config),
        *_of_secrets(config),
    )
    return tuple(found)


def proves_path(reference: Probe) -> bool:
    """Tell whether a captive portal could not answer this reference rightly."""
    settings = reference.settings
    if reference.type == "dns":
        return bool(getattr(settings, "expect", None))
    verified = bool(getattr(settings, "verify", False))
    if reference.type == "http":
        return verified and _url(settings).startswith("https:")
    return reference.type == "tls" and verified


def _of_paths(config: Config) -> Iterator[str]:
    for path in config.paths.values():
        where = f"paths.{path.name}"
        if not path.references:
            yield (
                f"{where}: unknown path: without 'references' nobody can tell "
                "whether it is this path that failed"
            )
            continue
        yield from (f"{where}: {words}" for words in _of_references(path))


def _of_references(path: Path) -> Iterator[str]:
    for reference in path.references:
        if not proves_path(reference):
            yield (
                f"reference '{reference.name}' counts for nothing, a captive portal "
                "answers it too: use tls, https, or dns with 'expect'"
            )
    if sum(map(proves_path, path.references)) < ENOUGH_REFERENCES:
        yield "one more reference is wanted, in a network unrelated to the others"


def _of_channels(config: Config) -> Iterator[str]:
    planned = {name for line in config.plan for name, _ in line.order}
    audiences = {line.audience for line in config.plan}
    for name, channel in config.channels.items():
        where = f"channels.{name}"
        if name in planned and not channel.probes and channel.test_every_s is None:
            yield f"{where}: neither probed nor tested by people{_advice(channel)}"
        for audience in channel.reaches:
            if audiences and audience not in audiences:
                yield f"{where}: reaches '{audience}', for whom the plan has no line"
        yield from (f"{where}: {words}" for words in _of_kind(config, channel))


def _of_kind(config: Config, channel: Channel) -> Iterator[str]:
    kind = catalogue.load().kinds[channel.kind] if channel.kind else None
    if kind and kind.discontinued:
        yield f"'{channel.kind}' is discontinued ({kind.discontinued}): use another"
    yield from _of_carriers(config, channel)


def _of_carriers(config: Config, channel: Channel) -> Iterator[str]:
    """Warn where a kind brought an operator that the site says it does not have."""
    listed = config.site.access.get("mobile")
    usual = catalogue.load().access["mobile"] if listed and channel.kind else ()
    for name in usual:
        if (name,) in channel.needs and listed and name not in listed:
            yield (
                f"'{channel.kind}' needs {name}, which site.access does not list: "
                f"write without: [{name}] and depends_on: [{listed[0]}]"
            )


def _of_lines(config: Config) -> Iterator[str]:
    for at, line in enumerate(config.plan):
        if not line.last_resort.in_(config.site.language):
            yield f"plan[{at}]: no last_resort: say what to do when no channel is left"


def _of_settings(config: Config) -> Iterator[str]:
    """Pass on what a probe type says of options that it takes and had better not."""
    for probe in config.probes():
        for words in getattr(probe.settings, "warnings", tuple)():
            yield f"{probe.id}: {words}"


def _of_secrets(config: Config) -> Iterator[str]:
    for probe in config.probes():
        for missing in dict.fromkeys(_missing(probe.settings)):
            yield f"{probe.id}: {missing}; its result will be unknown"


def _missing(value: Any) -> Iterator[str]:
    if isinstance(value, Secret):
        try:
            value.reveal()
        except SecretMissing as missing:
            yield str(missing)
    for inner in _inside(value):
        yield from _missing(inner)


def _inside(value: Any) -> Iterable[Any]:
    match value:
        case Mapping():
            return value.values()
        case tuple() | list():
            return value
        case _ if dataclasses.is_dataclass(value):
            names = (field.name for field in dataclasses.fields(value))
            return [getattr(value, name) for name in names]
    return ()


def _advice(channel: Channel) -> str:
    if not channel.kind:
        return ": add 'probes', or 'test: {every: 7d}'"
    return f": try {catalogue.load().kinds[channel.kind].advice}"


def _url(settings: Any) -> str:
    try:
        return str(settings.url.reveal())
    except SecretMissing:
        return ""
