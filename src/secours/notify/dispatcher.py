"""Dispatch of due notices.

It gets each stamp, and blocks nothing: whatever waits does so in a task. What is sent
is stored before.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from secours.core.memory import Memory
from secours.core.notices.due import due, standing
from secours.core.notices.matters import Matter, matters
from secours.languages import Text
from secours.model.notices import (
    Dispatch,
    Fitness,
    NoticeEntry,
    NoticeStep,
    TargetView,
)
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sections.notify import NoticeKind, Recipient
from secours.model.snapshot import Snapshot
from secours.notify import carriers, codes, outbox, proofs
from secours.notify.acknowledgement import Acknowledgements, NotSent
from secours.notify.calls.rings import Rings
from secours.notify.delivery import Delivery
from secours.notify.hold import going_on
from secours.notify.ledger import NoticeHost, NoticeLedger, Stamp, escalates, ways
from secours.notify.notice_text import line, telling
from secours.notify.outbox import Entry, Outbox
from secours.notify.proofs import Proofs

log = logging.getLogger(__name__)

SHOWN = 20


class Notices:
    """All notices of an engine."""

    def __init__(self, box: Outbox, boot_id: str, host: NoticeHost) -> None:
        self.ledger = NoticeLedger(box, boot_id, host)
        self._delivery = Delivery(self.ledger)
        self._rings = Rings(self.ledger)
        self._proofs = Proofs(self.ledger)
        self._broken = False  # and the log knows
        acknowledgements = Acknowledgements(self.ledger)
        self.meant = acknowledgements.meant
        self.acknowledge = acknowledgements.acknowledge
        self.until_written = self.ledger.until_written

    # ------------------------------------------------------------ what is shown

    def views(self, config: Config, memory: Memory) -> tuple[TargetView, ...]:
        """Return the targets, in the order of the plan, with their proofs."""
        return tuple(self._proofs.views(config, memory))

    def latest(self) -> tuple[Dispatch, ...]:
        """Return the newest notices, the newest first; periodic proofs are none."""
        told = [entry for entry in self.ledger.box.entries if not entry.proof]
        newest = reversed(told[-SHOWN:])
        return tuple(map(self._shown, newest))

    def _shown(self, entry: Entry) -> Dispatch:
        """Return a notice, and whether somebody is to see to it, or does."""
        dispatch = entry.dispatch
        held = self.ledger.stamp is None or any(
            m.severity for m in self.ledger.held(entry)
        )
        stands = held and self.ledger.box.stands(entry)
        taken = dispatch.acknowledged_at is not None
        return replace(dispatch, asks=stands and not taken, in_hand=stands and taken)

    # ------------------------------------------------------------ what comes in

    def stamped(self, config: Config, memory: Memory, shot: Snapshot) -> None:
        """Send what is due at this stamp, and continue the rest."""
        self.ledger.stamp = Stamp(config, memory, shot)
        try:
            self._look(self.ledger.stamp)
        except Exception:  # whatever it is, probes are run and screens are fed
            if not self._broken:
                log.exception("no notice is sent: a defect of Secours")
            self._broken = True
        else:
            self._broken = False

    @property
    def held_until(self) -> datetime | None:
        """Return until when all notices are held; None if they are not."""
        hold, stamp = self.ledger.box.hold, self.ledger.stamp
        told = hold and stamp and stamp.config.notify.recipients
        return hold.until if hold and told else None

    def release(self, by: str = "") -> bool:
        """Release held notices; tell whether there was a hold."""
        if self.ledger.box.hold is None:
            return False
        self.ledger.box = replace(self.ledger.box, hold=None)
        self.ledger.keep_soon()
        if by or (self.ledger.stamp and self.ledger.stamp.config.notify.recipients):
            self._note(NoticeEntry(step=NoticeStep.RELEASED), by)
        return True

    def test(self, target: str, by: str) -> Dispatch:
        """Send a marked test over one target; raise NotSent if that cannot be."""
        stamp = self.ledger.stamp
        if stamp is None or target not in stamp.config.notify.targets:
            raise NotSent("commands.notify.no-target", name=target)
        view = self.ledger.targets.view(stamp.config, stamp.memory, target)
        if view.fitness is Fitness.DISTRUSTED:
            raise NotSent("commands.notify.distrusted", name=target)
        if lack := carriers.lack(stamp.config.notify.targets[target]):
            raise NotSent("commands.notify.unusable", name=target, why=lack.said)
        dispatch = self._open_test(stamp, target, by)
        self._go_on(stamp)
        return dispatch

    def _open_test(self, stamp: Stamp, target: str, by: str = "") -> Dispatch:
        """Open a test over one target; it is a periodic proof if nobody asked."""
        own = Recipient(name=target, label=Text(target), targets=(target,))
        entry = self._new(stamp, own, self._new_code(), ())
        self.ledger.put(replace(entry, proof=not by))
        proofs.begun(self.ledger, entry)
        self._note(line(NoticeStep.TEST, entry, target=target), by)
        return entry.dispatch

    async def stop(self) -> None:
        """Stop sending; the next engine repeats what is under way."""
        await self._rings.stop_all()
        await self._delivery.stop_all()
        self.ledger.keep()

    # ------------------------------------------------------------ what is due

    def _look(self, stamp: Stamp) -> None:
        config, memory, shot = stamp
        self._hold_on(config, shot.at)
        if config.notify.recipients:
            now = matters(config, shot)
            self.ledger.current = {matter.key: matter for matter in now}
            if self.ledger.box.hold is None:
                self._tell_due(stamp, now)
        names = tuple(config.notify.recipients)
        self.ledger.box = replace(self.ledger.box, recipients=names)
        for name in self.ledger.targets.newly_distrusted(config, memory):
            self._note(NoticeEntry(step=NoticeStep.WITHHELD, target=name))
        self._drop_what_is_over()
        self._pass_on(stamp)
        if target := self._proofs.due(stamp):
            self._open_test(stamp, target)
        self._go_on(stamp)

    def _hold_on(self, config: Config, at: Instant) -> None:
        """Keep the hold after an edit; release it long after the last."""
        if (before := self.ledger.box.hold) is None:
            return
        hold = going_on(before, config, at)
        if hold is None:
            self.release()
        elif hold is not before:
            self.ledger.box = replace(self.ledger.box, hold=hold)
            self.ledger.keep_soon()

    def _tell_due(self, stamp: Stamp, now: tuple[Matter, ...]) -> None:
        """Notify of what is due, and new recipients of what still holds."""
        memory, due_now = due(stamp.config, self.ledger.box.told, now, stamp.shot.at)
        self.ledger.box = replace(self.ledger.box, told=memory)
        if due_now:
            self._tell(stamp, due_now)
        self._tell_new_ones(stamp, standing(stamp.config, memory, now))

    def _drop_what_is_over(self) -> None:
        """End each notice whose matters are over, and would be told anew if back."""
        for entry in self.ledger.box.entries:
            told = entry.dispatch
            if told.over or told.test or self.ledger.held(entry):
                continue
            if not self.ledger.may_return(entry):
                self.ledger.put(outbox.over(entry))
                self._note(line(NoticeStep.OVER, entry))

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
        recipients, known = stamp.config.notify.recipients, self.ledger.box.recipients
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
        for entry in self.ledger.box.entries:
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
        older = [
            e for e in self.ledger.box.entries if _goes_on(e, recipient.name, matters)
        ]
        untaken = [each for each in older if not each.accepted]
        told = outbox.merged(untaken, matters)
        entry = self._new(stamp, recipient, code, told, before)
        replaced = [each for each in older if each.keys <= entry.keys]
        waiting = [e for e in replaced if e.dispatch.acknowledged_at is None]
        for each in replaced:
            self.ledger.put(outbox.over(each))
        self._delivery.follows(entry.id, untaken)
        self.ledger.put(outbox.in_place_of(outbox.after(entry, waiting), untaken))
        step = NoticeStep.PASSED_ON if before else NoticeStep.DUE
        self._note(line(step, entry, before=before))

    def _new(
        self,
        stamp: Stamp,
        recipient: Recipient,
        code: str,
        content: tuple[Matter, ...],
        before: str = "",
    ) -> Entry:
        at = self.ledger.host.now()
        dispatch = Dispatch(
            code=code,
            at=at.utc,
            recipient=recipient.name,
            label=recipient.label,
            title="",
            exercise=_played(content),
            test=not content,
            escalated_from=before or None,
        )
        entry = Entry(dispatch=dispatch, matters=content, due=at)
        return telling(stamp, entry, content)

    def _pass_on(self, stamp: Stamp) -> None:
        """Pass on what nobody acknowledged in time."""
        now = self.ledger.host.now()
        for entry in self.ledger.box.entries:
            recipient = escalates(stamp.config, entry)
            if recipient is None or recipient.escalate_to is None:
                continue
            if now.since(entry.taken or entry.due) < recipient.escalate_after_s:
                continue
            matters = self._to_pass_on(entry)
            if not matters:
                continue
            self.ledger.put(replace(entry, passed_on=True))
            code, name = entry.dispatch.code, recipient.escalate_to
            after = stamp.config.notify.recipients.get(name)
            if after is not None and self.ledger.box.find((code, name)) is None:
                self._open(stamp, after, code, matters, recipient.name)

    def _to_pass_on(self, entry: Entry) -> tuple[Matter, ...]:
        """Return the matters that are wrong now, with the distrusts beside them.

        An exercise and what is real are never in one notice.
        """
        matters = {m.key: m for m in self.ledger.held(entry) if outbox.presses(m)}
        if matters and not entry.dispatch.exercise:
            matters |= {
                key: matter
                for key, matter in self.ledger.current.items()
                if matter.kind is NoticeKind.DISTRUST
            }
        return tuple(matters.values())

    def _go_on(self, stamp: Stamp) -> None:
        """Continue each unsent notice, and end those that are over."""
        for entry in self.ledger.box.entries:
            if not entry.sent and not ways(stamp, entry):  # the plan has it no more
                self._delivery.stop(entry)
                if entry.dispatch.stage is None:
                    self._note(line(NoticeStep.GIVEN_UP, entry))
            elif not entry.sent:
                self._delivery.go_on(entry.id)
            self.ledger.end_if_over(entry.id)
        self._rings.go_on(stamp)

    def _note(self, entry: NoticeEntry, by: str = "") -> None:
        self.ledger.host.note(by, entry)

    def _new_code(self) -> str:
        return codes.new_code({e.dispatch.code for e in self.ledger.box.entries})


def _goes_on(entry: Entry, recipient: str, found: Iterable[Matter]) -> bool:
    """Tell whether it is an open notice of this recipient and kind."""
    told = entry.dispatch
    same = told.recipient == recipient and told.exercise == _played(found)
    return same and not (told.test or told.over)


def _played(found: Iterable[Matter]) -> bool:
    return any(matter.exercise for matter in found)
