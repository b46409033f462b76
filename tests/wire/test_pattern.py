"""Patterns of people against answers that are made to hold them up."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from refusals import refusing
from servers.pause import longest_pause_s

from secours.model.observed import Reason, Verdict
from secours.model.runs import Stop
from secours.texts import in_words
from secours.wire import pattern
from secours.wire.pattern import SEARCHED_BYTES, Pattern, advice

SOON_S = 0.25  # on a machine that does other things too


@pytest.mark.parametrize("text", ["prêt", r"\xff", "^a.c", "(?i)READY", r"\d{3}\b"])
async def test_expectation_is_searched_as_text_and_as_bytes(text: str) -> None:
    answer = {"prêt": "prêt".encode(), r"\xff": b"\xff", "^a.c": b"abc"}
    said = answer.get(text, b"220 ready")

    assert await Pattern(text).found_in(said)
    assert not await Pattern(text).found_in(b"something else")


async def test_the_end_is_before_a_last_line_feed_too() -> None:
    assert await Pattern("ready$").found_in(b"ready\n")
    assert await Pattern("ready\n$").found_in(b"ready\n")
    assert not await Pattern("ready$").found_in(b"ready\nnot")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("OK.*ready", b"OK" * 32768),
        ("(A+)+$x", b"A" * 65536),
        ("(A+)+x", b"A" * 4096),
        (r"(.*)(.*)(.*)(.*)x", b"y" * 65536),
    ],
)
async def test_no_answer_holds_up_the_loop(text: str, answer: bytes) -> None:
    assert not Pattern(text).refused
    assert await longest_pause_s(Pattern(text).found_in(answer)) < SOON_S


async def test_what_follows_four_kilobytes_is_not_searched() -> None:
    assert await Pattern("x").found_in(b"." * (SEARCHED_BYTES - 1) + b"x")
    assert not await Pattern("x").found_in(b"." * SEARCHED_BYTES + b"x")


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("text", "found", "not_found"),
    [(r"(a+)b\1", b"aabaa", b"aac"), (r"a(?=b)", b"ab", b"ac")],
)
async def test_a_pattern_beyond_re2_is_searched_in_another_process(
    text: str, found: bytes, not_found: bytes
) -> None:
    assert await Pattern(text).found_in(found)
    assert not await Pattern(text).found_in(not_found)


@pytest.mark.usefixtures("processes")
async def test_a_search_without_end_is_cut_off_and_leaves_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pattern, "DEADLINE_S", 0.5)
    before = children()

    with pytest.raises(Stop) as stopped:
        await Pattern(r"(A+)+(?!A)x").found_in(b"A" * 4096)
    searching = Pattern(r"(A+)+(?!A)x").found_in(b"A" * 4096)
    assert await longest_pause_s(searching) < SOON_S

    assert stopped.value.outcome.verdict is Verdict.UNKNOWN
    assert stopped.value.outcome.reason is Reason.BROKEN
    assert children() == before


def children() -> set[str]:
    found: set[str] = set()
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that ended meanwhile
            found |= set((task / "children").read_text().split())
    return found


@pytest.mark.parametrize("text", ["(", "a{2,1}", "(?P<n"])
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with refusing("expect is no regular expression"):
        Pattern(text)


def test_a_pattern_beyond_re2_is_warned_of() -> None:
    assert advice("expect", None) is advice("expect", "^220 ") is None
    said = advice("expect", "a(?=b)")
    assert said is not None
    words = in_words("en", said)
    assert words.startswith("expect is searched for in a process of its own")
