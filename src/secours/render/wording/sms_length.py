"""Length of a text as an SMS: the GSM 7-bit alphabet, and the limits.

Source: 3GPP TS 23.038 sections 6.2.1 and 6.2.1.1 (the extension table costs two
septets a character); TS 23.040 section 9.2.3.16: 160 septets, or 70 units of UCS2.
"""

# ruff: noqa: RUF001 -- characters that look like others are its subject

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
SEPTETS, UNITS = 160, 70

PLAIN = {
    "’": "'", "‘": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "‑": "-", "−": "-", "…": "...", "·": "-", "•": "-",
    "→": ">", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "ẞ": "SS", "°": "o", "×": "x", "ı": "i",
}  # fmt: skip


def transliterated(text: str) -> str:
    """Write a text in the alphabet as far as Latin letters can be."""
    return "".join(
        _plain(character) for character in unicodedata.normalize("NFC", text)
    )


def _plain(character: str) -> str:
    if character in BASIC or character in EXTENSION:
        return character
    if character in PLAIN:
        return PLAIN[character]
    if character.isspace():
        return " "
    parts = unicodedata.normalize("NFKD", character)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    if bare and all(part in BASIC for part in bare):
        return bare
    return character if character.isalnum() else ""


def is_gsm(text: str) -> bool:
    """Tell whether the alphabet has every character."""
    return all(letter in BASIC or letter in EXTENSION for letter in text)


def length(text: str) -> int:
    """Return how much of its limit a text takes."""
    if is_gsm(text):
        return len(text) + sum(letter in EXTENSION for letter in text)
    return len(text.encode("utf-16-le")) // 2


def limit(text: str) -> int:
    """Return the limit of one SMS for a text in this alphabet."""
    return SEPTETS if is_gsm(text) else UNITS


def fits(text: str) -> bool:
    """Return whether a text fits one SMS."""
    return length(text) <= limit(text)


def cut(text: str) -> str:
    """Cut a text to fit one SMS."""
    if fits(text):
        return text
    while text and not fits(f"{text}.."):
        text = text[:-1]
    return f"{text.rstrip()}.."
