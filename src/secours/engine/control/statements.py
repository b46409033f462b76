"""Requests on channels and lines, turned into words of the core or refused.

A word is signed and has an end; dates without a time zone are on the site's clock.
"""

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import Any

from secours.config.reader.mistakes import shown, suggestion
from secours.core.recommend import set_aside
from secours.core.statements.journal_entry import outline
from secours.core.statements.words_in_force import Words, all_marks, every_mark
from secours.engine.control import names, roll_call, undo, watch
from secours.engine.control.requests import RequestRefused
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.requests import (
    AT_MOST_S,
    NAME_LIMIT,
    AnnouncedRequest,
    ConfirmRequest,
    ExerciseRequest,
    InverseRequest,
    MarkRequest,
    OrderRequest,
    PinRequest,
    StatementRequest,
    TestRequest,
    UnmarkRequest,
    UnpinRequest,
    UntestRequest,
    WatchRequest,
)
from secours.model.snapshot import USABLE, Recommendation, Snapshot
from secours.model.statements import (
    Announced,
    Confirmed,
    Declared,
    Exercise,
    Mark,
    OrderedWord,
    Pin,
    Trial,
    Watch,
    Withdrawn,
    Word,
)
from secours.outside_text import plain
from secours.render import times
from secours.render.wording.localizer import Localizer, zone

USUALLY_S = 12 * 3600.0
EXERCISE_AT_MOST_S = 24 * 3600.0
SINCE_AT_MOST_S = 7 * 86400.0


def word(request: StatementRequest, config: Config, words: Words, now: Instant) -> Word:
    """Return the word of a request, or raise RequestRefused with the reason."""
    by = signed(request.by)
    match request:
        case TestRequest():
            return _trial(request, by, config, now)
        case ConfirmRequest():
            if not words.lost:
                raise RequestRefused("commands.asked.none-lost")
            return Confirmed(by=by)
        case WatchRequest():
            return watch.word(request, by, words.watch, now)
        case AnnouncedRequest():
            return _announced(request, by, config, now)
    if not undo.is_newest(request, words, now):
        raise RequestRefused("commands.asked.said-since")
    return _inverse(request, by, config, words, now)


def _inverse(
    request: InverseRequest, by: str, config: Config, words: Words, now: Instant
) -> Word:
    """Return a word that may also be the inverse of an earlier one."""
    match request:
        case MarkRequest():
            return _mark(request, names.owner(request.subject, config), by, config, now)
        case UnmarkRequest():
            return _unmark(request, by, config, words)
        case PinRequest():
            return _pin(request, by, config, words, now)
        case UnpinRequest():
            return _unpin(request, by, config, words)
        case UntestRequest():
            return _untest(request, by, config, words)
        case ExerciseRequest():
            return _exercise(request, by, config, words, now)


def for_others(request: OrderRequest, config: Config, now: Instant) -> OrderedWord:
    """Return the word for other sites, on subjects that only they may have.

    Raises:
        RequestRefused: it has no author or proper end.
    """
    by = signed(request.by)
    match request:
        case MarkRequest():
            return _mark(request, _subject_there(request.subject), by, config, now)
        case UnmarkRequest():
            says = None if request.says is None else _declared(request.says)
            subject, mistaken = _subject_there(request.subject), request.mistaken
            return Withdrawn(
                kind="mark", subject=subject, says=says, mistaken=mistaken, by=by
            )
        case ExerciseRequest(action="stop"):
            return Withdrawn(kind="exercise", by=by)
        case ExerciseRequest():
            fails = dict.fromkeys(map(_subject_there, request.fails))
            return _played(request, tuple(fails), by, config, now)


def _subject_there(name: str) -> str:
    """Return a component's or channel's possible name at another site."""
    if not (known := plain(name, NAME_LIMIT)):
        raise RequestRefused("commands.asked.no-owner", name=shown(name), meant="")
    return known


