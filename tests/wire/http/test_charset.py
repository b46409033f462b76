import encodings
import time
from itertools import chain

import pytest

from secours.wire.http.charset import CHARSETS, forms, readings

LOST = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("declared", "charset", "text"),
    [
        ('<meta charset="koi8-r">', "koi8-r", "тревога"),
        ("<META\nCHARSET = GBK/>", "gbk", "警报"),
        ("<?xml version='1.0' encoding='Shift_JIS'?>", "shift_jis", "警報"),
        ("<meta http-equiv=x content='text/html; charset=windows-1250'>", "1250", "ź"),
        ("<meta charset=cp850><meta charset=latin2>", "latin2", "ż"),
        ("<meta data-charset=koi8-r charset=latin2>", "latin2", "ż"),
        ("<meta charset=gb2312>", "gbk", "瞭"),
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
    "content_type",
    [
        "text/html; charset=utf-8",
        "text/html; charset=iso-8859-1",
        "text/html; charset=utf-8; charset=iso-8859-2",
        "text/html; x-charset=utf-8; charset=iso-8859-2",
        "text/html; charset=iso-8859-2, text/html; charset=utf-8",
    ],
)
def test_every_charset_that_is_declared_is_read(content_type: str) -> None:
    page = '<meta charset="iso-8859-2">zagrożenie'

    assert page in readings(page.encode("iso-8859-2"), content_type)


def test_mark_of_the_order_of_bytes_hides_no_other_charset() -> None:
    page = b"\xef\xbb\xbf<meta charset=latin2>" + "ż".encode("latin2")

    assert any("ż" in text for text in readings(page, "text/html"))


def test_parameter_of_another_name_declares_no_charset() -> None:
    page = "zagrożenie".encode("iso-8859-2")

    found = readings(page, "text/html; x-charset=koi8-r; charset=iso-8859-2")

    assert found[0] == "zagrożenie"


@pytest.mark.parametrize(
    ("label", "charset", "text"),
    [
        ("ibm866", "cp866", "тревога"),
        ("x-cp1250", "cp1250", "źródło"),
        ("x-cp1251", "cp1251", "тревога"),
        ("iso88592", "iso8859_2", "ż"),
        ("csiso88598i", "iso8859_8", "אזעקה"),
        ("ISO-8859-8-I", "iso8859_8", "אזעקה"),
        ("windows-874", "cp874", "เตือน"),
        ("tis-620", "cp874", "เตือน…"),
        ("koi", "koi8_r", "тревога"),
        ("x-mac-ukrainian", "mac_cyrillic", "тревога"),
        ("x-gbk", "gbk", "警报"),
        ("gb_2312-80", "gbk", "警报"),
        ("x-x-big5", "big5", "警報"),
        ("x-sjis", "cp932", "警報①"),
        ("shift_jis", "cp932", "警報①"),
        ("ks_c_5601-1989", "cp949", "경보"),
        ("euc-kr", "cp949", "똠"),
        ("iso-8859-9", "cp1254", "ş€"),
        ("unicode", "utf_16_le", "тревога"),
    ],
)
def test_label_of_the_web_is_understood(label: str, charset: str, text: str) -> None:
    found = readings(text.encode(charset), f"text/html; charset={label}")

    assert found[0] == text


@pytest.mark.parametrize(
    "written",
    [
        *("b&uuml;rger", "b&#252;rger", "b&#xFC;rger", "bu\u0308rger"),
        *(r"b\u00fcrger", r"b\u00FCrger", r"b\u0026uuml;rger", r"b\u0075\u0308rger"),
    ],
)
def test_text_is_read_as_it_is_escaped(written: str) -> None:
    assert any("bürger" in form for form in forms(written))


def test_text_is_read_as_json_means_it() -> None:
    assert "a/b \U0001f525 \n" in forms(r"a\/b \ud83d\udd25 \n")
    assert r"\u00fc" in forms(r"\\u00fc")  # an escaped backslash
    assert f"{LOST}ż" in forms(r"\ud83d\u017c")  # half a character
    assert [*forms("all well")] == ["all well"]


def test_number_of_thousands_of_digits_is_no_character() -> None:
    found = [*forms("&#" + 5000 * "9" + "; &#00252;")]

    assert found[-1].endswith("9; ü")


@pytest.mark.parametrize("piece", ["&uuml;", r"\u00fc", r"\u0026uuml;", "u\u0308", "ż"])
def test_forms_of_the_longest_page_are_quick(piece: str) -> None:
    head = b"<meta charset=latin2><meta charset=koi8-r><meta charset=gbk>"
    page = head + piece.encode() * ((1 << 20) // len(piece.encode()))
    start = time.process_time()

    every = [*chain.from_iterable(map(forms, readings(page, "x; charset=latin3")))]

    assert time.process_time() - start < 5
    assert len(every) < 30


def test_readings_are_few() -> None:
    many = "".join(f"<meta charset=iso-8859-{part}>" for part in range(2, 17))

    found = readings(many.encode() + b"\xfc", "x; charset=koi8-r; charset=koi8-u")

    assert len(found) <= 7


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
