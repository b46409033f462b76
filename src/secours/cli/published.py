"""The snapshot that the engine has published."""

from pathlib import Path

from secours import places
from secours.cli.refusal import Refused
from secours.engine.published import current, snapshot_file
from secours.model.snapshot import Snapshot
from secours.render.answers import values


def snapshot() -> tuple[Snapshot, float]:
    """Return the engine's snapshot and its age in seconds.

    Raises:
        Refused: there is none, or it cannot be read; the text says what to do.

    """
    folder = places.runtime_dir()
    try:
        return snapshot_file.read(folder)
    except FileNotFoundError:
        raise Refused(_nothing(folder)) from None
    except snapshot_file.Corrupt as corrupt:
        raise Refused(str(corrupt)) from None
    except OSError as error:
        raise Refused(f"cannot read {folder}: {error.strerror}") from None


def known(file: str) -> Snapshot:
    """Return a snapshot for its names and its language: the newest, or of the plan."""
    try:
        found = current.look_at(Path(file)).known
    except (OSError, snapshot_file.Corrupt, places.NoPlace):
        found = None
    return found or current.of_nothing()


def why_stale(shot: Snapshot, age_s: float) -> str:
    """Say why a snapshot must not be believed; empty where it may be."""
    if values.fresh(shot, age_s):
        return ""
    if age_s == float("inf"):
        return "the snapshot is of another boot, or from the future: do not trust it"
    limit_s = shot.screen.max_age_s
    return (
        f"the snapshot is {age_s:.0f} s old, more than {limit_s:.0f} s:"
        " the engine has stopped, or is stuck"
    )


def _nothing(folder: Path) -> str:
    return f"no snapshot in {folder}: start the engine with 'secours run' or 'up'"
