"""Charset of a page: the declared ones, and the texts that its bytes may be.

Servers declare one charset and send another, so a page has several readings, and its
letters may be written as escapes. Only the charsets of the web are decoded: a name from
outside finds no other codec of Python, of which some are slow, or no charset at all.

Source: Encoding Standard (WHATWG) sections 4.2 (labels) and 6 (byte order mark); HTML
Standard section 13.2.3.2 (the first 1024 bytes); XML 1.0 section 4.3.3 (encoding).
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from encodings.aliases import aliases
from itertools import islice

LATIN = "cp1252"  # as browsers read ISO-8859-1 and ASCII, with the euro sign
UTF8 = "utf-8"
LABELS = {  # of the web, where Python has no such alias or its codec holds less
    LATIN: "ascii latin_1",
    UTF8: "utf_8 unicode_1_1_utf_8 unicode11utf8 unicode20utf8",
    "utf_16_le": "unicode csunicode unicodefeff ucs_2 iso_10646_ucs_2",
    "utf_16_be": "unicodefffe",
    "iso8859_7": "sun_eu_greek",
    "iso8859_8": "visual logical",
    "iso8859_15": "csisolatin9",
    "cp874": "iso8859_11 dos_874 windows_874 tis_620",
    "cp932": "shift_jis windows_31j",
    "cp949": "euc_kr cseuckr csksc56011987 iso_ir_149 ksc_5601 ks_c_5601_1989"
    " windows_949",
    "cp1254": "iso8859_9",
    "koi8_r": "koi koi8",
    "koi8_u": "koi8_ru",
    "mac_roman": "mac csmacintosh",
    "mac_cyrillic": "mac_ukrainian",
    "gbk": "gb2312 csgb2312 gb_2312 gb_2312_80",
    "big5hkscs": "big5 cn_big5 x_big5",
    "euc_jp": "cseucpkdfmtjapanese",
}
MEANT = {label: name for name, labels in LABELS.items() for label in labels.split()}
MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
CHARSETS = frozenset(
    {
        *("utf_16", "utf_16_be", "utf_16_le", LATIN, UTF8),
        *(f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *(f"cp{page}" for page in (866, 874, 932, 949, *range(1250, 1259))),
        *("koi8_r", "koi8_u", "mac_roman", "mac_cyrillic"),
        *("gbk", "gb18030", "big5hkscs", "euc_jp", "iso2022_jp"),
    }
)
HEAD_BYTES = 1024
MOST_DECLARED = 4  # beside the byte order mark: each is a reading, and costs us one
LABEL = r"\s*=\s*[\"']?\s*([\w.:-]{1,40})"
IN_HEADER = re.compile(rf"(?<![\w-])charset{LABEL}", re.IGNORECASE)
IN_PAGE = re.compile(
    rf"<(?:meta|\?xml)\b[^>]*?(?<![\w-])(?:charset|encoding){LABEL}", re.IGNORECASE
)
PART_OF_ISO_8859 = re.compile(r"(?:cs)?iso_?8859_?(\d+)_?[ei]?")
ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\[^u]")  # RFC 8259 section 7
NO_NUMBER = re.compile(r"&#(?=[0-9]{1000})")  # Python refuses one of 4300 digits
SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def readings(body: bytes, content_type: str) -> tuple[str, ...]:
    """Return the texts that a body may be, the likeliest first.

    In each declared charset, in Latin-1 where it is no UTF-8, and in UTF-8.
    """
    names = dict.fromkeys(_declared(body, content_type))
    try:
        body.decode(UTF8)
    except UnicodeDecodeError:
        names[LATIN] = None
    names[UTF8] = None
    return tuple(dict.fromkeys(body.decode(name, "replace") for name in names))


def forms(text: str) -> Iterator[str]:
    """Yield a text as it is, and without the escapes of HTML, of JSON, and of both.

    All in one normal form (NFC), in which equal texts are equal.
    """
    yield normal(text)
    if "&" in text:
        yield normal(_without_entities(text))
    if "\\" in text:
        plain = ESCAPED.sub(_unescaped, text)
        yield normal(plain)
        if "&" in plain:
            yield normal(_without_entities(plain))


def normal(text: str) -> str:
    """Return the text with letters and accents composed."""
    return unicodedata.normalize("NFC", text)


def _without_entities(text: str) -> str:
    return html.unescape(NO_NUMBER.sub("", text))


def _unescaped(found: re.Match[str]) -> str:
    escape = found[0]
    if escape[1] != "u":
        return SHORT.get(escape[1], escape[1])
    return bytes.fromhex(escape.replace(r"\u", "")).decode("utf-16-be", "replace")


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    """Yield the declared charsets that we know."""
    yield from (name for mark, name in MARKS.items() if body.startswith(mark))
    head = body[:HEAD_BYTES].decode("latin-1")
    labels = IN_HEADER.findall(content_type) + IN_PAGE.findall(head)
    known = dict.fromkeys(name for name in map(_codec, labels) if name in CHARSETS)
    yield from islice(known, MOST_DECLARED)


def _codec(label: str) -> str:
    """Return the name of Python's codec for a label, without looking for one."""
    name = re.sub(r"[^a-z0-9]+", "_", label.lower()).removeprefix("x_")
    if part := PART_OF_ISO_8859.fullmatch(name):
        name = f"iso8859_{part[1]}"
    name = MEANT.get(name, name)
    name = aliases.get(name, name)
    return MEANT.get(name, name)
