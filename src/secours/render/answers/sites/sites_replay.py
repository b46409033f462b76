"""JSON answer of `replay --sites`: an outage on the plans of many sites."""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from secours.core.replay.sites import SitesMoment
from secours.model.recording import Scenario
from secours.model.sites.views import SiteState
from secours.render.answers.values import SCHEMA, Amount
from secours.render.wording.sites.sentence import sentence


class SitesMomentAnswer(Struct, frozen=True, kw_only=True):
    """State from this minute of an outage on."""

    minute: Amount
    sentence: str
    states: Mapping[str, SiteState]
    lost: tuple[tuple[str, ...], ...]


class SitesReplayAnswer(Struct, frozen=True, kw_only=True):
    """Course of an outage in a province."""

    schema: Literal[1]
    scenario: str
    timeline: tuple[SitesMomentAnswer, ...]


def answer(
    scenario: Scenario, moments: Iterable[SitesMoment], language: str
) -> SitesReplayAnswer:
    """Return a played outage: each moment at which something changed."""
    timeline: list[SitesMomentAnswer] = []
    for moment in moments:
        new = _moment(moment, language)
        if not timeline or _what(new) != _what(timeline[-1]):
            timeline.append(new)
    return SitesReplayAnswer(
        schema=SCHEMA, scenario=scenario.name, timeline=tuple(timeline)
    )


def _moment(moment: SitesMoment, language: str) -> SitesMomentAnswer:
    return SitesMomentAnswer(
        minute=round(moment.second / 60, 2),
        sentence=sentence(moment.view, language),
        states={site.name: site.state for site in moment.view.sites},
        lost=tuple(cause.components for cause in moment.view.causes),
    )


def _what(moment: SitesMomentAnswer) -> object:
    """Return an entry without its time."""
    return moment.sentence, moment.states, moment.lost
