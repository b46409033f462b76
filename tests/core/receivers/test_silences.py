"""Orders for silence in recorded outages, on four plans."""

import re

import pytest
from core.receivers.silences import silences, snapshots

from secours.render.wall.wall import wall_html


def test_a_night_in_which_everything_fails_cuts_audiences_of_each_plan() -> None:
    rows = [row for row in silences() if row[0].startswith("ahr")]

    assert {row[1] for row in rows if row[2] != "none"} == {
        *("town-hall", "hospital", "utility", "ministry")
    }


def test_while_a_chat_works_nobody_is_cut() -> None:
    rows = [row for row in silences() if row[0].startswith("brussels")]

    assert {row[2] for row in rows} == {"none"}


@pytest.mark.parametrize("row", [row for row in silences() if row[4] == "above"])
def test_orders_hold_only_while_no_line_of_the_audience_has_a_channel(
    row: tuple[str, ...],
) -> None:
    recording, plan, audience, begin, _, end = row
    for minute, shot in snapshots(plan, recording):
        if int(begin) <= minute < (int(end) if end.isdecimal() else minute + 1):
            lines = [e for e in shot.recommendations if e.audience == audience]
            assert [line.use for line in lines] == [None] * len(lines)


@pytest.mark.parametrize(
    ("plan", "recording", "minute"),
    [("town-hall", "ahr-2021-07-14", 400), ("ministry", "ahr-2021-07-14", 400)],
)
def test_the_wall_says_when_to_listen(plan: str, recording: str, minute: int) -> None:
    shot = [shot for at, shot in snapshots(plan, recording) if at <= minute][-1]

    html = wall_html(shot, "fr", age_s=0.0).replace("\u00a0", " ")

    assert re.search("Écouter à 03:00, dans (19|20) min", html)
    assert "radio CRISE-1, chaque heure de :00 à :05" in html
