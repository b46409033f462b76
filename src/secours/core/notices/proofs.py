"""Periodic proof of the ways of notices: which one is to be tested now.

Proofs are made on the days of a grid, which for a week are Mondays, from one hour of
the site on. One that was missed is made up once, at that hour of the first day on which
it can be, unless the next is nearer than half the time between two.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from secours.model.notices import WayProof
from secours.model.observed import Instant
from secours.model.sections.notify import Notify

LASTS = timedelta(hours=2)  # in which they are made
APART_S = 60.0  # so that no modem is flooded


def due(
    notify: Notify, proofs: Mapping[str, WayProof], at: Instant, here: datetime
) -> str | None:
    """Return the target to be tested at `at`, `here` on the site's clock, or None."""
    every_s = notify.prove_every_s
    if every_s is None or (slot := _slot(every_s, notify.prove_at, here)) is None:
        return None
    slot_s = here.timestamp() - slot.timestamp()
    began = [p.begun for p in proofs.values() if p.begun]
    if any(0 <= at.since(each) < APART_S for each in began):
        return None
    for name, target in notify.targets.items():
        if target.is_proven and (proof := proofs.get(name)):
            age_s = proof.age_s(proof.begun, at)
            if age_s > slot_s and age_s >= every_s / 2:
                return name
    return None


def _slot(every_s: float, hour: time, here: datetime) -> datetime | None:
    """Return when the latest proofs were to begin; None at the wrong hour."""
    begin = datetime.combine(here.date(), hour, here.tzinfo)
    if begin > here:
        begin -= timedelta(days=1)
    if here - begin >= LASTS:
        return None
    days = round(every_s / timedelta(days=1).total_seconds())
    return begin - timedelta(days=(begin.toordinal() - 1) % days)
