"""Dispatch of due notices, over one target after another, until somebody has it.

It gets each stamp, and blocks nothing: whatever waits does so in a task. The state at
the start of an attempt decides its target and its words; the start is stored before.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, Protocol

from msgspec.structs import replace

from secours.core.memory import Memory
from secours.core.notices.due import due, standing
from secours.core.notices.matters import Matter, matters
from secours.message import Refusal
from secours.model.notices import (
    Attempt,
    Dispatch,
    Fitness,
    Notice,
    NoticeEntry,
    NoticeStep,
    Stage,
    TargetView,
)
from secours.model.observed import Instant, Outcome, Reason, unknown
from secours.model.plan import (
    Config,
    NoticeKind,
    Probe,
    Recipient,
    Target,
    Text,
)
from secours.model.snapshot import Snapshot
from secours.model.statements import Declared
from secours.notify import carriers, codes, outbox, targets
from secours.notify.current_matters import may_return, present
from secours.notify.hold import going_on
from secours.notify.outbox import Entry, Outbox
from secours.notify.sending import carried
from secours.render.wording.localizer import Localizer
from secours.render.wording.notice import Wording, words

log = logging.getLogger(__name__)

SHOWN = 20
AGAIN_AFTER_S = (5.0, 15.0, 60.0)  # once all were tried; then the last of these
SLOW_S = 10.0  # for a target to take it before another is tried as well
WRITTEN_S = 2.0  # for a disk to take what is to be sent

Id = tuple[str, str]


class NotSent(Refusal):
    """The request on a notice or a target cannot be met."""


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

    def turn(self, probe: Probe) -> AbstractAsyncContextManager[asyncio.Event | None]:
        """Wait for an exclusive line; None where there is none.

        The event is set once another notice waits for it.
        """
        ...


class Stamp(NamedTuple):
    """State at one stamp."""

    config: Config
    memory: Memory
    shot: Snapshot


class Attempts:
    """Attempts of one notice that are under way."""

    def __init__(self) -> None:
        """Start without any."""
        self.tasks: set[asyncio.Task[None]] = set()
        self.moved = asyncio.Event()  # one of them came farther, or ended


class Notices:
    """All notices of an engine."""

    def __init__(self, box: Outbox, boot_id: str, host: NoticeHost) -> None:
        """Resume what an earlier engine left."""
        self._host = host
        self._box = outbox.resumed(box, boot_id, host.now())
        self._kept = self._box
        self._written: Future[bool] | None = None
        self._to_keep = False  # at the end of this turn of the loop
        self._stamp: Stamp | None = None
        self._now: dict[str, Matter] = {}  # what there is to tell, by key
        self._targets = targets.Targets()
        self._tasks: dict[Id, asyncio.Task[None]] = {}
        self._in_hand: dict[Id, asyncio.Event] = {}  # set when others may be tried
        self._behind: dict[Id, tuple[Id, ...]] = {}  # in whose place which ones are
        self._broken = False  # and the log knows

    # ------------------------------------------------------------ what is shown

    def views(self, config: Config, memory: Memory) -> tuple[TargetView, ...]:
        """Return the targets, in the order of the plan."""
        return self._targets.views(config, memory)

    def latest(self) -> tuple[Dispatch, ...]:
        """Return the newest notices, the newest first."""
        newest = reversed(self._box.entries[-SHOWN:])
        return tuple(replace(e.dispatch, asks=self._asks(e)) for e in newest)

    def _asks(self, entry: Entry) -> bool:
        """Tell whether somebody is to see to it: it holds now, as far as known."""
        held = self._stamp is None or any(m.severity for m in self._held(entry))
        return held and self._box.asks(entry)

    def _held(self, entry: Entry) -> tuple[Matter, ...]:
        """Return the matters of a notice that still hold, as they are now."""
        return present(entry.matters, self._now, self._box.told)

    def meant(self, code: str, token: str = "") -> tuple[Dispatch, ...]:
        """Return the notice of a code or a link, for each of its recipients.

        Raises:
            NotSent: no notice has it, or it is too old.

        """
        if token:
            return (self._of_link(codes.digest(token)).dispatch,)
        found = self._box.of_code(codes.meant(code))
        if not found:
            raise NotSent("commands.notify.no-code", code=codes.meant(code)[:20])
        return tuple(entry.dispatch for entry in found)

    def _of_link(self, digest: str) -> Entry:
        """Return the notice of a link, unless others may have read that.

        Raises:
            NotSent: none has it, it is used up, or may be known to others.

        """
        acknowledgeable = self._box.by_token(digest, self._host.now())
        stamp = self._stamp
        if acknowledgeable is None or stamp is None:
            raise NotSent("commands.notify.no-link")
        entry, link = acknowledgeable
        if self._is_private(stamp, link.target):
            return entry
        if not link.refused:
            self._put(outbox.with_refused(entry, link))
            self._note(_line(NoticeStep.LINK_REFUSED, entry, target=link.target))
        raise NotSent("commands.notify.no-link")

    # ------------------------------------------------------------ what comes in

    def stamped(self, config: Config, memory: Memory, shot: Snapshot) -> None:
        """Send what is due at this stamp, and continue the rest."""
        self._stamp = Stamp(config, memory, shot)
        try:
            self._look(self._stamp)
        except Exception:  # whatever it is, probes are run and screens are fed
            if not self._broken:
                log.exception("no notice is sent: a defect of Secours")
            self._broken = True
        else:
            self._broken = False

    @property
    def held_until(self) -> datetime | None:
        """Return until when all notices are held; None if they are not."""
        hold, stamp = self._box.hold, self._stamp
        told = hold and stamp and stamp.config.notify.recipients
        return hold.until if hold and told else None

    def release(self, by: str = "") -> bool:
        """Release held notices; tell whether there was a hold."""
        if self._box.hold is None:
            return False
        self._box = replace(self._box, hold=None)
        self._keep_soon()
        if by or (self._stamp and self._stamp.config.notify.recipients):
            self._note(NoticeEntry(step=NoticeStep.RELEASED), by)
        return True

    def test(self, target: str, by: str) -> Dispatch:
        """Send a marked test over one target.

        Raises:
            NotSent: there is no such target, or nothing may go over it.

        """
        stamp = self._stamp
        if stamp is None or target not in stamp.config.notify.targets:
            raise NotSent("commands.notify.no-target", name=target)
        view = self._targets.view(stamp.config, stamp.memory, target)
        if view.fitness is Fitness.DISTRUSTED:
            raise NotSent("commands.notify.distrusted", name=target)
        if lack := carriers.lack(stamp.config.notify.targets[target]):
            raise NotSent("commands.notify.unusable", name=target, why=lack.said)
        own = Recipient(name=target, label=Text(target), targets=(target,))
        entry = self._new(stamp, own, self._new_code(), ())
        self._put(entry)
        self._note(_line(NoticeStep.TEST, entry, target=target), by)
        self._go_on(stamp)
        return entry.dispatch

    def acknowledge(self, by: str, code: str, token: str = "") -> Dispatch:
        """Note that somebody sees to it; the first one stays.

        Raises:
            NotSent: no notice has this code, or the link is too old.

        """
        asked = self.meant(code, token)[0]
        of_all = self._box.of_code(asked.code)
        if asked.acknowledged_at is None:
            for entry in of_all:
                self._put(outbox.acknowledged(entry, by, self._host.now()))
                self._end_if_over(entry.id)
            self._note(_line(NoticeStep.ACKNOWLEDGED, of_all[0]), by)
        found = self._box.find((asked.code, asked.recipient))
        return found.dispatch if found else asked

    async def until_written(self) -> None:
        """Wait until all this is on a disk, for the usual time."""
        await asyncio.sleep(0)  # in which all that this turn changed is kept, once
        if self._written is not None:
            await asyncio.wait({asyncio.wrap_future(self._written)}, timeout=WRITTEN_S)

    async def stop(self) -> None:
        """Stop sending; the next engine repeats what is under way."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._keep()

    # ------------------------------------------------------------ what is due

    def _look(self, stamp: Stamp) -> None:
        config, memory, shot = stamp
        self._hold_on(config, shot.at)
        if config.notify.recipients:
            now = matters(config, shot)
            self._now = {matter.key: matter for matter in now}
            if self._box.hold is None:
                self._tell_due(stamp, now)
        names = tuple(config.notify.recipients)
        self._box = replace(self._box, recipients=names)
        for name in self._targets.newly_distrusted(config, memory):
            self._note(NoticeEntry(step=NoticeStep.WITHHELD, target=name))
        self._drop_what_is_over()
        self._pass_on(stamp)
        self._go_on(stamp)

    def _hold_on(self, config: Config, at: Instant) -> None:
        """Keep the hold after an edit; release it long after the last."""
        if (before := self._box.hold) is None:
            return
        hold = going_on(before, config, at)
        if hold is None:
            self.release()
        elif hold is not before:
            self._box = replace(self._box, hold=hold)
            self._keep_soon()

    def _tell_due(self, stamp: Stamp, now: tuple[Matter, ...]) -> None:
        """Notify of what is due, and new recipients of what still holds."""
        told, found = due(stamp.config, self._box.told, now, stamp.shot.at)
        self._box = replace(self._box, told=told)
        if found:
            self._tell(stamp, found)
        self._tell_new_ones(stamp, standing(stamp.config, told, now))

    def _drop_what_is_over(self) -> None:
        """End each notice whose matters are over, and would be told anew if back."""
        for entry in self._box.entries:
            told = entry.dispatch
            if told.over or told.test or self._held(entry):
                continue
            if not may_return(entry.matters, self._box.told):
                self._put(outbox.over(entry))
                self._note(_line(NoticeStep.OVER, entry))

    def _tell(self, stamp: Stamp, matters: tuple[Matter, ...]) -> None:
        """Notify all but those who get only what is passed on."""
        recipients = stamp.config.notify.recipients
        later = {recipient.escalate_to for recipient in recipients.values()}
        code = self._new_code()
        for name, recipient in recipients.items():
            if name not in later:
                self._open(stamp, recipient, code, matters)
            elif over := self._over_for(name, matters):
                self._open(stamp, recipient, self._new_code(), over)

    def _tell_new_ones(self, stamp: Stamp, stands: tuple[Matter, ...]) -> None:
        """Notify new recipients of the plan of what others know already."""
        recipients, known = stamp.config.notify.recipients, self._box.recipients
        later = {recipient.escalate_to for recipient in recipients.values()}
        for name, recipient in recipients.items():
            if known is None or name in known or name in later:
                continue
            for played in (False, True):
                if found := tuple(m for m in stands if m.exercise is played):
                    self._open(stamp, recipient, self._new_code(), found)

    def _over_for(self, name: str, matters: Iterable[Matter]) -> tuple[Matter, ...]:
        """Return the matters over now that a recipient was once told of."""
        severities: dict[str, int] = {}
        for entry in self._box.entries:
            if entry.dispatch.recipient == name:
                severities |= {matter.key: matter.severity for matter in entry.matters}
        return tuple(m for m in matters if not m.severity and severities.get(m.key))

    def _open(
        self,
        stamp: Stamp,
        recipient: Recipient,
        code: str,
        matters: tuple[Matter, ...],
        before: str = "",
    ) -> None:
        """Open a notice to a recipient, with what nobody took before."""
        older = [e for e in self._box.entries if _goes_on(e, recipient.name, matters)]
        untaken = [each for each in older if not each.accepted]
        told = outbox.merged(untaken, matters)
        entry = self._new(stamp, recipient, code, told, before)
        replaced = [each for each in older if each.keys <= entry.keys]
        waiting = [e for e in replaced if e.dispatch.acknowledged_at is None]
        for each in replaced:
            self._put(outbox.over(each))
        if behind := tuple(id_ for each in untaken for id_ in self._held_by(each.id)):
            self._behind[entry.id] = behind
        self._put(outbox.in_place_of(outbox.after(entry, waiting), untaken))
        step = NoticeStep.PASSED_ON if before else NoticeStep.DUE
        self._note(_line(step, entry, before=before))

    def _held_by(self, id_: Id) -> tuple[Id, ...]:
        """Return whose attempts have to end first: its own, and its predecessors'.

        An attempt at a peer is not broken off by a newer notice.
        """
        return (id_, *self._behind.pop(id_, ()))

    def _stop(self, entry: Entry) -> None:
        """Stop a notice at once, with its attempt."""
        self._put(outbox.stopped(entry))
        if task := self._tasks.pop(entry.id, None):
            task.cancel()

    def _new(
        self,
        stamp: Stamp,
        recipient: Recipient,
        code: str,
        told: tuple[Matter, ...],
        before: str = "",
    ) -> Entry:
        at = self._host.now()
        dispatch = Dispatch(
            code=code,
            at=at.utc,
            recipient=recipient.name,
            label=recipient.label,
            title="",
            exercise=_played(told),
            test=not told,
            escalated_from=before or None,
        )
        entry = Entry(dispatch=dispatch, matters=told, due=at)
        return _telling(stamp, entry, told)

    def _pass_on(self, stamp: Stamp) -> None:
        """Pass on what nobody acknowledged in time."""
        now = self._host.now()
        for entry in self._box.entries:
            recipient = _escalates(stamp.config, entry)
            if recipient is None or recipient.escalate_to is None:
                continue
            if now.since(entry.taken or entry.due) < recipient.escalate_after_s:
                continue
            matters = self._to_pass_on(entry)
            if not matters:
                continue
            self._put(replace(entry, passed_on=True))
            code, name = entry.dispatch.code, recipient.escalate_to
            after = stamp.config.notify.recipients.get(name)
            if after is not None and self._box.find((code, name)) is None:
                self._open(stamp, after, code, matters, recipient.name)

    def _to_pass_on(self, entry: Entry) -> tuple[Matter, ...]:
        """Return the matters that are wrong now, with the distrusts beside them.

        An exercise and what is real are never in one notice.
        """
        matters = {m.key: m for m in self._held(entry) if outbox.presses(m)}
        if matters and not entry.dispatch.exercise:
            matters |= {
                key: matter
                for key, matter in self._now.items()
                if matter.kind is NoticeKind.DISTRUST
            }
        return tuple(matters.values())

    # ------------------------------------------------------------ what is sent

    def _go_on(self, stamp: Stamp) -> None:
        """Continue each unsent notice, and end those that are over."""
        for entry in self._box.entries:
            if not entry.sent and not _ways(stamp, entry):  # the plan has it no more
                self._stop(entry)
                if entry.dispatch.stage is None:
                    self._note(_line(NoticeStep.GIVEN_UP, entry))
            elif not entry.sent and entry.id not in self._tasks:
                task = asyncio.create_task(self._work(entry.id))
                self._tasks[entry.id] = task
                task.add_done_callback(partial(self._ended, id_=entry.id))
            self._end_if_over(entry.id)

    def _ended(self, task: "asyncio.Task[None]", id_: Id) -> None:
        if self._tasks.get(id_) is task:
            del self._tasks[id_]
        if not task.cancelled() and (error := task.exception()):
            log.error("a notice is not sent: a defect of Secours", exc_info=error)

    def _end_if_over(self, id_: Id) -> None:
        """End a notice that waits for nobody any more."""
        entry = self._box.find(id_)
        if entry is None or self._stamp is None or not entry.sent:
            return
        if not entry.dispatch.over and _escalates(self._stamp.config, entry) is None:
            self._put(outbox.over(entry))

    async def _work(self, id_: Id) -> None:
        """Try one target after another, and all again, until one has taken it.

        A late receipt counts, though the next target has been tried meanwhile.
        """
        sending = Attempts()
        waits = [*AGAIN_AFTER_S]
        try:
            await self._take_over(id_)
            while self._unsent(id_):
                await self._try_each(id_, sending)
                entry = self._box.find(id_)
                if entry is None or entry.dispatch.test or entry.accepted:
                    break
                await self._rest(id_, sending, waits.pop(0) if waits[1:] else waits[0])
            self._change(id_, sent=True)
            self._end_if_over(id_)
            if sending.tasks:
                await asyncio.wait(sending.tasks)
        finally:
            for task in sending.tasks:
                task.cancel()

    async def _take_over(self, id_: Id) -> None:
        """Wait for the attempts of the notices that this one replaces, and go on.

        What was taken of those is not told again.
        """
        for old in self._behind.get(id_, ()):
            if in_hand := self._in_hand.get(old):
                await in_hand.wait()
        found = (self._box.find(old) for old in self._behind.pop(id_, ()))
        replaced = [entry for entry in found if entry is not None]
        entry, stamp = self._unsent(id_), self._stamp
        if entry is None or stamp is None or not replaced:
            return
        taken = [each for each in replaced if each.accepted]
        entry = outbox.without(outbox.in_place_of(entry, replaced), taken)
        for each in taken:
            if not each.keys <= entry.keys:  # somebody is still to see to it
                open_ = replace(each.dispatch, over=False)
                self._put(replace(each, dispatch=open_))
                self._end_if_over(each.id)
        if entry.matters:
            self._put(_telling(stamp, entry, entry.matters))
        else:
            self._put(outbox.over(entry))

    async def _rest(self, id_: Id, sending: Attempts, wait_s: float) -> None:
        """Wait before all are tried again, unless somebody takes it meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while (entry := self._unsent(id_)) and not entry.accepted:
                    sending.moved.clear()
                    await sending.moved.wait()

    def _unsent(self, id_: Id) -> Entry | None:
        """Return a notice if it is still to be sent."""
        entry = self._box.find(id_)
        return None if entry is None or entry.sent or entry.settled else entry

    async def _try_each(self, id_: Id, sending: Attempts) -> None:
        """Try each target once, while none has the notice for certain."""
        entry = self._unsent(id_)
        tried = outbox.under_way(entry) if entry else set()
        while (entry := self._unsent(id_)) and (stamp := self._stamp):
            target = self._best(stamp, entry, tried)
            held = self._held(entry)
            if target is None or not (held or entry.dispatch.test):
                return
            tried.add(target.name)
            if entry.dispatch.stage is None:  # nobody was told anything else
                self._forget(entry, held)
                entry = _telling(stamp, entry, held)
            in_hand = self._in_hand[id_] = asyncio.Event()
            try:
                attempt = await self._try(stamp, entry, held, target, sending)
                await self._until_next(id_, attempt, sending, in_hand)
            finally:
                in_hand.set()
                self._in_hand.pop(id_, None)

    def _best(
        self, stamp: Stamp, entry: Entry, tried: Collection[str]
    ) -> Target | None:
        """Return the best target that was not tried yet, as things are now."""
        return targets.best(
            stamp.config,
            stamp.memory,
            _ways(stamp, entry),
            tried=tried,
            last=entry.tried,
            failed=self._targets.failed_lately(self._host.now()),
        )

    def _forget(self, entry: Entry, held: Iterable[Matter]) -> None:
        """Forget that matters left out of a notice were told: nobody knows them."""
        left = entry.keys - {matter.key for matter in held}
        if not left:
            return
        for each in self._box.entries:
            if each.dispatch.stage is not None:
                left -= each.keys
        told = {k: each for k, each in self._box.told.told.items() if k not in left}
        self._box = replace(self._box, told=replace(self._box.told, told=told))

    async def _try(
        self,
        stamp: Stamp,
        entry: Entry,
        held: tuple[Matter, ...],
        target: Target,
        sending: Attempts,
    ) -> Attempt:
        """Start to send the present matters over one target."""
        link = ""
        if stamp.config.site.public_url and self._is_private(stamp, target.name):
            token = codes.new_token()
            link = f"{stamp.config.site.public_url}/ack/{token}"
            digest, now = codes.digest(token), self._host.now()
            entry = outbox.with_link(entry, digest, now, target.name)
        attempt = Attempt(
            target=target.name,
            at=self._host.now().utc,
            under_way=True,
            again=entry.interrupted or outbox.may_have_come(entry, target.name),
        )
        entry = outbox.with_attempt(entry, attempt)
        self._put(entry)
        if attempt.again:
            self._note(_line(NoticeStep.AGAIN, entry, target=target.name))
        await self.until_written()
        told = replace(entry, matters=held, interrupted=attempt.again)
        notice = _notice(stamp, told, link)
        sent = self._send(stamp.config, entry.id, attempt, notice, sending.moved)
        sending.tasks.add(asyncio.create_task(sent))
        return attempt

    async def _until_next(
        self, id_: Id, attempt: Attempt, sending: Attempts, in_hand: asyncio.Event
    ) -> None:
        """Wait until it is time for another target, or none is needed any more.

        It is time when this one failed or does not take it soon, or when somebody took
        it and no receipt came as soon as usual. `in_hand` is set before, once it is
        taken.
        """
        loop = asyncio.get_running_loop()
        entry = self._box.find(id_)
        before = outbox.awaited(entry) if entry else []
        until_s = loop.time() + SLOW_S
        while (entry := self._box.find(id_)) and not entry.settled:
            heard = [each for each in outbox.awaited(entry) if each not in before]
            if heard and not in_hand.is_set():
                in_hand.set()
                until_s = loop.time() + self._receipt_s(heard[0].target)
            if not heard and not outbox.is_under_way(entry, attempt):
                return
            sending.moved.clear()
            endless = entry.dispatch.test and not heard
            try:
                async with asyncio.timeout_at(None if endless else until_s):
                    await sending.moved.wait()
            except TimeoutError:
                if not heard:
                    self._targets.fails(attempt.target, self._host.now())
                return

    def _receipt_s(self, target: str) -> float:
        known = self._stamp.config.notify.targets.get(target) if self._stamp else None
        return carriers.receipt_s(known.carrier if known else None)

    async def _send(
        self,
        config: Config,
        id_: Id,
        attempt: Attempt,
        notice: Notice,
        moved: asyncio.Event,
    ) -> None:
        """Send over one target to the end; `moved` is set at each stage."""

        def heard(stage: Stage) -> None:
            self._reached(id_, attempt, stage)
            moved.set()

        target = config.notify.targets[attempt.target]
        try:
            outcome = await carried(
                config,
                target,
                notice,
                heard,
                self._host.turn,
                partial(self._hindrance, id_, target.name),
            )
        except Exception as error:
            log.exception("a notice is not sent: a defect of Secours")
            outcome = unknown(Reason.BROKEN, what=type(error).__name__)
        self._finished(id_, attempt, outcome)
        moved.set()

    def _hindrance(self, id_: Id, target: str) -> Outcome | None:
        """Return why a notice may no longer go over a target, None if it may."""
        entry, stamp = self._box.find(id_), self._stamp
        if entry is None or stamp is None or entry.sent:
            return unknown(Reason.NONE)
        if target not in _ways(stamp, entry):
            return unknown(Reason.NONE)
        view = self._targets.view(stamp.config, stamp.memory, target)
        if view.fitness is Fitness.DISTRUSTED:
            return unknown(Reason.SET_ASIDE)
        return None

    def _reached(self, id_: Id, attempt: Attempt, stage: Stage) -> None:
        entry = self._box.find(id_)
        if entry is None:
            return
        self._targets.works(attempt.target)
        entry = outbox.with_progress(entry, attempt, stage=stage)
        entry = replace(entry, taken=entry.taken or self._host.now())
        self._put(entry)
        self._note(_line(NoticeStep(stage.value), entry, target=attempt.target))

    def _finished(self, id_: Id, attempt: Attempt, outcome: Outcome | None) -> None:
        entry = self._box.find(id_)
        if entry is None:
            return
        entry = outbox.with_progress(entry, attempt, under_way=False)
        if outcome is not None:
            why: dict[str, Any] = {"reason": outcome.reason, "facts": outcome.facts}
            entry = outbox.with_progress(entry, attempt, **why)
            *before, latest = outbox.tries(entry, attempt.target)
            if latest.stage is None and outcome.reason:
                self._targets.fails(attempt.target, self._host.now())
            if not before or before[-1].reason is not latest.reason:  # once is enough
                step = NoticeStep.UNCONFIRMED if latest.stage else NoticeStep.FAILED
                self._note(replace(_line(step, entry, target=attempt.target), **why))
        self._put(entry)

    def _is_private(self, stamp: Stamp, target: str) -> bool:
        """Tell whether nobody else reads a link over a target, as far as known."""
        config, memory, shot = stamp
        distrust = any(mark.says is Declared.DISTRUSTED for mark in shot.marks)
        return self._targets.is_private(config, memory, target, distrust=distrust)

    # ------------------------------------------------------------ what is kept

    def _change(self, id_: Id, **changes: Any) -> None:
        if (entry := self._box.find(id_)) is not None:
            self._put(replace(entry, **changes))

    def _put(self, entry: Entry) -> None:
        """Update the entry and schedule a save."""
        self._box = self._box.put(entry)
        self._keep_soon()

    def _keep_soon(self) -> None:
        """Save all at the end of this turn of the loop."""
        if not self._to_keep:
            self._to_keep = True
            asyncio.get_running_loop().call_soon(self._keep)

    def _keep(self) -> None:
        self._to_keep = False
        self._box = self._box.bounded()
        before = self._kept
        if self._box.by_id is not before.by_id or self._box.hold is not before.hold:
            edition, at = self._box.edition + 1, self._host.now()
            self._box = self._kept = replace(self._box, edition=edition, at=at)
            self._written = self._host.keep(self._box)

    def _note(self, entry: NoticeEntry, by: str = "") -> None:
        self._host.note(by, entry)

    def _new_code(self) -> str:
        return codes.new_code({entry.dispatch.code for entry in self._box.entries})


# ------------------------------------------------------------------ what is said


def _telling(stamp: Stamp, entry: Entry, told: tuple[Matter, ...]) -> Entry:
    """Return a notice of these matters."""
    entry = replace(entry, matters=told)
    kinds = tuple(dict.fromkeys(matter.kind for matter in told))
    title = _words(stamp, replace(entry, interrupted=False)).title
    return replace(entry, dispatch=replace(entry.dispatch, title=title, kinds=kinds))


def _words(stamp: Stamp, entry: Entry, link: str = "") -> Wording:
    told = entry.dispatch
    localizer = Localizer(stamp.shot, stamp.config.site.language)
    before = stamp.config.notify.recipients.get(told.escalated_from or "")
    return words(
        entry.matters,
        localizer,
        code=told.code,
        link=link,
        exercise=told.exercise,
        again=entry.interrupted,
        test=told.test,
        unanswered=localizer.in_language(before.label) if before else "",
    )


def _notice(stamp: Stamp, entry: Entry, link: str) -> Notice:
    wording = _words(stamp, entry, link)
    return Notice(
        title=wording.title,
        text=wording.text,
        brief=wording.brief,
        mark=entry.dispatch.code,
        key=f"{entry.dispatch.recipient} {entry.dispatch.at.isoformat()}",
        urgent=any(map(outbox.presses, entry.matters)),
    )


def _line(
    step: NoticeStep, entry: Entry, *, target: str = "", before: str = ""
) -> NoticeEntry:
    """Return a line of the journal on a notice."""
    told = entry.dispatch
    return NoticeEntry(
        step=step,
        code=told.code,
        recipient=told.recipient,
        target=target,
        attempt=len(outbox.tries(entry, target)),
        before=before,
        exercise=told.exercise,
    )


# ------------------------------------------------------------------ who is told


def _ways(stamp: Stamp, entry: Entry) -> tuple[str, ...]:
    """Return the targets over which it may go, by the plan in force."""
    told, notify = entry.dispatch, stamp.config.notify
    recipient = notify.recipients.get(told.recipient)
    if told.test:
        return (told.recipient,) if told.recipient in notify.targets else ()
    return recipient.targets if recipient else ()


def _goes_on(entry: Entry, recipient: str, found: Iterable[Matter]) -> bool:
    """Tell whether it is an open notice of this recipient and kind."""
    told = entry.dispatch
    same = told.recipient == recipient and told.exercise == _played(found)
    return same and not (told.test or told.over)


def _played(found: Iterable[Matter]) -> bool:
    return any(matter.exercise for matter in found)


def _escalates(config: Config, entry: Entry) -> Recipient | None:
    """Return the recipient, if it may still be passed on to somebody else."""
    told = entry.dispatch
    done = told.over or told.test or entry.passed_on or told.acknowledged_at
    recipient = config.notify.recipients.get(told.recipient)
    if done or recipient is None or recipient.escalate_to is None:
        return None
    return recipient if any(map(outbox.presses, entry.matters)) else None
