"""JSON of notification targets and the latest notices."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import Struct

from secours.model.notices import (
    Attempt,
    Dispatch,
    Fitness,
    Stage,
    TargetView,
)
from secours.model.observed import Facts
from secours.model.plan import NoticeKind
from secours.render.answers.journal import stamp, stamp_or_null
from secours.render.answers.values import SCHEMA, Time, like


class TargetAnswer(Struct, frozen=True, kw_only=True):
    """A target, and whether it is of use now."""

    name: str
    through: str | None  # a channel
    fitness: Fitness
    missing: str | None


class AttemptAnswer(Struct, frozen=True, kw_only=True):
    """A notice was handed to a target, and what came of it."""

    target: str
    at: Time
    stage: Stage | None
    under_way: bool
    reason: str | None
    facts: Facts
    again: bool  # it may have come twice


class NoticeAnswer(Struct, frozen=True, kw_only=True):
    """A notice to one recipient; of a test, to one target."""

    code: str
    at: Time
    recipient: str
    title: str
    kinds: tuple[NoticeKind, ...]
    exercise: bool
    test: bool
    stage: Stage | None  # the farthest that it has come
    attempts: tuple[AttemptAnswer, ...]  # oldest first
    acknowledged_by: str | None
    acknowledged_at: Time | None
    escalated_from: str | None
    over: bool  # nothing more is done for it


class NotifyAnswer(Struct, frozen=True, kw_only=True):
    """The targets in the order of the plan, and the latest notices, newest first."""

    schema: Literal[1]
    held_until: Time | None  # until when nobody is told anything yet
    targets: tuple[TargetAnswer, ...]
    notices: tuple[NoticeAnswer, ...]


def answer(
    targets: Iterable[TargetView],
    notices: Iterable[Dispatch],
    held_until: datetime | None = None,
) -> NotifyAnswer:
    """Return the targets and the notices."""
    return NotifyAnswer(
        schema=SCHEMA,
        held_until=stamp_or_null(held_until),
        targets=tuple(
            like(TargetAnswer, view, missing=view.detail or None) for view in targets
        ),
        notices=tuple(map(_notice, notices)),
    )


def _notice(told: Dispatch) -> NoticeAnswer:
    return like(
        NoticeAnswer,
        told,
        at=stamp(told.at),
        attempts=tuple(map(_attempt, told.attempts)),
        acknowledged_by=told.acknowledged_by or None,
        acknowledged_at=stamp_or_null(told.acknowledged_at),
    )


def _attempt(attempt: Attempt) -> AttemptAnswer:
    reason = attempt.reason.value or None
    return like(AttemptAnswer, attempt, at=stamp(attempt.at), reason=reason)
