"""HTML is not a string: what is markup is so by type, and is written in templates."""

import ast
import re
from collections.abc import Iterator, Mapping

from sources import SOURCES, SRC

TAG = re.compile(r"</?[A-Za-z!]")
ROOMS = ("secours.render", "secours.web", "secours.dashboard")
ELSEWHERE = ("secours.dashboard.charts",)  # a chart has marks of its own
TRUSTING = {  # what calls markup what it did not write itself
    "secours.dashboard.component",
    "secours.render.export.lite",
    "secours.render.styles",
    "secours.render.no_break",
}
TEMPLATES = {
    path.name: path.read_text("utf-8")
    for path in (SRC / "secours/render/templates").rglob("*.html")
}

Sources = Mapping[str, str]


def in_rooms(sources: Sources) -> Iterator[tuple[str, ast.Module]]:
    """Yield what draws pages."""
    for name, source in sources.items():
        if name.startswith(ROOMS) and not name.startswith(ELSEWHERE):
            yield name, ast.parse(source)


def built_of_strings(sources: Sources) -> set[tuple[str, str]]:
    """Return what looks like HTML and is neither a docstring nor plainly `Markup`."""
    return {
        (name, text.value)
        for name, tree in in_rooms(sources)
        for text in ast.walk(tree)
        if isinstance(text, ast.Constant)
        and isinstance(text.value, str)
        and TAG.search(text.value)
        and text not in [*said(tree), *markup(tree)]
    }


def said(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the strings that are no value: docstrings."""
    for each in ast.walk(tree):
        if isinstance(each, ast.Expr):
            yield each.value


def markup(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what is called markup."""
    for each in ast.walk(tree):
        if isinstance(each, ast.Call) and ast.unparse(each.func) == "Markup":
            yield from each.args


def trusting(sources: Sources) -> set[str]:
    """Return what calls something markup that is not written there."""
    return {
        name
        for name, tree in in_rooms(sources)
        if any(not isinstance(each, ast.Constant) for each in markup(tree))
    }


def careless(written: Mapping[str, str]) -> set[str]:
    """Return which templates put words in unescaped, or where no quotes hold them."""
    wrong = re.compile(r"\bsafe\b|autoescape|\s[\w-]+=\s*\{\{")
    return {name for name, text in written.items() if wrong.search(text)}


def test_no_html_is_built_of_strings() -> None:
    assert built_of_strings(SOURCES) == set()


def test_only_what_is_known_calls_a_string_markup() -> None:
    assert trusting(SOURCES) == TRUSTING


def test_no_template_leaves_words_unescaped() -> None:
    assert TEMPLATES
    assert careless(TEMPLATES) == set()


def test_each_planted_fault_is_found() -> None:
    def planted(fault: str) -> Sources:
        return {"secours.render.pages.why": fault}

    assert built_of_strings(planted("drawn = f'<p>{words}</p>'"))
    assert built_of_strings(planted("drawn = Markup(f'<p>{words}</p>')"))
    assert built_of_strings(planted("drawn = '<p>' + words"))
    assert built_of_strings(planted("drawn = ''.join(['<b>', words, '</b>'])"))
    assert not built_of_strings(planted("drawn = Markup('<p>%s</p>') % words"))
    assert not built_of_strings(planted("'''Draw a <p>.'''\nleast = 2 < 3"))
    assert trusting(planted("drawn = Markup(words)")) == {"secours.render.pages.why"}
    assert not trusting(planted("drawn = Markup('<br>').join(words)"))
    assert careless({"why.html": "<p>{{ words|safe }}</p>"})
    assert careless({"why.html": "<p class={{ look }}>"})
    assert not careless({"why.html": '<p class="{{ look }}">{{ words }}</p>'})


def test_what_can_be_opened_is_known_again_when_a_page_is_drawn_anew() -> None:
    """By a name of its own, and not by its place: others come and go."""
    folds = {
        (name, tag)
        for name, text in TEMPLATES.items()
        for tag in re.findall(r"<details[^>]*>", text)
    }

    assert folds
    assert [each for each in folds if "data-fold=" not in each[1]] == []
