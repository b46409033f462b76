"""One attempt to hand a notice to one target: its begin, its stages and its end."""

import asyncio
import logging
from functools import partial
from typing import Any

from msgspec.structs import replace

from secours.core.notices.matters import Matter
from secours.model.notices import Attempt, Fitness, Notice, NoticeStep, Stage
from secours.model.observed import Outcome, Reason, unknown
from secours.model.plan import Config
from secours.model.sections.notify import Target
from secours.notify import codes, outbox, proofs
from secours.notify.acknowledgement import Acknowledgements
from secours.notify.ledger import Id, NoticeLedger, Stamp, ways
from secours.notify.notice_text import line, notice
from secours.notify.outbox import Entry
from secours.notify.sending import carried

log = logging.getLogger(__name__)


class Attempts:
    """Attempts of one notice that are under way."""

    def __init__(self, ledger: NoticeLedger) -> None:
        self._ledger = ledger
        self.tasks: set[asyncio.Task[None]] = set()
        self.moved = asyncio.Event()  # set at each stage, and at each end

    async def begin(
        self, stamp: Stamp, entry: Entry, matters: tuple[Matter, ...], target: Target
    ) -> Attempt:
        """Begin to send the present `matters` over one target."""
        ledger, link = self._ledger, ""
        now = ledger.host.now()
        rings = target.rings and not entry.dispatch.test
        public = stamp.config.site.public_url and not target.rings
        if public and ledger.is_private(stamp, target.name):
            token = codes.new_token()
            link = f"{stamp.config.site.public_url}/ack/{token}"
            entry = outbox.with_link(entry, codes.digest(token), now, target.name)
        attempt = Attempt(
            target=target.name,
            at=now.utc,
            under_way=True,
            again=not rings
            and (entry.interrupted or outbox.may_have_come(entry, target.name)),
            rings=rings,
        )
        entry = outbox.with_attempt(entry, attempt)
        ledger.put(entry)
        if attempt.again:
            self._note(NoticeStep.AGAIN, entry, attempt)
        await ledger.until_written()
        present = replace(entry, matters=matters, interrupted=attempt.again)
        sent = self._send(stamp.config, entry.id, attempt, notice(stamp, present, link))
        self.tasks.add(asyncio.create_task(sent))
        return attempt

    async def _send(
        self, config: Config, id_: Id, attempt: Attempt, content: Notice
    ) -> None:
        """Send over one target to the end; `moved` is set at each stage."""

        def heard(stage: Stage) -> None:
            self._reached(id_, attempt, stage)
            self.moved.set()

        target = config.notify.targets[attempt.target]
        try:
            outcome = await self._refusal(id_, target) or await carried(
                config,
                target,
                content,
                heard,
                self._ledger.host.turn,
                partial(self._hindrance, id_, attempt),
            )
        except Exception as error:
            log.exception("a notice is not sent: a defect of Secours")
            outcome = unknown(Reason.BROKEN, what=type(error).__name__)
        self._finished(id_, attempt, outcome)
        self.moved.set()

    async def _refusal(self, id_: Id, target: Target) -> Outcome | None:
        """Return why a proof may not be made: its tests of today are spent."""
        entry = self._ledger.box.find(id_)
        if entry is None or not entry.proof or target.carrier is None:
            return None
        return await self._ledger.host.spend(target.carrier)

    def _hindrance(self, id_: Id, attempt: Attempt) -> Outcome | None:
        """Return why a notice may no longer go over a target, None if it may."""
        entry, stamp = self._ledger.box.find(id_), self._ledger.stamp
        if entry is None or stamp is None or (entry.sent and not attempt.rings):
            return unknown(Reason.NONE)
        if entry.proof and self._ledger.waits:
            return unknown(Reason.NONE)
        if attempt.target not in ways(stamp, entry):
            return unknown(Reason.NONE)
        view = self._ledger.targets.view(stamp.config, stamp.memory, attempt.target)
        if view.fitness is Fitness.DISTRUSTED:
            return unknown(Reason.SET_ASIDE)
        return None

    def _reached(self, id_: Id, attempt: Attempt, stage: Stage) -> None:
        entry = self._ledger.box.find(id_)
        if entry is None:
            return
        self._ledger.targets.works(attempt.target)
        entry = outbox.with_progress(entry, attempt, stage=stage)
        if not attempt.rings:
            entry = replace(entry, taken=entry.taken or self._ledger.host.now())
        self._ledger.put(entry)
        self._note(NoticeStep(stage.value), entry, attempt)
        if attempt.rings and stage is Stage.ARRIVED:  # by key 1
            told, stamp = entry.dispatch, self._ledger.stamp
            label = told.label.in_(stamp.config.site.language if stamp else "en")
            by = label or told.recipient
            Acknowledgements(self._ledger).acknowledge(by, told.code, way="call")

    def _finished(self, id_: Id, attempt: Attempt, outcome: Outcome | None) -> None:
        entry = self._ledger.box.find(id_)
        if entry is None:
            return
        entry = outbox.with_progress(entry, attempt, under_way=False)
        if outcome is not None:
            why: dict[str, Any] = {"reason": outcome.reason, "facts": outcome.facts}
            entry = outbox.with_progress(entry, attempt, **why)
            *before, latest = outbox.tries(entry, attempt.target)
            if outcome.reason and (latest.stage is None or latest.is_lost):
                self._ledger.targets.fails(attempt.target, self._ledger.host.now())
            if not before or before[-1].reason is not latest.reason:  # once is enough
                step = NoticeStep.UNCONFIRMED if latest.stage else NoticeStep.FAILED
                self._note(step, entry, attempt, **why)
        self._ledger.put(entry)
        proofs.ended(self._ledger, entry, attempt, outcome)

    def _note(
        self, step: NoticeStep, entry: Entry, attempt: Attempt, **why: Any
    ) -> None:
        noted = replace(line(step, entry, target=attempt.target), **why)
        self._ledger.host.note("", noted)
