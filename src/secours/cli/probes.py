"""List the probe types: what each asks, its options, and how much its ok proves."""

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from secours import probes, texts
from secours.cli import arguments, printing, prose
from secours.cli.refusal import Refused, no_such
from secours.config import extras
from secours.config.reader import durations
from secours.config.sections.fields import descriptions
from secours.config.sections.setting_types import field_of, options_of, words
from secours.model.observed import Evidence
from secours.model.secret import Secret
from secours.model.sections.field_types import Duration
from secours.render.answers.values import SCHEMA

REQUIRED = "required"


class OptionWords(Struct, frozen=True):
    """Option in words; `default` is as written, "" for none."""

    name: str
    wanted: str
    default: str
    about: str


class ProbeTypeEntry(Struct, frozen=True, kw_only=True):
    """Probe type; `missing` names the extra to install."""

    type: str
    about: str
    best: Evidence
    missing: str | None
    options: tuple[OptionWords, ...]


class ProbePage(NamedTuple):
    """Probe type, and what its ok proves and what not, in paragraphs."""

    entry: ProbeTypeEntry
    more: str = ""


class ProbesAnswer(Struct, frozen=True, kw_only=True):
    """Every probe type that was asked for."""

    schema: Literal[1]
    probes: tuple[ProbeTypeEntry, ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `probes`."""
    parser.add_argument("types", nargs="*", metavar="TYPE", help="only these types")
    arguments.add_format(parser, "text", "json", "markdown")


def run(args: argparse.Namespace) -> int:
    """Print the types asked for."""
    pages = {page.entry.type: page for page in describe()}
    wrong = [name for name in args.types if name not in pages]
    if wrong:
        slug = "commands.no-such.probe-type"
        raise Refused(*(no_such(slug, name, pages) for name in wrong))
    chosen = [pages[name] for name in args.types or pages]
    entries = tuple(page.entry for page in chosen)
    match args.format:
        case "json":
            printing.as_json(ProbesAnswer(schema=SCHEMA, probes=entries))
        case "markdown":
            printing.lines(_markdown(entries))
        case _:
            prose.write(_text(chosen, pages=bool(args.types)))
    return 0


def describe() -> Iterator[ProbePage]:
    """Describe every probe type in English, in alphabetical order."""
    return map(_describe, probes.names())


def _describe(name: str) -> ProbePage:
    try:
        probe_type = probes.find(name)
    except ModuleNotFoundError as error:
        extra = extras.of_package(error.name or "")
        about = f"needs a package that is not installed: secours[{extra}]"
        return ProbePage(
            ProbeTypeEntry(
                type=name, about=about, best=Evidence.NONE, missing=extra, options=()
            )
        )
    about, _, rest = probe_type.doc.strip().partition("\n")
    entry = ProbeTypeEntry(
        type=name,
        about=about,
        best=probe_type.best,
        missing=None,
        options=tuple(_options(probe_type.settings)),
    )
    return ProbePage(entry, rest.partition("\nSource:")[0].strip())


def _options(settings: type[Struct]) -> Iterator[OptionWords]:
    for option in options_of(settings).values():
        default = REQUIRED if option.required else _written(option.default)
        wanted = texts.in_words("en", words(option.wanted))
        about = descriptions(settings).get(field_of(option.name), "")
        yield OptionWords(option.name, wanted, default, about)


def _written(default: Any) -> str:
    """Write a default as in probes.yaml."""
    if isinstance(default, Duration):
        return durations.words(default)
    if default is None or isinstance(default, Secret | Struct):
        return ""
    if isinstance(default, bool):
        return "true" if default else "false"
    if isinstance(default, tuple | list | frozenset):
        return f"[{', '.join(_written(item) for item in default)}]"
    return json.dumps(default) if isinstance(default, dict) else str(default)


def _text(chosen: Sequence[ProbePage], *, pages: bool) -> Iterator[str]:
    """Yield each type with its options, and its page if asked for."""
    for entry, more in chosen:
        yield f"{entry.type} ({entry.best}): {entry.about}"
        if pages and more:
            yield from ("", *more.splitlines(), "")
        width = max((len(option.name) for option in entry.options), default=0)
        for option in entry.options:
            default = f" ({option.default})" if option.default else ""
            about = f": {option.about}" if pages and option.about else ""
            yield f"  {option.name.ljust(width)}  {option.wanted}{default}{about}"
        yield ""


def _markdown(entries: Sequence[ProbeTypeEntry]) -> Iterator[str]:
    """Yield the table of docs/probes.md; required options in bold."""
    yield "| type | question | options (default) | best evidence |"
    yield "| --- | --- | --- | --- |"
    for each in entries:
        options = ", ".join(map(_option, each.options))
        cells = (f"`{each.type}`", each.about, options, each.best.value)
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _option(option: OptionWords) -> str:
    if option.default == REQUIRED:
        return f"**{option.name}**"
    return f"{option.name} ({option.default})" if option.default else option.name
