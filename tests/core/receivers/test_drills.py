"""Three made drills on four plans: what each line is to use, and who is missed."""

import pytest
from core.receivers.made import ROWS
from core.receivers.played import shown
from core.receivers.telling import said

from secours.model.snapshot import Snapshot


def at(plan: str, drill: str, minute: float) -> Snapshot:
    """Return what is shown at this minute."""
    return [s.snapshot for s in shown(plan, drill) if s.minute <= minute][-1]


@pytest.mark.parametrize("row", ROWS)
def test_a_drill_is_answered_by_who_hears_what(row: str) -> None:
    place, _, expected = row.partition(": ")
    drill, minute, plan, name = place.split()
    lines = at(plan, drill, float(minute)).recommendations
    told = said(next(each for each in lines if each.name == name))

    assert "; ".join(filter(None, told)) == expected
