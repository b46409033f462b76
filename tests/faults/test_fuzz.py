"""Every parser of outside data gets what is damaged, malicious, or of another age.

What is kept in `tests/corpus/` comes first: answers of real servers, and whatever once
made a parser fail. Then those changed by chance, from a seed, then what resembles the
grammar. `make soak` goes on for SECOURS_FUZZ_S seconds of the processor with each
target, from another seed each time, and prints how many it tried.
"""

import os
import re
import time
from collections.abc import Iterator
from math import inf
from random import Random
from zlib import crc32

import pytest
from fuzz.mutations import LONGEST_BYTES, NASTY, mutated
from fuzz.table import TARGETS
from fuzz.target import CORPUS, Attack, Shape, corpus
from hypothesis import given, settings
from hypothesis import strategies as st
from soak import LEVEL, SOAK, by_level, share_of

CHANGED = by_level(150, 600, inf)  # inputs of each target
SHAPED = share_of(750)
SECONDS = by_level(inf, inf, float(os.environ.get("SECOURS_FUZZ_S", "20")))
WORD = re.compile(rb"[\w.+/-]+|[^\w\s]|\s+")
MOST_WORDS = 200


@pytest.fixture(scope="module")
def attack() -> Iterator[Attack]:
    with Attack() as begun:
        yield begun


def changed(name: str) -> Iterator[bytes]:
    """Yield what is kept for a target, each time otherwise changed."""
    kept = list(corpus(name).values())
    chance = Random(time.time_ns() if SOAK else crc32(name.encode()))
    end_s = time.process_time() + SECONDS
    tried = 0
    while tried < CHANGED and time.process_time() < end_s:
        yield mutated(chance.choice(kept), kept, chance)
        tried += 1


def words_of(name: str) -> Shape:
    """Draw words of the grammar, and nasty ones, in any order."""
    found = {word for raw in corpus(name).values() for word in WORD.findall(raw)}
    words = sorted(found, key=lambda word: crc32(word))[:MOST_WORDS]
    word = st.sampled_from([*words, *NASTY]) | st.binary(max_size=4)
    return st.lists(word, max_size=60).map(b"".join)


def test_every_target_has_inputs_and_no_input_is_without_a_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == set(TARGETS)
    for name in TARGETS:
        assert all(0 < len(raw) <= LONGEST_BYTES for raw in corpus(name).values())


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_what_is_declared_comes_of_what_is_kept_or_changed(
    name: str, attack: Attack
) -> None:
    tried = 0
    for raw in (*corpus(name).values(), *changed(name)):
        attack.attempt(TARGETS[name], raw)
        tried += 1
    if LEVEL:
        print(f"{name}: {tried} inputs")  # noqa: T201 -- the soak reports


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_what_is_declared_comes_of_what_resembles_its_grammar(
    name: str, attack: Attack
) -> None:
    target = TARGETS[name]
    shape = words_of(name) if target.shape is None else target.shape

    @settings(max_examples=SHAPED, derandomize=not SOAK, database=None)
    @given(shape)
    def attempt(raw: bytes) -> None:
        attack.attempt(target, raw[:LONGEST_BYTES])

    attempt()