def answer(word: Word, shot: Snapshot, language: str) -> dict[str, Any]:
    """Answer with the word taken in, and the recommendation now."""
    localizer = Localizer(shot, language)
    until = getattr(word, "until", None)
    since = word.since if isinstance(word, Mark | Watch) else None
    return {
        "subject": _subject(word),
        "since": since.utc.isoformat() if since else None,
        "until": until.astimezone(UTC).isoformat() if until else None,
        "language": language,
        "ends": _ends(until, localizer) if until else None,
        "recommendations": [_summary(line, localizer) for line in shot.recommendations],
    }


def _ends(until: datetime, localizer: Localizer) -> str:
    """Write the end of a word on the clock of the site, named."""
    zone_name = times.zone_name(until, localizer.snapshot.site.timezone)
    said = localizer.time(until)
    return said if said.endswith(zone_name) else f"{said} {zone_name}"


def reach(word: Word, config: Config, shot: Snapshot, language: str) -> dict[str, Any]:
    """Name the channels that a word on a component sets aside or spares, by reason.

    Of a failed test it is the channel, where its own tests, or a person's word, have it
    work all the same.
    """
    if isinstance(word, Trial):
        standing = shot.channel(word.channel).standing
        if word.worked or standing.state not in USABLE:
            return {}
        label = Localizer(shot, language).short_name(word.channel)
        why = "declared" if standing.declared_by else "works"
        return {why: [{"channel": word.channel, "label": label}]}
    asides = Declared.DISTRUSTED, Declared.MAINTENANCE
    if not isinstance(word, Mark) or word.says not in asides:
        return {}
    if word.subject not in config.components:
        return {}
    localizer = Localizer(shot, language)
    needing = set_aside.needing(config, word.subject)
    aside = [name for name in needing if shot.channel(name).standing.aside]
    rest = [name for name in needing if name not in aside]
    battery, way = set_aside.spared(config, word.subject, rest)
    named = {"aside": aside, "battery": battery, "way": way}
    return {
        key: [{"channel": n, "label": localizer.short_name(n)} for n in names]
        for key, names in named.items()
    }


def _summary(line: Recommendation, localizer: Localizer) -> dict[str, Any]:
    use = line.use
    return {
        "purpose": line.purpose.value,
        "audience": line.audience,
        "title": localizer.line(line.purpose, line.audience),
        "measuring": line.measuring,
        "use": use.channel if use else None,
        "label": localizer.short_name(use.channel) if use else None,
        "state": use.state.value if use else None,
        "pinned": bool(use and use.pinned),
        "unheard": bool(use and use.is_deaf),
        "unpinned": line.unpinned.channel if line.unpinned else None,
        "backup": line.backup.channel if line.backup else None,
    }


def _subject(heard: Word) -> str:
    kind, name, *_ = outline(heard, Words())
    return name if isinstance(heard, Withdrawn) else name or kind


def _mark(
    request: MarkRequest, subject: str, by: str, config: Config, now: Instant
) -> Mark:
    return Mark(
        subject=subject,
        says=_declared(request.says),
        by=by,
        why=plain(request.why),
        at=now,
        since=_since(request, config, now),
        until=_end(request, config, now) or now.utc + timedelta(seconds=USUALLY_S),
    )


def _declared(says: str) -> Declared:
    if says not in list(Declared):
        meant = suggestion(says, list(Declared))
        unknown = "commands.asked.no-such-mark"
        raise RequestRefused(unknown, says=shown(says), meant=meant)
    return Declared(says)


