"""What a plan may say and had better not: no mistake, yet worth a warning."""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from secours.config import catalogue
from secours.config.best_evidence import proves_path
from secours.config.reader import document
from secours.model.plan import Channel, Config, Path
from secours.model.secret import Secret, SecretMissing

ENOUGH_REFERENCES = 2  # in unrelated networks, or a failure of theirs looks like ours
Place = tuple[str, str | int]  # a section, and a name or a number in it


class Advice(Struct, frozen=True):
    """What had better be otherwise, and where the file says it."""

    place: Place
    where: str
    message: str
    line: int = 0  # 0 where the text of the plan is not at hand

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"

    def in_(self, file: str) -> str:
        """Write it for a terminal, as compilers do."""
        line = f":{self.line}" if self.line else ""
        return f"{file}{line}: warning: {self}"


def warnings(config: Config) -> tuple[Advice, ...]:
    """Return what is unwise in a plan that loads, one sentence each."""
    found = (
        *_of_paths(config),
        *_of_channels(config),
        *_of_lines(config),
        *_of_settings(config),
        *_of_secrets(config),
    )
    lines = _lines(config.text) if found else {}
    return tuple(replace(each, line=lines.get(each.place, 0)) for each in found)


def _lines(text: bytes) -> dict[Place, int]:
    """Return the line that each named or numbered part of a plan stands in."""
    root = document.parse(text) if text else None
    sections = root.items if isinstance(root, document.Mapping) else {}
    lines: dict[Place, int] = {}
    for section, node in sections.items():
        if isinstance(node, document.Mapping):
            lines |= {(section, name): key.line for name, key in node.keys.items()}
        elif isinstance(node, document.Sequence):
            lines |= {(section, at): each.line for at, each in enumerate(node.items)}
    return lines


def _about(section: str, name: str, message: str) -> Advice:
    return Advice((section, name), f"{section}.{name}", message)


def _of_paths(config: Config) -> Iterator[Advice]:
    for path in config.paths.values():
        yield from (_about("paths", path.name, words) for words in _of_path(path))


def _of_path(path: Path) -> Iterator[str]:
    if not path.references:
        yield (
            "unknown path: without 'references' nobody can tell whether it is this "
            "path that failed"
        )
        return
    for reference in path.references:
        if not proves_path(reference):
            yield (
                f"reference '{reference.name}' counts for nothing, a captive portal "
                "answers it too: use tls, https, or dns with 'expect'"
            )
    if sum(map(proves_path, path.references)) < ENOUGH_REFERENCES:
        yield "one more reference is wanted, in a network unrelated to the others"


def _of_channels(config: Config) -> Iterator[Advice]:
    planned = {name for line in config.plan for name, _ in line.order}
    audiences = {line.audience for line in config.plan}
    for name, channel in config.channels.items():
        words = (
            *_of_needs(channel),
            *_of_proof(channel, planned),
            *_of_audiences(channel, audiences),
            *_of_kind(config, channel),
        )
        yield from (_about("channels", name, each) for each in words)


def _of_needs(channel: Channel) -> Iterator[str]:
    if not channel.needs_known:
        yield (
            "what it needs is not known: it is nobody's independent backup, and while "
            "anything is down or distrusted it is unverified and ranks after the "
            "others: write its 'kind' or 'depends_on', [] if it needs nothing"
        )


def _of_proof(channel: Channel, planned: Set[str]) -> Iterator[str]:
    untried = not channel.probes and channel.test_every_s is None
    if channel.name in planned and untried:
        yield f"neither probed nor tested by people{_advice(channel)}"
    if channel.thin:
        optional = not any(p.required for p in channel.probes if not p.hint)
        little = "show at most that something answers"
        yield (
            f"its probes {'are all optional' if optional else little}: it is unknown, "
            "'unproven', and ranks so until people try it and log that: "
            f"secours test {channel.name} ok --by NAME"
        )


def _of_audiences(channel: Channel, audiences: Set[str]) -> Iterator[str]:
    for audience in channel.reaches:
        if audiences and audience not in audiences:
            yield f"reaches '{audience}', for whom the plan has no line"


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


def _of_lines(config: Config) -> Iterator[Advice]:
    for at, line in enumerate(config.plan):
        if not line.last_resort.in_(config.site.language):
            words = "no last_resort: say what to do when no channel is left"
            yield Advice(("plan", at), f"plan[{at}]", words)


def _of_settings(config: Config) -> Iterator[Advice]:
    """Pass on what a probe type says of options that it takes and had better not."""
    for probe in config.probes():
        for words in getattr(probe.settings, "warnings", tuple)():
            yield Advice((probe.section, probe.owner), probe.id, words)


def _of_secrets(config: Config) -> Iterator[Advice]:
    for probe in config.probes():
        for missing in dict.fromkeys(_missing(probe.settings)):
            words = f"{missing}; its result will be unknown"
            yield Advice((probe.section, probe.owner), probe.id, words)


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
        case Struct():
            return [getattr(value, name) for name in value.__struct_fields__]
    return ()


def _advice(channel: Channel) -> str:
    if not channel.kind:
        return ": add 'probes', or 'test: {every: 7d}'"
    return f": try {catalogue.load().kinds[channel.kind].advice}"
