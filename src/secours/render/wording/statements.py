"""Lookup of marks and pins in a Snapshot. Pure."""

from datetime import datetime

from secours.core.statements.expiry import asking
from secours.model.nodes import channel_node, is_channel
from secours.model.observed import Reason
from secours.model.snapshot import Recommendation, Snapshot, Standing
from secours.model.statements import Declared, Mark, Pin

SET_ASIDE_BY = {
    Reason.SET_ASIDE: Declared.DISTRUSTED,
    Reason.MAINTENANCE: Declared.MAINTENANCE,
}


def aside_mark(snapshot: Snapshot, standing: Standing, name: str) -> Mark | None:
    """Return the mark that set a channel or component of this name aside.

    It may be a mark on one of its needs; the author tells which one.
    """
    says = SET_ASIDE_BY.get(standing.aside)
    marks = [
        mark
        for mark in snapshot.marks
        if mark.says is says and mark.by == standing.declared_by
    ]
    own = [mark for mark in marks if mark.subject == name]
    shared = [mark for mark in marks if not is_channel(mark.subject)]
    return next(iter(own or sorted(shared, key=_end)), None)


def to_confirm(snapshot: Snapshot) -> tuple[Mark | Pin, ...]:
    """Return the marks and pins that end soon, and the distrusts that are due."""
    return asking((*snapshot.marks, *snapshot.pins), snapshot.at)


def astray(snapshot: Snapshot) -> tuple[Mark, ...]:
    """Return every mark of what the plan no longer has."""
    known = {view.name for view in snapshot.components}
    known |= {channel_node(view.name) for view in snapshot.channels}
    return tuple(mark for mark in snapshot.marks if mark.subject not in known)


def is_due(mark: Mark, snapshot: Snapshot) -> bool:
    """Return whether a distrust asks to be confirmed: it never lapses."""
    distrusted = mark.says is Declared.DISTRUSTED
    return distrusted and mark.until is not None and mark.until <= snapshot.at.utc


def pin_of(snapshot: Snapshot, line: Recommendation) -> Pin | None:
    """Return the pin of a line that is pinned."""
    if line.use is None or not line.use.pinned:
        return None
    return next((pin for pin in snapshot.pins if pin.line == line.name), None)


def _end(mark: Mark) -> datetime:
    return mark.until or mark.at.utc
