# ruff: noqa: RUF001 -- the dash is how a time is printed

import re
from collections.abc import Sequence

from msgspec.structs import replace
from render.snapshots import NOON, snapshot, with_line

from secours.core.replay.score import Moment, Replay
from secours.model.observed import Verdict
from secours.model.recording import Scenario, Turn
from secours.model.snapshot import Snapshot
from secours.render.outages.ladder import ladder_html
from secours.render.wording.localizer import Localizer

BOX = re.compile(
    r'data-state="(\w+)" style="--x:([\d.]+)%;--w:([\d.]+)%" title="([^"]*)"'
)
SEEN = (
    ("calls", (Turn(0.0, Verdict.OK),)),
    ("sms", (Turn(0.0, Verdict.OK), Turn(1800.0, Verdict.FAILED))),
)


def drawn(
    moments: Sequence[tuple[float, Snapshot]], seen: object = SEEN
) -> list[list[tuple[str, ...]]]:
    """Return the boxes of each row."""
    assert isinstance(seen, tuple)
    scenario = Scenario(name="x", start=NOON, duration_s=3600.0)
    timeline = tuple(Moment(minute=at, snapshot=shown) for at, shown in moments)
    played = Replay(scenario=scenario, timeline=timeline, lines=())
    html = ladder_html(played, seen, 600.0, Localizer(moments[0][1], "en"))
    return [BOX.findall(row) for row in html.split('role="img"')[1:]]


def test_what_was_recommended_is_a_row_for_each_line_of_the_plan() -> None:
    rows = drawn(
        [(0, snapshot("oooo")), (15, snapshot("xooo")), (30, snapshot("xxxx"))]
    )

    assert rows[0] == [
        ("available", "0", "25", "On-call SMS · 1st choice, 0:00 – 0:15"),
        ("available", "25", "25", "Voice calls · 2nd choice, 0:15 – 0:30"),
        ("down", "50", "50", "NO USABLE CHANNEL, 0:30 – 1:00"),
    ]
    assert len(rows[1]) == 1  # nothing changed for the other line


def test_what_is_not_verified_does_not_look_fine() -> None:
    shown = snapshot()
    use = shown.recommendations[0].use
    assert use is not None

    (first, *_) = drawn([(0, with_line(shown, 0, use=replace(use, verified=False)))])

    assert [look for look, *_ in first] == ["unknown"]


def test_what_the_tests_see_is_a_row_a_channel_those_that_see_it_first() -> None:
    *_, sms, calls = drawn([(0, snapshot())])

    assert [box[0] for box in sms] == ["available", "down"]
    assert sms[1] == ("down", "50", "50", "failed, 0:30 – 1:00")
    assert [box[0] for box in calls] == ["available"]


def test_what_is_seen_after_the_end_is_not_drawn() -> None:
    late = (("sms", (Turn(0.0, Verdict.OK), Turn(7200.0, Verdict.FAILED))),)

    *_, sms = drawn([(0, snapshot()), (90, snapshot("xooo"))], late)

    assert [box[:3] for box in sms] == [("available", "0", "100")]
