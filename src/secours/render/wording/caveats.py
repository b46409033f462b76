"""Caveats of an answer: on whose word, until when, whom it misses."""

import math
from collections.abc import Iterable

from secours.model.nodes import plain_name
from secours.model.observed import Evidence, Reason
from secours.model.sections.line import purpose_and_audience
from secours.model.snapshot import (
    Backup,
    PassedOver,
    Recommendation,
    Standing,
    State,
)
from secours.model.statements import Declared, Mark, Pin
from secours.outside_text import plain
from secours.render.wording import do_not_use, statements
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import misses, reasons


def remarks(standing: Standing, localizer: Localizer) -> list[str]:
    """Return the caveats of a channel in this state."""
    noted = [*filter(None, [localizer.may_need(standing)])]
    if is_declared(standing):
        noted.append(localizer.say("declared", by=standing.declared_by))
    if is_tested(standing):
        noted.append(localizer.say("tested.by", by=standing.declared_by))
    if Reason.TEST_DUE in standing.warnings:
        tried_at = standing.tried_at
        since_s = None if tried_at is None else localizer.age_s(tried_at)
        noted.append(localizer.say("untried", since_s=since_s))
    if standing.presumed and standing.state is State.DOWN:
        part = localizer.cause(standing.presumed)
        noted.append(localizer.say("status.presumed", what=part))
    if standing.at_risk and standing.at_risk not in standing.may_need:
        noted.append(localizer.say("at_risk", what=localizer.cause(standing.at_risk)))
    return noted


def unverified(line: Recommendation, localizer: Localizer) -> str:
    """Say why the channel in use is not verified; "" where it is or others say so."""
    if line.use is None or line.use.verified:
        return ""
    standing = localizer.snapshot.channel(line.use.channel).standing
    if standing.state in (State.UNKNOWN, State.DOWN):
        return localizer.plainly(standing.reason, standing.facts)
    if line.use.reach and reasons.is_doubtful(line.use, localizer):
        return reasons.cause(line.use.reach, localizer)
    return ""


def minded(line: Recommendation, localizer: Localizer) -> list[str]:
    """Return the caveats of a line's channel in use."""
    missed = misses.sentence(line, localizer)
    if line.use is None:
        return [*reach(line, localizer), *filter(None, [missed])]
    view = localizer.snapshot.channel(line.use.channel)
    noted = remarks(view.standing, localizer)
    told = [missed, localizer.in_language(view.mind)]
    return [*noted, *reach(line, localizer), *filter(None, told)]


def tested(line: Recommendation, localizer: Localizer) -> str:
    """Return who tried the channel in use; "" for nobody."""
    if line.use is None:
        return ""
    standing = localizer.snapshot.channel(line.use.channel).standing
    by = standing.declared_by
    return localizer.say("tested.by", by=by) if is_tested(standing) else ""


def reach(line: Recommendation, localizer: Localizer) -> list[str]:
    """Return how many in ten the channel in use reaches, rounded down, if not all."""
    if line.reaches is None or line.reaches >= 1:
        return []
    tenths = math.floor(10 * line.reaches + 1e-9)
    return [localizer.say("reach", n=tenths or None)]


def on_battery(localizer: Localizer) -> str:
    """Return what to do first while the mains are down; else ""."""
    return localizer.say("on_battery.advice") if is_on_battery(localizer) else ""


def is_on_battery(localizer: Localizer) -> bool:
    """Tell whether the mains are known to be down."""
    return any(each.on_battery for each in localizer.snapshot.recommendations)


def tie(
    line: Recommendation, spare: Backup, localizer: Localizer, *, few: bool = False
) -> list[str]:
    """Return why a backup may fall too, or why none before it is taken, in brief.

    Of several shared needs, `few` names the first and counts the others.
    """
    if spare.shares:
        first, *rest = map(localizer.component, spare.shares)
        counted = [f"{first} {localizer.say('more.channels', n=len(rest))}"]
        shared = ", ".join(counted if few and rest else [first, *rest])
        return [localizer.say("else.shares", what=shared)]
    if not spare.independent:
        unknown = _of_unknown_needs(line, spare.channel, localizer)
        word = localizer.say("else.unknown.word") if unknown else ""
        return list(filter(None, [word or regained(spare, spare.channel, localizer)]))
    both = [frozenset(names) for names in spare.skipped.values() if names]
    common = frozenset.intersection(*both) if both else frozenset()
    of_all = (name for name in next(iter(spare.skipped.values()), ()) if name in common)
    return [localizer.say("else.not_on", what=localizer.component(n)) for n in of_all][
        :1
    ]


