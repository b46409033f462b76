"""Our own site counts as the others do, and nothing old counts."""

from math import inf

import pytest
from plans import moment
from site_views import good, lost, picture, site

from secours.core.sites.all_sites import aged, completed, heard_age_s, is_fresh
from secours.model.sites.views import SiteState

MOBILE = "carrier:mobile-a"
HEARD = picture(site("a", lost("sms", MOBILE)), site("c", good("sms")), name="b")
OURS = site("", lost("sms", MOBILE), known=SiteState.FALLBACK, heard=None)


def test_our_failures_have_a_cause_in_common_with_those_of_others() -> None:
    view = completed(HEARD, OURS)

    assert HEARD.causes == ()
    assert [each.sites for each in view.causes] == [("a", "b")]
    assert [each.name for each in view.sites] == ["a", "b", "c"]
    assert view.sites[1].state is SiteState.FALLBACK
    assert view.sites[1].heard == view.at


def test_who_has_no_plan_is_no_site() -> None:
    view = completed(HEARD, site("", lost("sms", MOBILE), known=None))

    assert [each.name for each in view.sites] == ["a", "c"]
    assert completed(HEARD).sites == HEARD.sites


@pytest.mark.parametrize(
    ("age_s", "fresh"),
    [(0.0, True), (29.9, True), (30.0, False), (-1.0, False), (inf, False)],
)
def test_a_picture_may_be_believed_for_half_a_minute(
    age_s: float, *, fresh: bool
) -> None:
    assert is_fresh(age_s) is fresh


def test_a_site_falls_silent_as_the_picture_ages() -> None:
    old = site("a", good("sms"), heard=moment(980))
    view = picture(old, site("b", good("sms")))

    assert [s.state for s in aged(view, 9.9).sites] == [SiteState.PRIMARY] * 2
    silent, heard = aged(view, 10.0).sites
    assert (silent.state, heard.state) == (SiteState.NOT_HEARD, SiteState.PRIMARY)
    assert silent.since == moment(1010)


@pytest.mark.parametrize("age_s", [31.0, -1.0, inf], ids=["old", "ahead", "unknown"])
def test_of_an_old_picture_nothing_counts(age_s: float) -> None:
    twice = site("a", state=SiteState.DOUBLE)
    view = picture(twice, *(site(n, lost("sms", MOBILE)) for n in "bc"))

    old = aged(view, age_s)

    assert len(view.causes) == 1
    assert {each.state for each in old.sites} == {SiteState.NOT_HEARD}
    assert old.causes == ()


def test_what_still_counts_is_left_as_it_is() -> None:
    view = picture(site("a"), site("b", state=SiteState.NOT_HEARD))

    assert aged(view, 1.0) is view


def test_how_long_ago_a_site_was_heard() -> None:
    view = picture(site("a", heard=moment(990)), site("b", heard=None))
    first, never = view.sites

    assert heard_age_s(first, view, 2.0) == 12.0
    assert heard_age_s(first, view, inf) is None
    assert heard_age_s(never, view, 2.0) is None
