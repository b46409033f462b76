"""Proof of each way of notices by test messages, also by those nobody asked for."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from secours.core.memory import Memory
from secours.core.notices import proofs
from secours.model.notices import UNFIT, Attempt, Stage, TargetView, WayProof
from secours.model.observed import Outcome, Reason
from secours.model.plan import Config
from secours.model.secret import SecretMissing
from secours.model.sections.notify import Target
from secours.notify.ledger import NoticeLedger, Stamp
from secours.notify.outbox import Entry
from secours.render.wording.localizer import zone

SETTLED_S = 300.0  # after a start: an outage may not be known sooner
DIGITS = 4  # of a digest: it notices another address, and gives none away


class Proofs:
    """Proofs of the targets of a ledger."""

    def __init__(self, ledger: NoticeLedger) -> None:
        self._ledger = ledger
        self._learnt_of: Config | None = None

    def views(self, config: Config, memory: Memory) -> Iterator[TargetView]:
        """Yield the targets, in the order of the plan, with their proofs."""
        notify = config.notify
        for view in self._ledger.targets.views(config, memory):
            is_proven = notify.targets[view.name].is_proven
            every_s = notify.prove_every_s if is_proven else None
            proof = self._ledger.box.proofs.get(view.name)
            yield replace(view, proof=proof, prove_every_s=every_s)

    def due(self, stamp: Stamp) -> str | None:
        """Return the target to be tested now, None for none.

        None while notices wait or are held, and on a standby.
        """
        self._learn(stamp)
        ledger, (config, memory, shot) = self._ledger, stamp
        settled = shot.at.since(shot.started) >= SETTLED_S
        if ledger.waits or ledger.box.hold or shot.standby or not settled:
            return None
        usable = {
            view.name: ledger.box.proofs[view.name]
            for view in ledger.targets.views(config, memory)
            if view.fitness not in UNFIT
        }
        here = shot.at.utc.astimezone(zone(config.site.timezone))
        return proofs.due(config.notify, usable, shot.at, here)

    def _learn(self, stamp: Stamp) -> None:
        """Forget ways that left the plan, and take in new ones as unproven."""
        if self._learnt_of is stamp.config:
            return
        self._learnt_of = stamp.config
        before, learnt = self._ledger.box.proofs, dict[str, WayProof]()
        for name, target in stamp.config.notify.targets.items():
            known, way = before.get(name), _digest(target)
            fresh = WayProof(way=way, since=stamp.shot.at)
            learnt[name] = known if known and known.way == way else fresh
        if learnt != before:
            self._ledger.box = replace(self._ledger.box, proofs=learnt)
            self._ledger.keep_soon()


def begun(ledger: NoticeLedger, entry: Entry) -> None:
    """Note that a test begins, before it is sent: a kill does not repeat it."""
    _change(ledger, entry, begun=entry.due)


def ended(
    ledger: NoticeLedger, entry: Entry, attempt: Attempt, outcome: Outcome | None
) -> None:
    """Note what came of a test; one that was not made is made up."""
    made = next(a for a in entry.dispatch.attempts if a.at == attempt.at)
    if made.stage is Stage.ARRIVED or (made.stage and outcome is None):
        came = {"proven": entry.due, "stage": made.stage}
        _change(ledger, entry, **came, reason=Reason.NONE, accepted=False)
    elif made.stage and not made.is_lost:
        _change(ledger, entry, reason=Reason.NONE, accepted=True)
    elif outcome and outcome.reason:
        why = {"reason": outcome.reason, "facts": outcome.facts}
        _change(ledger, entry, **why, accepted=False)
    else:
        _change(ledger, entry, begun=None)


def _change(ledger: NoticeLedger, entry: Entry, **changes: Any) -> None:
    name = entry.dispatch.recipient
    if entry.dispatch.test and (known := ledger.box.proofs.get(name)):
        changed = {**ledger.box.proofs, name: replace(known, **changes)}
        ledger.box = replace(ledger.box, proofs=changed)
        ledger.keep_soon()


def _digest(target: Target) -> str:
    """Return a short digest of the way that a target is."""
    parts = [target.through or "", target.carrier.id if target.carrier else ""]
    parts += target.command
    for secret in (target.to, target.url):
        with suppress(SecretMissing):
            parts.append(secret.reveal() if secret else "")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:DIGITS]
