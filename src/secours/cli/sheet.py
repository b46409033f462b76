"""Print the plan on one sheet of A4: the order, how to use each channel, a last resort.

With the states of a running engine, else from the file alone. Text for a terminal, or
HTML to print: `secours sheet --format html > sheet.html`.
"""

import argparse

from secours import places
from secours.cli import arguments, plan_file, printing
from secours.engine.published import current, snapshot_file
from secours.model.snapshot import Snapshot
from secours.render.answers import values
from secours.render.paper.sheet import sheet_html, sheet_text


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `sheet`."""
    plan_file.add_config(parser)
    arguments.add_format(parser, "text", "html")
    arguments.add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Print the sheet."""
    shot = _fresh(args.config)
    shown = shot or current.of_plan(plan_file.config_in(args.config))
    language = arguments.language_of(args, shown.site.language)
    write = sheet_html if args.format == "html" else sheet_text
    printing.lines(write(shown, language, states=shot is not None).splitlines())
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
