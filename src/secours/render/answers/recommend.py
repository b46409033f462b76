"""JSON answer of `recommend`; its values stay stable.

Additions keep `schema` at 1. Times are ISO 8601 in UTC; words for people are in the
language asked for.
"""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from secours.model.sections.line import Purpose
from secours.model.snapshot import Link, Snapshot, State
from secours.model.statements import Declared, Mark
from secours.render.answers import notes
from secours.render.answers.plan_line import LineAnswer, lines
from secours.render.answers.values import (
    EXIT_CODES,
    SCHEMA,
    Amount,
    Count,
    Time,
    date_or_null,
    finite,
    fresh,
    iso,
    like,
)
from secours.render.wording import exercise, sms_length, statements
from secours.render.wording.announcement import Announcement
from secours.render.wording.localizer import Localizer

NO_ANSWER = 3


class PathAnswer(Struct, frozen=True, kw_only=True):
    """State of a path."""

    path: str
    state: Link


class ExplanationAnswer(Struct, frozen=True, kw_only=True):
    """Failures that may have a cause in common, and what would explain them."""

    channels: tuple[str, ...]
    suspects: tuple[tuple[str, ...], ...]
    unexplained: tuple[str, ...]


class ExerciseAnswer(Struct, frozen=True, kw_only=True):
    """Exercise that is played, and its recommendations; every text bears the word."""

    fails: tuple[str, ...]
    by: str
    author: str
    until: Time | None
    recommendations: tuple[LineAnswer, ...]


class MarkAnswer(Struct, frozen=True, kw_only=True):
    """A person's word on a component or a channel."""

    subject: str
    says: Declared
    by: str
    author: str
    why: str
    at: Time
    since: Time
    until: Time | None
    to_confirm: bool


class PinAnswer(Struct, frozen=True, kw_only=True):
    """A channel that a person wants used for one line."""

    line: str
    channel: str
    by: str
    why: str
    at: Time
    until: Time | None


class AnnouncedAnswer(Struct, frozen=True, kw_only=True):
    """People were told to use a channel for one line, and on which channels."""

    line: str
    channel: str
    on: tuple[str, ...]
    by: str
    at: Time


class AnnouncementAnswer(Struct, frozen=True, kw_only=True):
    """A text to send, and where."""

    purpose: Purpose
    audience: str
    exercise: bool
    on: str | None
    send_on: tuple[str, ...]
    read_on: tuple[str, ...]
    text: str
    length: Count
    limit: int


class RecommendAnswer(Struct, frozen=True, kw_only=True):
    """Recommendation for each line of the plan; at its end what people said, if any."""

    schema: Literal[1]
    site: str
    at: Time
    age_s: Amount | None
    plan_version: str
    config_error: str | None
    exercise: ExerciseAnswer | None
    own_link: Link
    paths: tuple[PathAnswer, ...]
    suspects: tuple[tuple[str, ...], ...]
    known_down: tuple[str, ...]
    explanations: tuple[ExplanationAnswer, ...]
    recommendations: tuple[LineAnswer, ...]
    standby: notes.StandbyAnswer | UnsetType = UNSET  # of one that stands by
    second_opinion: tuple[notes.OpinionAnswer, ...] | UnsetType = UNSET
    hub: notes.HubAnswer | UnsetType = UNSET  # of a site among others
    do_not_use: tuple[notes.DoNotUse, ...] | UnsetType = UNSET
    marks: tuple[MarkAnswer, ...] | UnsetType = UNSET
    pins: tuple[PinAnswer, ...] | UnsetType = UNSET
    announced: tuple[AnnouncedAnswer, ...] | UnsetType = UNSET
    words_lost: bool | UnsetType = UNSET  # where marks may be lost
    announcements: tuple[AnnouncementAnswer, ...] | UnsetType = UNSET  # if asked for


def answer(snapshot: Snapshot, age_s: float, language: str) -> RecommendAnswer:
    """Return the recommendation for each line of the plan."""
    localizer = Localizer(snapshot, language, age_s)
    return like(
        RecommendAnswer,
        snapshot,
        schema=SCHEMA,
        site=localizer.site,
        at=iso(snapshot.at),
        age_s=finite(age_s),
        exercise=_exercise(localizer),
        paths=tuple(
            PathAnswer(path=path.name, state=path.state) for path in snapshot.paths
        ),
        explanations=explanations(snapshot),
        recommendations=lines(localizer),
        marks=tuple(_mark(mark, snapshot) for mark in snapshot.marks) or UNSET,
        pins=tuple(
            like(PinAnswer, pin, at=iso(pin.at), until=date_or_null(pin.until))
            for pin in snapshot.pins
        )
        or UNSET,
        announced=tuple(
            like(AnnouncedAnswer, told, at=iso(told.at)) for told in snapshot.announced
        )
        or UNSET,
        words_lost=snapshot.words_lost or UNSET,
        **notes.fields(snapshot, age_s, language),
    )


def explanations(snapshot: Snapshot) -> tuple[ExplanationAnswer, ...]:
    """Return the explanations of each group of failures."""
    return tuple(like(ExplanationAnswer, group) for group in snapshot.explanations)


def _exercise(localizer: Localizer) -> ExerciseAnswer | None:
    rehearsal = localizer.snapshot.rehearsal
    imagined = exercise.played(localizer.snapshot)
    if rehearsal is None or imagined is None:
        return None
    recommended = lines(replace(localizer, snapshot=imagined))
    return like(
        ExerciseAnswer,
        rehearsal.exercise,
        until=date_or_null(rehearsal.exercise.until),
        recommendations=exercise.marked(recommended, localizer.say("exercise")),
    )


def _mark(mark: Mark, snapshot: Snapshot) -> MarkAnswer:
    return like(
        MarkAnswer,
        mark,
        at=iso(mark.at),
        since=iso(mark.began),
        until=date_or_null(mark.until),
        to_confirm=mark in statements.to_confirm(snapshot),
    )


def announcement(text_to_send: Announcement) -> AnnouncementAnswer:
    """Return a text to send, and where."""
    return like(
        AnnouncementAnswer,
        text_to_send,
        on=next(iter((*text_to_send.on, *text_to_send.read_on)), None),
        send_on=text_to_send.on,
        length=sms_length.length(text_to_send.text),
        limit=sms_length.limit(text_to_send.text),
    )


def is_answer(snapshot: Snapshot, age_s: float) -> bool:
    """Return whether the snapshot has recommendations and is fresh."""
    return bool(snapshot.recommendations) and fresh(snapshot, age_s)


def exit_code(snapshot: Snapshot, age_s: float) -> int:
    """Return 3 without an answer, 2 where a line has nothing, 1 off primary."""
    lines = snapshot.recommendations
    if not is_answer(snapshot, age_s):
        return NO_ANSWER
    if any(line.use is None and line.measuring for line in lines):
        return NO_ANSWER
    if any(line.is_lost for line in lines):
        return EXIT_CODES[State.DOWN]
    if all(line.use and line.use.as_planned and not line.measuring for line in lines):
        return EXIT_CODES[State.AVAILABLE]
    return EXIT_CODES[State.DEGRADED]
