"""What there is to show: the published snapshot, or the plan while there is none."""

import os
from functools import lru_cache
from pathlib import Path

from secours import config
from secours.engine.looking import Look, look_at
from secours.model import Config

__all__ = ["Look", "config_path", "look", "plan"]

CONFIG = "probes.yaml"


def config_path() -> Path:
    """Return the probes.yaml in force."""
    return Path(os.environ.get("SECOURS_CONFIG") or CONFIG)


def look() -> Look:
    """Read the published snapshot.

    Raises:
        Corrupt: it cannot be understood.
        NoPlace: there is no folder in memory.

    """
    return look_at(config_path())


def plan() -> Config | None:
    """Return the plan in probes.yaml, read anew when it changes; None if it cannot."""
    path = config_path()
    try:
        facts = path.stat()
        return _plan(path, facts.st_mtime_ns, facts.st_size)
    except (OSError, config.BadConfig):
        return None


@lru_cache(maxsize=2)
def _plan(path: Path, _mtime_ns: int, _size: int) -> Config:
    return config.load(path)
