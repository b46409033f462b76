"""The sentence above all sites: exact counts, in each language."""

from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace
from site_views import fallen, good, line, lost, picture, site

from secours.core.sites.all_sites import completed
from secours.languages import LANGUAGES, Text
from secours.model.observed import Reason
from secours.model.sections.line import Purpose
from secours.model.sites.views import (
    CommonCause,
    HubLost,
    SharedPart,
    SiteState,
    SitesView,
    SiteView,
)
from secours.model.snapshot import Link, State
from secours.render.wording.sites import sentence as sites

GRID, MOBILE = "power:grid, Verviers", "carrier:mobile-a"
LABEL: dict[str, Any] = {"label": Text("Mobile A")}


def many(n: int) -> list[SiteView]:
    return [site(f"fine{k}", good("sms"), line("sms")) for k in range(n)]


def blackout() -> SitesView:
    """100 sites: 41 have lost Mobile A with the grid, of which 3 cannot alert."""
    hit = [
        site(
            f"s{n}",
            lost("sms", GRID, MOBILE),
            lost("pager", GRID),
            SharedPart(name=MOBILE, **LABEL),
            fallen("power:grid"),
            line(None if n < 3 else "mail"),
            state=SiteState.NOTHING_LEFT if n < 3 else SiteState.PRIMARY,
            region="Verviers",
        )
        for n in range(41)
    ]
    return picture(*hit, *many(59))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", f"3 of 100 sites cannot alert; 41 have lost Mobile A ({GRID})."),
        (
            "fr",
            f"3 sites sur 100 ne peuvent pas alerter ; 41 ont perdu Mobile A ({GRID}).",
        ),
        (
            "nl",
            "3 van 100 locaties kunnen niet alarmeren;"
            f" 41 zijn Mobile A kwijt ({GRID}).",
        ),
        (
            "de",
            "3 von 100 Standorten können nicht alarmieren;"
            f" 41 haben Mobile A verloren ({GRID}).",
        ),
    ],
    ids=["en", "fr", "nl", "de"],
)
def test_it_says_who_cannot_alert_and_what_is_lost(
    language: str, expected: str
) -> None:
    assert sites.sentence(blackout(), language) == expected


def test_no_single_site_names_for_all_what_they_have_lost() -> None:
    liar = site("aaa", SharedPart(name=MOBILE, label=Text("Meta")))
    said = sites.sentence(picture(liar, *blackout().sites), "en")

    assert said == f"3 of 101 sites cannot alert; 41 have lost Mobile A ({GRID})."


def test_in_brief_it_names_no_sites() -> None:
    silent = site("a", state=SiteState.NOT_HEARD)
    view = picture(*blackout().sites, silent)

    said = sites.sentence(view, "en", brief=True)

    assert said == (
        f"3 of 101 sites cannot alert; 41 have lost Mobile A ({GRID}); 1 is not heard."
    )


@pytest.mark.parametrize(
    ("language", "several", "one"),
    [
        (
            "en",
            "100 sites: all on their primary channel.",
            "1 site: on its primary channel.",
        ),
        (
            "fr",
            "100 sites\u00a0: tous sur leur premier choix.",
            "1 site\u00a0: sur son premier choix.",
        ),
        (
            "nl",
            "100 locaties: alle op hun eerste keuze.",
            "1 locatie: op de eerste keuze.",
        ),
        (
            "de",
            "100 Standorte: alle bei der ersten Wahl.",
            "1 Standort: bei der ersten Wahl.",
        ),
    ],
    ids=["en", "fr", "nl", "de"],
)
def test_all_is_well(language: str, several: str, one: str) -> None:
    assert sites.sentence(picture(*many(100)), language) == several
    assert sites.sentence(picture(*many(1)), language) == one


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_sites_it_says_so(language: str) -> None:
    assert sites.sentence(picture(), language)
    assert "0" not in sites.sentence(picture(), language)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (site("a", state=SiteState.NOT_HEARD), "1 of 3 sites is not heard: A."),
        (site("a", state=SiteState.OWN_LINK), "1 of 3 sites has lost its own link: A."),
        (site("a", state=SiteState.DOUBLE), "1 of 3 sites is there twice: A."),
        (site("a", state=SiteState.FALLBACK), "1 of 3 sites uses a fallback."),
        (
            site("a", state=SiteState.NOTHING_LEFT),
            "1 of 3 sites has a line without a channel.",
        ),
        (
            site("a", line(None, Purpose.COORDINATE), state=SiteState.NOTHING_LEFT),
            "1 of 3 sites cannot coordinate.",
        ),
        (
            site("a", line(None), state=SiteState.NOT_HEARD),
            "1 of 3 sites is not heard: A.",
        ),
    ],
    ids=[
        "not heard",
        "own link",
        "double",
        "fallback",
        "nothing left",
        "cannot coordinate",
        "its last word counts for nothing",
    ],
)
def test_it_says_what_ails_a_site(one: SiteView, expected: str) -> None:
    assert sites.sentence(picture(one, *many(2)), "en") == expected


