"""Synonyms of names: usual words and products, in four languages.

The table is synonyms.json, one folder up; it is read only for a mistake.
"""

import unicodedata
from collections.abc import Container, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import msgspec

ALIKE = 0.85  # of 1: one letter in seven
LONGEST = 40
FILE = Path(__file__).parents[1] / "synonyms.json"


def meant(of: str, written: str, valid: Container[str]) -> tuple[str, ...]:
    """Return the valid names of a synonym; `of` is its category."""
    table = _tables().get(of, {})
    word = simple(written)[:LONGEST]
    near = [word] if word in table else get_close_matches(word, table, 1, ALIKE)
    names = table[near[0]] if near else ()
    return tuple(name for name in names if name in valid)


def exactly(of: str, written: str) -> tuple[str, ...]:
    """Return what a synonym, or its plural, stands for; no other spelling will do."""
    table, word = _tables()[of], simple(written)
    return table.get(word) or (table.get(word[:-1], ()) if word[-1:] in "esn" else ())


def program(keys: Container[str]) -> str | None:
    """Return the other program whose files have these keys at the root."""
    table = _tables()["program"]
    return next((names[0] for key, names in table.items() if key in keys), None)


def simple(text: str) -> str:
    """Return a word without case, accents and signs."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if letter.isalnum())


@cache
def _tables() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    raw = FILE.read_bytes()
    return msgspec.json.decode(raw, type=dict[str, dict[str, tuple[str, ...]]])
