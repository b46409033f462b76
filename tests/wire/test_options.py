import pytest

from secours.wire.options import host_port, matches, pattern
from secours.wire.words import plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("example.org", ("example.org", 53)),
        ("example.org:5353", ("example.org", 5353)),
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_host_and_port_are_taken_apart(text: str, expected: tuple[str, int]) -> None:
    assert host_port(text, 53) == expected


@pytest.mark.parametrize("text", ["", ":53", "a:b", "a:1:2", "[::1", "a:0", "a:65536"])
def test_what_is_no_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        host_port(text, 53)


def test_expectation_is_searched_as_text_and_as_bytes() -> None:
    assert matches(pattern("prêt"), "prêt".encode())
    assert matches(pattern(r"\xff"), b"\xff")
    assert not matches(pattern("^b"), b"ab")


def test_words_of_a_peer_are_made_safe() -> None:
    assert plain(b"a\x1b[0m\r\n b\xff\xe2\x80\xae") == "a [0m b\ufffd"
    assert plain("x" * 1_000_000) == "x" * 200
