"""From a Snapshot to what `recommend` prints as JSON: values that stay stable.

Names and meaning are a public interface; `report_schema` says the same as JSON Schema.
Times are ISO 8601 in UTC; words for people are in the language.
"""

from typing import Any

from msgspec.structs import replace

from secours.model.observed import Reason
from secours.model.plan import Tier
from secours.model.snapshot import (
    Backup,
    Explained,
    Forecast,
    PassedOver,
    Recommendation,
    Snapshot,
    State,
    Use,
)
from secours.model.statements import Announced, Mark, Pin
from secours.render.answers.values import (
    EXIT_CODES,
    SCHEMA,
    Answer,
    date,
    finite,
    fresh,
    iso,
    proof_age_s,
)
from secours.render.wording import (
    caveats,
    do_not_use,
    exercise,
    sms_length,
    statements,
)
from secours.render.wording.announcement import Announcement
from secours.render.wording.localizer import Localizer

NOT_FRESH = 3


def answer(snapshot: Snapshot, age_s: float, language: str) -> Answer:
    """Say for each line of the plan what to use, what if that fails, and why."""
    localizer = Localizer(snapshot, language, age_s)
    return {
        "schema": SCHEMA,
        "site": localizer.in_language(snapshot.site.name),
        "at": iso(snapshot.at),
        "age_s": finite(age_s),
        "plan_version": snapshot.plan_version,
        "config_error": snapshot.config_error,
        "exercise": _exercise(snapshot, localizer),
        "own_link": snapshot.own_link.value,
        "paths": [
            {"path": path.name, "state": path.state.value} for path in snapshot.paths
        ],
        "suspects": [list(names) for names in snapshot.suspects],
        "known_down": list(snapshot.known_down),
        "explanations": list(map(_explained, snapshot.explanations)),
        "recommendations": [
            _line(line, localizer) for line in snapshot.recommendations
        ],
        **{key: words for key, words in _words(snapshot).items() if words},
        **({"words_lost": True} if snapshot.words_lost else {}),
    }


def _words(snapshot: Snapshot) -> dict[str, list[Answer]]:
    """Say what people said and holds."""
    return {
        "do_not_use": do_not_use.entries(snapshot),
        "marks": [_mark(mark, snapshot) for mark in snapshot.marks],
        "pins": [_pin(pin) for pin in snapshot.pins],
        "announced": [_announced(each) for each in snapshot.announced],
    }


def _explained(group: Explained) -> Answer:
    return {
        "channels": list(group.channels),
        "suspects": [list(names) for names in group.suspects],
        "unexplained": list(group.unexplained),
    }


def _exercise(snapshot: Snapshot, localizer: Localizer) -> Answer | None:
    """Say what is played and what it would recommend; every text bears the word."""
    rehearsal, imagined = snapshot.rehearsal, exercise.played(snapshot)
    if rehearsal is None or imagined is None:
        return None
    told = replace(localizer, snapshot=imagined)
    lines = [_line(line, told) for line in rehearsal.recommendations]
    return {
        "fails": list(rehearsal.exercise.fails),
        "by": rehearsal.exercise.by,
        "until": date(rehearsal.exercise.until),
        "recommendations": exercise.marked(lines, localizer.say("exercise")),
    }


def _mark(mark: Mark, snapshot: Snapshot) -> Answer:
    return {
        "subject": mark.subject,
        "says": mark.says.value,
        "by": mark.by,
        "why": mark.why,
        "at": iso(mark.at),
        "since": iso(mark.began),
        "until": date(mark.until),
        "to_confirm": statements.is_due(mark, snapshot),
    }


def _pin(pin: Pin) -> Answer:
    return {
        "line": pin.line,
        "channel": pin.channel,
        "by": pin.by,
        "why": pin.why,
        "at": iso(pin.at),
        "until": date(pin.until),
    }


