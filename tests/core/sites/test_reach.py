"""Whom a site reaches, and over what: only what both ends say now."""

import time

import pytest
from site_views import good, lost, site

from secours.core.sites.reach import SiteReach, reach_from, reach_table
from secours.model.sections.line import Purpose
from secours.model.sites.views import SiteChannel, SiteState, SiteView

ALERT = (Purpose.ALERT,)


def reach(here: SiteView, there: SiteView) -> SiteReach:
    [found] = reach_from(here, [there])
    return found


def over(here: SiteView, there: SiteView) -> str | None:
    return reach(here, there).channel


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ([good("a"), good("b")], [good("b"), good("a")], "a"),
        ([good("a"), good("b")], [good("b")], "b"),
        ([lost("a"), good("b")], [good("a"), good("b")], "b"),
        ([good("a"), good("b")], [lost("a"), good("b")], "b"),
        ([good("a")], [good("b")], None),
        ([good("a", kind="sms")], [good("b", kind="sms")], "a"),
        ([good("a", kind="")], [good("a", kind="")], "a"),
        ([good("a", kind="")], [good("b", kind="")], None),
        ([good("sms", kind="")], [good("a", kind="sms")], None),
        ([good("a", purposes=ALERT), good("b")], [good("a"), good("b")], "b"),
        ([good("a", purposes=ALERT)], [good("a")], "a"),
        ([good("a", purposes=())], [good("a")], None),
    ],
    ids=[
        "in the order of the first",
        "what both have",
        "down here",
        "down there",
        "nothing in common",
        "one kind, two names",
        "one name without a kind",
        "two names without a kind",
        "a name is no kind",
        "to coordinate first",
        "to alert then",
        "serves nothing",
    ],
)
def test_it_is_the_first_that_works_at_both_ends(
    here: list[SiteChannel], there: list[SiteChannel], expected: str | None
) -> None:
    assert over(site("x", *here), site("y", *there)) == expected


def test_it_says_how_the_other_end_calls_it() -> None:
    found = reach(
        site("x", good("a", kind="sms")),
        site(
            "y", lost("old", kind="sms"), good("b", kind="sms"), good("c", kind="sms")
        ),
    )

    assert (found.channel, found.there_channel) == ("a", "b")
    assert found.purpose is Purpose.COORDINATE


@pytest.mark.parametrize("state", [SiteState.NOT_HEARD, SiteState.DOUBLE])
def test_of_who_is_not_heard_nothing_is_promised(state: SiteState) -> None:
    heard, silent = site("x", good("a")), site("y", good("a"), state=state)

    for found in (reach(heard, silent), reach(silent, heard)):
        assert (found.known, found.channel) == (False, "a")
    assert reach(heard, site("z", good("a"))).known


def test_the_table_has_each_pair_both_ways() -> None:
    views = [site(name, good(name), good("z")) for name in "abc"]

    table = reach_table(views)

    assert " ".join(each.here + each.there for each in table) == "ab ac ba bc ca cb"
    assert {each.channel for each in table} == {"z"}
    assert reach_from(views[1], views) == table[2:4]


def test_a_site_that_two_say_to_be_is_one_and_reaches_not_itself() -> None:
    twice = [site("a", good("z"), state=SiteState.DOUBLE) for _ in range(2)]
    views = [*twice, site("b", good("z"))]

    pairs = [(each.here, each.there, each.known) for each in reach_table(views)]
    assert pairs == [("a", "b", False), ("b", "a", False)]
    assert [each.there for each in reach_from(views[0], views)] == ["b"]
    assert [each.there for each in reach_from(views[2], views)] == ["a"]


def test_a_hundred_sites_are_quick() -> None:
    channels = [good(f"c{n}") for n in range(15)]
    views = [site(f"s{n}", *channels[n % 7 :]) for n in range(100)]
    began = time.process_time()

    table = reach_table(views)

    assert time.process_time() - began < 0.5
    assert len(table) == 9900
