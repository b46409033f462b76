"""Which notices the recorded outages make: few, in time, and over what works."""

import pytest
from core.notices import page
from core.notices.played import played
from recordings import each_recording

from secours.core.notices.due import AGAIN_S, CALM_S, GATHER_S
from secours.core.notices.matters import Matter
from secours.core.notices.order import TRIED
from secours.model.notices import Fitness

MOST = 20  # of one outage, and it is one of three days
MOST_IN_AN_HOUR = 6
LOOKS_S = 4.0  # the look at which it is seen, and the one at which it goes out


@each_recording
def test_none_is_tried_over_a_dead_channel_while_a_live_one_exists(name: str) -> None:
    assert page.astray(played(name)) == []


@each_recording
def test_what_is_down_or_distrusted_is_tried_after_all_else(name: str) -> None:
    for sent in played(name).notices:
        places = [TRIED.index(each.fitness) for each in sent.ranked]

        assert places == sorted(places)
        assert sent.ranked[0].fitness is Fitness.OUTSIDE


@each_recording
def test_an_outage_makes_few_notices(name: str) -> None:
    outage = played(name)

    assert len(outage.notices) <= MOST
    assert page.most_in_an_hour(outage) <= MOST_IN_AN_HOUR


@each_recording
def test_what_is_worse_is_told_at_once_and_what_is_better_in_minutes(name: str) -> None:
    late = page.late(played(name))

    assert max(late.worse, default=0) <= GATHER_S + LOOKS_S
    assert max(late.better, default=0) <= AGAIN_S + CALM_S + 2 * LOOKS_S


@each_recording
def test_the_page_says_what_is_played(name: str) -> None:
    text = page.PAGE.read_text("utf-8")

    assert page.row(name) in text, "make notices"
    assert page.part(name) in text, "make notices"


def test_where_no_channel_in_use_fails_nobody_is_told() -> None:
    assert played("aws-2021-12-22").notices == ()


def test_meta_is_one_notice_and_one_that_it_is_over() -> None:
    """Not one for each of its apps, nor one for each line that used one."""
    fell, back = played("meta-2021-10-04").notices

    assert [_told(m) for m in fell.matters] == [
        ("line/coordinate/municipality", "sms-operator-a"),
        ("line/coordinate/false-redundancy", "slack"),
    ]
    assert {m.causes for m in fell.matters} == {("provider:meta",)}
    assert [m.severity for m in back.matters] == [0, 0]


def test_an_operator_that_takes_half_the_plan_is_three_notices() -> None:
    """Beside them is asked whether it is still down, before the word of it ends."""
    *fell, ending, back = played("rogers-2022-07-08").notices

    assert len(fell) == 3
    assert fell[-1].at_s < 60
    assert [m.key for m in ending.matters] == ["ending/mark/carrier:mobile-a"]
    assert len(back.matters) == 5


@pytest.mark.parametrize("name", ["meta-2021-10-04", "rogers-2022-07-08"])
def test_the_end_is_told_of_every_line_that_was_told(name: str) -> None:
    last: dict[str, Matter] = {}
    for sent in played(name).notices:
        last |= {m.key: m for m in sent.matters if m.key.startswith("line/")}

    assert all(matter.severity == 0 for matter in last.values())


def _told(matter: Matter) -> tuple[str, str]:
    return matter.key, matter.state
