"""The templates of pages and other texts; all values are escaped, except markup.

Texts are put on one line, cut and escaped automatically. `words|upto(600)` allows
longer ones than usual.
"""

from collections.abc import Mapping
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from secours import texts
from secours.render.badges import shape
from secours.render.escape import esc, plain
from secours.render.no_break import unbroken_html

if TYPE_CHECKING:
    from jinja2 import Environment

Row = Mapping[str, Any]
"""Something a template repeats, by the names it reads."""

AGE = "@"  # stands for the node in which the browser counts


def fill(name: str, language: str, /, **values: object) -> Markup:
    """Fill in a template; `say` and `language` in it are of this language."""
    template = environment().get_template(name)
    return unbroken_html(template.render(_words(language), **values))


def part(name: str, macro: str, language: str, /, **values: object) -> Markup:
    """Fill in one part of a page, a macro in a file of templates."""
    template = environment().get_template(name)
    drawn: Markup = getattr(template.make_module(_words(language)), macro)(**values)
    return unbroken_html(drawn)


@cache
def environment() -> "Environment":
    """Make the template environment; commands without pages skip it."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    jinja = Environment(
        autoescape=True,
        auto_reload=False,
        finalize=lambda value: value if isinstance(value, Markup) else plain(value),
        keep_trailing_newline=True,
        loader=FunctionLoader(
            lambda name: files(__name__).joinpath(name).read_text("utf-8")
        ),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    jinja.filters["upto"] = _upto
    jinja.globals["shape"] = shape
    return jinja


def _upto(value: object, longest: int) -> Markup:
    return value if isinstance(value, Markup) else esc(value, longest)


def _words(language: str) -> dict[str, object]:
    return {
        "language": language,
        "say": partial(texts.say, language),
        "age": age(language, "—"),
    }


def age(language: str, now: str) -> Markup:
    """Say how old the screen is, with a node in which the browser counts."""
    node = Markup("<span data-secours-age>{}</span>").format(now)
    around = texts.say(language, "screen.age", age=AGE).split(AGE)
    return node.join(map(escape, around))
