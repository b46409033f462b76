"""Examine the whole plan before anything fails. Nothing is probed.

For each line: how many channels are independent, the single failure that leaves least,
which groups hear no channel of it, as designed or after one failure and how long, and
the one change that mends most. With --all every finding: which failures leave no
channel, which tiers one failure takes both, what the tests cannot tell apart or never
prove. JSON has all of it.

What people tried is taken from the engine of this machine, if it has a history.
It is of the world as designed, nothing failed. Exit code: 0 no line has a single point
of failure, 1 one has, or has a channel whose needs are not known, else 3.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec.structs import asdict

from secours import texts
from secours.cli import answer_text, arguments, next_step, plan_file, printing, prose
from secours.cli.progress_line import working
from secours.config import catalogue
from secours.config.edit.edits import with_offers
from secours.config.in_clear import in_clear
from secours.core.audit.examination import examined
from secours.core.audit.plan import audit
from secours.engine.store import saved_memory
from secours.model.nodes import DEVICE, kind_of, plain_name
from secours.render import section
from secours.render.answers import audit as audit_answer
from secours.render.answers.audit import AuditAnswer
from secours.render.redundancy import audit_words as audit_wording
from secours.render.redundancy import examination_words

SOUND, UNSOUND = 0, 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `audit`."""
    parser.add_argument("--all", action="store_true", help="print every finding")
    plan_file.add_config(parser)
    arguments.add_answer(parser, "text", "json")


def run(args: argparse.Namespace) -> int:
    """Audit the plan, and return 1 where a line has a single point of failure."""
    config = plan_file.config_in(args.config)
    language = arguments.language_of(args, config.site.language)
    now = datetime.now(UTC)
    with working(language, "commands.progress.audit"):
        report = audit(config, now=now, trials=saved_memory.trials())
        if brief := args.format == "text" and not args.all:
            examination = examined(config, with_offers(config, args.config))
    besides = asdict(catalogue.aged(config, now.date()))
    open_ones = in_clear(config)
    answer = audit_answer.answer(
        report, config, language, now, in_clear=open_ones, **besides
    )
    if brief:
        prose.write(examination_words.brief(examination, language))
        command = next_step.of_plan("audit --all", args.config)
        prose.say(texts.say(language, "audit.brief.rest", command=command))
    elif args.format == "json":
        printing.as_json(answer)
    else:
        lines = section.lines(audit_wording.sections(answer, language))
        prose.write(answer_text.with_names(lines, _known(answer, language), language))
    return SOUND if report.sound else UNSOUND


def _known(answer: AuditAnswer, language: str) -> Iterator[tuple[str, str]]:
    """Yield the label and the command name of each line, channel and component."""
    words = audit_wording.AuditWords(language, answer.labels)
    for line in answer.lines:
        yield words.line_name(line), f"{line.purpose}/{line.audience}"
    unnamed = {line.audience for line in answer.lines}  # by commands, alone
    for node, label in answer.labels.items():
        if kind_of(node) != DEVICE and node not in unnamed:
            yield label, plain_name(node)
