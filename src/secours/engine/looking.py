"""What there is to show: the published snapshot, or the plan while there is none."""

import math
from dataclasses import dataclass
from pathlib import Path

from secours import config, places
from secours.core.memory import Memory, Replanned, step
from secours.core.snapshot import take
from secours.engine import clock, last_good, publish
from secours.model import Config, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a page gets: a snapshot and its age, or else a plan without any state."""

    snapshot: Snapshot | None = None
    age_s: float = math.inf
    plan: Snapshot | None = None  # only its order and its names are of use
    refused: str | None = None  # why probes.yaml cannot be read

    @property
    def known(self) -> Snapshot | None:
        """Return whatever there is."""
        return self.snapshot or self.plan


def look_at(path: Path) -> Look:
    """Read the published snapshot; `path` is the probes.yaml to show without one.

    Raises:
        Corrupt: it cannot be understood.
        NoPlace: there is no folder in memory.

    """
    try:
        snapshot, age_s = publish.read(places.runtime_dir())
    except FileNotFoundError:
        return planned(path)
    return Look(snapshot=snapshot, age_s=age_s)


def planned(path: Path) -> Look:
    """Return the plan that people follow until there is a snapshot."""
    try:
        plan = config.load(path)
    except config.BadConfig as error:
        first = error.mistakes[0] if error.mistakes else error
        kept = last_good.load(places.data_dir(), path)
        return Look(refused=str(first), plan=of_plan(kept) if kept else None)
    except OSError as error:
        return Look(refused=f"{path}: {error.strerror or 'cannot be read'}")
    return Look(plan=of_plan(plan))


def of_plan(plan: Config) -> Snapshot:
    """Return a snapshot of a plan of which nothing is known yet."""
    now = clock.now()
    memory = step(plan, Memory(), Replanned(at=now))
    return take(plan, memory, at=now, boot_id="", started=now)
