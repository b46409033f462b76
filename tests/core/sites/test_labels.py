"""No two sites pass for one on a screen, whatever they call themselves."""

import pytest

from secours.core.sites.all_sites import distinct
from secours.model.plan import Text
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
    assert second == f"{label} [evil]"


def test_label_that_is_the_name_of_another_has_its_own_beside_it() -> None:
    assert called(site("spa"), site("evil", "Spa")) == ["", "Spa [evil]"]


def test_one_language_is_enough() -> None:
    sites = site("spa", fr="Ville de Spa", nl="Stad Spa"), site("evil", nl="Stad Spa")

    assert called(*sites, language="fr") == ["Ville de Spa [spa]", "Stad Spa [evil]"]


def test_site_that_is_there_twice_is_called_the_same() -> None:
    assert called(site("spa", "Spa"), site("spa", "Spa")) == ["Spa", "Spa"]
