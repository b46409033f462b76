"""Look at this machine: what it lacks to run Secours, and the command that mends each.

With a plan it says what that plan needs; without one, or with an example, what any may
need. No channel is probed, and no serial port is opened unless asked to; the name
servers of this machine are asked one question. Where this Secours stands by for another
it says which part it plays, and whether it hears the first. Ask as the user that the
engine runs as. It takes five seconds at most, twelve where a hub does not answer.

Exit code: 0 all is fine, 1 something is to be mended, 3 it could not be found out.
"""

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from shlex import quote
from typing import Literal

import msgspec

from secours import places
from secours.cli import arguments, next_step, printing, prose
from secours.cli.refusal import Refused, language_of_site
from secours.config import BadConfig, load
from secours.doctor.finding import (
    Case,
    FindingLevel,
    MachineFinding,
    fine,
    mend,
    remark,
)
from secours.engine.published.screens_file import ADDRESS, PORT
from secours.message import PlacedMessage, message, our_user
from secours.render.answers.values import SCHEMA
from secours.texts import in_words, say

EXTRA_MISSING = "plan.probe.package"
CODES = {FindingLevel.MEND: 1, FindingLevel.UNKNOWN: 3}  # the first one found counts


class FindingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Finding in words, with the commands that mend it."""

    topic: str
    level: FindingLevel
    words: str
    commands: tuple[str, ...]


class DoctorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Findings on this machine; `file` is the plan that they concern."""

    schema: Literal[1]
    file: str | None
    user: str
    findings: tuple[FindingAnswer, ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `doctor`."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="the plan to look for"
        f" (default: $SECOURS_CONFIG, else {places.PLAN_FILE} if it is there)",
    )
    parser.add_argument(
        "--address",
        default=ADDRESS,
        help=f"where the screens are to listen (default: {ADDRESS})",
    )
    parser.add_argument(
        "--port",
        type=arguments.port,
        default=PORT,
        help=f"the port of the screens (default: {PORT})",
    )
    parser.add_argument(
        "--ask-modems",
        action="store_true",
        help="open each serial port, and ask what is behind it who it is",
    )
    arguments.add_language(parser)
    arguments.add_format(parser, "text", "json")


def run(args: argparse.Namespace) -> int:
    """Look at all, print it, and return 0, 1 or 3."""
    from secours.doctor.examination import examine

    file = _file(args)
    case = Case(
        data=places.data_dir(),
        address=args.address,
        port=args.port,
        ask_modems=args.ask_modems,
        secours=next_step.command(),
    )
    of_plan, case = _with_plan(file, case)
    findings = (*of_plan, *examine(case))
    language = args.lang or _language(file, case, args)
    if args.format == "json":
        printing.as_json(_answer(file, findings, language))
    else:
        _show(findings, language)
    levels = {finding.level for finding in findings}
    return next((code for level, code in CODES.items() if level in levels), 0)


def _file(args: argparse.Namespace) -> str | None:
    """Return the plan to use, None where there is none yet."""
    file: str = args.config or places.plan_file()
    if os.path.exists(file):
        return file
    if args.config:
        raise Refused(message("commands.doctor.no-file", file=file))
    return None


def _language(file: str | None, case: Case, args: argparse.Namespace) -> str:
    """Return the language of the site, else the terminal's."""
    if case.config is not None:
        return case.config.site.language
    return language_of_site(argparse.Namespace(config=file) if file else None)


def _with_plan(file: str | None, case: Case) -> tuple[Sequence[MachineFinding], Case]:
    """Load the plan: return findings on it, and the case with it."""
    if file is None:
        sentence = message("commands.doctor.no-plan")
        init = f"{case.secours} init {quote(places.plan_file())}"
        return (remark("plan", sentence, init),), case
    try:
        config = load(file)
    except BadConfig as bad:
        lacking = tuple(_lacking(bad.mistakes))
        case = msgspec.structs.replace(case, lacking=lacking)
        if len(lacking) == len(bad.mistakes):
            return (), case
        mistakes = len(bad.mistakes) - len(lacking)
        sentence = message("commands.doctor.bad-plan", file=file, mistakes=mistakes)
        return (mend("plan", sentence, f"{case.secours} validate {quote(file)}"),), case
    if config.example:
        sentence = message("commands.doctor.example", file=file)
        return (remark("plan", sentence),), case
    facts = {"channels": len(config.channels), "probes": len(config.probes())}
    good = message("commands.doctor.plan", file=file, **facts)
    return (fine("plan", good),), msgspec.structs.replace(case, config=config)


def _lacking(mistakes: Iterable[PlacedMessage]) -> Iterator[tuple[str, str]]:
    """Yield the probe types whose package is missing, and the extra that has it."""
    for mistake in mistakes:
        if mistake.message.slug == EXTRA_MISSING:
            facts = dict(mistake.message.facts)
            extra = str(facts["extra"]).partition("[")[2].removesuffix("]")
            yield str(facts["type"]), extra


def _answer(
    file: str | None, findings: Sequence[MachineFinding], language: str
) -> DoctorAnswer:
    return DoctorAnswer(
        schema=SCHEMA,
        file=file and file.encode(errors="replace").decode(),
        user=our_user(),
        findings=tuple(
            FindingAnswer(
                topic=each.topic,
                level=each.level,
                words=in_words(language, each.message),
                commands=each.commands,
            )
            for each in findings
        ),
    )


def _show(findings: Sequence[MachineFinding], language: str) -> None:
    """Print each finding on a line, its commands below, and the totals at the end."""
    levels = {
        level: say(language, f"commands.doctor.level.{level}") for level in FindingLevel
    }
    width = max(map(len, levels.values()))
    for each in findings:
        words = in_words(language, each.message)
        prose.say(f"{levels[each.level]:{width}}  {words}")
        printing.lines(f"{'':{width}}      {command}" for command in each.commands)
    wrong = sum(each.level is FindingLevel.MEND for each in findings)
    unknown = sum(each.level is FindingLevel.UNKNOWN for each in findings)
    counts = {"wrong": wrong, **({"unknown": unknown} if unknown else {})}
    prose.say(in_words(language, message("commands.doctor.counted", **counts)))
