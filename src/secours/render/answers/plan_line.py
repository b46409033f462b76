"""One line of the plan as JSON: what to use, what if that fails, and why."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import replace

from secours.model.observed import Evidence, Reason
from secours.model.receivers.reach import GroupReach, Hearing, Reception
from secours.model.sections.line import Purpose, Tier
from secours.model.snapshot import (
    Backup,
    PassedOver,
    Recommendation,
    State,
    Use,
)
from secours.render.answers.values import (
    Amount,
    Count,
    Time,
    iso,
    iso_or_null,
    like,
    proof_age_s,
)
from secours.render.wording import caveats, statements
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import reasons
from secours.render.wording.receivers.misses import label


class MissedAnswer(Struct, frozen=True, kw_only=True):
    """A group that does not hear a channel, or not whole, and why."""

    group: str
    label: str
    people: Count | None  # None where nobody counted them
    state: Literal["part", "none", "never"]  # never: not by design either
    why: str


class HeardAnswer(Struct, frozen=True, kw_only=True):
    """The people who hear a channel, of how many, and the groups who do not."""

    people: Count | None
    of: Count | None
    missed: tuple[MissedAnswer, ...]


class UseAnswer(Struct, frozen=True, kw_only=True):
    """The channel to use; at its end what there is a reason to say."""

    channel: str
    label: str
    how: str
    tier: Tier
    state: State
    verified: bool
    pinned: bool
    presumed: str | None
    until: Time | None
    evidence: Evidence
    evidence_age_s: Amount | None
    reach: HeardAnswer | None  # None where the plan names no groups
    at_risk: str | UnsetType = UNSET
    declared_by: str | UnsetType = UNSET
    may_need: tuple[str, ...] | UnsetType = UNSET
    reason: str | UnsetType = UNSET  # why it is not verified
    detail: str | UnsetType = UNSET


class SharingAnswer(Struct, frozen=True, kw_only=True):
    """A channel, and what it shares with the one in use."""

    channel: str
    shares: tuple[str, ...]
    independent_at: Time | UnsetType = UNSET


class BackupAnswer(Struct, frozen=True, kw_only=True):
    """The channel to take if the one in use fails."""

    channel: str
    tier: Tier
    independent: bool
    shares: tuple[str, ...]
    shares_later: tuple[str, ...]
    reach: HeardAnswer | None
    independent_at: Time | UnsetType = UNSET  # when it counts that they are so again
    skipped: tuple[SharingAnswer, ...] | UnsetType = UNSET  # usable ones before it


class PassedOverAnswer(Struct, frozen=True, kw_only=True):
    """A channel above the one in use, and why it is not the one."""

    channel: str
    reason: str
    detail: str


class ComingAnswer(Struct, frozen=True, kw_only=True):
    """A change that will come by itself."""

    at: Time
    channel: str | None


class LineAnswer(Struct, frozen=True, kw_only=True):
    """Recommendation for a line of the plan: what to use, what if it fails, and why."""

    purpose: Purpose
    audience: str
    use: UseAnswer | None
    completed_by: tuple[str, ...] = field(name="with")  # to reach whoever any reaches
    measuring: bool  # a channel that may be better has not had its first result
    still_usable: tuple[str, ...]
    backup: BackupAnswer | None
    passed_over: tuple[PassedOverAnswer, ...]
    last_resort: str
    unpinned: UseAnswer | UnsetType | None = UNSET  # of a pin: what else would be used
    next: ComingAnswer | UnsetType = UNSET  # where a change is foreseen


def lines(localizer: Localizer) -> tuple[LineAnswer, ...]:
    """Return the answer of each line of the plan."""
    return tuple(_line(line, localizer) for line in localizer.snapshot.recommendations)


def _line(line: Recommendation, localizer: Localizer) -> LineAnswer:
    coming = localizer.snapshot.coming(line)
    pinned = bool(line.use and line.use.pinned)
    return like(
        LineAnswer,
        line,
        use=_use(line.use, line, localizer),
        backup=_backup(line.backup, localizer) if line.backup else None,
        passed_over=tuple(
            _passed_over(each, line, localizer) for each in line.passed_over
        ),
        last_resort=localizer.in_language(line.last_resort),
        unpinned=_use(line.unpinned, line, localizer) if pinned else UNSET,
        next=ComingAnswer(at=iso(coming.at), channel=coming.use) if coming else UNSET,
    )


def _use(
    use: Use | None, line: Recommendation, localizer: Localizer
) -> UseAnswer | None:
    if use is None:
        return None
    view = localizer.snapshot.channel(use.channel)
    standing = localizer.for_line(use.channel, line)
    answer = like(
        UseAnswer,
        use,
        label=localizer.in_language(view.label),
        how=localizer.in_language(view.how),
        presumed=standing.presumed,
        until=iso_or_null(standing.until),
        evidence=standing.evidence,
        evidence_age_s=proof_age_s(
            localizer.snapshot, standing.evidence_at, localizer.screen_age_s
        ),
        reach=_reach(use.reach, localizer),
        at_risk=standing.at_risk or UNSET,
        declared_by=standing.declared_by or UNSET,
        may_need=standing.may_need or UNSET,
    )
    if use.verified:
        return answer
    if reasons.is_doubtful(use, localizer):
        why = reasons.why(None, use.reach, localizer)
        return replace(answer, reason=Reason.RECEIVERS, detail=why)
    why = caveats.reason(standing, localizer, named=True)
    return replace(answer, reason=standing.reason or UNSET, detail=why or UNSET)


def _reach(reach: Reception | None, localizer: Localizer) -> HeardAnswer | None:
    if reach is None:
        return None
    missed = tuple(_missed(each, localizer) for each in reach.missed)
    return like(HeardAnswer, reach, missed=missed)


def _missed(each: GroupReach, localizer: Localizer) -> MissedAnswer:
    never = each.designed is Hearing.NONE and each.heard is Hearing.NONE
    return like(
        MissedAnswer,
        each,
        label=label(each, localizer),
        state="never" if never else "part" if each.heard is Hearing.PART else "none",
        why=reasons.of_group(each, localizer),
    )


def _backup(backup: Backup, localizer: Localizer) -> BackupAnswer:
    at = {name: iso(counts) for name, counts in backup.regained.items()}
    skipped = tuple(
        SharingAnswer(channel=name, shares=shares, independent_at=at.get(name, UNSET))
        for name, shares in backup.skipped.items()
    )
    return like(
        BackupAnswer,
        backup,
        reach=_reach(backup.reach, localizer),
        independent_at=at.get(backup.channel, UNSET),
        skipped=skipped or UNSET,
    )


def _passed_over(
    passed: PassedOver, line: Recommendation, localizer: Localizer
) -> PassedOverAnswer:
    """Return why a channel is not in use; the pin where it has no fault."""
    pinned = bool(line.use and line.use.pinned) and not passed.reason
    facts = localizer.passed_over(passed)
    if pinned and (pin := statements.pin_of(localizer.snapshot, line)):
        facts["by"] = pin.by
    reason = Reason.PINNED if pinned else passed.reason
    may_need = localizer.may_need(localizer.snapshot.channel(passed.channel).standing)
    said_of_it = (localizer.detail(reason, facts), may_need)
    if reason is Reason.RECEIVERS:
        said_of_it = (reasons.of_line(passed.channel, line, localizer), may_need)
    return PassedOverAnswer(
        channel=passed.channel,
        reason=reason,
        detail=localizer.series(filter(None, said_of_it)),
    )
