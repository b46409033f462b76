"""Whole numbers from a peer.

Python refuses more than 4,300 digits, and no field of any protocol here holds more than
64 bits, which take 20.
"""

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop
from secours.outside_text import plain

MOST = 20


def whole(digits: str | bytes, proven: Evidence = Evidence.REACHED) -> int:
    """Read decimal digits; `proven` is the evidence before them.

    Raises:
        Stop: more of them than any field holds: failed, `protocol`.

    """
    if len(digits) > MOST:
        said = f"{plain(digits[:MOST])}…"
        raise Stop(failed(Reason.PROTOCOL, proven, said=said))
    return int(digits)