def skipped(line: Recommendation, localizer: Localizer) -> list[str]:
    """Say why each usable channel before the backup is not the one."""
    if line.use is None or line.backup is None:
        return []
    by_reason: dict[str, list[str]] = {}
    for name, shares in line.backup.skipped.items():
        what = ", ".join(map(localizer.component, shares))
        if not what and _of_unknown_needs(line, name, localizer):
            what = localizer.say("else.unknown.word")
        by_reason.setdefault(what, []).append(name)
    use = localizer.short_name(line.use.channel)
    colon = localizer.say("colon")
    alone = by_reason.pop("", [])  # no shared need: these may be down already
    sentences = [
        localizer.say(
            "else.skipped", names=_short(names, localizer), use=use, what=what
        )
        for what, names in by_reason.items()
    ]
    risks = ((name, _weakness(line, name, localizer)) for name in alone)
    return [
        *sentences,
        *(f"{_short([n], localizer)}{colon} {r}" for n, r in risks if r),
    ]


def regained(spare: Backup, channel: str, localizer: Localizer) -> str:
    """Return when a backup counts as independent again; "" if it does not."""
    counts = spare.regained.get(channel)
    if counts is None:
        return ""
    return localizer.say("else.regained", left_s=localizer.until_s(counts))


def _weakness(line: Recommendation, channel: str, localizer: Localizer) -> str:
    if line.backup and (soon := regained(line.backup, channel, localizer)):
        return soon
    standing = localizer.snapshot.channel(channel).standing
    return at_risk(channel, localizer) or localizer.plainly(
        standing.reason, standing.facts
    )


def at_risk(channel: str, localizer: Localizer) -> str:
    """Return the suspect that would take a channel; "" for none."""
    suspect = localizer.snapshot.channel(channel).standing.at_risk
    return localizer.say("at_risk", what=localizer.cause(suspect)) if suspect else ""


def _short(names: Iterable[str], localizer: Localizer) -> str:
    return ", ".join(map(localizer.short_name, names))


def is_declared(standing: Standing) -> bool:
    """Tell whether only a statement says that it works."""
    works = standing.state is State.AVAILABLE
    tested = standing.evidence is Evidence.EXERCISED
    return works and standing.reason is Reason.DECLARED and not tested


def is_tested(standing: Standing) -> bool:
    """Return whether people's own test shows that it works."""
    tested = standing.evidence is Evidence.EXERCISED
    return standing.usable and tested and standing.declared_by is not None


def reason(standing: Standing, localizer: Localizer, *, named: bool = False) -> str:
    """Return the reason of a state in one line, or whose test it rests on.

    If `named`, with the names known to technicians.
    """
    if is_tested(standing) and standing.reason in (Reason.NONE, Reason.DECLARED):
        return localizer.say("tested.by", by=standing.declared_by)
    told = localizer.detail if named else localizer.plainly
    return told(standing.reason, standing.facts)


def unknown_needs(line: Recommendation, localizer: Localizer) -> str:
    """Return that a backup may fall too as needs are unknown; "" if known."""
    spare = line.backup
    if line.use is None or spare is None or spare.independent or spare.shares:
        return ""
    unknown = _of_unknown_needs(line, spare.channel, localizer)
    named = (localizer.short_name(name) for name in unknown[:1])
    return "".join(localizer.say("else.unknown", name=name) for name in named)


def _of_unknown_needs(
    line: Recommendation, other: str, localizer: Localizer
) -> list[str]:
    """Return which of another channel and the one in use have unknown needs."""
    pair = (other, line.use.channel) if line.use else (other,)
    return [name for name in pair if not localizer.snapshot.channel(name).needs_known]


def why(
    line: Recommendation,
    localizer: Localizer,
    *,
    brief: bool = False,
    bare: bool = False,
) -> list[str]:
    """Return why each channel above the one in use is not used, a pin first."""
    sentences = [
        _why(each, line, localizer, brief=brief, bare=bare) for each in line.passed_over
    ]
    if line.use and reasons.is_doubtful(line.use, localizer):
        doubt = reasons.why(None, line.use.reach, localizer, brief=brief, bare=bare)
        sentences = [doubt, *sentences]
    if line.use is None or not line.use.pinned:
        return sentences
    by_hand = localizer.say("why.pinned")
    pin = statements.pin_of(localizer.snapshot, line)
    chosen = by_hand
    if pin is not None and not bare:
        until = localizer.time(pin.until) if pin.until and not brief else None
        chosen = localizer.say("why.pinned", by=pin.by, time=until)
    return [chosen, *(each for each in sentences if each != by_hand)]


