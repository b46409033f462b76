"""Say whether Secours itself is well, for a monitoring system and for people.

Run it as the user of the engine, and with its SECOURS_DATA and XDG_RUNTIME_DIR.

Exit code: 0 well; 1 the disk, the history, the clock, the plan or the printer needs
somebody, notices are held or not proven to get out, other sites do not hear us, a
standby monitors on its own, the engine keeps dying, or it ended a moment ago; 2 what it
says is too old, missing or damaged; 3 nothing can be known from here. Channels count
for nothing: `status` is for them.
"""

import argparse
from pathlib import Path

from secours import places, texts
from secours.cli import arguments, printing, prose
from secours.cli.refusal import language_of_site
from secours.engine import lock
from secours.engine.published import snapshot_file
from secours.engine.published.vitals import vitals
from secours.message import Message, message, why
from secours.model.snapshot import Snapshot
from secours.render.answers.self_check import (
    EXIT_CODES,
    SelfCheckAnswer,
    SelfView,
    Severity,
    answer,
    why_old,
)

MARKS = {
    Severity.OK: "●",
    Severity.WARNING: "▲",
    Severity.CRITICAL: "✖",
    Severity.UNKNOWN: "□",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `self-check`."""
    arguments.add_answer(parser, "text", "json", "nagios", config=True)


def run(args: argparse.Namespace) -> int:
    """Look, judge and print; return the exit code."""
    view = look()
    site = view.snapshot.site.language if view.snapshot else language_of_site(args)
    language = arguments.language_of(args, site)
    judged = answer(view, language)
    match args.format:
        case "json":
            printing.as_json(judged)
        case "nagios":
            from secours.cli import nagios  # few print it

            printing.lines([nagios.of_itself(judged, well(judged, language), language)])
        case _:
            for each in judged.findings:
                prose.say(f"{MARKS[each.severity]} {each.detail}")
            if not judged.findings:
                prose.say(f"{MARKS[Severity.OK]} {well(judged, language)}")
    return EXIT_CODES[judged.state]


def well(judged: SelfCheckAnswer, language: str) -> str:
    """Return that nothing was found, and its age."""
    said = "commands.self-check.well"
    return texts.say(language, said, age_s=judged.age_s)


def look() -> SelfView:
    """Return the present view, or its obstacle."""
    data = places.data_dir()
    try:
        runtime = places.runtime_dir()
        if not lock.was_ever_held(data, runtime):
            never = message("commands.self-check.never", folder=str(data))
            return SelfView(obstacle=never)
        shot, age_s, damage = _read(runtime)
    except places.NoPlace as none:
        return SelfView(obstacle=none.message)
    except OSError as error:
        facts = {"folder": str(error.filename or data), "why": why(error)}
        return SelfView(obstacle=message("commands.snapshot.unreadable", **facts))
    view = SelfView(vitals=vitals(), snapshot=shot, age_s=age_s, damage=damage)
    if view.vitals.running and why_old(view) and not lock.is_held(runtime):
        return SelfView(obstacle=message("commands.self-check.elsewhere"))
    return view


def _read(runtime: Path) -> tuple[Snapshot | None, float, Message | None]:
    """Return the snapshot, its age, and why it is unreadable."""
    try:
        return *snapshot_file.read(runtime), None
    except FileNotFoundError:
        return None, float("inf"), None
    except snapshot_file.Corrupt as corrupt:
        return None, float("inf"), corrupt.message
