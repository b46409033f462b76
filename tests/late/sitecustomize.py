"""Lateness in every process of Python that has this folder on its PYTHONPATH.

A snapshot is published late, the history is written late, an engine begins late: as on
a machine with too much to do. A test that reads before the event it means fails here
each time. `make soak` runs the tests of engines so.
"""

import importlib.util
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

LATE_S, START_S = 0.8, 3.0


def publish_late(module: Any) -> None:
    """Publish each snapshot later, in order."""
    publish = module.write

    def publish_if_there(*what: Any) -> None:
        with suppress(OSError):  # its folder may be gone by now
            publish(*what)

    def publish_later(*what: Any) -> None:
        timer = threading.Timer(LATE_S, publish_if_there, what)
        timer.daemon = True
        timer.start()

    module.write = publish_later


def write_late(module: Any) -> None:
    """Write what the history is given later, in its own thread."""
    write_all = module.Store._write_all

    def write_all_later(store: Any) -> bool:
        time.sleep(LATE_S)
        return bool(write_all(store))

    module.Store._write_all = write_all_later


def begin_late(_: Any) -> None:
    """Let an engine begin later."""
    time.sleep(START_S)


CHANGES: dict[str, Callable[[Any], None]] = {
    "secours.engine.published.snapshot_file": publish_late,
    "secours.engine.store.store": write_late,
    "secours.engine.engine": begin_late,
}


class Lateness(MetaPathFinder):
    """Finder that changes a module once it is loaded."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module as others do, and change it when it is loaded."""
        if name not in CHANGES:
            return None
        change = CHANGES.pop(name)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_change(module: ModuleType) -> None:
            load(module)
            change(module)

        spec.loader.exec_module = load_and_change  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, Lateness())
