"""Who has the watch, in one sentence of each language."""

import pytest
from msgspec.structs import replace
from render import town_statements
from render.snapshots import snapshot

from secours.model.snapshot import Snapshot
from secours.render.redact import discreet
from secours.render.wording.localizer import Localizer
from secours.render.wording.watch import sentence

SAID = {
    "fr": (
        "Garde : Anne Dupont depuis 01:14",
        "Garde : remise par Anne Dupont (23/11 03:14) à Bo, pas encore reprise",
        "Garde : remise par Anne Dupont (23/11 03:14), pas encore reprise",
    ),
    "nl": (
        "Wacht: Anne Dupont sinds 01:14",
        "Wacht: overgedragen door Anne Dupont (23-11 03:14) aan Bo,"
        " nog niet overgenomen",
        "Wacht: overgedragen door Anne Dupont (23-11 03:14), nog niet overgenomen",
    ),
    "de": (
        "Wache: Anne Dupont seit 01:14",
        "Wache: übergeben von Anne Dupont (23.11. 03:14) an Bo, noch nicht übernommen",
        "Wache: übergeben von Anne Dupont (23.11. 03:14), noch nicht übernommen",
    ),
    "en": (
        "Watch: Anne Dupont since 01:14",
        "Watch: handed over by Anne Dupont on 23/11 03:14 to Bo, not yet taken",
        "Watch: handed over by Anne Dupont on 23/11 03:14, not yet taken",
    ),
}


def said(shown: Snapshot, language: str) -> str:
    return sentence(Localizer(shown, language))


@pytest.mark.parametrize("language", SAID)
def test_it_is_said_who_has_it_or_who_handed_it_over(language: str) -> None:
    has, handed, to_nobody = SAID[language]

    assert said(town_statements.on_duty(), language) == has
    assert said(town_statements.handed_over(), language) == handed
    assert said(town_statements.handed_over(to=""), language) == to_nobody


def test_nothing_is_said_where_nobody_ever_took_it_nor_to_a_stranger() -> None:
    assert said(snapshot(), "en") == ""
    assert said(discreet(town_statements.on_duty()), "en") == ""


def test_who_takes_it_again_has_it_since_the_first_time() -> None:
    shown = town_statements.on_duty()
    assert shown.watch
    again = replace(shown.watch, at=shown.at, since=shown.watch.at)

    assert said(replace(shown, watch=again), "en") == said(shown, "en")