def _announced(told: Announced) -> Answer:
    return {
        "line": told.line,
        "channel": told.channel,
        "on": list(told.on),
        "by": told.by,
        "at": iso(told.at),
    }


def announcement(told: Announcement) -> Answer:
    """Return a text to send, and where."""
    return {
        "purpose": told.purpose.value,
        "audience": told.audience,
        "exercise": told.exercise,
        "on": next(iter((*told.on, *told.read_on)), None),
        "send_on": list(told.on),
        "read_on": list(told.read_on),
        "text": told.text,
        "length": sms_length.length(told.text),
        "limit": sms_length.limit(told.text),
    }


def exit_code(snapshot: Snapshot, age_s: float) -> int:
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


def _line(line: Recommendation, localizer: Localizer) -> Answer:
    answer: Answer = {
        "purpose": line.purpose.value,
        "audience": line.audience,
        "use": _use(line.use, localizer) if line.use else None,
        "still_usable": list(line.still_usable),
        "backup": _backup(line.backup) if line.backup else None,
        "passed_over": [
            _passed_over(each, line, localizer) for each in line.passed_over
        ],
        "last_resort": localizer.in_language(line.last_resort),
    }
    if line.use and line.use.pinned:
        answer["unpinned"] = _use(line.unpinned, localizer) if line.unpinned else None
    if coming := coming_of(line, localizer.snapshot):
        answer["next"] = {"at": iso(coming.at), "channel": coming.use}
    return answer


def coming_of(line: Recommendation, snapshot: Snapshot) -> Forecast | None:
    """Return the next change of a line that will come by itself, if one is known."""
    found = (
        each
        for each in snapshot.forecast
        if (each.purpose, each.audience) == (line.purpose, line.audience)
    )
    return next(found, None)


def _use(use: Use, localizer: Localizer) -> Answer:
    view = localizer.snapshot.channel(use.channel)
    standing = view.standing
    more: dict[str, Any] = {
        "at_risk": standing.at_risk,
        "declared_by": standing.declared_by,
        "may_need": list(standing.may_need),
    }
    if not use.verified:
        more["reason"] = standing.reason.value
        more["detail"] = caveats.reason(standing, localizer)
    return {
        "channel": use.channel,
        "label": localizer.in_language(view.label),
        "how": localizer.in_language(view.how),
        "tier": use.tier.value,
        "state": use.state.value,
        "verified": use.verified,
        "pinned": use.pinned,
        "presumed": standing.presumed,
        "until": iso(standing.until),
        "evidence": standing.evidence.value,
        "evidence_age_s": proof_age_s(
            localizer.snapshot, standing.evidence_at, localizer.screen_age_s
        ),
        **{key: told for key, told in more.items() if told},
    }


def _backup(backup: Backup) -> Answer:
    answer = {
        "channel": backup.channel,
        "tier": backup.tier.value,
        "independent": backup.independent,
        "shares": list(backup.shares),
        "shares_later": list(backup.shares_later),
    }
    skipped = [
        {"channel": name, "shares": list(shares)}
        for name, shares in backup.skipped.items()
    ]
    return {**answer, "skipped": skipped} if skipped else answer


def _passed_over(
    passed: PassedOver, line: Recommendation, localizer: Localizer
) -> Answer:
    """Say why a channel is not the one; where nothing is wrong with it, the pin."""
    pinned = bool(line.use and line.use.pinned) and not passed.reason
    facts = localizer.passed_over(passed)
    if pinned and (pin := statements.pin_of(localizer.snapshot, line)):
        facts["by"] = pin.by
    reason = Reason.PINNED if pinned else passed.reason
    may_need = localizer.may_need(localizer.snapshot.channel(passed.channel).standing)
    said_of_it = (localizer.detail(reason, facts), may_need)
    return {
        "channel": passed.channel,
        "reason": reason.value,
        "detail": "; ".join(filter(None, said_of_it)),
    }
