"""Every key that is said is there, once, and every key that is there is said.

What may be found out about a failure is held to the probes in `test_our_words.py`, what
is refused or advised in `test_refusals.py`.
"""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from syntax import nodes

from secours import texts
from secours.languages import LANGUAGES
from secours.texts import FILES, IN_WORDS, REFUSED, words

SRC = Path(texts.__file__).parents[1]
SOURCES = {
    str(path.relative_to(SRC)): path.read_text("utf-8")
    for pattern in ("*.py", "*.html")
    for path in SRC.rglob(pattern)
}
CATALOGUE = (SRC / "config" / "catalogue.json").read_text("utf-8")

SAYING = {"say", "message", "as_message", "action_link"}
SAID = re.compile(r"""\bsay\((?:language, )?["']([\w.-]+)["']\s*[,)]""")  # a template
BEGUN = re.compile(r"""["']((?:\w+\.)+)["'] ~""")  # in a template
PREFIX = re.compile(r"(?:[a-z_]+\.)+[a-z_]*")
ENDING = re.compile(r"\.[a-z_]+")
QUOTED = re.compile(r"""["']([\w.-]+)["']""")

OF_BEFORE = {"entry.plan-handed-down"}  # what an earlier version wrote in a journal
OF_LINKS = {"link.ok", "link.down", "link.unknown"}  # both parts are put together


def given(sources: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each key that is written out where it is said, and where."""
    for path, source in sources.items():
        if path.endswith(".html"):
            yield from ((path, key) for key in SAID.findall(source))
            continue
        for node in nodes(source):
            if isinstance(node, ast.Call) and _name(node.func) in SAYING:
                for value in node.args[:2]:  # the first may be a language
                    for key in _literals(value):
                        yield f"{path}:{node.lineno}", key


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _literals(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)) if text not in LANGUAGES:
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from (*_literals(one), *_literals(other))


def missing(sources: Mapping[str, str]) -> list[str]:
    """Return what is said and has no words."""
    known = words("en")
    return [f"{where}: {key}" for where, key in given(sources) if key not in known]


def unsaid(sources: Mapping[str, str], keys: set[str]) -> set[str]:
    """Return the keys that no source holds, whole or put together of what it holds."""
    written: set[str] = set(re.findall(r"[\w-]+", CATALOGUE))  # of traits and classes
    prefixes, endings = {f"{fact}." for fact in IN_WORDS}, set[str]()
    composed: set[str] = set()
    for path, source in sources.items():
        if path.endswith(".html"):
            quoted = set(QUOTED.findall(source))
            written |= quoted
            composed |= {a + b for a in BEGUN.findall(source) for b in quoted}
            continue
        for node in nodes(source):
            match node:
                case ast.Constant(value=str(text)):
                    written |= {text, *text.split(".")}
                case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                    prefixes |= {text} if PREFIX.fullmatch(text) else set()
                case ast.JoinedStr(values=[_, ast.Constant(value=str(text))]):
                    endings |= {text} if ENDING.fullmatch(text) else set()
    return {
        key
        for key in keys - written - composed
        if not any(
            key.startswith(prefix) and {*key[len(prefix) :].split(".")} <= written
            for prefix in prefixes
        )
        and not any(
            key.endswith(ending) and key.removesuffix(ending) in written
            for ending in endings
        )
    }


def test_every_key_that_is_said_has_words() -> None:
    assert len(list(given(SOURCES))) > 300
    assert missing(SOURCES) == [], "add them to a file of each src/secours/texts/"


@pytest.mark.parametrize("name", [name for name in FILES if name not in REFUSED])
def test_no_key_is_looked_for_in_a_file_that_has_it_not(name: str) -> None:
    file = Path(texts.__file__).parent / "en" / f"{name}.json"
    found = json.loads(file.read_text("utf-8"))

    assert [key for key in found if key.partition(".")[0] in REFUSED] == []


def test_every_key_is_said() -> None:
    held_elsewhere = ("problem.", *(f"{name}." for name in REFUSED))
    keys = {key for key in words("en") if not key.startswith(held_elsewhere)}

    assert unsaid(SOURCES, keys) == OF_LINKS | OF_BEFORE, (
        "nothing says them: delete them from each src/secours/texts/"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FILES)
def test_no_key_stands_twice_in_a_file(language: str, name: str) -> None:
    text = (SRC / "texts" / language / f"{name}.json").read_text("utf-8")

    assert doubled(text) == [], f"the first of them is lost: texts/{language}/{name}"


def doubled(text: str) -> list[str]:
    pairs = json.loads(text, object_pairs_hook=list)
    return [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]


def test_a_key_without_words_and_words_that_nobody_says_are_found() -> None:
    said = {
        "cli/x.py": 'say("no.such")\nlocalizer.say("else" if x else "nor.this")',
        "x.html": '{{ say("not.there") }}',
    }

    assert [line.partition(": ")[2] for line in missing(said)] == [
        *("no.such", "nor.this", "not.there")
    ]
    assert unsaid(SOURCES, {"else", "status.nobody", "else.nobody"}) == {
        *("status.nobody", "else.nobody")
    }
    assert doubled('{"a": "1", "b": "2", "a": "3"}') == ["a"]
