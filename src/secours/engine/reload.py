"""Reload of an edited probes.yaml: a good edit is taken in while running, no bad one.

A secret renewed in its file is an edit too; a missing one is not. An edit counts once
the file has been the same at two looks: an editor that writes in place would otherwise
put half a plan in force.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from secours import config, texts
from secours.config import BadConfig
from secours.model.plan import Config
from secours.outside_text import plain
from secours.render.wording.mistakes import worded

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
MISTAKES_SHOWN = 3
ERROR_LIMIT = 600  # characters

Facts = tuple[object, ...] | None


class Signature(NamedTuple):
    """Identity of a plan's file, and of those of its secrets."""

    plan: Facts = None
    secrets: tuple[Facts, ...] = ()


class Source:
    """File of the plan, and those of the secrets that it names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._secrets: dict[str, Facts] = {}  # as each was when it was last there
        self._loaded = self._seen = Signature()

    def load(self) -> Config:
        """Read the plan; raise BadConfig for mistakes, OSError if it cannot be read."""
        self._loaded = self._seen = self._signature()
        plan = config.load(self.path)
        if plan.secret_files != tuple(self._secrets):
            self._secrets = dict.fromkeys(plan.secret_files)
            secrets = self._secrets_there()
            self._loaded = self._seen = self._loaded._replace(secrets=secrets)
        return plan

    def edited(self) -> bool:
        """Look once; tell whether there is an edit to load."""
        before, self._seen = self._seen, self._signature()
        return self._seen == before and self._seen != self._loaded

    async def watch(
        self, accept: Callable[[Config], None], refuse: Callable[[Exception], None]
    ) -> None:
        """Pass each good edit to `accept`, and the error of a bad one to `refuse`."""
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
        plan = _facts(self.path)
        if plan is not None:  # who else may write it decides too what is run
            plan = (*plan, config.exposed(self.path))
        return Signature(plan, self._secrets_there())

    def _secrets_there(self) -> tuple[Facts, ...]:
        """Look at the secrets; a missing one counts as unchanged."""
        for path, before in self._secrets.items():
            self._secrets[path] = _facts(path) or before
        return tuple(self._secrets.values())


def _facts(path: str | Path) -> Facts:
    """Return the identity of a file's content and rights, None without a file."""
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino, facts.st_ctime_ns


def in_one_line(error: Exception, language: str) -> str:
    """Return the error in one line."""
    if not isinstance(error, BadConfig):
        return plain(str(error) or type(error).__name__, ERROR_LIMIT)
    mistakes = worded(error.mistakes, language)
    shown = [str(mistake) for mistake in mistakes[:MISTAKES_SHOWN]]
    more = len(mistakes) - len(shown)
    rest = f" ({texts.say(language, 'more.others', n=more)})" if more else ""
    return plain(texts.series(language, shown), ERROR_LIMIT - len(rest)) + rest
