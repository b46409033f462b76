"""List the probe types: what each asks, its options, and how much its ok proves."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from secours import texts
from secours.cli import arguments, printing, prose
from secours.cli.refusal import Refused, no_such
from secours.config.probe_reference import ProbeDescription, ProbeOption, describe
from secours.model.observed import Evidence
from secours.render.answers.values import SCHEMA


class OptionWords(Struct, frozen=True):
    """Option in words; `default` is as written, "" for none."""

    name: str
    wanted: str
    default: str


class ProbeTypeEntry(Struct, frozen=True, kw_only=True):
    """Probe type; `missing` names the extra to install."""

    type: str
    about: str
    best: Evidence
    missing: str | None
    options: tuple[OptionWords, ...]


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
    types = {each.type: each for each in describe()}
    wrong = [name for name in args.types if name not in types]
    if wrong:
        slug = "commands.no-such.probe-type"
        raise Refused(*(no_such(slug, name, types) for name in wrong))
    chosen = [types[name] for name in args.types or types]
    match args.format:
        case "json":
            rows = tuple(map(_row, chosen))
            printing.as_json(ProbesAnswer(schema=SCHEMA, probes=rows))
        case "markdown":
            printing.lines(_markdown(chosen))
        case _:
            prose.write(_text(chosen, pages=bool(args.types)))
    return 0


def _row(each: ProbeDescription) -> ProbeTypeEntry:
    return ProbeTypeEntry(
        type=each.type,
        about=each.summary,
        best=each.best,
        missing=each.missing or None,
        options=tuple(map(_option_words, each.options)),
    )


def _option_words(option: ProbeOption) -> OptionWords:
    """Put an option into English, as all texts on probe types are."""
    wanted = texts.in_words("en", option.wanted)
    return OptionWords(option.name, wanted, option.default)


def _text(chosen: Sequence[ProbeDescription], *, pages: bool) -> Iterator[str]:
    """Yield each type with its options, and its page if asked for."""
    for each in chosen:
        yield f"{each.type} ({each.best}): {each.summary}"
        if pages and each.more:
            yield from ("", *each.more.splitlines(), "")
        width = max((len(option.name) for option in each.options), default=0)
        for option in map(_option_words, each.options):
            default = f" ({option.default})" if option.default else ""
            yield f"  {option.name.ljust(width)}  {option.wanted}{default}"
        yield ""


def _markdown(chosen: Sequence[ProbeDescription]) -> Iterator[str]:
    """Yield the table of docs/probes.md; required options in bold."""
    yield "| type | question | options (default) | best evidence |"
    yield "| --- | --- | --- | --- |"
    for each in chosen:
        words = ", ".join(_option(option) for option in each.options)
        cells = (f"`{each.type}`", each.summary, words, each.best.value)
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _option(option: ProbeOption) -> str:
    if option.default == "required":
        return f"**{option.name}**"
    return f"{option.name} ({option.default})" if option.default else option.name
