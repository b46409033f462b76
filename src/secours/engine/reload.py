"""Was probes.yaml edited? A good edit is taken in while running, a broken one is not.

An edit counts once the file has been the same at two looks: an editor that writes in
place would otherwise put half a plan in force.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from secours import config, texts
from secours.config import BadConfig
from secours.model.plan import Config
from secours.outside_text import plain
from secours.render.wording.mistakes import worded

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
MISTAKES_SHOWN = 3
ERROR_LIMIT = 600  # characters

Signature = tuple[object, ...] | None


class Source:
    """The file that the plan comes from."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loaded: Signature = None
        self._seen: Signature = None

    def load(self) -> Config:
        """Read the plan.

        Raises:
            BadConfig: it has mistakes.
            OSError: it cannot be read.

        """
        self._loaded = self._seen = self._signature()
        return config.load(self._path)

    def edited(self) -> bool:
        """Look once; tell whether there is an edit to load."""
        before, self._seen = self._seen, self._signature()
        return self._seen == before and self._seen != self._loaded

    async def watch(
        self, accept: Callable[[Config], None], refuse: Callable[[Exception], None]
    ) -> None:
        """Give each good edit to `accept`, what is wrong with another to `refuse`."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not self.edited():
                continue
            try:
                fresh = await asyncio.to_thread(self.load)
            except Exception as error:  # noqa: BLE001 -- the plan in force outlives all
                log.error("the edit is not taken: %s", in_one_line(error, "en"))
                refuse(error)
            else:
                accept(fresh)

    def _signature(self) -> Signature:
        try:
            facts = os.stat(self._path)
        except OSError:
            return None
        who = config.exposed(self._path)  # that too decides what is run
        return facts.st_mtime_ns, facts.st_size, facts.st_ino, who


def in_one_line(error: Exception, language: str) -> str:
    """Say what is wrong with a file."""
    if not isinstance(error, BadConfig):
        return plain(str(error) or type(error).__name__, ERROR_LIMIT)
    mistakes = worded(error.mistakes, language)
    shown = [str(mistake) for mistake in mistakes[:MISTAKES_SHOWN]]
    more = len(mistakes) - len(shown)
    rest = f" (+{more})" if more else ""
    return plain(texts.series(language, shown), ERROR_LIMIT - len(rest)) + rest
