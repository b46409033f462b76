"""One word for each thing: the words of the screens are those of the glossary."""

import re
from pathlib import Path

import pytest

from secours import texts
from secours.languages import LANGUAGES

PAGE = Path(__file__).parents[2] / "docs" / "developers.md"
ROW = re.compile(r"^\| `([\w.-]+)` \| (.+) \|$", re.M)

# Words that were used beside those of the glossary, and would be a second one.
OTHER_WORDS = {
    "fr": (
        "hors service",
        "en dérangement",
        "indisponible",
        "mis de côté",
        "joué en panne",
    ),
    "nl": ("geweerd", "terzijde", "buiten dienst", "gekend", "staat van"),
    "de": ("gestört", "ausgesetzt", "bedingt", "abstimmen", "streikt", "unterbrochen"),
    "en": ("out of order", "unavailable", "impaired", "degrade ", "played as"),
}

# Forms of a number, addresses, a place before what is said of it, and YAML.
NO_SENTENCE = re.compile(
    r"\{\w+:[^}]*\}|https?://\S*|^\{(?:file|where)\}:"
    r"|(?:clé|\{trait\}|without|depends_on):"
)


def glossary() -> dict[str, dict[str, str]]:
    table = PAGE.read_text("utf-8").split("<!-- glossary -->")[1].split("<!-- end")[0]
    rows = {key: words.split(" | ") for key, words in ROW.findall(table)}
    short = {key for key, words in rows.items() if len(words) != len(LANGUAGES)}
    assert not short, "docs/developers.md has a column for each of LANGUAGES, in order"
    return {
        key: dict(zip(LANGUAGES, words, strict=True)) for key, words in rows.items()
    }


def test_the_glossary_has_the_forty_words_of_the_screens() -> None:
    assert len(glossary()) >= 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screens_say_what_the_glossary_says(language: str) -> None:
    told = {key: words[language] for key, words in glossary().items()}

    assert told == {key: texts.words(language)[key] for key in told}, (
        "the glossary of docs/developers.md and the texts differ"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_word_for_a_state_is_used(language: str) -> None:
    found = {
        key: text
        for key, text in texts.words(language).items()
        for word in OTHER_WORDS[language]
        if re.search(rf"\b{word}", text, re.I) and not key.startswith("problem.")
    }

    assert not found, "the word for it is in the glossary of docs/developers.md"


@pytest.mark.parametrize("language", LANGUAGES)
def test_french_signs_have_their_space(language: str) -> None:
    if language != "fr":
        return
    missing = re.compile(r"[^\s\u00a0\u202f][;:!?](?:\s|$)")
    wrong = {
        key: text
        for key, text in texts.words(language).items()
        if missing.search(NO_SENTENCE.sub("", text))
    }

    assert not wrong
