"""JSON of notification targets and the latest notices."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import Struct

from secours.model.notices import (
    Dispatch,
    Fitness,
    Stage,
    TargetView,
    WayProof,
)
from secours.model.observed import Facts, Instant
from secours.model.sections.notify import NoticeKind
from secours.render.answers.journal import stamp, stamp_or_null
from secours.render.answers.values import SCHEMA, Amount, Time, finite, like


class TargetAnswer(Struct, frozen=True, kw_only=True):
    """A target, and whether it is of use now."""

    name: str
    through: str | None  # a channel
    fitness: Fitness
    missing: str | None
    proven_at: Time | None
    proven_stage: Stage | None
    proof_age_s: Amount | None
    proof_failed: str | None
    proof_overdue: bool


class AttemptAnswer(Struct, frozen=True, kw_only=True):
    """A notice was handed to a target, and what came of it."""

    target: str
    at: Time
    stage: Stage | None
    under_way: bool
    reason: str | None
    facts: Facts
    again: bool  # it may have come twice
    rings: bool  # a call beside the text


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
    acknowledged_way: Literal["text", "call"] | None
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
    *,
    at: Instant,
) -> NotifyAnswer:
    """Return the targets and the notices, as they are at a moment."""
    return NotifyAnswer(
        schema=SCHEMA,
        held_until=stamp_or_null(held_until),
        targets=tuple(_target(view, at) for view in targets),
        notices=tuple(map(_notice, notices)),
    )


def _target(view: TargetView, at: Instant) -> TargetAnswer:
    proof = view.proof or WayProof(since=at)
    return like(
        TargetAnswer,
        view,
        missing=view.detail or None,
        proven_at=stamp_or_null(proof.proven.utc if proof.proven else None),
        proven_stage=proof.stage if proof.proven else None,
        proof_age_s=finite(proof.age_s(proof.proven, at)),
        proof_failed=proof.reason.value or None,
        proof_overdue=view.is_overdue(at),
    )


def _notice(notice: Dispatch) -> NoticeAnswer:
    return like(
        NoticeAnswer,
        notice,
        at=stamp(notice.at),
        attempts=tuple(
            like(AttemptAnswer, e, at=stamp(e.at), reason=e.reason.value or None)
            for e in notice.attempts
        ),
        acknowledged_by=notice.acknowledged_by or None,
        acknowledged_at=stamp_or_null(notice.acknowledged_at),
        acknowledged_way=notice.acknowledged_way or None,
    )
