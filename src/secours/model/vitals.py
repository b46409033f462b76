"""Health of the engine's process."""

from msgspec import Struct


class Vitals(Struct, frozen=True, kw_only=True):
    """Vital signs of an engine: running, CPU time, and restarts."""

    running: bool = False
    cpu_s: float | None = None  # None where its process cannot be seen
    restarted_often: bool = False  # in the last minutes
    version: str = ""  # of Secours, "" where it is not told
