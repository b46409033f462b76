"""Probe every channel once, now: no engine, no database, nothing remembered.

Exit code: 0 all ok, 1 degraded or a warning, 2 a channel down, 3 unknown. Channels
without a probe, heartbeats and probes that cost money count only when they are named.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from msgspec.structs import replace

from secours import places
from secours.cli import arguments, plan_file, printing
from secours.cli.refusal import Refused, no_such
from secours.engine.once import Heard, decide, measure, select, uncounted
from secours.model.observed import Reason, Result
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import Snapshot
from secours.render.answers import check

OF_THIS_MACHINE = {Reason.SECRET_MISSING, Reason.NO_DEVICE, Reason.PERMISSION}


@contextmanager
def _progress(stream: TextIO, probes: Iterable[Probe]) -> Iterator[Heard]:
    """Show on a terminal how many results there are, and the owners awaited."""
    if not stream.isatty():
        yield lambda probe, result: None
        return
    from secours.cli.progress_line import ProgressLine  # for eyes only

    line, waiting = ProgressLine(stream), {probe.id: probe.owner for probe in probes}
    total = len(waiting)

    def draw() -> None:
        owners = " ".join(dict.fromkeys(waiting.values()))
        line.draw(f"{total - len(waiting)}/{total}  {owners}")

    def heard(probe: Probe, _result: Result) -> None:
        waiting.pop(probe.id, None)
        draw()

    draw()
    try:
        yield heard
    finally:
        line.clear()


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `check`."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="CHANNEL",
        help="only these channels or components, all their probes included",
    )
    plan_file.add_config(parser)
    arguments.add_answer(parser, "text", "json", "nagios", "prometheus")
    parser.add_argument(
        "--retries",
        type=arguments.at_least(0),
        default=0,
        metavar="N",
        help="try what failed up to N times more, after its retry_every (default: 0)",
    )


def run(args: argparse.Namespace) -> int:
    """Probe, print, and return the exit code."""
    config = plan_file.config_in(args.config)
    _refuse_unknown(config, args.names)
    language = arguments.language_of(args, config.site.language)
    answer, shot = probe_once(config, args.names, language, args.retries)
    printing.states(answer, shot, args.format, language)
    if args.format == "text" and not args.names:
        _say_next(answer, args.config, config.version, language)
    return check.exit_code(answer)


def probe_once(
    config: Config, names: Sequence[str], language: str, retries: int = 0
) -> tuple[check.CheckAnswer, Snapshot]:
    """Probe what is named, else everything, and return what that shows."""
    selection = select(config, names)
    with _progress(sys.stderr, selection.config.probes()) as heard:
        results = measure(selection, retries, heard)
    shot = _only(decide(selection, results), names)
    return check.answer(shot, language, uncounted(selection, names, shot)), shot


def _say_next(
    answer: check.CheckAnswer, file: str, version: str, language: str
) -> None:
    """Print the next step: mend this machine, start the engine, or ask it.

    An engine on another plan does not count.
    """
    from secours.cli import next_step  # for people only

    nodes = (*answer.channels, *answer.components)
    reasons = {probe.reason for node in nodes for probe in node.probes}
    if reasons & OF_THIS_MACHINE:
        next_step.show("doctor", file, language)
    elif (probed := next_step.probed()) is None:
        next_step.show("up", file, language)
    elif version == probed or file == places.plan_file():  # or soon, if just edited
        next_step.show("recommend", places.plan_file(), language)
    else:
        next_step.show("audit", file, language)


def _refuse_unknown(config: Config, names: Sequence[str]) -> None:
    all_names = [*config.channels, *config.components]
    wrong = [name for name in names if name not in all_names]
    if wrong:
        slug = "commands.no-such.channel"
        raise Refused(*(no_such(slug, name, all_names) for name in wrong))


def _only(shot: Snapshot, names: Sequence[str]) -> Snapshot:
    """Leave out components that were not named, if any names were given."""
    if not names:
        return shot
    return replace(
        shot, components=tuple(v for v in shot.components if v.name in names)
    )
