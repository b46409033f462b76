"""Print the plan on one sheet of A4: the order, how to use each channel, a last resort.

With the states of a running engine, else from the file alone. Text for a terminal, or
HTML to print: `secours sheet --format html > sheet.html`. `--print` sends it to the
printer of the plan (`print: {printer: …}`).

`--orders` prints each audience's orders for silence (`when_cut`), and `--report
AUDIENCE` what is lost, used, missed and needed, for those above; with `--brief` only
the one text message of 160 characters.
"""

import argparse
import asyncio
from collections.abc import Iterator

from msgspec.structs import replace

from secours import places, texts
from secours.cli import arguments, plan_file, printing, prose, published
from secours.cli.refusal import Refused
from secours.engine.published import current, snapshot_file
from secours.message import message
from secours.model.paper.settings import Printing
from secours.model.snapshot import Snapshot
from secours.render import section
from secours.render.answers import report, values
from secours.render.logbook.print_page import paper
from secours.render.paper.sheet import radio_line, sheet_html, sheet_text
from secours.render.wording import sms_length
from secours.render.wording.localizer import Localizer
from secours.render.wording.silence import orders
from secours.render.wording.trouble import PaperWords


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `sheet`."""
    plan_file.add_config(parser)
    arguments.add_answer(parser, "text", "html", "json")
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--print", action="store_true", help="print it on the printer of the plan"
    )
    other.add_argument(
        "--orders",
        action="store_true",
        help="print what each audience does when no channel reaches it",
    )
    other.add_argument(
        "--report",
        metavar="AUDIENCE",
        help="print a report to an audience of the plan (or as JSON)",
    )
    parser.add_argument(
        "--brief",
        action="store_true",
        help="print only the line of at most 160 characters, to read out or to send",
    )


def run(args: argparse.Namespace) -> int:
    """Print the sheet, the orders for silence, or a report."""
    if args.report:
        return _report(args)
    if args.format == "json":
        raise Refused(message("commands.sheet.json"))
    shot = _fresh(args.config)
    shown = shot or current.of_plan(plan_file.config_in(args.config))
    language = arguments.language_of(args, shown.site.language)
    if args.print:
        return _print(plan_file.config_in(args.config).paper, shown, shot, language)
    states = shot is not None
    if args.orders:
        printing.lines(_orders(Localizer(shown, language), brief=args.brief))
    elif args.brief:
        printing.lines([radio_line(shown, language, states=states)])
    else:
        write = sheet_html if args.format == "html" else sheet_text
        printing.lines(write(shown, language, states=states).splitlines())
    return 0


def _orders(localizer: Localizer, *, brief: bool) -> Iterator[str]:
    """Yield the orders of each audience, or one text message for each."""
    if not localizer.snapshot.orders:
        raise Refused(message("commands.sheet.no-orders"))
    for view in localizer.snapshot.orders:
        if not brief:
            yield orders.sentence(view, localizer, now=False)
            continue
        whole = orders.brief(view, localizer)
        if not sms_length.fits(whole):
            n, limit = sms_length.length(whole), sms_length.limit(whole)
            who = localizer.audience(view.audience)
            long = message("commands.sheet.long", who=who, n=n, limit=limit)
            prose.warn(texts.in_words(localizer.language, long))
        yield sms_length.cut(whole)


def _report(args: argparse.Namespace) -> int:
    """Print a report, only of what is known now."""
    shot, age_s = published.snapshot()
    language = arguments.language_of(args, shot.site.language)
    if stale := published.why_stale(shot, age_s):
        raise Refused(stale, language=language)
    if args.report not in shot.reports:
        names = ", ".join(shot.reports) or "-"
        raise Refused(message("commands.sheet.no-report", names=names))
    localizer = Localizer(shot, language, age_s)
    answer = report.answer(localizer, args.report)
    parts = report.sections(answer, localizer)
    if args.format == "json":
        printing.as_json(answer)
    elif args.brief:
        printing.lines([answer.text])
    elif args.format == "html":
        who = localizer.audience(args.report)
        title = localizer.say("report.title", who=who)
        page = paper("report.html", title, localizer, shot.at.utc, sections=parts)
        printing.lines(page.splitlines())
    else:
        prose.write(section.lines(parts))
    return 0


def _print(
    paper: Printing | None, shown: Snapshot, shot: Snapshot | None, language: str
) -> int:
    """Hand the sheet over to a printer, and say so."""
    from secours.engine.printing import sheet_printer  # which few sheets need

    if paper is None or paper.printer is None:
        example = "print: {printer: ipp://…}"
        raise Refused(message("commands.sheet.no-printer", example=example))
    shown = replace(shown, site=replace(shown.site, language=language))
    printing = sheet_printer.examine(paper, shown, states=shot is not None)
    if trouble := asyncio.run(printing):
        raise Refused(message("commands.sheet.trouble", said=PaperWords(trouble)))
    told = "commands.sheet.handed-over"
    prose.say(texts.say(language, told, host=paper.host, copies=paper.copies))
    return 0


def _fresh(file: str) -> Snapshot | None:
    """Return the engine's snapshot, if fresh and of the same plan."""
    try:
        shot, age_s = snapshot_file.read(places.runtime_dir())
    except (OSError, snapshot_file.Corrupt, places.NoPlace):
        return None
    if not values.fresh(shot, age_s):
        return None
    named = file != places.plan_file()
    return (
        None
        if named and plan_file.config_in(file).version != shot.plan_version
        else shot
    )