def test_a_first_choice_that_is_not_sure_is_no_fallback() -> None:
    unsure = line("sms", verified=False)
    views = [
        site("a", unsure, state=SiteState.FALLBACK),
        site("b", line("sms", state=State.DEGRADED), state=SiteState.FALLBACK),
        site("c", unsure, line("tel", rank=2), state=SiteState.FALLBACK),
        site("d", line("sms"), state=SiteState.FALLBACK),  # pinned
    ]

    said = sites.sentence(picture(*views, *many(2)), "en")

    assert said == (
        "2 of 6 sites use a fallback; 2 use a primary channel that is weak or"
        " unverified."
    )


def test_two_of_one_name_are_one_site_that_is_there_twice() -> None:
    twice = [site("a", state=SiteState.DOUBLE, epoch=epoch) for epoch in "xy"]

    said = sites.sentence(picture(*twice, *many(1)), "en")

    assert said == "1 of 2 sites is there twice: A."


def test_of_many_it_names_the_first_and_counts_the_rest() -> None:
    silent = [site(name, state=SiteState.NOT_HEARD) for name in "abcde"]

    said = sites.sentence(picture(*silent, *many(1)), "fr")

    assert said == "5 sites sur 6 ne sont pas entendus\u00a0: A, B, C et 2 autres."


def test_with_the_power_it_is_a_carrier_that_is_named() -> None:
    hit = {GRID: 3, "cloud:azure": 3, MOBILE: 2}
    cause = CommonCause(components=(GRID,), sites=("a", "b", "c"), lost=hit)
    view = picture(*(site(name) for name in "abcd"), causes=(cause,))
    alone = picture(*view.sites, causes=(replace(cause, lost={"cloud:azure": 3}),))

    said = "2 of 4 sites have lost carrier:mobile-a (power:grid, Verviers)."
    assert sites.sentence(view, "en") == said
    said = "3 of 4 sites have lost power:grid, Verviers."
    assert sites.sentence(alone, "en") == said


def test_carrier_that_few_of_those_without_power_have_lost_is_not_named() -> None:
    dark = [site(n, lost("sms", GRID), region="Verviers") for n in "abcd"]
    fixed = SharedPart(name="carrier:fixed, and all can alert", fails=True)
    view = picture(replace(dark[0], parts=(fixed,)), *dark[1:])

    assert view.causes[0].lost[fixed.name] == 1
    assert sites.sentence(view, "en") == "4 of 4 sites have lost power:grid, Verviers."


@pytest.mark.parametrize("label", ["   ", "\u200b"], ids=["spaces", "invisible"])
def test_site_with_a_blank_label_goes_by_its_name(label: str) -> None:
    assert sites.site_label(site("dison", label=Text(label)), "en") == "dison"


def test_who_can_do_nothing_is_counted_once() -> None:
    nothing = site("a", line(None), line(None, Purpose.COORDINATE))

    said = sites.sentence(picture(nothing, *many(1)), "en")

    assert said == "1 of 2 sites cannot alert."


def test_what_is_as_likely_is_named_too() -> None:
    views = [site(n, lost("chat", "cloud:azure", "provider:meta")) for n in "ab"]

    said = sites.sentence(picture(*views, *many(1)), "en")

    assert said == "2 of 3 sites have lost cloud:azure or provider:meta."


def test_one_cause_is_named_what_is_sure_before_what_is_one_of_several() -> None:
    views = [site(n, lost("chat", "cloud:azure", "provider:meta")) for n in "abc"]
    views += [site(n, lost("sms", MOBILE)) for n in "de"]

    said = sites.sentence(picture(*views), "en")

    assert said == "2 of 5 sites have lost carrier:mobile-a."


def test_what_is_lost_is_named_once() -> None:
    parts = [SharedPart(name=MOBILE, **LABEL), SharedPart(name="provider:meta")]
    views = [site(n, lost("sms", MOBILE), *parts) for n in "ab"]
    tied = [site(n, lost("sms", MOBILE, "provider:meta"), *parts) for n in "ab"]
    alone, either = picture(*views), picture(*tied)

    said = sites.cause_words(alone.causes[0], alone, "en")
    assert said == "2 have lost Mobile A"
    said = sites.cause_words(either.causes[0], either, "en")
    assert said == "2 have lost Mobile A or provider:meta"


