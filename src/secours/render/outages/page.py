"""Page of a recorded outage: the choice, the plan, and the course."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from markupsafe import Markup
from msgspec import Struct

from secours.core.replay.score import Moment, Replay
from secours.model.plan import Text
from secours.model.recording import Scenario
from secours.render import templates
from secours.render.outages import outage
from secours.render.outages.ladder import Seen, ladder_html
from secours.render.templates import Row
from secours.render.wording.localizer import Localizer

OWN, REFERENCE = "own", "reference"
OUTAGE, PLAN, MINUTE = "outage", "plan", "minute"  # query parameters


class OutagePage(Struct, frozen=True, kw_only=True):
    """Outage on a plan, and the minute shown."""

    scenario: Scenario
    recorded: Sequence[tuple[str, Text]]  # the name and the title of each there is
    seen: Seen
    plan: str = OWN  # or the reference plan
    readable: bool = True  # our own plan is
    touched: bool = True  # something in the plan is
    minute: int = 0
    played: Replay | None = None  # None while it is being played

    def link(self, minute: float, language: str) -> str:
        """Return the address of another minute of it."""
        asked = {OUTAGE: self.scenario.name, PLAN: self.plan, MINUTE: int(minute)}
        return f"outages?{urlencode({'lang': language, **asked})}"


class SelectOption(Struct, frozen=True):
    """Option of a list."""

    value: str
    words: str
    chosen: bool


def outages_html(page: OutagePage, localizer: Localizer) -> Markup:
    """Draw the page: the choices, then the course of the outage."""
    return templates.part(
        "outage.html",
        "page",
        localizer.language,
        page=page,
        last=int(page.scenario.duration_s // 60),
        outages=[
            SelectOption(name, localizer.in_language(title) or name, _is(page, name))
            for name, title in page.recorded
        ],
        plans=_plans(page, localizer),
        went=_went(page, page.played, localizer) if page.played else None,
    )


def _is(page: OutagePage, name: str) -> bool:
    return name == page.scenario.name


def _plans(page: OutagePage, localizer: Localizer) -> list[SelectOption]:
    """Return the plans it can be played on."""
    known = (OWN, REFERENCE) if page.readable else (REFERENCE,)
    return [
        SelectOption(name, localizer.say(f"replay.plan.{name}"), name == page.plan)
        for name in known
    ]


def _went(page: OutagePage, played: Replay, localizer: Localizer) -> Row:
    language, at_s = localizer.language, 60.0 * page.minute
    at_first = Localizer(played.timeline[0].snapshot, language)
    moment = at_minute(played.timeline, page.minute)
    then = Localizer(moment.snapshot, language, max(0.0, at_s - 60 * moment.minute))
    when = page.scenario.start + timedelta(seconds=at_s)
    return {
        "summary": outage.summary(page.seen, at_first),
        "ladder": ladder_html(played, page.seen, at_s, at_first),
        "seen": outage.seen_html(page.seen, at_first),
        "moment": outage.moment_html(then, at_s, when),
        "course": outage.course_html(
            played, language, lambda minute: page.link(minute, language)
        ),
        "score": outage.score_html(played, localizer),
    }


def at_minute(timeline: Sequence[Moment], minute: float) -> Moment:
    """Return the state at a minute; before the first moment, that one."""
    past = [moment for moment in timeline if moment.minute <= minute]
    return past[-1] if past else timeline[0]
