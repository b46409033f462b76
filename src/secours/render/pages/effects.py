"""Effect of a statement: the answers before it and after it."""

from msgspec import Struct

from secours.model.snapshot import Recommendation, Snapshot, Standing, State
from secours.model.statements import Exercise
from secours.render.templates import Row
from secours.render.wall import card_text
from secours.render.wording import exercise
from secours.render.wording.localizer import Localizer


class Effect(Struct, frozen=True, kw_only=True):
    """Difference between the answers before and after a request."""

    said: list[str]  # channels lost or regained, and the end of an exercise
    lines: list[Row]  # those whose answer changes
    rest: str  # what becomes of the others


def follows(before: Snapshot, after: Snapshot, localizer: Localizer) -> Effect:
    """Return the difference between the answers before and after."""
    now = Localizer(before, localizer.language, localizer.screen_age_s)
    then = Localizer(after, localizer.language, localizer.screen_age_s)
    sentences = _taken(before, after, then)
    if before.rehearsal and not after.rehearsal:
        sentences.append(then.say("act.then.over"))
    if after.rehearsal and _played_in(after) != _played_in(before):
        sentences += exercise.sentences(then)
    pairs = zip(before.recommendations, after.recommendations, strict=True)
    lines = [_line_change(old, new, now, then) for old, new in pairs]
    changed = [e for e in lines if len({*e["use"]}) + len({*e["backup"]}) > 2]
    rest = "" if len(changed) == len(lines) else then.say("act.then.others")
    if not changed:
        rest = then.say("act.then.same")
    return Effect(said=sentences, lines=changed, rest=rest)


def _line_change(
    old: Recommendation, new: Recommendation, now: Localizer, then: Localizer
) -> Row:
    """Return the channel and the backup of a line before a request, and after it."""
    return {
        "line": then.line(new.purpose, new.audience),
        "use": (_used(old, now), _used(new, then)),
        "backup": (_backup(old, now), _backup(new, then)),
    }


def _used(line: Recommendation, localizer: Localizer) -> str:
    """Return the channel to use, with its caveats."""
    use = line.use
    if use is None:
        return localizer.say("measuring" if line.measuring else "nothing")
    words = [localizer.short_name(use.channel)]
    if line.measuring:
        words.append(localizer.say("measuring"))
    elif use.pinned:
        down = use.state is State.DOWN
        words.append(localizer.say("pinned.down" if down else "pinned"))
        if use.in_vain and not down:
            words.append(localizer.say("state.unheard"))
    elif not use.verified:
        words.append(localizer.say("unverified"))
    return " · ".join(words)


def _backup(line: Recommendation, localizer: Localizer) -> str:
    """Return the backup."""
    if line.use is None:
        return ""
    return localizer.say("act.then.backup", name=card_text.backup(line, localizer))


def _played_in(shot: Snapshot) -> Exercise | None:
    return shot.rehearsal.exercise if shot.rehearsal else None


def _taken(before: Snapshot, after: Snapshot, then: Localizer) -> list[str]:
    """Return the channels set aside or down from then on, and those no more.

    Then those that become proven, or of which nothing is known any more.
    """
    pairs = list(zip(before.channels, after.channels, strict=True))
    named = {
        f"{key}{'' if now else '.no_more'}": [
            then.short_name(new.name)
            for old, new in pairs
            if lost(new.standing) is now and lost(old.standing) is not now
        ]
        for key, lost in (
            ("aside", lambda standing: bool(standing.aside)),
            ("down", _is_down),
        )
        for now in (True, False)
    }
    for state in (State.AVAILABLE, State.UNKNOWN):
        named[state.value] = [
            then.short_name(new.name)
            for old, new in pairs
            if new.standing.state is state is not old.standing.state
            and not new.standing.aside
            and not (state is State.AVAILABLE and _is_down(old.standing))
        ]
    return [
        then.say(f"act.then.{key}", what=", ".join(names))
        for key, names in named.items()
        if names
    ]


def _is_down(standing: Standing) -> bool:
    return standing.state is State.DOWN
