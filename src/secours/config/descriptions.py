"""Descriptions of the keys of probes.yaml, for its JSON Schema.

Options of a probe have theirs beside them in `Settings`; other keys, and those common
to all probes, in `descriptions.json`. Read only for a schema: a check does not pay
for them.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import msgspec

ANYWHERE = "*"


def of_path(path: tuple[str, ...]) -> str:
    """Return the description of a key; `*` stands for any name.

    Keys common to `probing` and probes have one description; so have keys of one name
    in all sections.
    """
    known = sections()
    names = (
        ".".join(path),
        ".".join(("probe", *path[1:])),
        ".".join((ANYWHERE, *path[-2:])),
        ".".join((ANYWHERE, *path[-1:])),
    )
    return next((known[name] for name in names if name in known), "")


@cache
def of_options(settings: type[msgspec.Struct]) -> Mapping[str, str]:
    """Return the descriptions of a probe's options, or of nested ones."""
    found: dict[str, str] = {}
    for each in reversed(settings.__mro__):
        if issubclass(each, msgspec.Struct) and each is not msgspec.Struct:
            found.update(_beside(each))
    return found


def _beside(of: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    """Yield each field with a text below it, and that text."""
    (made,) = ast.parse(textwrap.dedent(inspect.getsource(of))).body
    assert isinstance(made, ast.ClassDef)
    for field, below in zip(made.body, made.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split())


@cache
def sections() -> Mapping[str, str]:
    """Return the descriptions by the paths of their keys."""
    text = files("secours.config").joinpath("descriptions.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, str])
