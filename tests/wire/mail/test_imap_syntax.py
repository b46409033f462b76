import time

import pytest

from secours.wire.mail.imap_syntax import (
    ImapResponse,
    ImapStatus,
    quoted,
    status,
    tokens,
    utf7,
)


@pytest.mark.parametrize(
    ("line", "literals", "expected"),
    [
        (b'"" (STORAGE 10 512)', [], [b"", ["STORAGE", "10", "512"]]),
        (b'(\\Junk) "/" {4}', [b"Junk"], [["\\Junk"], b"/", b"Junk"]),
        (b'"a \\"b\\" \\\\"', [], [b'a "b" \\']),
        (
            b"(UID 5 BODY[HEADER.FIELDS (X)] {2})",
            [b"hi"],
            [["UID", "5", "BODY[HEADER.FIELDS", ["X"], "]", b"hi"]],
        ),
        (b"a) b (c", [], ["a", "b", ["c"]]),
        (b'a "b \\" c', [], ["a", b'b " c']),
        (b"", [], []),
    ],
)
def test_line_is_taken_apart(
    line: bytes, literals: list[bytes], expected: list[object]
) -> None:
    assert tokens(line, literals) == expected


def test_quotes_that_never_end_take_linear_time() -> None:
    start_s = time.process_time()
    tokens(b'"' + b'\\"' * 29000 + b"\\", [])

    assert time.process_time() - start_s < 2.0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"OK done", ImapStatus("OK", said="done")),
        (b"no [UNAVAILABLE] x", ImapStatus("NO", "UNAVAILABLE", said="x")),
        (b"OK [UIDNEXT 4392] next", ImapStatus("OK", "UIDNEXT", "4392", "next")),
        (b"BAD", ImapStatus("BAD")),
        (b"2 EXISTS", None),
        (b"OKAY", None),
    ],
)
def test_status_line_is_read(line: bytes, expected: ImapStatus | None) -> None:
    assert status(line) == expected


def test_answer_gives_its_lines_and_codes() -> None:
    told: list[tuple[bytes, list[bytes]]]
    told = [(b"3 FETCH (UID 7)", []), (b"OK [UIDNEXT 8] x", []), (b"QUOTA a (b)", [])]
    answer = ImapResponse(ImapStatus("OK"), told)

    assert answer.lines("FETCH") == [[["UID", "7"]]]
    assert answer.lines("QUOTA") == [["a", ["b"]]]
    assert answer.lines("QUOTAROOT") == []
    assert answer.codes("UIDNEXT") == ["8"]


def test_names_are_written_as_the_standard_wants() -> None:
    assert utf7("Courrier indésirable") == "Courrier ind&AOk-sirable"
    assert utf7("A&B") == "A&-B"
    assert utf7("台北") == "&U,BTFw-"  # the example of RFC 3501 section 5.1.3
    assert quoted('a"b\\') == '"a\\"b\\\\"'
