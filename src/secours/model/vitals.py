"""How the process of the engine is, beside what it says of channels."""

from msgspec import Struct


class Vitals(Struct, frozen=True, kw_only=True):
    """Whether an engine runs, what it takes, and whether it keeps dying."""

    running: bool = False
    cpu_s: float | None = None  # None where its process cannot be seen
    restarted_often: bool = False  # in the last minutes
    version: str = ""  # of Secours, "" where it is not told
