"""State to show: the published snapshot, or the plan while there is none."""

import math
import os
from functools import lru_cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from secours import config, places, texts
from secours.core.events import Replanned
from secours.core.memory import Memory
from secours.core.snapshot import take
from secours.core.step import step
from secours.engine import clock, last_good_plan
from secours.engine.published import snapshot_file, watchdog
from secours.engine.store import saved_memory
from secours.languages import of_terminal
from secours.message import why
from secours.model.plan import Config
from secours.model.sections.site import Screen, Site
from secours.model.snapshot import Snapshot
from secours.render.answers.values import fresh
from secours.render.wording.mistakes import worded


class Look(Struct, frozen=True, kw_only=True):
    """State for a page: a snapshot and its age, or else a plan without any state."""

    snapshot: Snapshot | None = None
    age_s: float = math.inf
    plan: Snapshot | None = None  # only its order and its names are of use
    refused: str | None = None  # why probes.yaml cannot be read
    unstable: bool = False  # the engine was started again too often of late

    @property
    def known(self) -> Snapshot | None:
        """Return either snapshot."""
        return self.snapshot or self.plan

    @property
    def is_fresh(self) -> bool:
        """Tell whether there is a snapshot that may still be believed."""
        return self.snapshot is not None and fresh(self.snapshot, self.age_s)


def look_at(path: Path) -> Look:
    """Read the snapshot, else the plan at `path`; raise Corrupt or NoPlace."""
    folder = places.runtime_dir()
    unstable = watchdog.is_restarted_often(folder)
    try:
        snapshot, age_s = snapshot_file.read(folder)
    except FileNotFoundError:
        return replace(planned(path), unstable=unstable)
    return Look(snapshot=snapshot, age_s=age_s, unstable=unstable)


def plan_at(path: Path) -> Config | None:
    """Return the plan of a file, read anew when it changes.

    A plan with mistakes is replaced by the last good one; None if there is none.
    """
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


def planned(path: Path) -> Look:
    """Return the plan that people follow until there is a snapshot."""
    try:
        plan = config.load(path)
    except config.BadConfig as bad:
        kept = last_good_plan.load(places.data_dir(), path)
        spoken = bad.language or of_terminal(os.environ)
        language = kept.site.language if kept else spoken
        first, *_ = worded(bad.mistakes, language)
        return Look(refused=str(first), plan=of_plan(kept) if kept else None)
    except OSError as error:
        words = texts.in_words(of_terminal(os.environ), why(error))
        return Look(refused=f"{path}: {words}")
    return Look(plan=of_plan(plan))


def of_nothing() -> Snapshot:
    """Return a snapshot of a site without a plan, all unknown."""
    now = clock.now()
    return Snapshot(
        at=now,
        boot_id="",
        started=now,
        site=Site(),
        screen=Screen(),
        plan_version="",
    )


def of_plan(plan: Config) -> Snapshot:
    """Return a snapshot of a plan with people's words, all else unknown."""
    now = clock.now()
    memory = step(plan, Memory(words=saved_memory.words()), Replanned(at=now))
    return take(plan, memory, at=now, boot_id="", started=now)
