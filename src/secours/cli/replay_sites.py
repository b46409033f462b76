"""Replay a recorded outage over the plans of many sites: `secours replay --sites`."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from secours import texts
from secours.cli import arguments, plan_file, printing, prose
from secours.cli.progress_line import working
from secours.cli.refusal import Refused
from secours.config.sections.scenario import FOLDER
from secours.core.replay import recording, sites
from secours.message import message
from secours.model.plan import Config
from secours.model.recording import Scenario
from secours.render import times
from secours.render.answers.sites import sites_replay
from secours.render.answers.sites.sites_replay import SitesReplayAnswer
from secours.render.wording import replay as wording

PROVINCE = "province"  # the folder of the package


def run(args: argparse.Namespace, scenario: Scenario) -> int:
    """Play it, and print each change of the view of sites."""
    plans = _plans(FOLDER / PROVINCE if args.sites == PROVINCE else Path(args.sites))
    site = next(iter(plans.values())).site
    language = arguments.language_of(args, site.language)
    if not any(recording.touched(config, scenario) for config in plans.values()):
        prose.warn(texts.say(language, "replay.untouched"))
    with working(language, "commands.progress.replay", name=scenario.name):
        answer = sites_replay.answer(scenario, sites.play(plans, scenario), language)
    if args.format == "json":
        printing.as_json(answer)
    else:
        prose.write(_told(answer, scenario, site.timezone, language))
    return 0


def _plans(folder: Path) -> Mapping[str, Config]:
    """Return the plans of a folder, by the names of their sites."""
    files: dict[str, str] = {}
    plans: dict[str, Config] = {}
    for file in sorted(folder.glob("*.yaml")):
        config = plan_file.config_in(str(file))
        if config.sites is None:
            raise Refused(message("commands.replay.alone", file=str(file)))
        name = config.sites.name
        if name in plans:
            both = f"{files[name]}, {file}"
            raise Refused(message("commands.replay.twice", name=name, files=both))
        files[name], plans[name] = str(file), config
    if not plans:
        raise Refused(message("commands.replay.no-plans", folder=str(folder)))
    return plans


def _told(
    answer: SitesReplayAnswer, scenario: Scenario, timezone: str, language: str
) -> Iterator[str]:
    """Write the sentences on all sites, with their times."""
    yield scenario.title.in_(language) or scenario.name
    began = times.with_zone(scenario.start, timezone)
    yield f"{began}, {texts.duration(language, scenario.duration_s)}"
    yield ""
    before = ""
    for moment in answer.timeline:
        if moment.sentence != before:
            clock = wording.clock(moment.minute).rjust(7)
            yield f"  {clock}  {moment.sentence}"
            before = moment.sentence
