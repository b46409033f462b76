"""JSON answer of `status`: that of `check`, with ages."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from secours.model.sites.handed_down import HandedDown
from secours.model.snapshot import Snapshot, State
from secours.model.statements import Declared, Exercise, Mark
from secours.render.answers import check, notes
from secours.render.answers.check import (
    ChannelAnswer,
    CheckAnswer,
    ComponentAnswer,
    View,
    node,
)
from secours.render.answers.sites.handed_down import OrderSaid, order_said
from secours.render.answers.values import (
    SCHEMA,
    Amount,
    Time,
    date_or_null,
    finite,
    fresh,
    iso,
    iso_or_null,
    like,
    proof_age_s,
)
from secours.render.answers.watch import OnDuty, on_duty
from secours.render.wording.localizer import Localizer


class ProvinceWord(Struct, frozen=True, kw_only=True):
    """A mark or an exercise of the province that holds here."""

    kind: Literal["mark", "exercise"]
    subjects: tuple[str, ...]
    says: Declared | None
    author: str
    by: str
    why: str
    since: Time
    until: Time | None


class ChannelStatus(ChannelAnswer, frozen=True, kw_only=True):
    """State of a channel, since when, and the age of its proof."""

    since: Time | None
    evidence_age_s: Amount | None


class ComponentStatus(ComponentAnswer, frozen=True, kw_only=True):
    """State of a component, since when, and the age of its proof."""

    since: Time | None
    evidence_age_s: Amount | None


class StatusAnswer(CheckAnswer, frozen=True, kw_only=True):
    """State of everything by the engine's snapshot, and the age of that."""

    channels: tuple[ChannelStatus, ...]
    components: tuple[ComponentStatus, ...]
    standby: notes.StandbyAnswer | UnsetType = UNSET  # of one that stands by
    second_opinion: tuple[notes.OpinionAnswer, ...] | UnsetType = UNSET
    hub: notes.HubAnswer | UnsetType = UNSET  # of a site among others
    province: tuple[ProvinceWord, ...] | UnsetType = UNSET  # that holds here, if any
    handed_down: tuple[OrderSaid, ...] | UnsetType = UNSET  # of a province, what sites
    # have not taken in, if any
    do_not_use: tuple[notes.DoNotUse, ...] | UnsetType = UNSET  # if any
    trouble: tuple[str, ...] | UnsetType = UNSET  # of the engine itself, if any
    watch: OnDuty | UnsetType = UNSET  # where somebody ever took it
    age_s: Amount | None
    stale: bool

    @property
    def troubles(self) -> tuple[str, ...]:
        """Return the engine's troubles."""
        return self.trouble or ()


def answer(
    snapshot: Snapshot,
    age_s: float,
    language: str,
    orders: Iterable[HandedDown] = (),
) -> StatusAnswer:
    """Return the state of all by the engine's snapshot.

    A node without probes and of unknown state is not counted, as in `check`. The
    `orders` are those that sites have not taken in.
    """
    localizer = Localizer(snapshot, language, age_s)
    stale = not fresh(snapshot, age_s)
    counted = filter(check.is_known, check.views(snapshot))

    def ages(view: View) -> dict[str, Any]:
        held = view.standing
        proof = proof_age_s(snapshot, held.evidence_at, age_s)
        return {"since": iso_or_null(held.since), "evidence_age_s": proof}

    return StatusAnswer(
        schema=SCHEMA,
        site=localizer.site,
        at=iso(snapshot.at),
        state=State.UNKNOWN if stale else check.worst(counted),
        channels=tuple(
            node(ChannelStatus, view, localizer, **ages(view))
            for view in snapshot.channels
        ),
        components=tuple(
            node(ComponentStatus, view, localizer, **ages(view))
            for view in snapshot.components
        ),
        province=tuple(province_words(snapshot)) or UNSET,
        handed_down=tuple(order_said(order) for order in orders) or UNSET,
        trouble=snapshot.trouble or UNSET,
        watch=on_duty(snapshot) or UNSET,
        age_s=finite(age_s),
        stale=stale,
        **notes.fields(snapshot, age_s, language),
    )


def province_words(snapshot: Snapshot) -> Iterator[ProvinceWord]:
    """Yield the province's statements in force."""
    yield from (_mark_said(mark) for mark in snapshot.marks if mark.author)
    played = snapshot.rehearsal and snapshot.rehearsal.exercise
    if played and played.author:
        yield _exercise_said(played)


def _mark_said(mark: Mark) -> ProvinceWord:
    return like(
        ProvinceWord,
        mark,
        kind="mark",
        subjects=(mark.subject,),
        since=iso(mark.began),
        until=None if mark.says is Declared.DISTRUSTED else date_or_null(mark.until),
    )


def _exercise_said(played: Exercise) -> ProvinceWord:
    return like(
        ProvinceWord,
        played,
        kind="exercise",
        subjects=played.fails,
        says=None,
        since=iso(played.at),
        until=date_or_null(played.until),
    )
