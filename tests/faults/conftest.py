"""What every fault befalls: a town with an engine of its own, as a process."""

from engine.conftest import town

__all__ = ["town"]
