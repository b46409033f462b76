"""Roll calls in words: how many of each group answered a test."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from secours.model.receivers.audiences import group_key
from secours.model.receivers.reach import GroupReach, RollCall
from secours.model.snapshot import Snapshot
from secours.model.statements import Trial
from secours.outside_text import plain
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import misses

if TYPE_CHECKING:
    from secours.core.audit.plan import Trying


def said(calls: Mapping[str, RollCall], localizer: Localizer) -> str:
    """Say how many of each group answered, "" of none."""
    named = labels(calls, localizer)
    answers = [
        localizer.say(
            "roll_call.group",
            group=named[key],
            answered=call.answered,
            asked=call.asked,
        )
        for key, call in calls.items()
    ]
    return localizer.say("roll_call", groups=", ".join(answers)) if calls else ""


def tried(test: "Trying", trial: Trial | None, localizer: Localizer) -> list[str]:
    """Say who tried a channel last and when, what failed, and who answered."""
    day = localizer.date(test.tried_at) if test.tried_at else None
    return [
        localizer.say("shift.tried", day=day, by=trial.by if trial else None),
        localizer.say("audit.test.failed") if test.worked is False else "",
        said(trial.reached, localizer) if trial else "",
    ]


def groups(shot: Snapshot, channel: str | None = None) -> dict[str, GroupReach]:
    """Return the groups of lines, or of a channel, by key."""
    return {
        group_key(line.audience, each.group): each
        for line in shot.recommendations
        for name, reception in line.receivers.items()
        if channel in (None, name)
        for each in reception.groups
    }


def labels(keys: Iterable[str], localizer: Localizer) -> dict[str, str]:
    """Name groups; with the audience where two have the same label."""
    known = groups(localizer.snapshot)
    named = {
        key: misses.label(known[key], localizer)
        if key in known
        else plain(key.partition("/")[2])
        for key in keys
    }
    count = Counter(named.values())
    return {
        key: f"{label} ({localizer.audience(key.partition('/')[0])})"
        if count[label] > 1
        else label
        for key, label in named.items()
    }
