"""Numbers from a peer: whole ones, telephone numbers, the time of a battery.

Python refuses more than 4,300 digits, and no field of any protocol here holds more than
64 bits, which take 20.
"""

import re

from secours.model.observed import RUNTIME, Evidence, Reason, failed
from secours.model.runs import Stop
from secours.outside_text import plain

MOST = 20
SURE_DIGITS = 7  # of a number that is written with another prefix
INTERNATIONAL = re.compile(r"\+|00")
EMERGENCY = re.compile(  # also behind a 0 or the code of a country; 116117 and alike
    r"([+0]*|(\+|00)[1-9][0-9]{0,2})(11[024]|911|999|10[01]|1[578]|116[0-9]{3})"
    r"|9(112|911)"  # an outside line
)
LONGEST_S = 90 * 86400.0  # of a battery; what is longer marks a time not known


def whole(digits: str | bytes, proven: Evidence = Evidence.REACHED) -> int:
    """Read decimal digits, or raise Stop if too many; `proven` is what came before."""
    if len(digits) > MOST:
        said = f"{plain(digits[:MOST])}…"
        raise Stop(failed(Reason.PROTOCOL, proven, said=said))
    return int(digits)


def same_number(one: str, other: str) -> bool:
    """Compare telephone numbers, or names of users at an exchange.

    A network may add a prefix or drop one: `+32470000001`, `0032470000001`,
    `0470000001` and `470000001` are the same. Two that both name their country have
    to be equal, as have those of fewer than seven digits, which are extensions.
    """
    one, other = (re.sub(r"[ ()./-]", "", each).lower() for each in (one, other))
    if not (re.fullmatch(r"\+?\d+", one) and re.fullmatch(r"\+?\d+", other)):
        return one == other
    shorter, longer = sorted((_bare(one), _bare(other)), key=len)
    abroad = INTERNATIONAL.match(one) and INTERNATIONAL.match(other)
    if abroad or len(shorter) < SURE_DIGITS:
        return longer == shorter
    return longer.endswith(shorter)


def _bare(number: str) -> str:
    return number.lstrip("+").lstrip("0")


def battery_runtime(seconds: float | None) -> dict[str, int]:
    """Return the fact with the time that a battery lasts; empty if none is told."""
    told = seconds is not None and 0 <= seconds <= LONGEST_S
    return {RUNTIME: int(seconds)} if told and seconds is not None else {}
