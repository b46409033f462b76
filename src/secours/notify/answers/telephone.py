"""Telephone numbers of recipients, compared with the one that a message is from.

Two are the same where all their digits are, in international form: `+32…`, `0032…` and
`32…` are. A national one (`0475…`) is of the country of which all international numbers
among the targets are; where these are of several, it is only itself. No number is ever
compared by its last digits.

Source: ITU-T E.164 (country codes, which begin no other one, and 15 digits at most);
E.164.1, list of assigned codes; ITU-T E.123 (00 and 0 before a number).
"""

import re
from collections.abc import Iterable

LEAST_DIGITS = 8  # of an international number; shorter are services
MOST_DIGITS = 15
SHORT_CODES = re.compile(  # of one and two digits; all others have three
    "1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
)


def country(numbers: Iterable[str]) -> str:
    """Return the code of the country of all international numbers, "" for several."""
    codes = {
        _code(digits)
        for number in numbers
        if not (digits := _bare(number)).startswith("0") and international(number)
    }
    return codes.pop() if len(codes) == 1 else ""


def international(number: str, home: str = "") -> str:
    """Return all digits of a number; "" for names, short codes and what is none.

    A national one stays as it is where its country, `home`, is not known.
    """
    digits = _bare(number)
    if home and digits.startswith("0"):
        digits = home + digits[1:]
    fits = LEAST_DIGITS <= len(digits) <= MOST_DIGITS
    return digits if fits and digits.isascii() and digits.isdecimal() else ""


def _bare(number: str) -> str:
    """Return a number without its separators and its sign of being international."""
    written = re.sub(r"[ ./()-]", "", number)
    return written[1:] if written.startswith("+") else written.removeprefix("00")


def _code(digits: str) -> str:
    short = SHORT_CODES.match(digits)
    return short[0] if short else digits[:3]
