"""Which sites a word of the province reaches, before it is said."""

from msgspec.structs import replace
from site_views import fallen, good, line, site

from secours.core.sites.addressed_sites import affected, subjects_of
from secours.model.sites.views import SiteState

GRID, MOBILE, FIXED = "power:grid", "carrier:mobile-a", "carrier:fixed"
SMS = good("sms", needs=((MOBILE,),))
CHAT = good("chat", needs=((MOBILE, FIXED),))
DISON = site("dison", SMS, CHAT, line("sms"))
SPA = site("spa", SMS, CHAT, line("chat"))
EUPEN = site("eupen", good("chat", needs=((FIXED,),)), line("chat"))
SILENT = replace(DISON, name="herve", state=SiteState.NOT_HEARD)
PRIVATE = site("aywaille", line("sms"))  # says nothing of its channels
SITES = (DISON, SPA, EUPEN, SILENT, PRIVATE)


def test_those_that_have_it_are_told_from_those_that_would_refuse_it() -> None:
    found = affected(SITES, ["all"], [MOBILE])

    assert found.having == ("dison", "spa")
    assert found.lacking == ("eupen",)
    assert found.silent == ("herve",)


def test_site_that_two_claim_to_be_is_named_once() -> None:
    two = [replace(SILENT, state=SiteState.DOUBLE, epoch=epoch) for epoch in "AB"]
    found = affected([*two, DISON], ["all"], [MOBILE])

    assert (found.doubled, found.silent, found.having) == (("herve",), (), ("dison",))


def test_only_those_are_meant_that_it_goes_to() -> None:
    found = affected(SITES, ["spa", "eupen"], [MOBILE])

    assert (found.having, found.lacking, found.silent) == (("spa",), ("eupen",), ())


def test_who_uses_what_falls_with_it_is_known() -> None:
    assert affected(SITES, ["all"], [MOBILE]).using == ("dison",)
    assert affected(SITES, ["all"], [MOBILE, FIXED]).using == ("dison", "spa", "eupen")
    assert affected(SITES, ["all"], ["channel:chat"]).using == ("spa", "eupen")
    assert affected(SITES, ["all"], [GRID]).using == ()


def test_power_of_a_region_goes_by_the_name_that_its_sites_have() -> None:
    sms = good("sms", needs=((f"{GRID}, Liège",),))
    dark = site("ans", sms, line("sms"), fallen(GRID), region="Liège")

    assert subjects_of(dark) == {GRID, "channel:sms"}
    assert affected([dark, DISON], ["all"], [GRID]).using == ("ans",)
    assert affected([dark], ["all"], [f"{GRID}, Liège"]).lacking == ("ans",)


def test_a_word_may_be_about_what_a_site_says_that_it_has() -> None:
    seen = replace(DISON, parts=(fallen(GRID),))

    assert subjects_of(seen) == {GRID, MOBILE, FIXED, "channel:sms", "channel:chat"}
    assert subjects_of(PRIVATE) == set()
