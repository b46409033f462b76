"""One word for each thing: the words of the screens are those of the glossary."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from secours import texts
from secours.config.starter import WORDS
from secours.languages import LANGUAGES

SECOURS = Path(texts.__file__).parents[1]
PAGE = Path(__file__).parents[2] / "docs" / "glossary.md"
NAMES = {"English": "en", "French": "fr", "Dutch": "nl", "German": "de"}

UNDECLARED = ("audit.undeclared", "finding.undeclared.what")  # in the plan

# Where the English is a word of a command, of the plan or of a modem, or another one.
ELSEWHERE = {
    "down": ("commands.mark.", "journal.writ", "journal.not_written", "editing.down"),
    "declar": (
        "audit.needs.none",
        "plan.component.",
        "audit.undeclared",
        "finding.undeclared",
    ),
    "pinned": ("commands.pin.",),
    "failure": ("problem.",),
    "notice": ("audit.daily", "finding.unseen.what", "finding.daily.why"),
}

FACT = re.compile(r"\{\w+\}")

# Forms of a number, addresses, a place before what is said of it, and YAML.
NO_SENTENCE = re.compile(
    r"\{\w+:[^}]*\}|https?://\S*|^\{(?:file|where)\}:"
    r"|(?:clé|\{trait\}|without|depends_on):"
)


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of the page, each cell by the head of its column."""
    text = PAGE.read_text("utf-8").split(f"<!-- {name} -->")[1].split("<!-- end")[0]
    head, _, *rows = (
        [c.strip() for c in r.split("|")[1:-1]] for r in text.split("\n")[1:-1]
    )
    columns = [NAMES.get(column, column) for column in head]
    return [dict(zip(columns, row, strict=True)) for row in rows]


def several(cell: str) -> list[str]:
    return [each for each in cell.split(", ") if each]


def families() -> list[dict[str, list[str]]]:
    """Return how the words for one thing begin, in each language."""
    return [
        {language: several(row[language]) for language in LANGUAGES}
        for row in table("families")
    ]


def says(text: str, beginnings: list[str]) -> bool:
    spoken = FACT.sub("", text)
    return any(re.search(rf"\b{each}", spoken, re.I) for each in beginnings)


def glossary() -> dict[str, dict[str, str]]:
    return {row["text"].strip("`"): row for row in table("glossary")}


def test_the_glossary_has_the_forty_words_of_the_screens() -> None:
    assert len(glossary()) >= 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screens_say_what_the_glossary_says(language: str) -> None:
    told = {key: words[language] for key, words in glossary().items()}

    assert told == {key: texts.words(language)[key] for key in told}, (
        "docs/glossary.md and the texts differ"
    )


def others(said: Iterator[tuple[str, str]], language: str) -> dict[str, str]:
    """Return what is said by a word that the page names as another one."""
    row = next(row for row in table("never") if NAMES[row["language"]] == language)
    meant = re.compile("|".join(several(row["may stand"])), re.I)
    return {
        where: text
        for where, text in said
        for word in several(row["not said"])
        if re.search(rf"\b{word}", meant.sub("", text), re.I)
    }


def translations(value: object) -> Iterator[dict[str, str]]:
    """Yield what is written in each language, wherever it stands in a file."""
    if isinstance(value, dict):
        if set(LANGUAGES) <= set(value):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from translations(each)


def beside_the_texts() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what else people read: labels, lessons, the tour, the first plan."""
    yield from (
        ("starter", dict(zip(WORDS, each, strict=True)))
        for each in zip(*(words.values() for words in WORDS.values()), strict=True)
    )
    catalogue = json.loads((SECOURS / "config/catalogue.json").read_text("utf-8"))
    yield from (("catalogue", each) for each in translations(catalogue))
    for path in sorted((SECOURS / "outages").glob("*.yaml")):
        outage = yaml.safe_load(path.read_text("utf-8"))
        yield from ((path.name, each) for each in translations(outage))
    for path in sorted((SECOURS / "demo").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "told":
                told = map(ast.literal_eval, node.args)
                yield path.name, dict(zip(LANGUAGES, told, strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_word_for_a_state_is_used(language: str) -> None:
    said = iter(texts.words(language).items())

    assert not others(said, language), "the word for it is in docs/glossary.md"


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_lessons_use_no_other_word_either(language: str) -> None:
    beside = [(where, words[language]) for where, words in beside_the_texts()]
    assert len(beside) > 100

    assert not others(iter(beside), language), "the word for it is in docs/glossary.md"


def test_every_source_is_there_and_named() -> None:
    rows = [*table("glossary"), *table("families")]
    named = {each for row in rows for each in row["source"].split()}

    assert named == {row["number"] for row in table("sources")}


def test_one_thing_is_called_by_words_of_one_family() -> None:
    unsaid: list[list[str]] = []
    otherwise: dict[tuple[str, str], str] = {}
    for family in families():
        elsewhere = ELSEWHERE.get(family["en"][0], ())
        keys = [
            key
            for key, text in texts.words("en").items()
            if says(text, family["en"]) and not key.startswith(elsewhere)
        ]
        unsaid += [] if keys else [family["en"]]
        otherwise |= {
            (language, key): texts.words(language)[key]
            for language in LANGUAGES
            for key in keys
            if not says(texts.words(language)[key], family[language])
        }

    assert unsaid == []
    assert otherwise == {}


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
