"""JSON answer of `self-check`: the health of Secours itself.

Critical: people are left without an answer; warning: they will or may be; unknown: the
check itself could not be made.
"""

import math
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from secours import texts
from secours.message import Message, message
from secours.model.snapshot import Snapshot
from secours.model.vitals import Vitals
from secours.render import proofs, standby
from secours.render.answers.values import (
    SCHEMA,
    Amount,
    Time,
    finite,
    iso,
    why_stale,
)
from secours.render.wording import caveats, trouble
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites import opinion
from secours.render.wording.trouble import PaperWords


class Severity(StrEnum):
    """Severity of a finding, by the words of the monitoring plugins."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


EXIT_CODES = {
    Severity.OK: 0,
    Severity.WARNING: 1,
    Severity.CRITICAL: 2,
    Severity.UNKNOWN: 3,
}
WORST_FIRST = (Severity.CRITICAL, Severity.UNKNOWN, Severity.WARNING)


class SelfView(Struct, frozen=True, kw_only=True):
    """Observations of Secours from here."""

    vitals: Vitals = Vitals()
    snapshot: Snapshot | None = None
    age_s: float = math.inf
    obstacle: Message | None = None  # why nothing can be known from here
    damage: Message | None = None  # why the snapshot cannot be read by anybody


class SelfFinding(Struct, frozen=True, kw_only=True):
    """Something that is not well."""

    finding: str
    severity: Severity
    detail: str


class SelfCheckAnswer(Struct, frozen=True, kw_only=True):
    """Health of Secours itself; `at` and `max_age_s` are of its snapshot."""

    schema: Literal[1]
    state: Severity
    engine: bool  # whether one runs
    cpu_s: Amount | None  # that its process has taken, null where that is not seen
    at: Time | None
    age_s: Amount | None
    max_age_s: Amount | None
    findings: tuple[SelfFinding, ...]


def answer(view: SelfView, language: str) -> SelfCheckAnswer:
    """Judge what is seen."""
    findings = tuple(_findings(view, language))
    severities = {each.severity for each in findings}
    shot = view.snapshot
    return SelfCheckAnswer(
        schema=SCHEMA,
        state=next((s for s in WORST_FIRST if s in severities), Severity.OK),
        engine=view.vitals.running,
        cpu_s=view.vitals.cpu_s,
        at=iso(shot.at) if shot else None,
        age_s=finite(view.age_s),
        max_age_s=shot.screen.max_age_s if shot else None,
        findings=findings,
    )


def _findings(view: SelfView, language: str) -> Iterator[SelfFinding]:
    def finding(name: str, severity: Severity, problem: Message) -> SelfFinding:
        words = texts.in_words(language, problem)
        return SelfFinding(finding=name, severity=severity, detail=words)

    if view.obstacle:
        yield finding("unseen", Severity.UNKNOWN, view.obstacle)
        return
    old = why_old(view)
    if not view.vitals.running:
        severity = Severity.CRITICAL if old else Severity.WARNING  # it may come back
        yield finding("no-engine", severity, message("commands.self-check.no-engine"))
    if old and (view.vitals.running or view.snapshot):
        yield finding(old[0], Severity.CRITICAL, old[1])
    if view.vitals.restarted_often:
        problem = message("commands.self-check.restarts")
        yield finding("restarted-often", Severity.WARNING, problem)
    if view.snapshot:
        yield from _notes(view.snapshot, language)


def why_old(view: SelfView) -> tuple[str, Message] | None:
    """Return why there is no snapshot that may be believed, None where there is one."""
    if view.damage:
        return "damaged", view.damage
    if view.snapshot is None:
        return "no-snapshot", message("commands.self-check.no-snapshot")
    said = why_stale(view.snapshot, view.age_s)
    return ("stale", said) if said else None


def _notes(shot: Snapshot, language: str) -> Iterator[SelfFinding]:
    """Yield the snapshot's findings on Secours itself."""
    noted = [(word, trouble.note(word, language)) for word in shot.trouble]
    noted += [
        (name, texts.say(language, key))
        for name, key, holds in (
            ("plan-refused", "note.config_error", shot.config_error is not None),
            ("plan-example", "note.example", shot.example),
            ("words-lost", "note.words_lost", shot.words_lost),
        )
        if holds
    ]
    localizer = Localizer(shot, language)
    if shot.standby and shot.standby.probing:
        noted.append(("standby", standby.sentence(localizer)))
    if unheard := opinion.silent(localizer):
        noted.append(("unheard", unheard))
    if doubled := opinion.doubled(localizer):
        noted.append(("doubled", doubled))
    if cut := opinion.cut(localizer):
        noted.append(("cut", cut))
    noted += [("notices-held", words) for words in caveats.held(localizer)]
    noted += proofs.lacking(localizer)
    for each in shot.paper:
        name = "printer" if each.at_printer else "sheet-folder"
        noted.append((name, PaperWords(each).in_(language)))
    for name, words in noted:
        yield SelfFinding(finding=name, severity=Severity.WARNING, detail=words)
