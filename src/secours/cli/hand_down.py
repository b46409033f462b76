"""Hand a plan down to sites of the province, or show how far what was said has come.

A site checks the plan as it checks an edit: a broken one, one of another site, or one
that runs a program which is not run there, is refused, and the refusal comes back.

Words are handed down with `secours mark … --sites` and `secours exercise … --sites`.
Only the Secours of the province can (`secours up --province`); what it has said waits
until the hub is reached, and at the hub until the site is, for 30 days at most.
"""

import argparse
import os
from collections.abc import Iterator

import msgspec

from secours import places, texts
from secours.cli import printing, prose, published
from secours.cli import requests as words
from secours.cli.refusal import Refused
from secours.engine.control import requests
from secours.message import message, why
from secours.model.sites.handed_down import HandedDown
from secours.render import times
from secours.render.answers.sites import handed_down as answers
from secours.render.wording.sites.names import names_of
from secours.render.wording.sites.province_word import progress, what


class HandedDownAnswer(msgspec.Struct, frozen=True):
    """What the engine answers."""

    language: str
    timezone: str
    orders: tuple[HandedDown, ...] = ()


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `hand-down`."""
    parser.add_argument("file", metavar="FILE", nargs="?", help="the plan of the site")
    words.add_sites(parser)
    words.add_author(parser, required=False)
    parser.add_argument(
        "--pending",
        action="store_true",
        help="show what was handed down, and which sites have taken it",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="of --pending"
    )


def run(args: argparse.Namespace) -> int:
    """Hand a plan down, or show what was."""
    if args.pending:
        if args.file or args.sites:
            raise Refused(message("commands.hand-down.pending"))
        return _pending(args)
    if not (args.file and args.sites and args.by):
        raise Refused(message("commands.hand-down.what", command="secours hand-down"))
    try:
        with open(args.file, encoding="utf-8") as file:
            plan = file.read()
    except UnicodeDecodeError:
        raise Refused(message("commands.hand-down.text", file=args.file)) from None
    except OSError as error:
        unread = message("commands.hand-down.read", file=args.file, why=why(error))
        raise Refused(unread) from None
    return words.hand_down(
        {"plan": plan, "file": os.path.basename(args.file)}, args.sites, args.by
    )


def _pending(args: argparse.Namespace) -> int:
    try:
        answer = requests.ask(places.runtime_dir(), {"do": "handed-down"})
    except requests.NoEngine as nobody:
        raise Refused(nobody.message) from None
    if error := answer.get("error"):
        raise Refused(message("commands.failed", why=error))
    found = msgspec.convert(answer, HandedDownAnswer)
    if args.format == "json":
        printing.as_json(answers.answer(found.orders, found.language))
    else:
        prose.write(_lines(found))
    return 0


def _lines(found: HandedDownAnswer) -> Iterator[str]:
    language = found.language
    names = names_of(published.followed(), language)
    if not found.orders:
        yield texts.say(language, "commands.hand-down.none")
    for order in found.orders:
        at = times.with_zone(order.issued.utc, found.timezone)
        yield texts.say(
            language,
            "commands.hand-down.order",
            at=at,
            what=what(order, names),
            by=order.by,
        )
        for to in order.to:
            name, colon = names.site(to.site), texts.say(language, "colon")
            yield f"  {name}{colon} {progress(to, language)}"
        if order.awaits_sites and order.to:
            yield f"  {texts.say(language, 'commands.hand-down.to-later')}"
        elif order.awaits_sites:
            yield f"  {texts.say(language, 'sites.sent.all')}"