def test_of_many_that_are_as_likely_the_rest_is_counted() -> None:
    needs = [f"provider:{letter}" for letter in "abcd"]
    views = [site(n, lost("chat", *needs)) for n in "ab"]

    said = sites.sentence(picture(*views), "en")

    assert said == (
        "2 of 2 sites have lost provider:a or provider:b, and 2 other possibilities."
    )


def test_a_label_with_a_comma_is_no_two_sites() -> None:
    label = Text("Herstal, town hall")
    silent = site("herstal", state=SiteState.NOT_HEARD, label=label)

    said = sites.sentence(picture(silent, *many(1)), "en")

    assert said == "1 of 2 sites is not heard: herstal."


def test_a_label_is_no_part_of_the_sentence() -> None:
    label = Text("Dison; 2 cannot alert: Fine0 and Fine1")
    silent = replace(site("dison", state=SiteState.NOT_HEARD), label=label)

    said = sites.sentence(completed(picture(silent, *many(2))), "en")

    assert said == (
        "1 of 3 sites is not heard: Dison 2 cannot alert Fine0 and Fine1 [dison]."
    )


def test_a_label_of_a_component_is_no_part_of_the_sentence() -> None:
    label = Text("Mobile A; 9 cannot alert")
    hit = [
        site(f"s{n}", lost("sms", MOBILE), SharedPart(name=MOBILE, label=label))
        for n in range(2)
    ]

    said = sites.sentence(picture(*hit), "en")

    assert said == "2 of 2 sites have lost Mobile A 9 cannot alert."


def test_each_clause_says_of_which_sites_it_is() -> None:
    first, second = sites.clauses(blackout(), "en")

    assert (first.kind, first.n, first.sites) == ("no-alert", 3, ("s0", "s1", "s2"))
    assert (second.kind, second.n) == ("lost", 41)
    assert second.brief == f"41 have lost Mobile A ({GRID})"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("n", [1, 2])
def test_every_clause_has_words(language: str, n: int) -> None:
    views = [
        site(f"{state}{k}{purpose}", line(None, purpose), state=state)
        for k in range(n)
        for state, purpose in product(SiteState, Purpose)
    ]

    for clause in sites.clauses(picture(*views), language):
        assert clause.text[0].isdigit()
        assert "{" not in clause.text
        assert "?" not in clause.text


def unheard(reason: Reason, own_link: Link) -> SitesView:
    """Return what a province sees that does not reach its hub."""
    silent = [replace(each, state=SiteState.NOT_HEARD) for each in many(2)]
    view = picture(*silent)
    lost = HubLost(since=view.at, reason=reason, own_link=own_link)
    return replace(view, hub_lost=lost)


@pytest.mark.parametrize("link", [Link.OK, Link.UNKNOWN], ids=["ok", "unknown"])
@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (Reason.NONE, ""),
        (Reason.REFUSED, " (connection refused)"),
        (Reason.TIMEOUT, " (no answer)"),
        (Reason.TLS_UNTRUSTED, " (the certificate is not trusted)"),
        (Reason.AUTH, " (login refused)"),
        (Reason.PROTOCOL, " (it ends the connection)"),
        (Reason.BROKEN, " (it does not answer as a hub should)"),
    ],
    ids=lambda value: value if isinstance(value, Reason) else None,
)
def test_it_is_not_us_for_all_we_know_while_our_link_is_not_down(
    reason: Reason, why: str, link: Link
) -> None:
    said = sites.sentence(unheard(reason, link), "en")

    expected = f"The hub is not reached{why}: how the sites are is not known here."
    assert said == expected
    assert not unheard(reason, link).is_cut_off


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_us_where_our_own_link_is_down(language: str) -> None:
    cut = unheard(Reason.TIMEOUT, Link.DOWN)
    ours = sites.sentence(cut, language)
    theirs = sites.sentence(unheard(Reason.TIMEOUT, Link.OK), language)

    assert cut.is_cut_off
    assert ours != theirs
    assert "hub" in ours.lower()
    assert "(" in theirs
    assert "(" not in sites.sentence(
        unheard(Reason.TIMEOUT, Link.OK), language, brief=True
    )


@pytest.mark.parametrize("own_link", [Link.OK, Link.DOWN], ids=["hub lost", "cut off"])
def test_no_french_sign_of_a_lost_hub_begins_a_line(own_link: Link) -> None:
    view = picture(site("a", state=SiteState.NOT_HEARD))
    lost = HubLost(since=view.at, reason=Reason.REFUSED, own_link=own_link)

    said = sites.sentence(replace(view, hub_lost=lost), "fr")

    assert "\u00a0:" in said
    assert not set(said.split(" ")) & set(";:!?")
