"""Alphabet of text messages, and a text fitted into one of them.

Source: 3GPP TS 23.038 sections 6.2.1 (alphabet), 6.2.1.1 (what an escape adds); TS
23.040 section 9.2.3.24 (140 octets: 160 septets, or 70 of UCS2).
"""

import unicodedata

ALPHABET = (  # TS 23.038 section 6.2.1
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE = 0x1B
ESCAPED = {  # what follows the escape, section 6.2.1.1
    **{"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F},
    **{"[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65},
}
MOST_SEPTETS, MOST_UCS2 = 160, 70
NEAR = str.maketrans(  # what has no letter that it is made of
    {
        **dict.fromkeys("\u2018\u2019", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2013\u2014\u2022", "-"),
        **{"\u0153": "oe", "\u0152": "OE"},
    }
)
# What is the same octet in ASCII: a modem in text mode may take either for the other.
COMMON = frozenset(a for a in ALPHABET[ESCAPE + 1 :] if ALPHABET.index(a) == ord(a))


def septets(text: str) -> list[int]:
    """Return the septets of a text; raise ValueError if a letter has none."""
    coded: list[int] = []
    for letter in text:
        if letter in ESCAPED:
            coded += [ESCAPE, ESCAPED[letter]]
        elif letter == ALPHABET[ESCAPE]:
            raise ValueError("an escape is no letter")
        else:
            coded.append(ALPHABET.index(letter))
    return coded


def ucs2(text: str) -> bytes:
    """Return the octets of a text with letters outside the alphabet."""
    return text.encode("utf-16-be", "replace")


def is_gsm(text: str) -> bool:
    """Tell whether the alphabet has all the letters of a text."""
    try:
        septets(text)
    except ValueError:
        return False
    return True


def fitted(text: str) -> str:
    """Return a text that fits into one message, cut only as a last resort.

    Where it is too long for UCS2, the nearest letters of the alphabet replace others.
    """
    text = unicodedata.normalize("NFC", "\n".join(text.splitlines()))
    if not is_gsm(text):
        units = ucs2(text)
        if len(units) <= 2 * MOST_UCS2:
            return units.decode("utf-16-be")
        text = "".join(_near(letter) for letter in text)
    if len(septets(text)) <= MOST_SEPTETS:
        return text
    while len(septets(text)) > MOST_SEPTETS - 3:
        text = text[:-1]
    return text.rstrip() + "..."


def in_common(text: str) -> str:
    """Return a text in the letters that ASCII and the alphabet have in common."""
    near = "".join(_near(letter) for letter in " ".join(text.splitlines()))
    plainer = _without_accent(near)
    return "".join(a if a in COMMON else "?" for a in plainer)[:MOST_SEPTETS]


def _near(letter: str) -> str:
    """Return a letter of the alphabet, or the nearest ones."""
    if is_gsm(letter):
        return letter
    if is_gsm(near := letter.translate(NEAR)):
        return near
    return near if is_gsm(near := _without_accent(letter)) and near else "?"


def _without_accent(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))
