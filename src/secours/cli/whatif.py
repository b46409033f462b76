"""Say what falls if some components fail, when, and what is recommended then.

First a table: at which hour each line of the plan uses which channel. Then each step:
what falls with what, what to use, and why.

Everything works before; nothing is probed, and no engine is asked. Where one runs, what
somebody distrusts now stays set aside, and a battery lasts as it was measured. A
channel can be said to fail too, as channel:NAME. Exit code: 0, else 3.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from math import inf

from msgspec.structs import replace

from secours import places, texts
from secours.cli import answer_text, arguments, plan_file, printing, prose
from secours.cli.progress_line import working
from secours.cli.refusal import Refused, no_such
from secours.config.reader.mistakes import shown
from secours.core import batteries
from secours.core.replay.whatif import Outlook, Step, nodes_of, whatif
from secours.engine import clock
from secours.engine.published import snapshot_file
from secours.message import message
from secours.model.nodes import plain_name
from secours.model.plan import Config
from secours.model.snapshot import ChannelView, Link, Recommendation, Snapshot
from secours.render.answers import recommend
from secours.render.answers import whatif as whatif_answer
from secours.render.answers.audit import labels
from secours.render.answers.values import fresh
from secours.render.redundancy import hours
from secours.render.wording import do_not_use
from secours.render.wording import whatif as wording
from secours.render.wording.localizer import Localizer


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `whatif`."""
    parser.add_argument(
        "--fail",
        action="append",
        required=True,
        metavar="COMPONENT",
        help="what fails, such as power:grid or channel:sms; may be given again",
    )
    parser.add_argument(
        "--at",
        type=_length,
        default=inf,
        metavar="DURATION",
        help="how long after the failure to look, such as 4h (default: to the end)",
    )
    plan_file.add_config(parser)
    arguments.add_answer(parser, "text", "json")


def run(args: argparse.Namespace) -> int:
    """Follow the failure and print it, step by step."""
    config = plan_file.config_in(args.config)
    fails = list(dict.fromkeys(args.fail))
    _check(config, fails)
    language = arguments.language_of(args, config.site.language)
    running, age_s = _running(config)
    marks = running.marks if running else ()
    ends = running.batteries_end if running and fresh(running, age_s) else {}
    with working(language, "commands.progress.whatif"):
        outlook = whatif(
            config, fails, start=clock.now(), until_s=args.at, marks=marks, ends=ends
        )
    if args.format == "json":
        reply = whatif_answer.answer(config, fails, args.at, outlook, running, language)
        printing.as_json(reply)
    else:
        lines = _told(config, fails, outlook, language, running)
        known = labels(config, language).items()
        names = ((label, plain_name(node)) for node, label in known)
        prose.write(answer_text.with_names(lines, names, language))
    return 0


def _running(config: Config) -> tuple[Snapshot | None, float]:
    """Return the latest snapshot of this plan with its age; its words stay true."""
    try:
        shot, age_s = snapshot_file.read(places.runtime_dir())
    except (OSError, snapshot_file.Corrupt, places.NoPlace):
        return None, inf
    return (shot if shot.plan_version == config.version else None), age_s


def _check(config: Config, fails: Sequence[str]) -> None:
    nodes = nodes_of(config)
    for name in fails:
        if name in config.channels and name not in nodes:
            node = f"channel:{name}"
            mistake = message("commands.is-a-channel", name=shown(name), node=node)
            raise Refused(mistake)
        if name not in nodes:
            raise Refused(no_such("commands.no-such.component", name, nodes))


def _length(text: str) -> float:
    if text.strip() == "0":
        return 0.0
    return arguments.duration(text)


def _told(
    config: Config,
    fails: Sequence[str],
    outlook: Outlook,
    language: str,
    running: Snapshot | None,
) -> Iterator[str]:
    """Write what to use at which hour, then each step with what falls and why."""
    names = labels(config, language)
    colon = texts.say(language, "colon")
    named = ", ".join(names[name] for name in fails)
    yield f"{texts.say(language, 'whatif.if')}{colon} {named}."
    if config.example:
        yield texts.say(language, "note.example")
    if running and (distrusted := do_not_use.sentence(Localizer(running, language))):
        yield distrusted
    if not batteries.supply(config).isdisjoint(fails):
        yield texts.say(language, "on_battery.advice")
    yield ""
    yield from hours.table(outlook, language, prose.width(sys.stdout))
    before: dict[str, list[str]] = {}
    for step in outlook.steps:
        section = wording.section(step, names, language)
        yield ""
        yield f"{section.title}{colon}"
        yield from (f"  {each}" for each in section.paragraphs)
        for line in step.snapshot.recommendations:
            name = line.name
            written = list(_line(step, line, language))
            yield from written if before.get(name) != written else ()
            before[name] = written
    if later := wording.later(outlook, names, language):
        yield ""
        yield later


def _line(step: Step, line: Recommendation, language: str) -> Iterator[str]:
    """Write the channel of one line of the plan, why, and what is left."""
    shot = replace(
        step.snapshot,
        example=False,  # said once, at the top, as what to do without mains is
        own_link=Link.UNKNOWN,  # here it is among what falls
        recommendations=(replace(line, on_battery=False, until={}),),
        channels=tuple(map(_timeless, step.snapshot.channels)),
    )
    answer = recommend.answer(shot, 0.0, language)
    written = answer_text.recommendations(answer, shot, language, fresh=True)
    yield from (f"  {each}" for each in written)
    spoken = (language, shot.site.language)
    left = step.left(line)
    names = [shot.channel(name).label.in_(*spoken) or name for name in left]
    count = wording.left(step, line, Localizer(shot, language))
    listed = f" ({', '.join(names)})" if names else ""
    head = f"{texts.say(language, 'whatif.left')}{texts.say(language, 'colon')}"
    yield f"    {head} {count}{listed}."


def _timeless(view: ChannelView) -> ChannelView:
    """Drop the hour of its end: nothing has failed yet."""
    return replace(view, standing=replace(view.standing, until=None))
