"""What people last noted of the channels they tried, as the engine keeps it."""

from collections.abc import Mapping

from secours import places
from secours.engine import clock, kept
from secours.model import Trial


def trials() -> Mapping[str, Trial]:
    """Return the last test of each channel; nothing where no engine kept any."""
    try:
        folder = places.runtime_dir()
    except places.NoPlace:
        return {}
    memory = kept.recall(folder, places.data_dir(), clock.boot_id(), clock.now())
    return memory.words.trials
