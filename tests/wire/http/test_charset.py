import encodings

import pytest

from secours.wire.http.charset import CHARSETS, readings

LOST = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("declared", "charset", "text"),
    [
        ('<meta charset="koi8-r">', "koi8-r", "тревога"),
        ("<META\nCHARSET = GBK/>", "gbk", "警报"),
        ("<?xml version='1.0' encoding='Shift_JIS'?>", "shift_jis", "警報"),
        ("<meta http-equiv=x content='text/html; charset=windows-1250'>", "1250", "ź"),
        ("<meta charset=cp850><meta charset=latin9>", "utf-8", "тревога"),
        (1024 * " " + "<meta charset=koi8-r>", "utf-8", "тревога"),
    ],
)
def test_charset_declared_in_the_page_is_read_first(
    declared: str, charset: str, text: str
) -> None:
    page = declared + text

    assert readings(page.encode(charset), "text/html")[0] == page


def test_header_is_believed_before_the_page() -> None:
    page = '<meta charset="koi8-r">é'

    found = readings(page.encode("latin-1"), "text/html; charset=iso-8859-15")

    assert found[0] == page


def test_readings_of_a_page_are_the_declared_utf8_and_latin() -> None:
    assert readings(b"all well", "text/html") == ("all well",)
    assert readings("ü".encode(), "text/html") == ("ü",)
    assert readings(b"\xfc", "text/html") == ("ü", LOST)
    assert readings("ü".encode(), "x; charset=latin1") == ("Ã¼", "ü")
    assert readings(b"\xfc", "x; charset=utf-8") == (LOST, "ü")
    assert readings(b"\x80", "x; charset=us-ascii") == ("€", LOST)
    assert readings(b"", "") == ("",)


@pytest.mark.parametrize(
    "name",
    [
        *("base64", "hex", "rot13", "zlib", "bz2", "idna", "punycode", "undefined"),
        *("unicode_escape", "raw-unicode-escape", "utf-7", "charmap", "mbcs", "oem"),
        *("../../x", "os", "never-heard-of", "a" * 4000, ""),
    ],
)
def test_name_of_no_charset_is_looked_up_nowhere(name: str) -> None:
    known = {*encodings._cache}  # names that were looked up

    found = readings(b"b\xfc", f"text/html; charset={name}")

    assert found == ("bü", f"b{LOST}")
    assert {*encodings._cache} <= known | {"utf_8", "cp1252"}


@pytest.mark.parametrize("name", sorted(CHARSETS))
def test_each_charset_reads_whatever_bytes_come(name: str) -> None:
    every = bytes(range(256)) * 2

    assert readings(every, f"text/html; charset={name}")
