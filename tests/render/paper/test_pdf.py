"""The sheet as PDF, read by another program."""

# ruff: noqa: RUF001 -- signs of the four languages, as they are printed

from typing import Any

import pytest
from msgspec.structs import replace
from render.longest_town import town
from render.snapshots import snapshot, with_channel
from servers.ipp_printer import READER, text_of

from secours.languages import LANGUAGES, Text
from secours.model.snapshot import Snapshot
from secours.render.paper.pdf import sheet_pdf, sheet_rows
from secours.render.paper.sheet import sheet_text

pytestmark = [READER, pytest.mark.usefixtures("processes")]
HOSTILE = "\\) Tj ET endstream (\x00\x1b[2J\u202e\u2028"


def written(shown: Snapshot, language: str, **given: Any) -> bytes:
    asked = {"states": True, "how": True, **given}
    return sheet_pdf(sheet_rows(shown, language, **asked), shown, language)


def words(text: str) -> list[str]:
    return text.replace("\u202f", " ").replace("\u00a0", " ").split()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_says_what_the_sheet_says_in_each_language(language: str) -> None:
    shown = snapshot("xooo", "?oox")

    text = await text_of(written(shown, language))

    said = words(sheet_text(shown, language, states=True))
    assert words(text)[: len(said)] == said


async def test_letters_of_the_four_languages_are_there_and_others_are_plain() -> None:
    label = "ÀÉÈÙÇŒ œuvre ÄÖÜß ĳ “Straße” – l’été € Łódź Iași 語"
    shown = with_channel(snapshot(), "sms", short_name=Text(label))

    text = await text_of(written(shown, "fr"))

    plain = "ÀÉÈÙÇŒ œuvre ÄÖÜß ij “Straße” – l’été € Lódz Iasi ?"
    assert plain in text
    assert "1/1 · ? : lettre qui ne peut s’imprimer ici" in text


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Володимир Щукін, Київ", "Volodimir Shchukin, Kiiv"),
        ("Ђорђе Љубић", "Dorde Ljubic"),
        ("Йозеф Юрьев", "Iozef Iurev"),
        ("Γεώργιος Ψαρράς, Θήβα", "Georgios Psarras, Thiva"),
        ("محمد الحسن ٠٤٧٥", "mhmd alhsn 0475"),
    ],
)
async def test_names_in_other_alphabets_are_transliterated(
    name: str, plain: str
) -> None:
    shown = with_channel(snapshot(), "sms", short_name=Text(name))

    text = await text_of(written(shown, "en"))

    assert plain in text
    assert "this paper" not in text


async def test_each_page_says_when_it_was_true_in_the_time_of_the_site() -> None:
    shown = snapshot()
    rows = sheet_rows(shown, "en", states=True, how=True) * 4

    pages = (await text_of(sheet_pdf(rows, shown, "en"))).split("\f")[:-1]

    assert len(pages) == 3
    for number, page in enumerate(pages, 1):  # 02:14 UTC
        assert f"Printed 2026-11-24 03:14 · {number}/3" in page


async def test_a_town_of_the_longest_names_has_room_on_one_page() -> None:
    shown = town()

    text = await text_of(written(shown, "de"))

    assert text.count("\f") == 1


async def test_how_is_left_out_unless_asked_for() -> None:
    text = await text_of(written(snapshot(), "en", how=False))

    assert "Composer le 4711" not in text
    assert "How to use each channel" not in text
    assert "On-call SMS" in text


@pytest.mark.parametrize("states", [True, False])
async def test_why_it_was_printed_stands_first(states: bool) -> None:
    on = ("mains-lost", "nothing-left")

    text = await text_of(written(snapshot(), "nl", states=states, occasions=on))

    first = (
        "Automatisch afgedrukt: geen stroom, een lijn van het plan heeft geen kanaal"
    )
    assert text.lstrip().startswith(first)


async def test_words_that_would_be_commands_stay_words() -> None:
    shown = snapshot()
    shown = replace(shown, site=replace(shown.site, name=Text(HOSTILE)))
    shown = with_channel(shown, "sms", short_name=Text(HOSTILE))

    text = await text_of(written(shown, "en"))

    assert "\\) Tj ET endstream (" in text
    assert "\x1b" not in text
