"""Delivery of a notice over one target after another, until somebody has it.

The state at the start of an attempt decides its target and its words.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from secours.core.notices.matters import Matter
from secours.model.notices import Attempt
from secours.model.sections.notify import Target
from secours.notify import carriers, outbox, targets
from secours.notify.attempts import Attempts
from secours.notify.ledger import Id, NoticeLedger, Stamp, ways
from secours.notify.notice_text import telling
from secours.notify.outbox import Entry

log = logging.getLogger(__name__)

AGAIN_AFTER_S = (5.0, 15.0, 60.0)  # after each round; the last one repeats
SLOW_S = 10.0  # for a target to take it before the next is tried too


class Delivery:
    """Notices that are being sent, each in a task of its own."""

    def __init__(self, ledger: NoticeLedger) -> None:
        self._ledger = ledger
        self._tasks: dict[Id, asyncio.Task[None]] = {}
        self._in_hand: dict[Id, asyncio.Event] = {}  # set when others may be tried
        self._behind: dict[Id, tuple[Id, ...]] = {}  # notices that each replaces

    def go_on(self, id_: Id) -> None:
        """Send a notice that is not being sent yet."""
        if id_ not in self._tasks:
            task = asyncio.create_task(self._work(id_))
            self._tasks[id_] = task
            task.add_done_callback(partial(self._ended, id_=id_))

    def stop(self, entry: Entry) -> None:
        """Stop a notice at once, with its attempt."""
        self._ledger.put(outbox.stopped(entry))
        if task := self._tasks.pop(entry.id, None):
            task.cancel()

    async def stop_all(self) -> None:
        """Stop sending; the next engine repeats what is under way."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def follows(self, id_: Id, untaken: Iterable[Entry]) -> None:
        """Have a notice wait for the attempts of those that it replaces.

        These are their own and those of their predecessors: an attempt at a peer is not
        broken off by a newer notice.
        """
        held = [(each.id, *self._behind.pop(each.id, ())) for each in untaken]
        if behind := tuple(old for ids in held for old in ids):
            self._behind[id_] = behind

    def _ended(self, task: "asyncio.Task[None]", id_: Id) -> None:
        if self._tasks.get(id_) is task:
            del self._tasks[id_]
        if not task.cancelled() and (error := task.exception()):
            log.error("a notice is not sent: a defect of Secours", exc_info=error)

    async def _work(self, id_: Id) -> None:
        """Try one target after another, and all again, until one has taken it.

        A late receipt counts, though the next target has been tried meanwhile.
        """
        sending = Attempts(self._ledger)
        waits = [*AGAIN_AFTER_S]
        try:
            await self._take_over(id_)
            while self._unsent(id_):
                await self._try_each(id_, sending)
                entry = self._ledger.box.find(id_)
                if entry is None or entry.dispatch.test or entry.accepted:
                    break
                await self._rest(id_, sending, waits.pop(0) if waits[1:] else waits[0])
            self._ledger.change(id_, sent=True)
            self._ledger.end_if_over(id_)
            if sending.tasks:
                await asyncio.wait(sending.tasks)
        finally:
            for task in sending.tasks:
                task.cancel()
            await asyncio.gather(*sending.tasks, return_exceptions=True)

    async def _take_over(self, id_: Id) -> None:
        """Wait for the attempts of the notices that this one replaces, and go on.

        What was taken of those is not told again.
        """
        ledger = self._ledger
        for old in self._behind.get(id_, ()):
            if in_hand := self._in_hand.get(old):
                await in_hand.wait()
        found = (ledger.box.find(old) for old in self._behind.pop(id_, ()))
        replaced = [entry for entry in found if entry is not None]
        entry, stamp = self._unsent(id_), ledger.stamp
        if entry is None or stamp is None or not replaced:
            return
        taken = [each for each in replaced if each.accepted]
        entry = outbox.without(outbox.in_place_of(entry, replaced), taken)
        for each in taken:
            if not each.keys <= entry.keys:  # somebody is still to see to it
                open_ = replace(each.dispatch, over=False)
                ledger.put(replace(each, dispatch=open_))
                ledger.end_if_over(each.id)
        if entry.matters:
            ledger.put(telling(stamp, entry, entry.matters))
        else:
            ledger.put(outbox.over(entry))

    async def _rest(self, id_: Id, sending: Attempts, wait_s: float) -> None:
        """Wait before all are tried again, unless somebody takes it meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while (entry := self._unsent(id_)) and not entry.accepted:
                    sending.moved.clear()
                    await sending.moved.wait()

    def _unsent(self, id_: Id) -> Entry | None:
        """Return a notice if it is still to be sent."""
        entry = self._ledger.box.find(id_)
        return None if entry is None or entry.sent or entry.settled else entry

    async def _try_each(self, id_: Id, sending: Attempts) -> None:
        """Try each target once, while none has the notice for certain."""
        entry = self._unsent(id_)
        tried = outbox.under_way(entry) | outbox.losing(entry) if entry else set()
        while (entry := self._unsent(id_)) and (stamp := self._ledger.stamp):
            target = self._best(stamp, entry, tried)
            matters = self._ledger.held(entry)
            if target is None or not (matters or entry.dispatch.test):
                return
            tried.add(target.name)
            if entry.dispatch.stage is None:  # nobody was told anything else
                self._forget(entry, matters)
                entry = telling(stamp, entry, matters)
            in_hand = self._in_hand[id_] = asyncio.Event()
            try:
                attempt = await sending.begin(stamp, entry, matters, target)
                await self._until_next(id_, attempt, sending, in_hand)
            finally:
                in_hand.set()
                self._in_hand.pop(id_, None)

    def _best(
        self, stamp: Stamp, entry: Entry, tried: Collection[str]
    ) -> Target | None:
        """Return the best target that was not tried yet, as things are now."""
        by_name = stamp.config.notify.targets
        test = entry.dispatch.test
        return targets.best(
            stamp.config,
            stamp.memory,
            [name for name in ways(stamp, entry) if test or not by_name[name].rings],
            tried=tried,
            last=entry.tried,
            failed=self._ledger.targets.failed_lately(self._ledger.host.now()),
        )

    def _forget(self, entry: Entry, matters: Iterable[Matter]) -> None:
        """Forget that matters left out of a notice were told: nobody knows them."""
        omitted = entry.keys - {matter.key for matter in matters}
        if not omitted:
            return
        box = self._ledger.box
        for each in box.entries:
            if each.dispatch.stage is not None:
                omitted -= each.keys
        told = {k: each for k, each in box.told.told.items() if k not in omitted}
        self._ledger.box = replace(box, told=replace(box.told, told=told))

    async def _until_next(
        self, id_: Id, attempt: Attempt, sending: Attempts, in_hand: asyncio.Event
    ) -> None:
        """Wait until it is time for another target, or none is needed any more.

        It is time when this one failed or does not take it soon, or when somebody took
        it and no receipt came as soon as usual. `in_hand` is set before, once it is
        taken.
        """
        loop = asyncio.get_running_loop()
        entry = self._ledger.box.find(id_)
        before = outbox.awaited(entry) if entry else []
        until_s = loop.time() + SLOW_S
        while (entry := self._ledger.box.find(id_)) and not entry.settled:
            accepted = [each for each in outbox.awaited(entry) if each not in before]
            if accepted and not in_hand.is_set():
                in_hand.set()
                until_s = loop.time() + self._receipt_s(accepted[0].target)
            if not accepted and not outbox.is_under_way(entry, attempt):
                return
            sending.moved.clear()
            endless = entry.dispatch.test and not accepted
            try:
                async with asyncio.timeout_at(None if endless else until_s):
                    await sending.moved.wait()
            except TimeoutError:
                if not accepted:
                    now = self._ledger.host.now()
                    self._ledger.targets.fails(attempt.target, now)
                return

    def _receipt_s(self, target: str) -> float:
        stamp = self._ledger.stamp
        known = stamp.config.notify.targets.get(target) if stamp else None
        return carriers.receipt_s(known.carrier if known else None)
