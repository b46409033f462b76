"""Every mistake, refusal and advice has words in each language, checked on the source.

What is refused is a slug, a key of `plan.json` or `commands.json`, with facts. It is
looked for in all that is given to what says something, so that no sentence in one
language slips in beside it.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from syntax import nodes

from secours import message
from secours.doctor.finding import FindingLevel
from secours.languages import LANGUAGES
from secours.message import SYSTEM_ERRORS
from secours.texts import REFUSED, words

SRC = Path(message.__file__).parent
SOURCES = {
    str(path.relative_to(SRC)): path.read_text("utf-8") for path in SRC.rglob("*.py")
}
SLUG = re.compile(rf"({'|'.join(REFUSED)})(\.[A-Za-z0-9-]+)+")
NOUNS = {"must_be", "scalar_text", "checked"}  # they make the message themselves
CALLS = {"message", "as_message", "note", "note_key", *NOUNS}
BASES = {"Refusal", "BadValue"}
ALIKE = {  # the same in another language, and rightly so
    "plan.type.a",
    "commands.os.error",
    "commands.usage.argument",
}


def refusals(sources: Mapping[str, str]) -> set[str]:
    """Return the names of the exceptions that say something."""
    found = set(BASES)
    for source in sources.values():
        for node in nodes(source):
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                found |= {node.name} if bases & BASES else set()
    return found


def said(source: str, calls: set[str]) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Yield each call that says something, and what it is given to say."""
    for node in nodes(source):
        if isinstance(node, ast.Call) and _name(node.func) in calls:
            for value in node.args:
                yield node, value


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def sentences(sources: Mapping[str, str]) -> list[str]:
    """Return what is given as words, where a slug is wanted."""
    calls = CALLS | refusals(sources) | {"Refused"}
    return [
        f"{path}:{value.lineno}"
        for path, source in sources.items()
        for _, value in said(source, calls)
        if isinstance(value, ast.JoinedStr)
        or (
            isinstance(value, ast.Constant)
            and isinstance(value.value, str)
            and " " in value.value
        )
    ]


def in_error(sources: Mapping[str, str]) -> list[str]:
    """Return where an option of a probe type is refused in words."""
    return [
        f"{path}:{node.lineno}"
        for path, source in sources.items()
        if path.startswith(("probes/", "config/"))
        for node in nodes(source)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and _name(node.exc.func) in ("ValueError", "TypeError")
    ]


def slugs(sources: Mapping[str, str]) -> set[str]:
    """Return every slug that stands in the source."""
    return {
        node.value
        for source in sources.values()
        for node in nodes(source)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and SLUG.fullmatch(node.value)
    }


def unsaid(sources: Mapping[str, str]) -> list[str]:
    """Return the calls that leave out a fact that the words cannot do without."""
    texts = words("en")
    calls = CALLS | refusals(sources)
    found = []
    for path, source in sources.items():
        for call, value in said(source, calls):
            slug = value.value if isinstance(value, ast.Constant) else ""
            names = {keyword.arg for keyword in call.keywords}
            text = re.sub(r"\[[^\]]*\]", "", texts.get(str(slug), "").split("|")[-1])
            wanted = set(re.findall(r"\{(\w+)", text))
            is_whole = None not in names and _name(call.func) not in NOUNS
            if slug in texts and is_whole and wanted - names:
                found.append(f"{path}:{call.lineno}: {slug} {wanted - names}")
    return found


def keys(language: str) -> set[str]:
    return {key for key in words(language) if SLUG.fullmatch(key)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_slug_has_words_and_all_words_are_used(language: str) -> None:
    of_system = {f"commands.os.{name}" for name in SYSTEM_ERRORS}
    of_system |= {f"commands.doctor.level.{level}" for level in FindingLevel}

    assert keys(language) == slugs(SOURCES) | of_system


def test_nothing_is_refused_in_words_of_one_language() -> None:
    assert sentences(SOURCES) == []
    assert in_error(SOURCES) == []


def test_every_fact_that_is_wanted_is_given() -> None:
    assert unsaid(SOURCES) == []


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_words_are_translated_not_copied(language: str) -> None:
    english, other = words("en"), words(language)
    alike = {
        key
        for key in keys("en") - ALIKE
        if other[key] == english[key] and re.search(r"[^\W\d_]{3,} ", english[key])
    }

    assert alike == set()


@pytest.mark.parametrize(
    "fault",
    [
        'raise Refused("no such channel")',
        'raise RequestRefused(f"{name} is not marked")',
        'class Late(Refusal):\n "It is late."\nraise Late("too late")',
        'spot.note("names no channel")',
        'raise Wrong(spot, f"must be {noun}")',
        'yield message("write another one")',
        'must_be(spot, "a whole number", found)',
    ],
)
def test_a_sentence_where_a_slug_is_wanted_is_found(fault: str) -> None:
    assert sentences({**SOURCES, "cli/x.py": fault})


def test_a_slug_without_words_and_a_fact_left_out_are_found() -> None:
    unknown = {"cli/x.py": 'raise Refused(message("commands.nobody.wrote"))'}
    short = {"cli/x.py": 'spot.note("plan.key.missing")'}

    assert slugs(unknown) - keys("en")
    assert unsaid(short) == ["cli/x.py:1: plan.key.missing {'key'}"]
    assert in_error({"probes/x.py": 'raise ValueError("port must be even")'})
