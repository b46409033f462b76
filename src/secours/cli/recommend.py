"""Say for each line of the plan which channel to use now, which if it fails, and why.

Exit code: 0 every line on its primary, 1 a fallback, degraded, unverified or pinned
channel somewhere, 2 a line with no usable channel, 3 no fresh answer from the engine.
While the first choice of a line is still being measured: 1, or 3 where nothing answers.
"""

import argparse

from msgspec.structs import replace

from secours.cli import (
    answer_text,
    arguments,
    nagios,
    printing,
    prose,
    published,
    requests,
)
from secours.cli.refusal import Refused
from secours.message import Message, message
from secours.model.requests import AnnouncedRequest
from secours.model.snapshot import Snapshot
from secours.render.answers import recommend
from secours.render.export.families import prometheus_text
from secours.render.export.metrics import lines
from secours.render.export.states import moment
from secours.render.wording.announcement import Announcement, announcements
from secours.render.wording.localizer import Localizer
from secours.texts import in_words


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `recommend`."""
    arguments.add_answer(parser, "text", "json", "nagios", "prometheus")
    parser.add_argument(
        "--announce",
        action="store_true",
        help="write what to send people about it, and on which channel they listen",
    )
    parser.add_argument(
        "--sent",
        nargs="*",
        metavar="LINE",
        help="with --announce: note that it was sent for these lines of the plan, such"
        " as coordinate/staff (default: all), so that it is known where people are",
    )
    parser.add_argument(
        "--on",
        action="append",
        metavar="CHANNEL",
        help="with --sent: where people were told, if not where --announce says"
        " (repeatable)",
    )
    parser.add_argument("--by", metavar="NAME", help="with --sent: who told them")
    parser.add_argument("--config", metavar="FILE", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print the engine's recommendation and return the exit code."""
    if args.sent is not None:
        return _note(args)
    if args.by or args.on:  # nothing would be noted
        raise _refused("--by" if args.by else "--on", "--sent")
    shot, age_s = published.snapshot()
    language = arguments.language_of(args, shot.site.language)
    return show(shot, age_s, args.format, language, announce=args.announce)


def _refused(option: str, other: str) -> Refused:
    """Refuse an option without the one that it goes with."""
    return Refused(message("commands.recommend.announce", option=option, other=other))


def _note(args: argparse.Namespace) -> int:
    """Note which announcements were sent."""
    if not args.announce:
        raise _refused("--sent", "--announce")
    if not args.by:
        raise Refused(message("commands.recommend.by"))
    shot, age_s = published.snapshot()
    if stale := published.why_stale(shot, age_s):
        raise Refused(stale, language=shot.site.language)
    sent = _sent(args, shot)
    for why in () if args.sent else _measuring(shot, shot.site.language):
        if not sent:
            raise Refused(why, language=shot.site.language)
        prose.warn(in_words(shot.site.language, why))
    for each in sent:
        on = args.on or [*each.on, *each.read_on]
        told = AnnouncedRequest(
            line=each.line, channel=each.use or "", on=tuple(on), by=args.by
        )
        requests.say(told)
    return 0


def _sent(args: argparse.Namespace, shot: Snapshot) -> list[Announcement]:
    """Return the announcements to note: without names those not noted yet."""
    said = announcements(shot, shot.site.language)
    due = [each for each in said if not each.exercise]
    if not args.sent:
        new = [] if args.on else [each for each in due if each.told is None]
        return new or due
    sent = [each for each in due if each.line in args.sent]
    if missing := set(args.sent) - {each.line for each in sent}:
        names = ", ".join(sorted(missing))
        raise Refused(message("commands.recommend.nothing", names=names))
    return sent


def _measuring(shot: Snapshot, language: str) -> tuple[Message, ...]:
    """Return a message on lines without an announcement yet, if any."""
    localizer = Localizer(shot, language)
    names = [
        f"{localizer.line(line.purpose, line.audience)} [{line.name}]"
        for line in shot.recommendations
        if line.measuring
    ]
    if not names:
        return ()
    return (message("commands.recommend.measuring", names=", ".join(names)),)


def _warnings(
    shot: Snapshot, age_s: float, language: str, *, announce: bool
) -> tuple[Message, ...]:
    """Return the warnings beside the answer."""
    if stale := published.why_stale(shot, age_s):
        return (stale,)
    if not shot.recommendations:
        return (message("commands.recommend.no-line"),)
    return _measuring(shot, language) if announce else ()


def show(
    shot: Snapshot, age_s: float, form: str, language: str, *, announce: bool = False
) -> int:
    """Print the recommendation of a snapshot and return the exit code."""
    for why in _warnings(shot, age_s, language, announce=announce):
        prose.warn(in_words(language, why))
    code = recommend.exit_code(shot, age_s)
    is_fresh = recommend.is_answer(shot, age_s)
    answer = recommend.answer(shot, age_s, language)
    # Stale answers must not be announced.
    due = announcements(shot, language) if announce and is_fresh else ()
    if announce:
        answer = replace(answer, announcements=tuple(map(recommend.announcement, due)))
    match form:
        case "text" if announce:
            printing.lines(answer_text.announcements(due, shot, language))
        case "json":
            printing.as_json(answer)
        case "nagios":
            localizer = Localizer(shot, language)
            in_short = nagios.recommendations(answer, localizer, code, fresh=is_fresh)
            printing.lines([in_short])
        case "prometheus":
            printing.lines(prometheus_text([*lines(shot, age_s), moment(shot)]))
        case _:
            said = answer_text.recommendations(answer, shot, language, fresh=is_fresh)
            printing.timed(said, shot, language)
    return code
