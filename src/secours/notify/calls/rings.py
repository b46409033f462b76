"""Calls beside the text of a notice that presses, until a person has it."""

import asyncio
from collections import defaultdict

from secours.notify import outbox
from secours.notify.attempts import Attempts
from secours.notify.calls.ring import clear_left
from secours.notify.ledger import Id, NoticeLedger, Stamp, ways
from secours.notify.outbox import Entry

TIMES = 3
WITHIN_S = 180.0
EVERY_S = 60.0  # from one begin to the next
PAUSE_S = 5.0  # after a long call

Ringing = tuple[Id, str]


class Rings:
    """Calls that are made, each series in a task of its own."""

    def __init__(self, ledger: NoticeLedger) -> None:
        """Start without any, nor what is left of those of a killed engine."""
        clear_left()
        self._ledger = ledger
        self._tasks: dict[Ringing, asyncio.Task[None]] = {}
        self._lines: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def go_on(self, stamp: Stamp) -> None:
        """Ring for what is new, and stop where a person has it or it is over."""
        due = {
            (entry.id, target.name): entry
            for entry in self._ledger.box.entries
            if self._presses(entry)
            for target in map(
                stamp.config.notify.targets.__getitem__, ways(stamp, entry)
            )
            if target.rings
        }
        for ringing, task in self._tasks.items():
            if ringing not in due and not task.cancelling():  # once, or it ends badly
                task.cancel()
        now = self._ledger.host.now().utc
        for ringing, entry in due.items():
            age_s = (now - entry.dispatch.at).total_seconds()
            if ringing not in self._tasks and age_s < WITHIN_S:
                self._tasks[ringing] = asyncio.create_task(self._ring(*ringing))
        self._tasks = {
            ringing: task
            for ringing, task in self._tasks.items()
            if not task.done() or ringing in due
        }

    async def stop_all(self) -> None:
        """Hang up all."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _presses(self, entry: Entry) -> bool:
        if entry.dispatch.acknowledged_at or not self._ledger.box.stands(entry):
            return False
        return any(map(outbox.presses, self._ledger.held(entry)))

    async def _ring(self, id_: Id, name: str) -> None:
        """Call up to three times in three minutes, those before a restart included."""
        attempts, loop = Attempts(self._ledger), asyncio.get_running_loop()
        entry = self._ledger.box.find(id_)
        made = len(outbox.tries(entry, name)) if entry else 0
        until_s = loop.time() + WITHIN_S
        try:
            for _ in range(TIMES - made):
                async with self._lines[name]:  # or one person's calls meet
                    next_s = loop.time() + EVERY_S
                    entry, stamp = self._ledger.box.find(id_), self._ledger.stamp
                    target = stamp and stamp.config.notify.targets.get(name)
                    if entry is None or stamp is None or target is None:
                        return
                    if loop.time() >= until_s:
                        return
                    held = self._ledger.held(entry)
                    await attempts.begin(stamp, entry, held, target)
                    await asyncio.wait(attempts.tasks)
                await asyncio.sleep(max(PAUSE_S, next_s - loop.time()))
        finally:
            for task in attempts.tasks:
                task.cancel()
            if entry := self._ledger.box.find(id_):
                for attempt in outbox.tries(entry, name):
                    entry = outbox.with_progress(entry, attempt, under_way=False)
                self._ledger.put(entry)
            await asyncio.gather(*attempts.tasks, return_exceptions=True)
