"""No words of ours between the quotation marks of a peer, checked on the source itself.

`said` and `phrase` carry what a peer said, `what` the name of a thing; what we make of
it is a `problem`, a slug with words in each language. Literals are looked for in what
is given to these facts, in what is assigned to variables of these names, and in the
constants of the module that these name.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from secours.languages import LANGUAGES
from secours.texts import words
from secours.wire.modem.sms_errors import CMS

SRC = Path(__file__).parents[1] / "src" / "secours"
MAKERS = [
    *sorted((SRC / "probes").glob("*.py")),
    *sorted((SRC / "wire").rglob("*.py")),
    *(SRC / "run").glob("*.py"),
    SRC / "core" / "probing" / "health.py",
    SRC / "notify" / "carriers.py",
    SRC / "engine" / "printing" / "kept_sheet.py",
    SRC / "engine" / "probing" / "runner.py",
    SRC / "config" / "reader" / "secrets.py",
    SRC / "config" / "reader" / "trust.py",
]
SOURCES = {str(path.relative_to(SRC)): path.read_text("utf-8") for path in MAKERS}

THEIRS = {  # words of a protocol, that the peer said just so
    "LOGINDISABLED",  # a capability of IMAP, RFC 3501 section 6.2.3
    "Denied",  # all that Kannel answers to a wrong password
    "healthy: false",  # a field of ntfy, with its value
    "anonymous",  # a role of ntfy: whoever is not logged in
}
QUOTED = ("said", "phrase")
WORD = re.compile(r"[^\W\d_]{2,}")
NAME = re.compile(r"[\w.+-]*")  # of an option, a file, a field, a program
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
PASSED_ON = ("plain", "_plain", "str")  # calls that return what they are given


def given(source: str, names: tuple[str, ...]) -> Iterator[ast.expr]:
    """Yield what facts, variables and properties of these names are given."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.keyword(arg=str(name), value=value) if name in names:
                yield value
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in names:
                        yield value
            case ast.Assign(targets=[target], value=value):
                yield from _assigned(target, value, names)
            case ast.FunctionDef(name=name) if name in names:
                ends = (end for end in ast.walk(node) if isinstance(end, ast.Return))
                yield from (end.value for end in ends if end.value is not None)


def _assigned(
    target: ast.expr, value: ast.expr, names: tuple[str, ...]
) -> Iterator[ast.expr]:
    match target, value:
        case ast.Name(id=name), _ if name in names:
            yield value
        case ast.Subscript(slice=ast.Constant(value=key)), _ if key in names:
            yield value
        case ast.Tuple(elts=parts), ast.Tuple(elts=values):
            for part, its in zip(parts, values, strict=True):
                yield from _assigned(part, its, names)
        case ast.Tuple(elts=parts), _:
            if any(isinstance(part, ast.Name) and part.id in names for part in parts):
                yield value


def literals(value: ast.AST, source: str) -> Iterator[str]:
    """Yield the literals in what is given, those of the module's constants too."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str | bytes):
        text = value.value
        yield text if isinstance(text, str) else text.decode("latin")
    for part in parts(value, constants(source)):
        yield from literals(part, source)


def parts(value: ast.AST, known: Mapping[str, ast.expr]) -> Iterable[ast.AST]:
    """Return the expressions that become what is given, or a part of it."""
    match value:
        case ast.Name(id=name):
            return [known[name]] if name in known else []
        case ast.Call(
            func=ast.Attribute(value=table, attr="get"), args=[_, *otherwise]
        ):
            return [table, *otherwise]
        case ast.Call(func=ast.Attribute(value=text)):
            return [text]
        case ast.Call(func=function, args=args):
            name = function.id if isinstance(function, ast.Name) else ""
            return args if name in PASSED_ON else []
        case ast.Subscript(value=table):
            return [table]
        case ast.IfExp(body=one, orelse=other):
            return [one, other]
        case ast.Dict(values=values):
            return values
    return ast.iter_child_nodes(value)


@cache
def constants(source: str) -> dict[str, ast.expr]:
    """Return the constants of a module."""
    return {
        target.id: line.value
        for line in ast.parse(source).body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }


def in_quotes(sources: Mapping[str, str]) -> list[str]:
    """Return what of ours would be quoted as a peer's, or is no name."""
    found = []
    for path, source in sources.items():
        for value in given(source, QUOTED):
            for text in literals(value, source):
                if WORD.search(text) and text not in THEIRS:
                    found.append(f"{path}:{value.lineno}: {text!r}")
        for value in given(source, ("what",)):
            for text in literals(value, source):
                if WORD.search(text) and not NAME.fullmatch(text):
                    found.append(f"{path}:{value.lineno}: {text!r}")
    return found


def slugs(sources: Mapping[str, str]) -> set[str]:
    """Return every problem that may be told."""
    told = {
        text
        for source in sources.values()
        for value in given(source, ("problem",))
        for text in literals(value, source)
    }
    of_modems = {problem for _, _, problem in CMS.values()}  # beside other literals
    return (told | of_modems) - {""}


def test_nothing_of_ours_stands_in_the_quotation_marks_of_a_peer() -> None:
    assert in_quotes(SOURCES) == []


@pytest.mark.parametrize(
    "fault",
    [
        'failed(REASON, said="no JSON")',
        'failed(REASON, said=plain(f"no login but {offered}"))',
        'failed(REASON, phrase="modem failure")',
        'unknown(REASON, what="expect: too slow")',
        'unknown(REASON, what=plain(f"{ca} cannot be read"))',
        'said = "longer than max_bytes" if cut else code',
        'facts["said"] = "searching"',
        'facts = {"said": words or "no SMSC"}',
        'nonsense(said=b"answers without end")',
        'NO_BUS = "no D-Bus system bus"\nunknown(REASON, what=NO_BUS)',
        'WHY = {1: "no SIM"}\nfailed(REASON, said=WHY[code])',
        'WHY = {1: (A, "no SIM")}\nreason, said = WHY.get(code, (A, ""))',
        'said = WHY.get(code, "not registered")',
        'reason, what = A, "the terminal is busy"',
        'class A:\n def said(self):\n  return "not registered"',
    ],
)
def test_words_of_ours_in_the_quotation_marks_of_a_peer_are_found(fault: str) -> None:
    assert in_quotes({"probes/x.py": fault})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_that_is_told_has_words_and_no_other_has(language: str) -> None:
    keys = words(language)
    texts = {key.removeprefix("problem.") for key in keys if key.startswith("problem.")}

    assert texts == slugs(SOURCES), (
        f"src/secours/texts/{language}/problems.json has other slugs than are told"
    )


def test_a_problem_is_a_slug() -> None:
    assert [slug for slug in slugs(SOURCES) if not SLUG.fullmatch(slug)] == []
