"""Page of a recorded outage: the choice, its course on a plan, a moment, its score."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup
from msgspec import Struct

from secours import texts
from secours.core.replay.score import LineScore, Moment, Replay
from secours.languages import Text
from secours.model.recording import Scenario, Turn
from secours.render import templates, times
from secours.render.outages.ladder import Tests, ladder_html, shows
from secours.render.templates import Row
from secours.render.templates.links import link
from secours.render.wall import card, unsafe_band
from secours.render.wall.card_fit import card_text
from secours.render.wording import replay, suspects
from secours.render.wording.localizer import Localizer

MOST_ROWS = 300
MOST_NAMES = 8  # of channels, in a sentence
OWN, REFERENCE = "own", "reference"
OUTAGE, PLAN, MINUTE = "outage", "plan", "minute"  # query parameters


class OutagePage(Struct, frozen=True, kw_only=True):
    """Outage on a plan, and the minute shown."""

    scenario: Scenario
    recorded: Sequence[tuple[str, Text]]  # the name and the title of each there is
    tests: Tests
    plan: str = OWN  # or the reference plan
    readable: bool = True  # our own plan is
    touched: bool = True  # something in the plan is
    minute: int = 0
    played: Replay | None = None  # None while it is being played

    def link(self, minute: float, language: str) -> str:
        """Return the address of another minute of it."""
        asked = {OUTAGE: self.scenario.name, PLAN: self.plan, MINUTE: str(int(minute))}
        return link("outages", language, [*asked.items()])


SelectOption = tuple[str, str, bool]
"""Value and words of an option, and whether it is chosen."""


def outages_html(page: OutagePage, localizer: Localizer) -> Markup:
    """Draw the page: the choices, then the course of the outage."""
    return templates.part(
        "outage.html",
        "page",
        localizer.language,
        page=page,
        last=int(page.scenario.duration_s // 60),
        outages=[
            (name, localizer.in_language(title) or name, name == page.scenario.name)
            for name, title in page.recorded
        ],
        plans=_plans(page, localizer),
        went=_went(page, page.played, localizer) if page.played else None,
    )


def _plans(page: OutagePage, localizer: Localizer) -> list[SelectOption]:
    """Return the plans it can be played on."""
    known = (OWN, REFERENCE) if page.readable else (REFERENCE,)
    return [
        (name, localizer.say(f"replay.plan.{name}"), name == page.plan)
        for name in known
    ]


def _went(page: OutagePage, played: Replay, localizer: Localizer) -> Row:
    language, at_s = localizer.language, 60.0 * page.minute
    at_first = Localizer(played.timeline[0].snapshot, language)
    moment = at_minute(played.timeline, page.minute)
    then = Localizer(moment.snapshot, language, max(0.0, at_s - 60 * moment.minute))
    when = page.scenario.start + timedelta(seconds=at_s)
    return {
        "summary": summary(page.tests, at_first),
        "ladder": ladder_html(played, page.tests, at_s, at_first),
        "tests": [
            (at_first.short_name(name), _turns(turns, at_first))
            for name, turns in page.tests
        ],
        "moment": moment_html(then, at_s, when),
        "course": course_html(
            played, language, lambda minute: page.link(minute, language)
        ),
        "scores": [_scored(each, localizer) for each in (*played.lines, played.total)],
        "lessons": list(replay.about(played.scenario, localizer)),
    }


def at_minute(timeline: Sequence[Moment], minute: float) -> Moment:
    """Return the state at a minute; before the first moment, that one."""
    past = [moment for moment in timeline if moment.minute <= minute]
    return past[-1] if past else timeline[0]


def moment_html(localizer: Localizer, at_s: float, when: datetime) -> Markup:
    """Draw the recommendations and suspects so long after the start."""
    time = texts.duration(localizer.language, at_s)
    zone = times.zone_name(when, localizer.snapshot.site.timezone)
    hour = f"{localizer.date(when)} {localizer.local(when):%H:%M} {zone}"
    lines = localizer.snapshot.recommendations
    return templates.part(
        "outage.html",
        "moment",
        localizer.language,
        head=localizer.say("replay.at", time=time, when=hour),
        unsafe=unsafe_band.band(localizer),
        cards=[card.column_html(card_text(line, localizer)) for line in lines],
        likeliest=replay.likeliest(localizer),
        suspected=bool(suspects.sentences(localizer)),
    )


def course_html(
    played: Replay, language: str, address: Callable[[float], str]
) -> Markup:
    """Draw the moves of each line of the plan, each with a link to its minute."""
    heads = ("replay.from", "redundancy.line", "redundancy.use")
    rows = [
        (_minute(minute, address, language), line, words)
        for minute, line, words in replay.course(played, language)[:MOST_ROWS]
    ]
    titles = [texts.say(language, head) for head in heads]
    return templates.part(
        "base/tables.html", "table", language, heads=titles, rows=rows
    )


def _minute(minute: float, address: Callable[[float], str], language: str) -> Markup:
    return templates.part(
        "outage.html",
        "minute",
        language,
        address=address(minute),
        words=replay.clock(minute),
    )


def summary(tests: Tests, localizer: Localizer) -> str:
    """Name the channels in whose tests the outage shows."""
    if not (channels := shows(tests)):
        return localizer.say("replay.unseen")
    names = ", ".join(map(localizer.short_name, channels[:MOST_NAMES]))
    names += "…" if channels[MOST_NAMES:] else ""
    return localizer.say("replay.shows", names=names, n=len(channels), of=len(tests))


def _turns(turns: Sequence[Turn], localizer: Localizer) -> str:
    return " · ".join(
        f"{replay.clock(turn.at_s / 60)} {localizer.say(f'verdict.{turn.verdict}')}"
        for turn in turns
    )


def _scored(each: LineScore, localizer: Localizer) -> tuple[str, str, str, str]:
    wrong_s = round(60 * each.minutes_on_a_channel_down)
    return (
        replay.name_of(each, localizer),
        texts.duration(localizer.language, 60 * each.minutes_without_channel),
        texts.duration(localizer.language, wrong_s),
        str(each.changes),
    )
