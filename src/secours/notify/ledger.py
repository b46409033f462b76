"""Ledger of all notices of an engine: stamp, outbox, and what of it still holds."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, Protocol

from msgspec.structs import replace

from secours.core.memory import Memory
from secours.core.notices.matters import (
    EXERCISE,
    LINE,
    MAINS,
    OWN_LINK,
    PLAYED,
    Matter,
)
from secours.model.notices import NoticeEntry
from secours.model.observed import Instant, Outcome
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.sections.notify import Recipient
from secours.model.snapshot import Snapshot
from secours.model.statements import Declared
from secours.notify import outbox, targets
from secours.notify.outbox import Entry, Outbox

WRITTEN_S = 2.0  # for a disk to take what is to be sent

Id = tuple[str, str]


class NoticeHost(Protocol):
    """Environment of the dispatch in its engine."""

    def now(self) -> Instant:
        """Return this moment."""
        ...

    def keep(self, box: Outbox) -> "Future[bool]":
        """Store it beyond our life; the result tells whether it is on a disk."""
        ...

    def note(self, by: str, entry: NoticeEntry) -> None:
        """Add a line to the journal; it is ours without `by`."""

    async def spend(self, probe: Probe) -> Outcome | None:
        """Count a test of today over a probe; return why there is none left."""

    def turn(
        self, probe: Probe, *, sends: bool = True
    ) -> AbstractAsyncContextManager[asyncio.Event | None]:
        """Wait for an exclusive line; None where there is none.

        The event is set once another that `sends` a notice waits for it.
        """
        ...


class Stamp(NamedTuple):
    """State at one stamp."""

    config: Config
    memory: Memory
    shot: Snapshot


class NoticeLedger:
    """All notices, saved at the end of a turn of the loop in which one changed."""

    def __init__(self, box: Outbox, boot_id: str, host: NoticeHost) -> None:
        self.host = host
        self.box = outbox.resumed(box, boot_id, host.now())
        self.stamp: Stamp | None = None
        self.current: dict[str, Matter] = {}  # what there is to tell, by key
        self.targets = targets.Targets()
        self._kept = self.box
        self._written: Future[bool] | None = None
        self._to_keep = False  # at the end of this turn of the loop

    def held(self, entry: Entry) -> tuple[Matter, ...]:
        """Return the matters of a notice that still hold, each as it is now.

        Where its state is unknown now, as just after a start, it is as told.
        """
        return tuple(self._present(entry.matters))

    def _present(self, told: Iterable[Matter]) -> Iterator[Matter]:
        for matter in told:
            found = self.current.get(matter.key)
            if found is not None:
                if bool(found.severity) is bool(matter.severity):
                    yield found
            elif not matter.severity or self._is_unknown(matter.key):
                yield matter

    def _is_unknown(self, key: str) -> bool:
        """Tell whether a matter is absent only because its state is unknown.

        Told matters are remembered while they may still hold, and of these there is a
        matter also when all is well.
        """
        room = key.partition("/")[0]
        always = room in (LINE, EXERCISE, OWN_LINK) or key == MAINS
        return always and key != PLAYED and key in self.box.told.told

    def may_return(self, entry: Entry) -> bool:
        """Tell whether people would not be told again if any of it returned."""
        return any(m.severity and m.key in self.box.told.told for m in entry.matters)

    def end_if_over(self, id_: Id) -> None:
        """End a notice that waits for nobody any more."""
        entry = self.box.find(id_)
        if entry is None or self.stamp is None or not entry.sent:
            return
        if not entry.dispatch.over and escalates(self.stamp.config, entry) is None:
            self.put(outbox.over(entry))

    def is_private(self, stamp: Stamp, target: str) -> bool:
        """Tell whether nobody else reads a link over a target, as far as known."""
        config, memory, shot = stamp
        distrust = any(mark.says is Declared.DISTRUSTED for mark in shot.marks)
        return self.targets.is_private(config, memory, target, distrust=distrust)

    @property
    def waits(self) -> bool:
        """Tell whether a notice waits to be taken, or for a person."""
        told = (entry.dispatch for entry in self.box.entries)
        return any(not (each.over or each.test) for each in told)

    def change(self, id_: Id, **changes: Any) -> None:
        """Update fields of a notice, if it is still there."""
        if (entry := self.box.find(id_)) is not None:
            self.put(replace(entry, **changes))

    def put(self, entry: Entry) -> None:
        """Update the entry and schedule a save."""
        self.box = self.box.put(entry)
        self.keep_soon()

    def keep_soon(self) -> None:
        """Save all at the end of this turn of the loop."""
        if not self._to_keep:
            self._to_keep = True
            asyncio.get_running_loop().call_soon(self.keep)

    def keep(self) -> None:
        """Save all that changed."""
        self._to_keep = False
        self.box = self.box.bounded()
        before = self._kept
        kept = ((b.by_id, b.hold, b.proofs) for b in (self.box, before))
        if any(now is not then for now, then in zip(*kept, strict=True)):
            edition, at = self.box.edition + 1, self.host.now()
            self.box = self._kept = replace(self.box, edition=edition, at=at)
            self._written = self.host.keep(self.box)

    async def until_written(self) -> None:
        """Wait until all this is on a disk, for the usual time."""
        await asyncio.sleep(0)  # in which all that this turn changed is kept, once
        if self._written is not None:
            await asyncio.wait({asyncio.wrap_future(self._written)}, timeout=WRITTEN_S)


def ways(stamp: Stamp, entry: Entry) -> tuple[str, ...]:
    """Return the targets over which a notice may go, by the plan in force."""
    told, notify = entry.dispatch, stamp.config.notify
    recipient = notify.recipients.get(told.recipient)
    if told.test:
        return (told.recipient,) if told.recipient in notify.targets else ()
    return recipient.targets if recipient else ()


def escalates(config: Config, entry: Entry) -> Recipient | None:
    """Return the recipient, if it may still be passed on to somebody else."""
    told = entry.dispatch
    done = told.over or told.test or entry.passed_on or told.acknowledged_at
    recipient = config.notify.recipients.get(told.recipient)
    if done or recipient is None or recipient.escalate_to is None:
        return None
    return recipient if any(map(outbox.presses, entry.matters)) else None
