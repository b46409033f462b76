"""No two sites pass for one on a screen, whatever they call themselves."""

import pytest

from secours.core.sites.all_sites import distinct
from secours.languages import Text
from secours.model.sites.views import SiteView


def site(name: str, label: str = "", **translations: str) -> SiteView:
    return SiteView(name=name, label=Text(plain=label, translations=translations))


def called(*sites: SiteView, language: str = "en") -> list[str]:
    return [each.label.in_(language) for each in distinct(sites)]


def test_labels_that_differ_stay_as_they_are() -> None:
    assert called(site("spa", "Spa"), site("ans", "Ans"), site("huy")) == [
        "Spa",
        "Ans",
        "",
    ]


@pytest.mark.parametrize(
    "label",
    ["Spa", "SPA ", "S\u200bpa", "\uff33pa", "\u202eSpa"],
    ids=["the same", "capitals", "zero width", "full width", "right to left"],
)
def test_label_of_another_has_the_name_beside_it(label: str) -> None:
    first, second = called(site("spa", "Spa"), site("evil", label))

    assert first == "Spa [spa]"
    assert second == f"{label.rstrip()} [evil]"


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        (
            "Dison; 2 cannot alert: Ans, and Huy",
            "Dison 2 cannot alert Ans and Huy [evil]",
        ),
        ("Dison. 2 cannot alert", "Dison 2 cannot alert [evil]"),
        ("Dison\nAns: OK", "Dison Ans OK [evil]"),
        ("Dison\uff1b Ans \u2236 OK | x", "Dison Ans OK x [evil]"),
        ("Dison [ans]", "Dison ans [evil]"),
        ("\u25cf Dison \u2192 Huy", "Dison Huy [evil]"),
        ("v\u0435rviers", "v\u0435rviers [evil]"),
        ("Ans and Huy", "Ans and Huy [evil]"),
        ("Ans et sp\u00e0", "Ans et sp\u00e0 [evil]"),
    ],
)
def test_label_that_reads_as_more_than_a_name_has_the_name_beside_it(
    label: str, shown: str
) -> None:
    sites = site("ans"), site("huy", "Huy"), site("spa", "Spa"), site("evil", label)

    assert called(*sites)[-1] == shown


@pytest.mark.parametrize(
    "label", ["Sp\u00e0", "5pa", "\u0160pa", "S pa", "Spa-", ".Spa"]
)
def test_label_that_looks_like_that_of_another_has_the_name_beside_it(
    label: str,
) -> None:
    assert called(site("spa", "Spa"), site("evil", label))[-1] == f"{label} [evil]"


@pytest.mark.parametrize(
    "label",
    [
        "St. Vith",
        "CHR Li\u00e8ge (Citadelle)",
        "L\u2019h\u00f4pital d'Ans",
        "Police & pompiers Spa",
        "Pompiers 1/2 \u2013 Ans",
        "Huy et environs",
    ],
)
def test_label_that_is_only_a_name_stays(label: str) -> None:
    assert called(site("ans"), site("huy-1", label))[-1] == label


def test_label_that_is_too_long_leaves_room_for_the_name() -> None:
    (label,) = called(site("evil", "Dison; " + "x" * 100))

    assert (label[-7:], len(label)) == (" [evil]", 60)


def test_label_that_is_the_name_of_another_has_its_own_beside_it() -> None:
    assert called(site("spa"), site("evil", "Spa")) == ["", "Spa [evil]"]


def test_one_language_is_enough() -> None:
    sites = site("spa", fr="Ville de Spa", nl="Stad Spa"), site("evil", nl="Stad Spa")

    assert called(*sites, language="fr") == ["Ville de Spa [spa]", "Stad Spa [evil]"]


def test_site_that_is_there_twice_is_called_the_same() -> None:
    assert called(site("spa", "Spa"), site("spa", "Spa")) == ["Spa", "Spa"]
