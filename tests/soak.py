"""How often a test tries its luck: a fair share in `make test`, all in `make soak`."""

import os

SOAK = bool(os.environ.get("SECOURS_SOAK"))


def share_of(tries: int) -> int:
    """Return the tries of this run: one in 25, but in a soak."""
    return tries if SOAK else tries // 25
