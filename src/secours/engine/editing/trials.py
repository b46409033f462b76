"""Tries of probes that are not in the plan yet, each made once when a person asks.

They count against a budget a day: that of the plan's own test of the type, where there
is one, else a small one. They wait where a peer turned us away before.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from functools import reduce

from msgspec import json
from msgspec.structs import replace

from secours import probes, texts
from secours.config.edit.limits import JUDGING
from secours.core.probing.intervals import LOCKOUT_S, REFUSALS
from secours.engine.engine import Engine
from secours.engine.store.probe_notes import ProbeNotes
from secours.engine.store.store import Store
from secours.model.observed import NEVER_HURRY, Instant, Outcome, Reason, Result
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.channel import Path, Probe
from secours.wire import daily_budget

ID, LIMIT = "tries", "max_per_day"
A_DAY, COSTLY_A_DAY = 200, 10  # of all types, and of one whose tests cost something
LONGEST_S = 60.0  # of one try, as somebody waits
NOT_OF_PEER = {*JUDGING, "owner"}


class Trials:
    """Makes tries for an engine, one at a time."""

    def __init__(
        self, engine: Engine, store: Store, now: Callable[[], Instant]
    ) -> None:
        self._engine, self._now = engine, now
        self._notes = ProbeNotes(store)
        self._latest: dict[bytes, list[Result]] = {}  # by peer
        self._turn = asyncio.Lock()

    async def answer(
        self, probe: Probe, paths: Mapping[str, Path], language: str
    ) -> dict[str, str]:
        """Try a probe of the plan after some edits; tell the outcome in words."""
        peer = _peer(probe)
        async with self._turn:
            wait_s = self._rest_s(peer) - self._now().steady_s
            if wait_s > 0:
                return {"refused": texts.say(language, "edit.too-soon", wait_s=wait_s)}
            await asyncio.to_thread(probes.find, probe.type)  # it may be slow to import
            try:
                budgeted = self._budgeted(probe)
            except Stop as stopped:
                return {"refused": _detail(stopped.outcome, language)}
            result = await self._engine.runs.run(budgeted, paths)
            latest = [*self._latest.pop(peer, ()), result][-REFUSALS:]
            self._latest = dict([*self._latest.items(), (peer, latest)][-A_DAY:])
        return _worded(result.outcome, language)

    def _rest_s(self, peer: bytes) -> float:
        """Return until when a peer is left alone, in steady seconds."""
        latest = self._latest.get(peer, [])
        refused = [r for r in latest if r.outcome.reason in NEVER_HURRY]
        last_results = [(latest[-1], len(refused))] if latest else []
        for probe in self._engine.config.probes():
            health = self._engine.memory.probes.get(probe.id)
            if health and health.last and _peer(probe) == peer:
                last_results.append((health.last, health.unhurried))
        return max((_until_s(*each) for each in last_results), default=0.0)

    def _budgeted(self, probe: Probe) -> Probe:
        """Return the probe to run, paid from today's budget, or raise Stop."""
        self._spend(ID, A_DAY)
        alone = f"{ID}/{probe.type}"
        probe = replace(probe, timeout_s=min(probe.timeout_s, LONGEST_S))
        if not hasattr(probe.settings, LIMIT):
            if probe.cost or _costs(probe):
                self._spend(alone, COSTLY_A_DAY)
            return replace(probe, id=alone)
        alike = [p for p in self._engine.config.probes() if p.type == probe.type]
        own = [p for p in alike if p.owner == probe.owner] or alike
        usual = getattr(own[0].settings, LIMIT) if own else COSTLY_A_DAY
        limit = min(getattr(probe.settings, LIMIT), usual)
        settings = replace(probe.settings, **{LIMIT: limit})  # its type spends it
        return replace(probe, id=own[0].id if own else alone, settings=settings)

    def _spend(self, under: str, limit: int) -> None:
        with self._notes.of(under) as notes:
            daily_budget.spend(notes, self._now().utc, limit, hurried=True)


def _costs(probe: Probe) -> bool:
    """Tell whether tests of a type cost something, whatever the entry says."""
    module = sys.modules[type(probe.settings).__module__]
    judge = getattr(module, "default_cost", None)
    return bool(judge(probe.settings) if judge else getattr(module, "DEFAULT_COST", 0))


def _peer(probe: Probe) -> bytes:
    """Return what tells peers apart: where a probe goes, without the secrets."""
    names = (n for n in probe.settings.__struct_fields__ if n not in NOT_OF_PEER)
    goes = [(name, getattr(probe.settings, name)) for name in names]
    return json.encode((probe.type, goes), enc_hook=_bare)


def _bare(value: object) -> str:
    if not isinstance(value, Secret):
        return repr(value)
    text = value.reveal() if value.is_there else ""
    return reduce(lambda left, part: left.replace(part, ""), value.parts, text)


def _until_s(result: Result, refusals: int) -> float:
    wait_s = result.outcome.retry_after_s or 0.0
    return result.at.steady_s + max(wait_s, LOCKOUT_S * (refusals >= REFUSALS))


def _detail(outcome: Outcome, language: str) -> str:
    return texts.detail(language, outcome.reason, outcome.facts)


def _worded(outcome: Outcome, language: str) -> dict[str, str]:
    parts = [texts.say(language, f"verdict.{outcome.verdict}")]
    if outcome.evidence.rank:
        parts.append(texts.say(language, f"evidence.{outcome.evidence}"))
    if outcome.reason is not Reason.NONE:
        parts.append(_detail(outcome, language))
    fields = {"verdict": outcome.verdict, "evidence": outcome.evidence}
    return {**fields, "reason": outcome.reason, "text": ", ".join(parts)}
