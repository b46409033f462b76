"""A recorded outage played on a plan, in words: its course, suspects, score, lesson."""

from collections.abc import Iterator

from secours.core.replay.score import LineScore, Replay
from secours.model.recording import Scenario
from secours.model.sections.line import purpose_and_audience
from secours.render.wording import do_not_use, suspects
from secours.render.wording.localizer import Localizer
from secours.render.wording.whatif import used

LIKELIEST = 3  # sets of suspects of a group written out
DISTRUSTED = "—"  # instead of a line of the plan


CourseStep = tuple[float, str, str]
"""Minute, label of a line of the plan, and the words on it from then on."""


def course(played: Replay, language: str) -> list[CourseStep]:
    """Return the moves of each line of the plan.

    Changes of what must not be used stand between them.
    """
    steps: list[CourseStep] = []
    before = {DISTRUSTED: ""}
    for moment in played.timeline:
        for name, words in _used(Localizer(moment.snapshot, language)):
            if before.get(name) != words:
                steps.append((moment.minute, name, words or DISTRUSTED))
                before[name] = words
    return steps


def _used(localizer: Localizer) -> Iterator[tuple[str, str]]:
    """Yield what must not be used, and the channel of each line."""
    yield DISTRUSTED, do_not_use.sentence(localizer)
    for line in localizer.snapshot.recommendations:
        name = localizer.line(line.purpose, line.audience)
        yield name, used(line, localizer)


def suspected(played: Replay, language: str) -> Iterator[tuple[float, str]]:
    """Yield the likeliest suspects, those at the end of a minute."""
    by_minute = {int(moment.minute): moment for moment in played.timeline}
    before = ""
    for moment in by_minute.values():
        words = likeliest(Localizer(moment.snapshot, language))
        if words != before:
            yield moment.minute, words
        before = words


def likeliest(localizer: Localizer) -> str:
    """Return the likeliest suspects, and how many more explain as much."""
    said = localizer.series(suspects.sentences(localizer, LIKELIEST))
    return said or localizer.say("replay.suspects.none")


def clock(minute: float) -> str:
    """Write a time after the start: hours and minutes."""
    return f"{int(minute) // 60}:{int(minute) % 60:02}"


def name_of(score: LineScore, localizer: Localizer) -> str:
    """Name the line of a score, or all of them."""
    if not score.line:
        return localizer.say("replay.all")
    return localizer.line(*purpose_and_audience(score.line))


def about(scenario: Scenario, localizer: Localizer) -> Iterator[tuple[str, str, str]]:
    """Yield the heads, words and languages of its lessons.

    What was recorded in no language of its own is in English, like its title.
    """
    colon = localizer.say("colon")
    if lesson := localizer.in_language(scenario.lesson):
        spoken = localizer.language if scenario.lesson.translations else "en"
        yield f"{localizer.say('replay.lesson')}{colon}", lesson, spoken
    if scenario.confidence:
        words = localizer.say(f"confidence.{scenario.confidence}")
        yield f"{localizer.say('replay.confidence')}{colon}", words, localizer.language
    if scenario.sources:
        sources = ", ".join(scenario.sources)
        yield f"{localizer.say('replay.sources')}{colon}", sources, localizer.language