def _unmark(request: UnmarkRequest, by: str, config: Config, words: Words) -> Withdrawn:
    own = [mark for mark in every_mark(words) if not mark.author]
    marked = dict.fromkeys(mark.subject for mark in own)
    subject = request.subject
    if subject not in marked:  # the plan may have lost what was marked
        subject = names.owner(subject, config)
    if subject not in marked:
        _refuse_foreign(subject, words)
        if needed := words.held.get(subject):
            facts = {"name": shown(subject), "needed": ", ".join(needed)}
            raise RequestRefused("commands.asked.distrust-of-needed", **facts)
        name, meant = shown(subject), names.listed(marked)
        raise RequestRefused("commands.asked.not-marked", name=name, meant=meant)
    says = [mark.says for mark in own if mark.subject == subject]
    if request.says is None and len(says) > 1:
        one, other = says
        facts = {"name": shown(subject), "one": one, "other": other}
        raise RequestRefused("commands.asked.two-marks", **facts)
    if request.says is not None and request.says not in says:
        _refuse_foreign(subject, words, request.says)
        facts = {"name": shown(subject), "one": says[0], "says": shown(request.says)}
        raise RequestRefused("commands.asked.other-mark", **facts)
    only = Declared(request.says) if request.says else None
    mistaken = request.mistaken
    return Withdrawn(kind="mark", subject=subject, says=only, mistaken=mistaken, by=by)


def _refuse_foreign(subject: str, words: Words, says: str | None = None) -> None:
    """Refuse to take back the province's word: only the province can."""
    for mark in all_marks(words):
        if mark.subject == subject and mark.author and says in (None, mark.says):
            facts = {"name": shown(subject), "author": mark.author}
            if mark.says is Declared.DISTRUSTED:
                raise RequestRefused("commands.asked.distrust-of-province", **facts)
            raise RequestRefused("commands.asked.mark-of-province", **facts)


def _pin(
    request: PinRequest, by: str, config: Config, words: Words, now: Instant
) -> Pin | Withdrawn:
    if request.line in words.pins and _is_over(request, config, now):
        return Withdrawn(kind="pin", subject=request.line, by=by)
    name, channel = names.planned(request, config)
    return Pin(
        line=name,
        channel=channel,
        by=by,
        why=plain(request.why),
        at=now,
        until=_end(request, config, now) or now.utc + timedelta(seconds=USUALLY_S),
    )


def _trial(request: TestRequest, by: str, config: Config, now: Instant) -> Trial:
    name = names.channel(request.channel, config)
    reached = roll_call.read(request.reached, name, config, worked=request.worked)
    remark = plain(request.remark)
    return Trial(
        channel=name,
        worked=request.worked,
        by=by,
        remark=remark,
        reached=reached,
        at=now,
    )


def _announced(
    request: AnnouncedRequest, by: str, config: Config, now: Instant
) -> Announced:
    name = names.line(request, config).name
    channel = names.planned(request, config)[1] if request.channel else ""
    on = dict.fromkeys(names.channel(each, config) for each in request.on)
    if channel and not on:
        raise RequestRefused("commands.asked.told-where")
    return Announced(line=name, channel=channel, on=tuple(on), by=by, at=now)


def _unpin(request: UnpinRequest, by: str, config: Config, words: Words) -> Withdrawn:
    name = request.line
    if name not in words.pins:
        name = names.line(request, config).name
    if name not in words.pins:
        meant = names.listed(words.pins)
        raise RequestRefused("commands.asked.not-pinned", line=name, meant=meant)
    return Withdrawn(kind="pin", subject=name, by=by)


def _exercise(
    request: ExerciseRequest, by: str, config: Config, words: Words, now: Instant
) -> Exercise | Withdrawn:
    is_over = words.exercise is not None and _is_over(request, config, now)
    if request.action == "stop" or is_over:
        if words.exercise is None:
            raise RequestRefused("commands.asked.no-exercise")
        return Withdrawn(kind="exercise", by=by)
    fails = dict.fromkeys(names.owner(name, config) for name in request.fails)
    return _played(request, tuple(fails), by, config, now)


