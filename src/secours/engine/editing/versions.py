"""Versions of the plan that people made by forms, each with the text before it.

Each is a small file in the data folder; the oldest are forgotten.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from msgspec import Struct, json

from secours.engine import state_file
from secours.engine.store import durable_files
from secours.render.wording.editing.plan_changes import PlanDifference

log = logging.getLogger(__name__)

FOLDER = "plan-versions"
MOST = 50


class PlanVersion(Struct, frozen=True, kw_only=True):
    """A change of the plan: by whom, what, and how to take it back."""

    at: datetime
    by: str
    changes: tuple[PlanDifference, ...]
    before: bytes  # the text that it replaced
    of: str  # the digest of the text that it made
    saved: bool  # else somebody was to put it in place

    @property
    def id(self) -> str:
        """Return its name: by time, and by its text."""
        return f"{self.at:%Y%m%dT%H%M%S%f}-{self.of[:8]}"


def digest(text: bytes) -> str:
    """Return the digest by which the text of a plan is told apart."""
    return hashlib.sha256(text).hexdigest()


def latest(data: Path) -> Sequence[PlanVersion]:
    """Return the versions kept in a data folder, the newest first."""
    damaged = partial(log.warning, "a version of the plan cannot be read: %s")
    files = _files(data, "json")
    found = (state_file.read(f.read_bytes, PlanVersion, damaged) for f in files)
    return [version for version in found if version is not None]


def keep(data: Path, version: PlanVersion, proposed: bytes = b"") -> Path:
    """Keep a version, and its text where somebody else is to put it in place.

    Returns the file of that text.

    Raises:
        OSError: the disk does not take it.

    """
    text = data / FOLDER / f"{version.id}.yaml"
    if proposed:
        durable_files.write(text, proposed)
    durable_files.write(text.with_suffix(".json"), json.encode(version))
    for kind in ("json", "yaml"):
        for old in _files(data, kind)[MOST:]:
            old.unlink(missing_ok=True)
    return text


def forget(data: Path, version: PlanVersion) -> None:
    """Forget a version that did not come about."""
    (data / FOLDER / f"{version.id}.json").unlink(missing_ok=True)


def _files(data: Path, kind: str) -> Sequence[Path]:
    return sorted((data / FOLDER).glob(f"[0-9]*.{kind}"), reverse=True)
