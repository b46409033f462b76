"""Situations that warrant a warning to other organisations, current and past.

Pure. A warning asks others to act: a line of the plan has no
usable channel left, our own link is down, (nobody hears us, nor we anybody),
or a channel must not be used although it works. A fallback in use, a degraded or an
unverified channel, a battery and a test that is overdue are for the crisis room alone,
and make no warning. What the plan would do in an exercise is one, marked as that.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

from secours.model.observed import Instant
from secours.model.snapshot import Change, Link, Recommendation, Snapshot, State
from secours.model.statements import Declared, Mark

DAY = timedelta(days=1)  # for which an end is announced
ENDED = ("withdrawn", "")
LATEST = datetime.max.replace(tzinfo=UTC)

SituationKind = Literal["nothing-left", "own-link", "distrust"]
MessageType = Literal["Alert", "Update", "Cancel"]


class Situation(Struct, frozen=True, kw_only=True):
    """Current or ended situation of which others are warned."""

    kind: SituationKind
    about: str  # a line, a path, or what must not be used
    sent: datetime
    type: MessageType = "Alert"
    first_sent: datetime | None = None  # of the first warning, if earlier
    exercise: bool = False
    expires: datetime | None = None

    @property
    def began(self) -> datetime:
        """Return when it began."""
        return self.first_sent or self.sent


def situations(
    snapshot: Snapshot, usual_path: str | None, changes: Sequence[Change]
) -> list[Situation]:
    """Return the situations of now and the last day, newest first.

    `changes` are those of lines, paths and marks, the newest first.
    """
    hold = [
        *_nothing_left(snapshot, changes),
        *_own_link(snapshot, usual_path, changes),
        *_distrusts(snapshot, changes),
    ]
    since = {(each.kind, each.about): each.began for each in hold}
    over = (
        each
        for each in _over(snapshot, usual_path, changes)
        if since.get((each.kind, each.about), LATEST) > each.sent
    )
    listed = [*hold, *over, *_exercised(snapshot)]
    return sorted(listed, key=lambda each: each.sent, reverse=True)


def _nothing_left(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[Situation]:
    """Yield the lines without a channel, since they lost it, maybe in an older run."""
    for line in snapshot.recommendations:
        if line.is_lost and line.since is not None:
            lost = _lost_at(line, line.since, snapshot, changes)
            yield Situation(kind="nothing-left", about=line.name, sent=lost)


def _lost_at(
    line: Recommendation, since: Instant, snapshot: Snapshot, changes: Sequence[Change]
) -> datetime:
    """Return when a line lost its last channel, maybe before one was pinned in vain."""
    pinned = line.use.channel if line.use else ""
    of_line = (c for c in changes if (c.subject, c.name) == ("line", line.name))
    lost = next((c for c in of_line if not pinned or c.after != pinned), None)
    known = [lost.at.utc] if lost and not lost.after else []
    if pinned:
        held = (snapshot.channel(name).standing for name in line.planned)
        fell = (each.since for each in held if each.state is State.DOWN)
        known += [each.utc for each in fell if each]
    return max(known, default=since.utc)


def _own_link(
    snapshot: Snapshot, usual_path: str | None, changes: Sequence[Change]
) -> Iterator[Situation]:
    if usual_path is None or snapshot.own_link is not Link.DOWN:
        return
    began = next(filter(_begins("path", usual_path), changes), None)
    sent = began.at.utc if began else snapshot.started.utc
    yield Situation(kind="own-link", about=usual_path, sent=sent)


def _distrusts(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[Situation]:
    """Yield what must not be used, once; a repeated mark updates the first warning."""
    by_subject: dict[str, list[Mark]] = {}
    for mark in snapshot.marks:
        if mark.says is Declared.DISTRUSTED:
            by_subject.setdefault(mark.subject, []).append(mark)
    for subject, marks in by_subject.items():
        began = next(filter(_begins("mark", subject), changes), None)
        first = min(each.began.utc for each in marks)
        first = min(first, _since(began)) if began else first
        latest = max(each.at.utc for each in marks)
        again = latest > first
        yield Situation(
            kind="distrust",
            about=subject,
            sent=latest,
            type="Update" if again else "Alert",
            first_sent=first if again else None,
        )


def _exercised(snapshot: Snapshot) -> Iterator[Situation]:
    rehearsal = snapshot.rehearsal
    if rehearsal is None:
        return
    real = {line.name for line in snapshot.recommendations if line.is_lost}
    for line in rehearsal.recommendations:
        if line.is_lost and line.name not in real:
            yield Situation(
                kind="nothing-left",
                about=line.name,
                sent=rehearsal.exercise.at.utc,
                exercise=True,
                expires=rehearsal.exercise.until,
            )


def _over(
    snapshot: Snapshot, usual_path: str | None, changes: Sequence[Change]
) -> Iterator[Situation]:
    """Yield the ended situations whose begin is known."""
    for place, change in enumerate(changes):
        if snapshot.at.utc - change.at.utc > DAY:
            return
        kind = _ended(change, usual_path)
        begins = _begins(change.subject, change.name)
        began = next(filter(begins, changes[place + 1 :]), None)
        if kind and began:
            yield Situation(
                kind=kind,
                about=change.name,
                sent=change.at.utc,
                type="Cancel",
                first_sent=_since(began),
            )


def _ended(change: Change, usual_path: str | None) -> SituationKind | None:
    """Return the kind that a change ends."""
    match change.subject:
        case "line" if not change.before and change.after:
            return "nothing-left"
        case "path" if (change.name, change.after) == (usual_path, Link.OK):
            return "own-link" if change.before == Link.DOWN else None
        case "mark" if change.before == Declared.DISTRUSTED and change.after in ENDED:
            return "distrust"
    return None


def _begins(subject: str, name: str) -> Callable[[Change], bool]:
    """Return a predicate for the change at which such a situation began."""
    state = {"line": "", "path": Link.DOWN, "mark": Declared.DISTRUSTED}.get(subject)

    def begins(change: Change) -> bool:
        same = (change.subject, change.name) == (subject, name)
        return same and change.after == state and change.before != state

    return begins


def _since(change: Change) -> datetime:
    """Return since when a change holds, where a person gave another moment."""
    since = change.facts.get("since")
    return datetime.fromisoformat(since) if isinstance(since, str) else change.at.utc
