"""A town whose engine runs, to be asked as people ask it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from plans import channel, component, line, plan

from secours.core.memory import EMPTY, Memory
from secours.core.statements.words_in_force import Words
from secours.engine import clock
from secours.engine.control import requests
from secours.engine.control.handlers import Answers
from secours.engine.engine import Engine
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.statements import Declared

TOWN = plan(
    component("power:grid"),
    channel("teams", "power:grid", probes=()),
    channel("radio", probes=()),
    line("teams", "radio"),
)


LINE = "coordinate/management"


class Town:
    def __init__(
        self, config: Config, memory: Memory, store: Store, folder: Path
    ) -> None:
        self._later_s = 0.0
        self._engine = Engine(config, memory, store, folder, self._now)
        self.answers = Answers(self._engine, store, self._now)
        self._folder = folder

    def _now(self) -> Instant:
        now, more_s = clock.now(), self._later_s
        return Instant(now.utc + timedelta(seconds=more_s), now.steady_s + more_s)

    def let_pass(self, seconds: float) -> None:
        self._later_s += seconds
        self._engine._stamp()

    @property
    def memory(self) -> Memory:
        return self._engine.memory

    @property
    def words(self) -> Words:
        return self.memory.words

    @property
    def marks(self) -> dict[str, Declared]:
        return {name: mark.says for name, mark in self.words.marks.items()}

    async def ask(self, do: str, by: str = "Ana", **more: Any) -> dict[str, Any]:
        request = {"do": do, "by": by, **more}
        return await asyncio.to_thread(requests.ask, self._folder, request)

    async def mark(self, says: str, subject: str = "teams") -> dict[str, Any]:
        return await self.ask("mark", subject=subject, says=says)


@asynccontextmanager
async def running(
    folder: Path, memory: Memory = EMPTY, config: Config = TOWN
) -> AsyncIterator[Town]:
    with closing(Store(folder, retry_s=0.05)) as store:
        town = Town(config, memory, store, folder)
        table, language = town.answers.table(), town.answers.language
        async with requests.serve(folder, table, language):
            yield town
