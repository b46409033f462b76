"""Snapshots of a town that tells people by notice: targets, and what became of each."""

from datetime import timedelta

from msgspec.structs import replace
from render.snapshots import NOON, snapshot

from secours.engine import clock
from secours.languages import Text
from secours.model.notices import (
    Attempt,
    Dispatch,
    Fitness,
    Stage,
    TargetView,
    WayProof,
)
from secours.model.observed import Reason
from secours.model.sections.notify import NoticeKind
from secours.model.snapshot import Snapshot

DUTY = Text(
    translations={
        "fr": "Officier de garde",
        "nl": "Officier van dienst",
        "de": "Diensthabender",
        "en": "Duty officer",
    }
)
TITLE = "ALERT · management: use Voice calls"


def attempt(
    target: str, stage: Stage | None = None, minutes: float = 5, **more: object
) -> Attempt:
    """Return what came of handing a notice to a target so many minutes ago."""
    at = NOON - timedelta(minutes=minutes)
    return replace(Attempt(target=target, at=at, stage=stage), **more)


def sent(*attempts: Attempt, minutes: float = 6, **more: object) -> Dispatch:
    """Return a notice of so many minutes ago that nobody has acknowledged."""
    made = Dispatch(
        code="K7Q2",
        at=NOON - timedelta(minutes=minutes),
        recipient="duty",
        label=DUTY,
        title=TITLE,
        kinds=(NoticeKind.RECOMMENDATION,),
        attempts=attempts,
        asks=True,
    )
    return replace(made, **more)


def proven_way(days: float, reason: Reason = Reason.NONE) -> TargetView:
    """Return a target over which a test of so many days ago arrived, of the weekly."""
    last = clock.now().later(-days * 86400.0)
    return TargetView(
        name="duty",
        through=None,
        fitness=Fitness.OUTSIDE,
        proof=WayProof(
            since=last, begun=last, proven=last, stage=Stage.ARRIVED, reason=reason
        ),
        prove_every_s=7 * 86400.0,
    )


def targets() -> tuple[TargetView, ...]:
    """Return a target of each fitness."""
    missing = {Fitness.UNUSABLE: "NTFY_URL"}
    return tuple(
        TargetView(
            name=f"duty-{fitness}",
            through="sms" if fitness is Fitness.OUTSIDE else None,
            fitness=fitness,
            detail=missing.get(fitness, ""),
        )
        for fitness in Fitness
    )


def informed() -> Snapshot:
    """Return a town with every kind of target and of notice."""
    refused = attempt("duty-down", reason=Reason.TIMEOUT, facts={"timeout_s": 10})
    accepted = attempt("duty-outside", Stage.ACCEPTED, 4, under_way=True)
    waits = sent(refused, accepted)
    came = attempt("duty-outside", Stage.ARRIVED, 20, again=True)
    tested = sent(came, code="T5ZZ", minutes=20, recipient="duty-outside")
    return replace(
        snapshot("xooo"),
        targets=targets(),
        notices=(
            waits,
            sent(
                attempt("duty-shares", Stage.ACCEPTED, 15),
                code="M2PX",
                minutes=16,
                acknowledged_by="Anne Dupont",
                acknowledged_at=NOON - timedelta(minutes=12),
                escalated_from="night",
                over=True,
                asks=False,
            ),
            replace(tested, test=True, asks=False),
            sent(code="W9WW", minutes=25, over=True, asks=False),
        ),
    )
