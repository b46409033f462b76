"""What there is to show: the published snapshot, or the plan while there is none."""

from pathlib import Path

from secours import places
from secours.engine.published.current import Look, look_at, plan_at
from secours.model.plan import Config

__all__ = ["Look", "config_path", "look", "plan"]


def config_path() -> Path:
    """Return the probes.yaml in force."""
    return Path(places.plan_file())


def look() -> Look:
    """Read the published snapshot.

    Raises:
        Corrupt: it cannot be understood.
        NoPlace: there is no folder in memory.

    """
    return look_at(config_path())


def plan() -> Config | None:
    """Return the plan in probes.yaml, read anew when it changes.

    Where it has mistakes, that is the last good one; None if there is none.
    """
    return plan_at(config_path())
