"""What is put together on a French screen has a space before its high signs."""

import re

import pytest
from msgspec.structs import replace
from render.desk import why_page
from render.screen_words import read, recommended, screens, statuses
from render.snapshots import with_channel
from render.town_statements import SITUATIONS, distrusted

from secours.model.snapshot import Snapshot
from secours.render.paper.sheet import sheet_text
from secours.render.wording import do_not_use
from secours.render.wording.localizer import Localizer

MISSING = re.compile(r"\S*[^\s\u00a0\u202f][;:!?](?=\s|$)")


def doubly_distrusted() -> Snapshot:
    """Return a town in which two people distrust something, and one thing is down."""
    shown = distrusted()
    held = replace(shown.channel("sms").standing, declared_by="Bob")
    return with_channel(shown, "sms", standing=held)


TOLD = {**SITUATIONS, "distrusted by two": doubly_distrusted()}


@pytest.mark.parametrize("name", TOLD)
def test_every_screen_has_them(name: str) -> None:
    shown = TOLD[name]
    seen = {
        **screens(shown, "fr"),
        "why": read(why_page(shown, "fr")),
        "sheet": sheet_text(shown, "fr", states=True),
        "sheet without states": sheet_text(shown, "fr", states=False),
        "status": statuses(shown, "fr"),
        "recommend": recommended(shown, "fr"),
    }

    found = {screen: MISSING.findall(text) for screen, text in seen.items()}
    assert not {screen: signs for screen, signs in found.items() if signs}


def test_what_two_people_distrust_is_parted() -> None:
    said = do_not_use.sentence(Localizer(doubly_distrusted(), "fr"))

    assert said.startswith("Ne pas utiliser : Liaison sûre sms (compromission, Bob) ; ")
