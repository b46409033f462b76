"""What there is to show: the published snapshot, or the plan while there is none."""

from functools import lru_cache
from pathlib import Path

from secours import config, places
from secours.engine import last_good_plan
from secours.engine.published.current import Look, look_at
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
    path = config_path()
    try:
        facts = path.stat()
    except OSError:
        return None
    return _plan(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=2)
def _plan(path: Path, _mtime_ns: int, _size: int) -> Config | None:
    try:
        return config.load(path)
    except config.BadConfig:
        return last_good_plan.load(places.data_dir(), path)
