"""Sources of what pages show: the published snapshot, else the plan."""

import os
from pathlib import Path

import msgspec

from secours import places
from secours.engine.published.current import Look, look_at, plan_at
from secours.model.plan import Config
from secours.model.story import PLACE, Story

__all__ = ["Look", "config_path", "look", "plan", "story"]


def config_path() -> Path:
    """Return the probes.yaml in force."""
    return Path(places.plan_file())


def look() -> Look:
    """Read the published snapshot; raise Corrupt, or NoPlace without a folder."""
    return look_at(config_path())


def plan() -> Config | None:
    """Return the plan, reloaded on change, else the last good one, or None."""
    return plan_at(config_path())


def story() -> Story | None:
    """Return the narration of a demo; None where none runs, or is silent."""
    if not (file := os.environ.get(PLACE)):
        return None
    try:
        return msgspec.json.decode(Path(file).read_bytes(), type=Story)
    except (OSError, msgspec.MsgspecError):
        return None
