"""Replay a recorded outage on the plan: a drill at a desk, in a moment.

The probes, the reasoning and the recommendation are those of the engine, in simulated
time. The score judges the plan by what really failed. Exit code: 0, else 3.
"""

import argparse
import sys
from collections.abc import Iterator

from secours import texts
from secours.cli import options, plan, printing
from secours.cli.refused import Refused
from secours.config import BadConfig
from secours.config.scenario import REFERENCE, load_scenario, recordings
from secours.core import recorded
from secours.core.replay import LineScore, Moment, Replay, replay
from secours.model import Recommendation, Scenario
from secours.screen import report

LIKELIEST = 3  # sets of suspects that are written out


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `replay`."""
    parser.add_argument(
        "scenario",
        nargs="?",
        metavar="SCENARIO",
        help="a recorded outage of the package, or a file",
    )
    parser.add_argument(
        "--list", action="store_true", help="list the recorded outages of the package"
    )
    plan.add_config(parser)
    parser.add_argument(
        "--reference",
        action="store_true",
        help="replay it on the reference plan of the package instead of --config",
    )
    options.add_format(parser, "text", "json")
    options.add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Replay an outage, or list those there are."""
    if args.list:
        _list(args.format)
        return 0
    if args.scenario is None:
        raise Refused("name a recorded outage: 'secours replay --list' shows them")
    scenario = _scenario(args.scenario)
    config = plan.config_in(str(REFERENCE) if args.reference else args.config)
    if not recorded.touched(config, scenario):
        print("nothing in this plan is touched by this outage", file=sys.stderr)
    played = replay(config, scenario)
    language = options.language_of(args, config.site.language)
    if args.format == "json":
        printing.as_json(_answer(played, language))
    else:
        printing.lines(_told(played, language))
    return 0


def _scenario(name: str) -> Scenario:
    try:
        return load_scenario(name)
    except BadConfig as bad:
        raise Refused("\n".join(map(str, bad.mistakes))) from None


def _list(form: str) -> None:
    found = [_scenario(name) for name in recordings()]
    if form == "json":
        listed = [_entry(scenario) for scenario in found]
        printing.as_json({"schema": report.SCHEMA, "recordings": listed})
        return
    width = max(len(scenario.name) for scenario in found)
    printing.lines(f"{each.name.ljust(width)}  {each.title}" for each in found)


def _entry(scenario: Scenario) -> report.Answer:
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "start": f"{scenario.start:%Y-%m-%dT%H:%M:%SZ}",
        "minutes": round(scenario.duration_s / 60, 2),
        "confidence": scenario.confidence,
        "lesson": scenario.lesson,
        "sources": list(scenario.sources),
    }


# ------------------------------------------------------------------ json


def _answer(played: Replay, language: str) -> report.Answer:
    return {
        "schema": report.SCHEMA,
        "scenario": played.scenario.name,
        "timeline": [_at(moment, language) for moment in played.timeline],
        "score": {
            "minutes_without_channel": played.minutes_without_channel,
            "minutes_on_a_channel_down": played.minutes_on_a_channel_down,
            "changes": played.changes,
        },
    }


def _at(moment: Moment, language: str) -> report.Answer:
    answer = report.recommend(moment.snapshot, 0.0, language)
    return {
        "minute": moment.minute,
        "recommendations": answer["recommendations"],
        "suspects": answer["suspects"],
    }


# ------------------------------------------------------------------ words


def _told(played: Replay, language: str) -> Iterator[str]:
    """Write how each line of the plan went, what was suspected, and the score."""
    scenario = played.scenario
    yield scenario.title or scenario.name
    yield (
        f"{scenario.start:%Y-%m-%d %H:%M} UTC,"
        f" {texts.duration(language, scenario.duration_s)},"
        f" confidence: {scenario.confidence or 'not said'}"
    )
    for place, _ in enumerate(played.timeline[0].snapshot.recommendations):
        yield ""
        yield from _line(played, place, language)
    yield ""
    yield from _suspected(played, language)
    yield ""
    if scenario.lesson:
        yield f"Lesson: {scenario.lesson}"
    yield f"Score, all lines together: {_score(_total(played), language)}"


def _line(played: Replay, place: int, language: str) -> Iterator[str]:
    """Write one line of the plan: each channel it used, and from which minute on."""
    first = played.timeline[0].snapshot.recommendations[place]
    yield texts.purpose(language, first.purpose, first.audience)
    before = ""
    for moment in played.timeline:
        used = _used(moment, moment.snapshot.recommendations[place], language)
        if used != before:
            yield f"  {_clock(moment.minute)}  {used}"
        before = used
    score = {line.line: line for line in played.lines}
    name = f"{first.purpose}/{first.audience}"
    yield f"  {_score(score.get(name, LineScore(line=name)), language)}"


def _used(moment: Moment, line: Recommendation, language: str) -> str:
    shot = moment.snapshot
    if line.use is None:
        return texts.say(language, "nothing")
    label = shot.channel(line.use.channel).label.in_(language, shot.site.language)
    words = [label or line.use.channel, texts.rank(language, line.use.rank)]
    if not line.use.verified:
        words.append(texts.say(language, "unverified"))
    elif line.use.state != "available":
        words.append(texts.state(language, line.use.state))
    return " · ".join(words)


def _suspected(played: Replay, language: str) -> Iterator[str]:
    """Write the likeliest suspects, those that stood at the end of a minute."""
    yield texts.say(language, "status.suspects")
    by_minute = {int(moment.minute): moment for moment in played.timeline}
    before = ""
    for moment in by_minute.values():
        words = _suspects(moment.snapshot.suspects, language)
        if words != before:
            yield f"  {_clock(moment.minute)}  {words or '-'}"
        before = words


def _suspects(found: tuple[tuple[str, ...], ...], language: str) -> str:
    either = f" {texts.say(language, 'status.suspects.or')} "
    lowest = [names for names in found if len(names) == len(found[0])]
    words = either.join(" + ".join(names) for names in lowest[:LIKELIEST])
    more = len(lowest) - LIKELIEST
    return f"{words} (+{more})" if more > 0 else words


def _total(played: Replay) -> LineScore:
    return LineScore(
        line="",
        minutes_without_channel=played.minutes_without_channel,
        minutes_on_a_channel_down=played.minutes_on_a_channel_down,
        changes=played.changes,
    )


def _score(score: LineScore, language: str) -> str:
    without = texts.duration(language, 60 * score.minutes_without_channel)
    down = texts.duration(language, round(60 * score.minutes_on_a_channel_down))
    changes = f"{score.changes} change{'' if score.changes == 1 else 's'}"
    return f"{without} without a channel, {down} on a channel that was down, {changes}"


def _clock(minute: float) -> str:
    """Write how long after the start: hours and minutes."""
    return f"{int(minute) // 60:4}:{int(minute) % 60:02}"
