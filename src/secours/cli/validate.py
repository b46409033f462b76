"""Check a probes.yaml: all its mistakes at once, each with its place.

Nothing is probed or sent; where Apprise is installed it is asked whether it can read
the addresses of targets. Of a plan without mistakes it says what that lacks most, if
anything. Exit code: 0 no mistakes, 3 mistakes, on standard error.
"""

import argparse
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Literal

import msgspec
from msgspec.structs import replace

from secours import places
from secours.cli import arguments, next_step, plan_file, printing, prose
from secours.cli.refusal import Refused, language_of_site
from secours.config import BadConfig, load
from secours.config.advice import Advice, warnings
from secours.config.reader import document
from secours.core.renaming import edited
from secours.core.statements.words_in_force import all_marks
from secours.engine import last_good_plan
from secours.engine.store import saved_memory
from secours.message import Message, PlacedMessage, message
from secours.model.nodes import plain_name
from secours.model.plan import Config
from secours.model.secret import SecretMissing
from secours.model.sections.channel import Probe
from secours.model.statements import Declared
from secours.notify.apprise.addresses import AddressCheck, readings
from secours.notify.carriers import APPRISE, EXTRA
from secours.render.answers.values import SCHEMA
from secours.render.wording.mistakes import Mistake, worded
from secours.run.capacity import at_once, room, shortest_kept_s
from secours.texts import in_words

UNUSABLE = {  # words for an address that is not wrong
    AddressCheck.LACKING: message("plan.advice.target-lacking"),
    AddressCheck.UNKNOWN: message("plan.advice.target-unasked"),
    AddressCheck.ABSENT: message(
        "plan.probe.package", type="url", package=APPRISE, extra=EXTRA
    ),
}
NAMED = 5  # probes whose interval cannot be kept


class ValidateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Mistakes in a file, and what is unwise in it."""

    schema: Literal[1]
    file: str
    valid: bool
    mistakes: tuple[Mistake, ...]
    warnings: tuple[str, ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `validate`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="the file to check")
    plan_file.add_config(parser)
    arguments.add_format(parser, "text", "json")


def run(args: argparse.Namespace) -> int:
    """Check the file and return 0 or 3."""
    file = args.file or args.config
    try:
        config = load(file)
        unresolved = (*_of_addresses(file, config), *_of_credentials(config))
    except BadConfig as bad:
        if args.format == "json":
            language = bad.language or language_of_site(args)
            printing.as_json(_answer(file, worded(bad.mistakes, language), ()))
        raise Refused(*bad.mistakes, language=bad.language) from None
    language = config.site.language
    remarks = (*_of_room(config.probes()), *_of_marks(file, config))
    besides = [in_words(language, each) for each in remarks]
    if args.format == "json":
        unwise = (*warnings(config), *unresolved)
        advice = (plan_file.advice_words(each, language) for each in unwise)
        printing.as_json(_answer(file, (), (*advice, *besides)))
        return 0
    plan_file.warn(file, config, unresolved)
    for words in besides:
        plan_file.warn_of(file, words, language)
    lack = next_step.lack(config, file, language)
    prose.say(in_words(language, _counted(file, config)), *lack)
    next_step.show("check", file, language)
    return 0


def _answer(
    file: str, mistakes: tuple[Mistake, ...], warned: tuple[str, ...]
) -> ValidateAnswer:
    name = file.encode(errors="replace").decode()  # of a file, it may be no UTF-8
    return ValidateAnswer(
        schema=SCHEMA,
        file=name,
        valid=not mistakes,
        mistakes=tuple(replace(mistake, file=name) for mistake in mistakes),
        warnings=warned,
    )


def _of_addresses(file: str, config: Config) -> Iterator[Advice]:
    """Warn of addresses of Apprise that cannot be used here."""
    written = dict(_addresses(config))
    found = dict(zip(written, readings((*written.values(),)), strict=True))
    root = document.parse(config.text)
    mistakes: list[PlacedMessage] = []
    for name, reading in found.items():
        node = document.inside(root, "notify", "targets", name, "url")
        if reading is AddressCheck.WRONG:
            where = f"notify.targets.{name}.url"
            said = message("plan.notify.unreadable")
            mistakes.append(PlacedMessage(file, node.line, node.column, where, said))
        elif reading in UNUSABLE:
            place = "notify.targets", name
            yield Advice(place, ".".join(place), UNUSABLE[reading], node.line)
    if mistakes:
        raise BadConfig(mistakes, config.site.language)


def _addresses(config: Config) -> Iterator[tuple[str, str]]:
    for name, target in config.notify.targets.items():
        with suppress(SecretMissing):  # which is advice already
            if target.url is not None:
                yield name, target.url.reveal()


def _of_credentials(config: Config) -> Iterator[Advice]:
    """Warn of credentials that the hub refuses, or that are of another site."""
    if config.sites is None:
        return
    from secours.sites.hub import credential_advice  # few plans have them

    place = "sites", "credentials"
    line = document.inside(document.parse(config.text), *place).line
    for said in credential_advice.advice(config.sites, datetime.now(UTC)):
        yield Advice(place, ".".join(place), said, line)


def _of_room(probes: Sequence[Probe]) -> Iterator[Message]:
    """Warn if the limit of open files is too low for the plan."""
    wanted, allowed = at_once(probes), room()
    if not (kept_s := shortest_kept_s(probes, min(wanted, allowed))):
        return
    late = [probe.id for probe in probes if probe.interval_s < kept_s]
    more = {"more": len(late) - NAMED} if len(late) > NAMED else {}
    yield message(
        "plan.advice.room",
        wanted=wanted,
        allowed=allowed,
        limit=math.ceil(kept_s),
        probes=", ".join(late[:NAMED]),
        **more,
    )


def _of_marks(file: str, config: Config) -> Iterator[Message]:
    """Warn of marks whose subject the plan no longer has, or no longer needs.

    Where this file is the plan in force.
    """
    if not last_good_plan.stood_in(places.data_dir(), Path(file)):
        return
    words = edited(config, saved_memory.words())
    marks = all_marks(words)
    for mark in marks:
        name = plain_name(mark.subject)
        command = f"secours mark {quote(mark.subject)} clear --by NAME"
        facts = {"name": name, "by": mark.by, "command": command}
        if mark.subject in config.owners:
            needed = [each for each in mark.held_for if each in config.owners]
            if needed:
                yield message("plan.advice.held", **facts, needed=", ".join(needed))
        elif mark.says is Declared.DISTRUSTED:
            held = [m.subject for m in marks if mark.subject in m.held_for]
            channels = {"channels": ", ".join(map(plain_name, held))} if held else {}
            was = f"was: {name}"
            yield message("plan.advice.distrust", **facts, **channels, was=was)
        else:
            yield message("plan.advice.mark", **facts, was=f"was: {name}")


def _counted(file: str, config: Config) -> Message:
    return message(
        "commands.validate.good",
        file=file,
        channels=len(config.channels),
        probes=len(config.probes()),
        lines=len(config.plan),
    )