def _why(
    passed: PassedOver,
    line: Recommendation,
    localizer: Localizer,
    *,
    brief: bool,
    bare: bool,
) -> str:
    """Return why a channel is not used; if people do not hear it, who."""
    if passed.reason is not Reason.RECEIVERS:
        return localizer.why(passed, brief=brief, bare=bare)
    reach = line.receivers.get(passed.channel)
    return reasons.why(passed.channel, reach, localizer, brief=brief, bare=bare)


def held(localizer: Localizer) -> list[str]:
    """Return that notices are held, and until when."""
    until = localizer.snapshot.held_until
    return [localizer.say("note.held", time=localizer.time(until))] if until else []


def words_lost(localizer: Localizer) -> list[str]:
    """Return that marks may be lost with a damaged disk, until confirmed."""
    return [localizer.say("note.words_lost")] if localizer.snapshot.words_lost else []


def astray(localizer: Localizer) -> list[str]:
    """Say which marks are of what the plan no longer has."""
    return [
        localizer.say("note.astray", what=plain_name(mark.subject), by=mark.by)
        for mark in statements.astray(localizer.snapshot)
    ]


def confirmations(localizer: Localizer) -> list[str]:
    """Say which marks and pins ask to be confirmed."""
    asking = statements.to_confirm(localizer.snapshot)
    return [_asks(word, localizer) for word in asking]


def _asks(word: Mark | Pin, localizer: Localizer) -> str:
    time = localizer.time(word.until) if word.until else None
    if isinstance(word, Pin):
        purpose, audience = purpose_and_audience(word.line)
        what = localizer.line(purpose, audience)
        return localizer.say("note.unpins", what=what, by=word.by, time=time)
    what = localizer.subject(word.subject)
    key = "note.confirm" if word.says is Declared.DISTRUSTED else "note.ends"
    return localizer.say(key, what=what, by=word.by, time=time)


# ------------------------------------------------------------ a first measurement


def unmeasured(line: Recommendation, localizer: Localizer) -> str:
    """Return the channels whose first result is awaited; "" for the one in use alone.

    A pinned channel waits for none above it.
    """
    if line.use and line.use.pinned:
        return localizer.short_name(line.use.channel)
    return ", ".join(
        localizer.short_name(passed.channel)
        for passed in line.passed_over
        if passed.reason is Reason.NOT_MEASURED
    )


def but_unmeasured(line: Recommendation) -> tuple[PassedOver, ...]:
    """Return the channels passed over, without those being measured."""
    if not line.measuring:
        return line.passed_over
    return tuple(
        passed
        for passed in line.passed_over
        if passed.reason is not Reason.NOT_MEASURED
    )


def measuring(line: Recommendation, localizer: Localizer) -> str:
    """Return that it is being measured; with a channel in use, which ones."""
    names = unmeasured(line, localizer) if line.use else ""
    if not names:
        return localizer.say("measuring")
    return f"{localizer.say('measuring')}{localizer.say('colon')} {names}"


def measuring_rank(line: Recommendation, localizer: Localizer) -> str:
    """Return that a channel is used meanwhile, or is itself being measured."""
    return localizer.say("meanwhile" if unmeasured(line, localizer) else "measuring")


def until_measured(line: Recommendation, localizer: Localizer) -> tuple[str, str]:
    """Return when an answer comes, with the plan till then: in full, in brief."""
    snapshot = localizer.snapshot
    waited_s = localizer.age_s(snapshot.started)  # infinite where no age is known
    left_s = int(max(0.0, snapshot.first_answer_s - waited_s))
    first = localizer.say(
        "measuring.first" if left_s > 0 else "measuring.soon", left_s=left_s
    )
    names = map(localizer.short_name, do_not_use.trusted(line.planned, snapshot))
    order = f", {localizer.say('measuring.then')} ".join(names)
    whole = plain(f"{first} {localizer.say('measuring.order')} {order}.", 10_000)
    return whole, f"{first} {localizer.say('measuring.rungs')}"
