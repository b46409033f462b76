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
        "(?:est|canal|réseau|centre SMS|peut-être|probablement) en panne",
        "(?<!n\u2019est )plus sûr",
        "(?:pas|peu) sûr",
        "parole donnée",
    ),
    "nl": (
        "geweerd",
        "terzijde",
        "buiten dienst",
        "gekend",
        "staat van",
        r"ligt\b[^.|]*\buit\b",
        "uitligt",
        r"(?:als|vermoedelijk) uit\b",
        r"stuk\b",
        "niet (?:meer )?veilig(?! genoeg)",
        "gecompromitteerd",
        "verklaard",
        "verklaring(?!(?:en)? pas)",
        "opgave",
        "opgegeven",
        "bedreigd",
        "verondersteld",
        "geverifieerd",
        "in orde(?! voor)",
        "over tijd",
        r"nota\b",
        "wandscherm",
        "fiche",
    ),
    "de": (
        "gestört",
        "Störung",
        "außer Betrieb",
        "in Betrieb",
        "ausgesetzt",
        "bedingt",
        "bedroht",
        "abstimmen",
        "streikt",
        "unterbrochen",
        "unsicher",
        "nicht (?:mehr )?sicher(?! genug)",
        "Erklärung(?!(?:en)? pass)",
        "ungeprüft",
    ),
    "en": ("out of order", "unavailable", "impaired", "degrade ", "played as"),
}

# Where the English is a word of a command, of the plan or of a modem, or another one.
ELSEWHERE = {
    "down": ("commands.mark.", "journal.writ", "journal.not_written"),
    "declar": ("audit.needs.none", "plan.component."),
    "pinned": ("commands.pin.",),
    "failure": ("problem.",),
}

FACT = re.compile(r"\{\w+\}")

# Forms of a number, addresses, a place before what is said of it, and YAML.
NO_SENTENCE = re.compile(
    r"\{\w+:[^}]*\}|https?://\S*|^\{(?:file|where)\}:"
    r"|(?:clé|\{trait\}|without|depends_on):"
)


def table(name: str) -> str:
    return PAGE.read_text("utf-8").split(f"<!-- {name} -->")[1].split("<!-- end")[0]


def families() -> list[dict[str, list[str]]]:
    """Return how the words for one thing begin, in each language."""
    rows = [row.strip("| ").split(" | ") for row in table("families").splitlines()[3:]]
    return [
        {
            language: cell.split(", ")
            for language, cell in zip(LANGUAGES, row, strict=True)
        }
        for row in rows
    ]


def says(text: str, beginnings: list[str]) -> bool:
    spoken = FACT.sub("", text)
    return any(re.search(rf"\b{each}", spoken, re.I) for each in beginnings)


def glossary() -> dict[str, dict[str, str]]:
    rows = {key: words.split(" | ") for key, words in ROW.findall(table("glossary"))}
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
        if re.search(rf"\b{word}", text, re.I)
    }

    assert not found, "the word for it is in the glossary of docs/developers.md"


@pytest.mark.parametrize("family", families(), ids=lambda family: family["en"][0])
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_thing_is_called_by_words_of_one_family(
    language: str, family: dict[str, list[str]]
) -> None:
    elsewhere = ELSEWHERE.get(family["en"][0], ())
    said = {
        key: texts.words(language)[key]
        for key, text in texts.words("en").items()
        if says(text, family["en"]) and not key.startswith(elsewhere)
    }

    assert said
    assert not {
        key: text for key, text in said.items() if not says(text, family[language])
    }


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
