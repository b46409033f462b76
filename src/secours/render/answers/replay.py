"""JSON answer of `replay`: an outage played on the plan, or the list."""

from collections.abc import Iterable
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from secours.core.replay.score import Moment, Replay
from secours.model.recording import Scenario
from secours.render.answers.notes import DoNotUse, unsafe
from secours.render.answers.plan_line import LineAnswer, lines
from secours.render.answers.recommend import ExplanationAnswer, explanations
from secours.render.answers.values import SCHEMA, Amount, Count, Time, like
from secours.render.wording.localizer import Localizer


class MomentAnswer(Struct, frozen=True, kw_only=True):
    """State from this minute of an outage on."""

    minute: Amount
    recommendations: tuple[LineAnswer, ...]
    suspects: tuple[tuple[str, ...], ...]
    known_down: tuple[str, ...]
    explanations: tuple[ExplanationAnswer, ...]
    do_not_use: tuple[DoNotUse, ...] | UnsetType = UNSET  # if any


class ScoreAnswer(Struct, frozen=True, kw_only=True):
    """Score of the plan in an outage, all its lines together."""

    minutes_without_channel: Amount
    minutes_on_a_channel_down: Amount
    changes: Count


class ReplayAnswer(Struct, frozen=True, kw_only=True):
    """Course and score of the plan in an outage."""

    schema: Literal[1]
    scenario: str
    timeline: tuple[MomentAnswer, ...]
    score: ScoreAnswer


class RecordingAnswer(Struct, frozen=True, kw_only=True):
    """A recorded outage of the package."""

    scenario: str
    title: str
    start: Time
    minutes: Amount
    confidence: str
    lesson: str
    sources: tuple[str, ...]


class RecordingsAnswer(Struct, frozen=True, kw_only=True):
    """The recorded outages of the package."""

    schema: Literal[1]
    recordings: tuple[RecordingAnswer, ...]


def answer(played: Replay, language: str) -> ReplayAnswer:
    """Return an outage as it was played."""
    return ReplayAnswer(
        schema=SCHEMA,
        scenario=played.scenario.name,
        timeline=tuple(_moment(moment, language) for moment in played.timeline),
        score=like(ScoreAnswer, played.total),
    )


def listed(recordings: Iterable[Scenario], language: str) -> RecordingsAnswer:
    """Return the recorded outages there are."""
    entries = tuple(_recording(scenario, language) for scenario in recordings)
    return RecordingsAnswer(schema=SCHEMA, recordings=entries)


def _moment(moment: Moment, language: str) -> MomentAnswer:
    shot = moment.snapshot
    return like(
        MomentAnswer,
        shot,
        minute=moment.minute,
        recommendations=lines(Localizer(shot, language)),
        explanations=explanations(shot),
        do_not_use=unsafe(shot) or UNSET,
    )


def _recording(scenario: Scenario, language: str) -> RecordingAnswer:
    return like(
        RecordingAnswer,
        scenario,
        scenario=scenario.name,
        title=scenario.title.in_(language),
        start=f"{scenario.start:%Y-%m-%dT%H:%M:%SZ}",
        minutes=round(scenario.duration_s / 60, 2),
        lesson=scenario.lesson.in_(language),
    )
