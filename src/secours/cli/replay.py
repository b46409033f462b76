"""Replay a recorded outage on the plan: a drill at a desk, in a moment.

The probes, the reasoning and the recommendation are those of the engine, in simulated
time. The score judges the plan by what really failed. Exit code: 0, else 3.
"""

import argparse
from collections.abc import Iterator, Sequence

from secours import texts
from secours.cli import arguments, plan_file, printing, prose, replay_sites
from secours.cli.progress_line import working
from secours.cli.refusal import Refused
from secours.config import BadConfig
from secours.config.sections.scenario import REFERENCE, load_scenario, recordings
from secours.core.replay import recording
from secours.core.replay.score import LineScore, Replay, replay
from secours.message import message
from secours.model.recording import Scenario
from secours.render import times
from secours.render.answers import replay as replay_answer
from secours.render.wording import replay as wording
from secours.render.wording.localizer import Localizer
from secours.render.wording.replay import CourseStep


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
    plan_file.add_config(parser)
    parser.add_argument(
        "--reference",
        action="store_true",
        help="replay it on the reference plan of the package instead of --config",
    )
    parser.add_argument(
        "--sites",
        metavar="FOLDER",
        help="replay it on every plan of a folder, and say what would have been known"
        " of all these sites; province is an invented one of the package",
    )
    arguments.add_answer(parser, "text", "json")


def run(args: argparse.Namespace) -> int:
    """Replay an outage, or list those there are."""
    if args.list:
        language = arguments.language_of(args, plan_file.language_in(args.config))
        _list(args.format, language)
        return 0
    if args.scenario is None:
        raise Refused(message("commands.replay.name"))
    scenario = _scenario(args.scenario)
    if args.sites is not None:
        return replay_sites.run(args, scenario)
    config = plan_file.config_in(str(REFERENCE) if args.reference else args.config)
    language = arguments.language_of(args, config.site.language)
    if not recording.touched(config, scenario):
        prose.warn(texts.say(language, "replay.untouched"))
    with working(language, "commands.progress.replay", name=scenario.name):
        played = replay(config, scenario)
    if args.format == "json":
        printing.as_json(replay_answer.answer(played, language))
    else:
        prose.write(_told(played, language))
    return 0


def _scenario(name: str) -> Scenario:
    try:
        return load_scenario(name)
    except BadConfig as bad:
        raise Refused(*bad.mistakes) from None


def _list(form: str, language: str) -> None:
    scenarios = [_scenario(name) for name in recordings()]
    if form == "json":
        printing.as_json(replay_answer.listed(scenarios, language))
        return
    width = max(len(scenario.name) for scenario in scenarios)
    prose.write(
        f"{each.name.ljust(width)}  {each.title.in_(language)}" for each in scenarios
    )


def _told(played: Replay, language: str) -> Iterator[str]:
    """Write the course of each line, the suspects, and the score."""
    scenario, first = played.scenario, played.timeline[0].snapshot
    localizer = Localizer(first, language)
    yield localizer.in_language(scenario.title) or scenario.name
    began = times.with_zone(scenario.start, first.site.timezone)
    yield f"{began}, {texts.duration(language, scenario.duration_s)}"
    course = wording.course(played, language)
    for score in played.lines:
        name = wording.name_of(score, localizer)
        yield ""
        yield name
        yield from (_at_minute(*each) for each in _of(course, name))
        yield f"  {_score(score, localizer)}"
    yield ""
    yield from (_at_minute(*each) for each in _of(course, wording.DISTRUSTED))
    yield texts.say(language, "status.suspects")
    yield from (_at_minute(*each) for each in wording.suspected(played, language))
    yield ""
    yield from (
        f"{head} {words}" for head, words, _ in wording.about(scenario, localizer)
    )
    head = f"{localizer.say('replay.all')}{localizer.say('colon')}"
    yield f"{head} {_score(played.total, localizer)}"


def _of(course: Sequence[CourseStep], line: str) -> Iterator[tuple[float, str]]:
    return ((minute, words) for minute, of, words in course if of == line)


def _at_minute(minute: float, words: str) -> str:
    """Write what held from a minute on, the time in a column."""
    return f"  {wording.clock(minute).rjust(7)}  {words}"


def _score(score: LineScore, localizer: Localizer) -> str:
    return localizer.say(
        "replay.scored",
        without_s=round(60 * score.minutes_without_channel),
        wrong_s=round(60 * score.minutes_on_a_channel_down),
        n=score.changes,
    )
