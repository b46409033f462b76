"""Our own site counts as the others do."""

from site_views import good, lost, picture, site

from secours.core.sites.all_sites import completed
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
