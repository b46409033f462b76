"""List the kinds of channel: what each is, what it needs and how it is tested.

With the name of a kind, all that is known of it, and what to write in probes.yaml. The
kinds of its own that the plan here brings along are listed too.
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from secours import places, texts
from secours.cli import arguments, plan_file, printing, prose
from secours.cli.refusal import Refused
from secours.config import catalogue
from secours.config.catalogue import ACCESS, INTERNET, MOBILE, ChannelKind
from secours.config.reader.mistakes import shown, suggestion
from secours.languages import Text
from secours.message import Fact, Message, message
from secours.render.answers.values import SCHEMA

WRITTEN = {  # their keys in a plan
    ACCESS: "site.access",
    INTERNET: "site.access.internet",
    MOBILE: "site.access.mobile",
}
BY_PEOPLE = "test: {every: 30d}"


class KindEntry(Struct, frozen=True, kw_only=True):
    """A kind of channel; `needs` are all needed, of each group one."""

    kind: str
    label: str
    about: str
    purposes: tuple[str, ...]
    carries: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    heard_on: tuple[str, ...]
    probes: tuple[str, ...]
    people: str | None
    discontinued: str | None


class KindsAnswer(Struct, frozen=True, kw_only=True):
    """Every kind that was asked for."""

    schema: Literal[1]
    kinds: tuple[KindEntry, ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `kinds`."""
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="only these kinds")
    arguments.add_answer(parser, "text", "json", "markdown", config=True)


def run(args: argparse.Namespace) -> int:
    """Print the kinds asked for."""
    plan = plan_file.readable(args.config or places.plan_file())
    own: Mapping[str, ChannelKind] = plan.own_kinds if plan else {}
    kinds = {**catalogue.load().kinds, **own}
    known = catalogue.load().kind_named
    found = {name: name if name in own else known(name) for name in args.kinds}
    if wrong := [name for name, kind in found.items() if kind is None]:
        raise Refused(*(_no_kind(name, kinds) for name in wrong))
    chosen = {kind: kinds[kind] for kind in filter(None, found.values())} or kinds
    language = arguments.language_of(args, plan.site.language if plan else "en")
    match args.format:
        case "json":
            entries = tuple(
                _entry(name, kind, language) for name, kind in chosen.items()
            )
            printing.as_json(KindsAnswer(schema=SCHEMA, kinds=entries))
        case "markdown":
            printing.lines(_markdown(chosen, language))
        case _ if args.kinds:
            for name, kind in chosen.items():
                prose.write(_page(name, kind, language))
                printing.lines(_to_paste(name, kind))
        case _:
            prose.write(_list(chosen, language))
    return 0


def _no_kind(name: str, known: Iterable[str]) -> Message:
    meant = suggestion(name, known, "kind", listed_by="secours kinds")
    return message("plan.no-such.kind", name=shown(name), meant=meant)


def _entry(name: str, kind: ChannelKind, language: str) -> KindEntry:
    return KindEntry(
        kind=name,
        label=kind.label.in_(language),
        about=texts.in_words(language, catalogue.about(kind)),
        purposes=tuple(sorted(kind.purposes)),
        carries=tuple(sorted(kind.carries)),
        needs=kind.needs,
        heard_on=kind.heard_on,
        probes=tuple(map(str, kind.suggestions)),
        people=_words(kind.people, language),
        discontinued=_words(kind.discontinued, language),
    )


def _words(text: Text | None, language: str) -> str | None:
    return text.in_(language) if text else None


def _list(chosen: Mapping[str, ChannelKind], language: str) -> Iterator[str]:
    width = max(map(len, chosen))
    for name, kind in chosen.items():
        yield f"{name.ljust(width)}  {texts.in_words(language, catalogue.about(kind))}"


def _page(name: str, kind: ChannelKind, language: str) -> Iterator[str]:
    """Write all facts on a kind; components by their names in a plan."""
    sentences: Sequence[Message | None] = (
        message("commands.kinds.purposes", names=", ".join(sorted(kind.purposes))),
        message("commands.kinds.needs", needs=_named(kind)),
        message("commands.kinds.heard-on", names=", ".join(kind.heard_on)),
        message("commands.kinds.mind", words=kind.mind)
        if kind.mind != Text()
        else None,
        message("commands.kinds.people", words=kind.people) if kind.people else None,
        message("commands.kinds.write", section="channels"),
    )
    colon = texts.say(language, "colon")
    yield f"{name}{colon} {texts.in_words(language, catalogue.about(kind))}"
    yield from (f"  {texts.in_words(language, each)}" for each in sentences if each)


def _named(kind: ChannelKind) -> Fact:
    names = (
        " | ".join(WRITTEN.get(name, name) for name in group) for group in kind.needs
    )
    return ", ".join(names) or catalogue.NO_NEEDS


def _to_paste(name: str, kind: ChannelKind) -> Iterator[str]:
    """Write a channel of this kind as in a plan."""
    yield f"  {name}:"
    yield f"    kind: {name}"
    if kind.people or not kind.suggestions:
        yield f"    {BY_PEOPLE}"
    if kind.suggestions:
        yield "    probes:"
        yield from (f"      - {each}" for each in kind.suggestions)


def _markdown(chosen: Mapping[str, ChannelKind], language: str) -> Iterator[str]:
    yield "| kind | what it is, what it needs, how it is tested |"
    yield "| --- | --- |"
    for name, kind in chosen.items():
        words = texts.in_words(language, catalogue.about(kind)).replace("|", "/")
        yield f"| `{name}` | {words} |"
