"""The charset of a page: which one it declares, and the texts that its bytes may be.

Servers declare one charset and send another, so a page has several readings. Only the
charsets of the web are decoded: a name from outside finds no other codec of Python, of
which some are slow, or no charset at all.

Source: Encoding Standard (WHATWG) sections 4.2 (labels) and 6 (byte order mark); HTML
Standard section 13.2.3.2 (the first 1024 bytes); XML 1.0 section 4.3.3 (encoding).
"""

import re
from collections.abc import Iterator
from encodings.aliases import aliases

LATIN = "cp1252"  # as browsers read ISO-8859-1 and ASCII, with the euro sign
UTF8 = "utf-8"
SAME = {"ascii": LATIN, "latin_1": LATIN, "utf_8": UTF8}
MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
CHARSETS = frozenset(
    {
        *("utf_8", "utf_16", "utf_16_be", "utf_16_le", "ascii", "latin_1"),
        *(f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
        *(f"cp{page}" for page in (866, 874, 932, 949, *range(1250, 1259))),
        *("koi8_r", "koi8_u", "mac_roman", "mac_cyrillic"),
        *("gb2312", "gbk", "gb18030", "big5", "big5hkscs"),
        *("euc_jp", "iso2022_jp", "shift_jis", "euc_kr"),
    }
)
HEAD_BYTES = 1024
LABEL = r"\s*=\s*[\"']?\s*([\w.:-]{1,40})"
IN_HEADER = re.compile(rf"charset{LABEL}", re.IGNORECASE)
IN_PAGE = re.compile(
    rf"<(?:meta|\?xml)\b[^>]*?\b(?:charset|encoding){LABEL}", re.IGNORECASE
)


def readings(body: bytes, content_type: str) -> tuple[str, ...]:
    """Return the texts that a body may be, the likeliest first.

    In the declared charset, in Latin-1 where it is no UTF-8, and in UTF-8.
    """
    names = dict.fromkeys(_declared(body, content_type))
    try:
        body.decode(UTF8)
    except UnicodeDecodeError:
        names[LATIN] = None
    names[UTF8] = None
    return tuple(body.decode(name, "replace") for name in names)


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    """Yield the charset that is declared first, of those we know."""
    for mark, name in MARKS.items():
        if body.startswith(mark):
            yield name
            return
    head = body[:HEAD_BYTES].decode("latin-1")
    for found in (IN_HEADER.search(content_type), IN_PAGE.search(head)):
        name = _codec(found[1]) if found else ""
        if name in CHARSETS:
            yield SAME.get(name, name)
            return


def _codec(label: str) -> str:
    """Return the name of Python's codec for a label, without looking for one."""
    name = re.sub(r"[^a-z0-9]+", "_", label.lower())
    return aliases.get(name, name)
