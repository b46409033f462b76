"""How long a test tries its luck: a little by default, more in CI and in a soak."""

import os

LEVEL = os.environ.get("SECOURS_SOAK", "")  # "", "short" for three minutes, "1" for all
SOAK = LEVEL == "1"


def share_of(tries: int) -> int:
    """Return the tries of this run: one in 25, but in a soak."""
    return tries if SOAK else tries // 25


def by_level(little: float, short: float, whole: float) -> float:
    """Return how much of something this run does."""
    return {"": little, "short": short, "1": whole}[LEVEL]


AT_LEISURE = by_level(3.0, 1.0, 1.0)  # times what is promised: others work here too
