"""Messages received by the modems on which answers are read.

A message of a recipient is taken and deleted. Those of others stay until their store
is nearly full: then the first listed are deleted, to leave room for answers. Our own
test messages are left to the probe that sent them.
"""

import asyncio
import logging
from math import floor

from secours.model.notices import NoticeEntry, NoticeStep
from secours.model.plan import Config
from secours.model.runs import Stop
from secours.model.sections.channel import Probe
from secours.model.snapshot import Snapshot
from secours.notify.answers.text_answers import HOUR_S, MessageLimit, TextAnswers
from secours.notify.ledger import NoticeLedger
from secours.wire.modem.notice_sms import TextInbox, text_inbox
from secours.wire.own_message import has_short_mark

log = logging.getLogger(__name__)

EVERY_S = 30.0
WAITING_S = 5.0  # between two reads while a notice waits for an answer
LOOK_S = 20.0  # time limit of one read
FULL, NOT_FULL = 0.8, 0.7  # of the capacity; full until below the second
USUAL_ROOM = 20  # messages on a small SIM, as ModemManager reports no capacity
SIM_FULL = "sim-full"  # a trouble of the engine


class Inboxes:
    """Modems that are read for answers, and the messages known there."""

    def __init__(self, ledger: NoticeLedger) -> None:
        self.answers, self._ledger = TextAnswers(ledger), ledger
        self._host = ledger.host
        self._looked_s: dict[str, float] = {}
        self._looks: dict[str, asyncio.Task[None]] = {}
        self._seen: dict[str, dict[str, bool]] = {}  # whether it is of a recipient
        self._full: frozenset[str] = frozenset()
        self._cleared, self._noted = 0, MessageLimit(1, HOUR_S)

    @property
    def trouble(self) -> str | None:
        """Return the word for a store that is nearly full."""
        return SIM_FULL if self._full else None

    def stamped(self, shot: Snapshot) -> None:
        """Look where it is time to."""
        self.answers.catch_up()
        every_s = WAITING_S if any(e.asks for e in shot.notices) else EVERY_S
        read = _read_on(self._ledger.stamp.config) if self._ledger.stamp else {}
        self._full &= read.keys()
        for device, probe in read.items():
            now_s = self._host.now().steady_s
            looking = device in self._looks and not self._looks[device].done()
            if looking or now_s - self._looked_s.get(device, -every_s) < every_s:
                continue
            self._looked_s[device] = now_s
            self._looks[device] = asyncio.create_task(self._look(device, probe))

    async def stop(self) -> None:
        """Look no more, and send no more answers."""
        for task in self._looks.values():
            task.cancel()
        await asyncio.gather(*self._looks.values(), return_exceptions=True)
        await self.answers.stop()

    async def _look(self, device: str, probe: Probe) -> None:
        """Read a modem; its faults are for its probes to report."""
        try:
            async with (
                self._host.turn(probe, sends=False),
                asyncio.timeout(LOOK_S),
                text_inbox(probe.settings) as found,
            ):
                await self._read(device, found)
        except (Stop, OSError, EOFError, TimeoutError):
            pass
        except Exception:  # whatever it is, notices are sent
            log.exception("text messages are not read: a defect of Secours")

    async def _read(self, device: str, inbox: TextInbox) -> None:
        """Take new messages, and delete those of recipients."""
        contents = await inbox.inbox()
        now_s = self._host.now().utc.timestamp()
        texts = [e for e in contents.messages if not has_short_mark(e.text, now_s)]
        here = {each.identity for each in texts}
        before = self._seen.get(device, {})
        ours = self._seen[device] = {k: v for k, v in before.items() if k in here}
        for each in texts:
            if each.identity not in ours:
                ours[each.identity] = await self.answers.take(
                    each.sender, each.text, over=device, whole=each.whole
                )
            if ours[each.identity]:
                await inbox.delete(each.place)
        others = [each for each in texts if not ours[each.identity]]
        used = contents.used - len(texts) + len(others)
        room = contents.room or USUAL_ROOM
        excess = others[: max(0, floor(used - FULL * room) + 1)]
        for each in excess:
            await inbox.delete(each.place)
        self._cleared += len(excess)
        self._note_cleared()
        limit = NOT_FULL if device in self._full else FULL
        full = {device} if used >= limit * room else set()
        self._full = self._full - {device} | full

    def _note_cleared(self) -> None:
        """Note at most once an hour how many messages of others were deleted."""
        if self._cleared and self._noted.spend(self._host.now().steady_s):
            facts = {"n": self._cleared}
            self._host.note("", NoticeEntry(step=NoticeStep.CLEARED, facts=facts))
            self._cleared = 0


def _read_on(config: Config) -> dict[str, Probe]:
    """Return a probe for each device on which answers are read."""
    return {
        probe.settings.device: probe
        for probe in config.probes()
        if getattr(probe.settings, "answers", False)
        and hasattr(probe.settings, "device")
    }