def _played(
    request: ExerciseRequest,
    fails: tuple[str, ...],
    by: str,
    config: Config,
    now: Instant,
) -> Exercise:
    if request.action != "start":
        raise RequestRefused("commands.asked.exercise-action")
    if not fails:
        raise RequestRefused("commands.asked.exercise-fails")
    until = _end(request, config, now)
    if until is None:
        raise RequestRefused("commands.asked.exercise-end")
    if (until - now.utc).total_seconds() > EXERCISE_AT_MOST_S:
        raise RequestRefused("commands.asked.exercise-long")
    return Exercise(
        fails=fails,
        by=by,
        why=plain(request.why),
        at=now,
        until=until,
        notices=request.notices,
    )


def _untest(request: UntestRequest, by: str, config: Config, words: Words) -> Withdrawn:
    name = request.channel
    if name not in words.trials:  # the plan may have lost what was tried
        name = names.channel(name, config)
    if name in words.former_trials:
        return Withdrawn(kind="test", subject=name, by=by)
    if name in words.trials:
        raise RequestRefused("commands.asked.test-no-more", name=shown(name))
    raise RequestRefused("commands.asked.not-tested", name=shown(name))


def signed(by: str) -> str:
    """Return the author's name, or refuse an empty one."""
    name = plain(by, NAME_LIMIT)
    if not name:
        raise RequestRefused("commands.asked.unsigned")
    return name


def _end(
    request: MarkRequest | PinRequest | ExerciseRequest, config: Config, now: Instant
) -> datetime | None:
    """Return the given end, None for none."""
    if request.until is not None and request.for_s is not None:
        raise RequestRefused("commands.asked.two-ends")
    if request.until is not None:
        until = _moment(request.until, config, now)
    elif request.for_s is not None:
        if not 0 < request.for_s <= AT_MOST_S:
            raise RequestRefused("commands.asked.how-long")
        until = now.utc + timedelta(seconds=request.for_s)
    else:
        return None
    if until <= now.utc and not (isinstance(request, MarkRequest) and request.restored):
        raise RequestRefused("commands.asked.past", time=shown(request.until or ""))
    if (until - now.utc).total_seconds() > AT_MOST_S:
        raise RequestRefused("commands.asked.too-far", time=shown(request.until or ""))
    return until


def _is_over(
    undoing: PinRequest | ExerciseRequest, config: Config, now: Instant
) -> bool:
    """Tell whether the earlier word, which an undo would restore, has ended."""
    if undoing.after is None or undoing.until is None:
        return False
    return _moment(undoing.until, config, now) <= now.utc


def _since(request: MarkRequest, config: Config, now: Instant) -> Instant | None:
    """Return since when a mark holds, None if not given: since now."""
    if request.since is None:
        return None
    if request.says != Declared.DOWN and not request.restored:
        raise RequestRefused("commands.asked.since-down")
    at = _moment(request.since, config, now, days=-1)
    ago_s = (now.utc - at).total_seconds()
    if ago_s < 0:
        raise RequestRefused("commands.asked.to-come", time=shown(request.since))
    if ago_s > (AT_MOST_S if request.restored else SINCE_AT_MOST_S):
        raise RequestRefused("commands.asked.too-old", time=shown(request.since))
    return Instant(at, now.steady_s - ago_s)


def _moment(text: str, config: Config, now: Instant, days: int = 1) -> datetime:
    """Read a date and time, or a time of day: the next one, with -1 the last one."""
    here = zone(config.site.timezone)
    try:
        with suppress(ValueError):  # no date
            moment = datetime.fromisoformat(text)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=here)
            return aware.astimezone(UTC)
        clock_time = time.fromisoformat(text)  # with a zone perhaps, as 16:40Z
        local = now.utc.astimezone(clock_time.tzinfo or here)
        at = datetime.combine(local.date(), clock_time, local.tzinfo)
        meant = (at > local) is (days > 0)
        return (at if meant else at + timedelta(days=days)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RequestRefused("commands.asked.no-time", time=shown(text)) from None
