"""Print the plan on one sheet of A4: the order, how to use each channel, a last resort.

With the states of a running engine, else from the file alone. Text for a terminal, or
HTML to print: `secours sheet --format html > sheet.html`. `--print` sends it to the
printer of the plan (`print: {printer: …}`).
"""

import argparse
import asyncio

from msgspec.structs import replace

from secours import places, texts
from secours.cli import arguments, plan_file, printing, prose
from secours.cli.refusal import Refused
from secours.engine.published import current, snapshot_file
from secours.message import message
from secours.model.paper.settings import Printing
from secours.model.snapshot import Snapshot
from secours.render.answers import values
from secours.render.paper.sheet import sheet_html, sheet_text
from secours.render.wording.trouble import PaperWords


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `sheet`."""
    plan_file.add_config(parser)
    arguments.add_format(parser, "text", "html")
    arguments.add_language(parser)
    parser.add_argument(
        "--print", action="store_true", help="print it on the printer of the plan"
    )


def run(args: argparse.Namespace) -> int:
    """Print the sheet."""
    shot = _fresh(args.config)
    shown = shot or current.of_plan(plan_file.config_in(args.config))
    language = arguments.language_of(args, shown.site.language)
    if args.print:
        return _print(plan_file.config_in(args.config).paper, shown, shot, language)
    write = sheet_html if args.format == "html" else sheet_text
    printing.lines(write(shown, language, states=shot is not None).splitlines())
    return 0


def _print(
    paper: Printing | None, shown: Snapshot, shot: Snapshot | None, language: str
) -> int:
    """Hand the sheet over to a printer, and say so.

    Raises:
        Refused: the plan names none, or it does not take the sheet.

    """
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
