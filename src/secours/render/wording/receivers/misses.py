"""Words for the people that the channel in use misses, and its complements."""

from collections.abc import Iterable, Mapping

from secours.model.receivers.reach import GroupReach, Hearing, Reception
from secours.model.snapshot import Recommendation, State
from secours.render.escape import plain
from secours.render.wording.localizer import Localizer

LONGEST_LABEL = 40
IN_BRIEF = 2  # groups; of more the wall counts the others
NOBODY: Mapping[str, Hearing] = {}

Missed = tuple[str, str]
"""Words for how groups are missed, and their names."""


def sentence(line: Recommendation, localizer: Localizer) -> str:
    """Say whom the channel in use misses, and what completes it; "" for nobody."""
    said = localizer.series(map(" ".join, missed(line, localizer)))
    return ". ".join(filter(None, (said, completed(line, localizer))))


def missed(line: Recommendation, localizer: Localizer) -> list[Missed]:
    """Return whom the channel in use misses, first those whom another reaches."""
    reach = line.use.reach if line.use else None
    return of_reach(reach, localizer, _together(line)) if reach else []


def of_reach(
    reach: Reception, localizer: Localizer, together: Mapping[str, Hearing] = NOBODY
) -> list[Missed]:
    """Return which groups do not hear a channel, or in part, and which never do.

    Nothing reaches those who miss it and hear none `together` either.
    """
    by_way: dict[str, list[str]] = {"not": [], "part": [], "nothing": [], "never": []}
    for each in reach.missed:
        way = "never" if _never(each) else "not"
        if together.get(each.group) is Hearing.NONE:
            way = "nothing"
        by_way["part" if each.heard is Hearing.PART else way].append(
            name(each, localizer)
        )
    ways = ((localizer.say(f"heard.{way}"), each) for way, each in by_way.items())
    return [(words, ", ".join(names)) for words, names in ways if names]


def completed(line: Recommendation, localizer: Localizer) -> str:
    """Return whom other channels reach besides; "" if not needed, or nobody."""
    names = ", ".join(_besides(name, localizer) for name in line.completed_by)
    reach = line.use.reach if line.use else None
    if not names or reach is None:
        return ""
    best = _together(line)
    if all(level is Hearing.WHOLE for level in best.values()):
        return localizer.say("heard.with.all", channels=names)
    more = (g for g in reach.groups if best[g.group].rank > g.heard.rank)
    return localizer.say(
        "heard.with.some", channels=names, names=labels(more, localizer)
    )


def _besides(name: str, localizer: Localizer) -> str:
    """Name a channel to use besides, and say so where nothing proves it."""
    view, short = localizer.snapshot.by_name.get(name), localizer.short_name(name)
    if view is None or view.standing.state is not State.UNKNOWN:
        return short
    return f"{short} ({localizer.say('unverified.word')})"


def fewer(line: Recommendation, localizer: Localizer) -> str:
    """Return the groups that hear the backup less than the channel in use."""
    used, spare = (t.reach if t else None for t in (line.use, line.backup))
    if used is None or spare is None:
        return ""
    by_way: dict[str, list[GroupReach]] = {"not": [], "part": []}
    for now, then in zip(used.groups, spare.groups, strict=True):
        if then.rank < now.rank:
            by_way["part" if then.heard is Hearing.PART else "not"].append(then)
    return ", ".join(
        f"{localizer.say(f'heard.{way}')} {labels(groups, localizer)}"
        for way, groups in by_way.items()
        if groups
    )


def in_brief(line: Recommendation, localizer: Localizer) -> str:
    """Return a few of the groups missed, and the channels to use besides."""
    reach = line.use.reach if line.use else None
    missed = sorted(reach.missed, key=_never) if reach else []
    names = labels(missed[:IN_BRIEF], localizer)
    if others := len(missed[IN_BRIEF:]):
        names += f" {localizer.say('more.others', n=others)}"
    more = ", ".join(map(localizer.short_name, line.completed_by))
    besides = localizer.say("heard.with", channels=more) if more else ""
    return ". ".join(filter(None, (names, besides)))


def _never(each: GroupReach) -> bool:
    return each.designed is Hearing.NONE


def _together(line: Recommendation) -> dict[str, Hearing]:
    """Return how well each group hears the channel in use with its complements."""
    used = [line.use.channel] if line.use else []
    best: dict[str, Hearing] = {}
    for channel in (*used, *line.completed_by):
        for each in line.receivers[channel].groups:
            before = best.get(each.group, Hearing.NONE)
            best[each.group] = max(before, each.heard, key=lambda level: level.rank)
    return best


def name(each: GroupReach, localizer: Localizer) -> str:
    """Name a group with its size, or how many of it answered."""
    said = answered(each, localizer) or each.people
    return label(each, localizer) + (f" ({said})" if said is not None else "")


def label(each: GroupReach, localizer: Localizer) -> str:
    """Return the label of a group."""
    return plain(localizer.in_language(each.label) or each.group, LONGEST_LABEL)


def labels(groups: Iterable[GroupReach], localizer: Localizer) -> str:
    """Return the labels of groups."""
    return ", ".join(label(each, localizer) for each in groups)


def answered(each: GroupReach, localizer: Localizer) -> str:
    """Return how many answered in a test, and its age; "" without one."""
    if (call := each.call) is None:
        return ""
    ago = localizer.ago(localizer.age_s(call.at)) if call.at else None
    return localizer.say("heard.call", n=call.answered, of=call.asked, ago=ago)
