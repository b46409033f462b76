"""From a Snapshot to what the commands print as JSON: values that stay stable.

Names and meaning are those of the interface in the design; `report_schema` says the
same as JSON Schema. Times are ISO 8601 in UTC; words for people are in the language.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from secours.model import (
    Backup,
    ChannelView,
    ComponentView,
    Instant,
    Mark,
    PassedOver,
    Pin,
    ProbeView,
    Reason,
    Recommendation,
    Snapshot,
    Standing,
    State,
    Tier,
    Use,
    Verdict,
)
from secours.screen import exercise, gsm, said
from secours.screen.announce import Announcement
from secours.screen.voice import Voice

SCHEMA = 1

EXIT_CODES = {
    State.AVAILABLE: 0,
    State.DEGRADED: 1,
    State.DOWN: 2,
    State.UNKNOWN: 3,
}
"""Monitoring Plugins guidelines, section "Plugin Return Codes"."""

WORST_FIRST = (State.DOWN, State.UNKNOWN, State.DEGRADED)
FRESH, NOT_FRESH = 0, 3

Answer = dict[str, Any]
View = ChannelView | ComponentView


# ------------------------------------------------------------------ check and status


def check(
    snapshot: Snapshot, language: str, uncounted: Collection[str] = frozenset()
) -> Answer:
    """Say how every channel and component is.

    The names in `uncounted` are listed and do not change the state of the whole: nobody
    asked for their test.
    """
    return _states(Voice(snapshot, language), uncounted)


def _states(voice: Voice, uncounted: Collection[str]) -> Answer:
    snapshot = voice.snapshot
    views = _views(snapshot)
    return {
        "schema": SCHEMA,
        "site": voice.in_language(snapshot.site.name),
        "at": iso(snapshot.at),
        "state": _worst([view for view in views if view.name not in uncounted]),
        "channels": [
            {"channel": view.name, **_standing(view, voice)}
            for view in snapshot.channels
        ],
        "components": [
            {"component": view.name, **_standing(view, voice)}
            for view in snapshot.components
        ],
    }


def status(snapshot: Snapshot, age_s: float, language: str) -> Answer:
    """Say how everything is by the engine's snapshot, since when, and how old that is.

    What no probe tests and nothing is known of does not count, as in `check`.
    """
    views = _views(snapshot)
    untested = {
        view.name
        for view in views
        if not view.probes and view.standing.state is State.UNKNOWN
    }
    answer = _states(Voice(snapshot, language, age_s), untested)
    entries = (*answer["channels"], *answer["components"])
    for entry, view in zip(entries, views, strict=True):
        entry["since"] = iso(view.standing.since)
        entry["evidence_age_s"] = _age_s(snapshot, view.standing.evidence_at, age_s)
    answer["age_s"] = _finite(age_s)
    answer["stale"] = not fresh(snapshot, age_s)
    if answer["stale"]:
        answer["state"] = State.UNKNOWN.value
    return answer


def exit_code(answer: Answer) -> int:
    """Return the exit code of a `check` or a `status` answer."""
    return EXIT_CODES[State(answer["state"])]


def fresh(snapshot: Snapshot, age_s: float) -> bool:
    """Tell whether a snapshot of this age may still be believed."""
    return age_s <= snapshot.screen.max_age_s


def _views(snapshot: Snapshot) -> list[View]:
    return [*snapshot.channels, *snapshot.components]


def _worst(views: list[View]) -> str:
    """Return the state of the whole; a warning makes it degraded, nothing unknown."""
    if not views:
        return State.UNKNOWN.value
    states = {view.standing.state for view in views}
    if any(view.standing.warnings for view in views):
        states.add(State.DEGRADED)
    return next((s for s in WORST_FIRST if s in states), State.AVAILABLE).value


def _standing(view: View, voice: Voice) -> Answer:
    standing = view.standing
    return {
        "state": standing.state.value,
        "warnings": [warning.value for warning in standing.warnings],
        "evidence": standing.evidence.value,
        "reason": (standing.reason or standing.aside).value,
        "detail": "; ".join(filter(None, _details(view, voice))),
        "probes": [_probe(probe, voice) for probe in view.probes],
    }


def _details(view: View, voice: Voice) -> Iterator[str]:
    """Say who set it aside, and what is wrong with it by itself."""
    standing, name = view.standing, view.name
    if isinstance(view, ChannelView):
        name = said.node(name)
    if standing.aside:
        yield voice.detail(standing.aside, voice.aside(standing, name))
    yield _detail(standing, view.probes, voice)


def _detail(standing: Standing, probes: tuple[ProbeView, ...], voice: Voice) -> str:
    """Say why; of a battery, how long it holds; else what a probe warns of."""
    if standing.reason is Reason.ENDING and standing.until is not None:
        left_s = standing.until.since(voice.snapshot.at) - voice.screen_age_s
        return voice.detail(
            standing.reason, {**standing.facts, "left_s": max(0.0, left_s)}
        )
    if standing.reason:
        return voice.detail(standing.reason, standing.facts)
    warned = [probe for probe in probes if probe.reason in standing.warnings]
    if not warned:
        return ""
    return voice.detail(warned[0].reason, warned[0].facts)


def _probe(view: ProbeView, voice: Voice) -> Answer:
    return {
        "probe": view.name,
        "type": view.type,
        "path": view.path,
        "outcome": _outcome(view).value,
        "evidence": view.evidence.value,
        "latency_ms": _milliseconds(view.latency_s),
        "reason": view.reason.value,
        "detail": voice.detail(view.reason, view.facts),
    }


def _outcome(view: ProbeView) -> Verdict:
    """Say what was observed: a device that is missing counts as failed, untested."""
    return Verdict.UNKNOWN if view.reason is Reason.NO_DEVICE else view.verdict


# ------------------------------------------------------------------ recommend


def recommend(snapshot: Snapshot, age_s: float, language: str) -> Answer:
    """Say for each line of the plan what to use, what if that fails, and why."""
    voice = Voice(snapshot, language, age_s)
    return {
        "schema": SCHEMA,
        "site": voice.in_language(snapshot.site.name),
        "at": iso(snapshot.at),
        "age_s": _finite(age_s),
        "plan_version": snapshot.plan_version,
        "config_error": snapshot.config_error,
        "exercise": _exercise(snapshot, voice),
        "own_link": snapshot.own_link.value,
        "paths": [
            {"path": path.name, "state": path.state.value} for path in snapshot.paths
        ],
        "suspects": [list(names) for names in snapshot.suspects],
        "recommendations": [_line(line, voice) for line in snapshot.recommendations],
        **{key: words for key, words in _words(snapshot).items() if words},
    }


def _words(snapshot: Snapshot) -> dict[str, list[Answer]]:
    """Say what people said and holds."""
    return {
        "marks": [_mark(mark, snapshot) for mark in snapshot.marks],
        "pins": [_pin(pin) for pin in snapshot.pins],
    }


def _exercise(snapshot: Snapshot, voice: Voice) -> Answer | None:
    """Say what is played and what it would recommend; every text bears the word."""
    rehearsal, imagined = snapshot.rehearsal, exercise.played(snapshot)
    if rehearsal is None or imagined is None:
        return None
    told = replace(voice, snapshot=imagined)
    lines = [_line(line, told) for line in rehearsal.recommendations]
    return {
        "fails": list(rehearsal.exercise.fails),
        "by": rehearsal.exercise.by,
        "until": _date(rehearsal.exercise.until),
        "recommendations": exercise.marked(lines, voice.say("exercise")),
    }


def _mark(mark: Mark, snapshot: Snapshot) -> Answer:
    return {
        "subject": mark.subject,
        "says": mark.says.value,
        "by": mark.by,
        "why": mark.why,
        "at": iso(mark.at),
        "until": _date(mark.until),
        "to_confirm": said.is_due(mark, snapshot),
    }


def _pin(pin: Pin) -> Answer:
    return {
        "line": pin.line,
        "channel": pin.channel,
        "by": pin.by,
        "why": pin.why,
        "at": iso(pin.at),
        "until": _date(pin.until),
    }


def announcement(told: Announcement) -> Answer:
    """Return a text to send, and where."""
    return {
        "purpose": told.purpose.value,
        "audience": told.audience,
        "exercise": told.exercise,
        "on": told.on,
        "text": told.text,
        "length": gsm.length(told.text),
        "limit": gsm.limit(told.text),
    }


def recommend_exit_code(snapshot: Snapshot, age_s: float) -> int:
    """Return 3 without a fresh answer, 2 where nothing is left, 1 off the primary."""
    lines = snapshot.recommendations
    if not lines or not fresh(snapshot, age_s):
        return NOT_FRESH
    if any(line.use is None for line in lines):
        return EXIT_CODES[State.DOWN]
    if all(line.use and _as_planned(line.use) for line in lines):
        return EXIT_CODES[State.AVAILABLE]
    return EXIT_CODES[State.DEGRADED]


def _as_planned(use: Use) -> bool:
    return (
        use.tier is Tier.PRIMARY
        and use.rank == 1
        and use.state is State.AVAILABLE
        and use.verified
        and not use.pinned
    )


def _line(line: Recommendation, voice: Voice) -> Answer:
    answer: Answer = {
        "purpose": line.purpose.value,
        "audience": line.audience,
        "use": _use(line.use, voice) if line.use else None,
        "still_usable": list(line.still_usable),
        "backup": _backup(line.backup) if line.backup else None,
        "passed_over": [_passed_over(each, line, voice) for each in line.passed_over],
        "last_resort": voice.in_language(line.last_resort),
    }
    if line.use and line.use.pinned:
        answer["unpinned"] = _use(line.unpinned, voice) if line.unpinned else None
    return answer


def _use(use: Use, voice: Voice) -> Answer:
    view = voice.snapshot.channel(use.channel)
    standing = view.standing
    more = {"at_risk": standing.at_risk, "declared_by": standing.declared_by}
    return {
        "channel": use.channel,
        "label": voice.in_language(view.label),
        "how": voice.in_language(view.how),
        "tier": use.tier.value,
        "state": use.state.value,
        "verified": use.verified,
        "pinned": use.pinned,
        "presumed": standing.presumed,
        "until": iso(standing.until),
        "evidence": standing.evidence.value,
        "evidence_age_s": _age_s(
            voice.snapshot, standing.evidence_at, voice.screen_age_s
        ),
        **{key: told for key, told in more.items() if told},
    }


def _backup(backup: Backup) -> Answer:
    return {
        "channel": backup.channel,
        "tier": backup.tier.value,
        "independent": backup.independent,
        "shares": list(backup.shares),
        "shares_later": list(backup.shares_later),
    }


def _passed_over(passed: PassedOver, line: Recommendation, voice: Voice) -> Answer:
    """Say why a channel is not the one; where nothing is wrong with it, the pin."""
    pinned = bool(line.use and line.use.pinned) and not passed.reason
    facts = voice.passed_over(passed)
    if pinned and (pin := said.pin_of(voice.snapshot, line)):
        facts["by"] = pin.by
    reason = Reason.PINNED if pinned else passed.reason
    return {
        "channel": passed.channel,
        "reason": reason.value,
        "detail": voice.detail(reason, facts),
    }


# ------------------------------------------------------------------ values


def iso(instant: Instant | None) -> str | None:
    """Write a moment as ISO 8601 in UTC, to the millisecond."""
    if instant is None:
        return None
    return _date(instant.utc)


def _date(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _age_s(snapshot: Snapshot, then: Instant | None, age_s: float) -> float | None:
    """Return how old a proof is now; None where nobody can tell."""
    if then is None:
        return None
    return _finite(snapshot.at.since(then) + age_s)


def _finite(age_s: float) -> float | None:
    return round(age_s, 1) if math.isfinite(age_s) else None


def _milliseconds(latency_s: float | None) -> float | None:
    return None if latency_s is None else round(latency_s * 1000, 1)
