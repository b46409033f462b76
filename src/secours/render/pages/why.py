"""Why it is as it is: the suspects, what speaks for and against each, what follows.

Pure: a Snapshot and an explanation of it in, HTML out.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from markupsafe import Markup
from msgspec import Struct

from secours import texts
from secours.core.diagnosis.explanation import Explanation, Group, Suspect
from secours.model.nodes import channel_node
from secours.model.snapshot import Explained, Standing, State
from secours.model.statements import Declared, Mark
from secours.render import badges, templates
from secours.render.pages.owner import reasons
from secours.render.wording import suspects
from secours.render.wording.announcement import announcements, heading
from secours.render.wording.localizer import Localizer
from secours.render.wording.suspects import name_of

MOST_SUSPECTS = 12
MOST_CLEARED = 20

Coming = tuple[datetime, str]
"""When something will change by itself, and what."""


class SuspectView(Struct, frozen=True):
    """A set of what may have failed, and what is known of it, if it is."""

    title: str
    facts: Sequence[tuple[str, Sequence[str]]] = ()


class GroupView(Struct, frozen=True):
    """What would explain failures that may have a cause in common."""

    said: Sequence[str]
    suspects: Sequence[SuspectView]


def why_html(localizer: Localizer, why: Explanation | None) -> Markup:
    """Draw the page; without an explanation the suspects have only their names."""
    return templates.fill(
        "why.html",
        localizer.language,
        known=_known(localizer, why),
        groups=_groups(localizer, why),
        unavailable=list(_unavailable(localizer)),
        cleared=_cleared(localizer, why),
        wrong=list(_wrong(localizer)),
        at_risk=list(_at_risk(localizer)),
        forecast=[words for _, words in coming(localizer)],
        announcements=_announced(localizer),
    )


def coming(localizer: Localizer) -> list[Coming]:
    """Return what will change by itself, the next first, in words."""
    return sorted([*_answers(localizer), *_ends(localizer), *_lapses(localizer)])


def _known(localizer: Localizer, why: Explanation | None) -> list[str]:
    """Say what is known down, before the groups of failures with their suspects."""
    explanations = localizer.snapshot.explanations
    known = suspects.known_down(localizer)
    if not (known or explanations):
        key = "suspects.each" if any(_unavailable(localizer)) else "suspects.none"
        return [localizer.say(key)]
    said = [f"{known}."] if known else []
    if explanations and why is None:
        said.append(localizer.say("suspects.other_plan"))
    return said


def _groups(localizer: Localizer, why: Explanation | None) -> list[GroupView]:
    explanations = localizer.snapshot.explanations
    groups = why.groups if why else [None] * len(explanations)
    pairs = zip(explanations, groups, strict=True)
    return [_group(*pair, localizer) for pair in pairs]


def _group(each: Explained, group: Group | None, localizer: Localizer) -> GroupView:
    """Return what would explain failures that may have a cause in common."""
    found, left = len(each.suspects), suspects.unexplained(each, localizer)
    said = [f"{', '.join(suspects.listed(each.channels, localizer))}."]
    if found:
        key = "suspects.one" if found == 1 else "suspects.several"
        said.append(localizer.say(key, n=found))
    if left:
        said.append(f"{left}.")
    if group is None:
        drawn = [SuspectView(_title(names, localizer)) for names in each.suspects]
    else:
        drawn = [_suspect(one, localizer) for one in group.suspects]
        if group.ask:
            name = name_of(group.ask, localizer)
            said.append(localizer.say("suspects.ask", name=name))
    return GroupView(said, drawn[:MOST_SUSPECTS])


def _title(names: Sequence[str], localizer: Localizer) -> str:
    """Name a set; a channel in a set of one failed alone."""
    if len(names) == 1:
        return localizer.component(names[0])
    return " + ".join(name_of(name, localizer) for name in names)


def _suspect(suspect: Suspect, localizer: Localizer) -> SuspectView:
    """Return what a suspect explains and would take, and what speaks against it."""
    rows = {
        "explains": _names(suspect.explains, localizer),
        "takes": _names(suspect.takes, localizer),
        "against": _against(suspect, localizer),
    }
    said = [
        (localizer.say(f"suspects.{key}"), [words])
        for key, words in rows.items()
        if words
    ]
    return SuspectView(_title(suspect.names, localizer), said)


def _names(nodes: Sequence[str], localizer: Localizer) -> str:
    return ", ".join(name_of(node, localizer) for node in nodes)


def _against(suspect: Suspect, localizer: Localizer) -> str:
    """Say who says that it works: what was measured would have cleared it."""
    said = [
        localizer.say(
            "suspects.against.up", by=mark.by, name=name_of(mark.subject, localizer)
        )
        for mark in localizer.snapshot.marks
        if mark.says is Declared.UP and mark.subject in suspect.names
    ]
    return ", ".join(said) or localizer.say("suspects.against.none")


def _cleared(localizer: Localizer, why: Explanation | None) -> list[str]:
    cleared = why.cleared if why else {}
    return [
        localizer.say(
            "suspects.cleared.by",
            name=localizer.component(name),
            what=_names(by[:3], localizer),
        )
        for name, by in list(cleared.items())[:MOST_CLEARED]
    ]


def _wrong(localizer: Localizer) -> Iterator[str]:
    """Say where the plan is wrong: what works without what it is said to need."""
    for component, channel in localizer.snapshot.contradictions:
        yield localizer.say(
            "wrong.works",
            name=localizer.short_name(channel),
            what=localizer.component(component),
        )


def _unavailable(localizer: Localizer) -> Iterator[str]:
    """Say of each channel that is not available why, explained or not."""
    for view in localizer.snapshot.channels:
        if not badges.works(view.standing):
            word = badges.of(view.standing, localizer).word
            name = localizer.short_name(view.name)
            why = " · ".join(dict.fromkeys(filter(None, reasons(view, localizer))))
            yield f"{name}{localizer.say('colon')} {word}{f', {why}' if why else ''}"


def _at_risk(localizer: Localizer) -> Iterator[str]:
    for view in localizer.snapshot.channels:
        standing = view.standing
        name = localizer.short_name(view.name)
        if standing.may_need:
            yield f"{name}{localizer.say('colon')} {localizer.may_need(standing)}"
        if standing.presumed == channel_node(view.name):
            continue  # it is itself what probably failed
        if standing.presumed:
            what = localizer.cause(standing.presumed)
            yield localizer.say("risk.presumed", name=name, what=what)
        elif standing.at_risk:
            what = localizer.cause(standing.at_risk)
            yield localizer.say("risk.at_risk", name=name, what=what)


def _announced(localizer: Localizer) -> list[tuple[str, str]]:
    """Return what to tell people that they may not know, after where they listen."""
    return [
        (heading(each, localizer), each.text)
        for each in announcements(localizer.snapshot, localizer.language)
        if each.news
    ]


def _answers(localizer: Localizer) -> Iterator[Coming]:
    """Yield when another channel will be the one to use, or none."""
    for each in localizer.snapshot.forecast:
        line = texts.purpose(localizer.language, each.purpose, each.audience)
        name = None if each.use is None else localizer.short_name(each.use)
        yield _said(localizer, "use", each.at.utc, line=line, name=name)


def _ends(localizer: Localizer) -> Iterator[Coming]:
    """Yield when what lives on without its power will end, together by the minute."""
    views: list[tuple[str, Standing]] = [
        *(
            (localizer.component(v.name), v.standing)
            for v in localizer.snapshot.components
        ),
        *(
            (localizer.short_name(v.name), v.standing)
            for v in localizer.snapshot.channels
        ),
    ]
    together: dict[datetime, list[tuple[datetime, str]]] = {}
    for name, standing in views:
        if standing.until is not None and standing.state is not State.DOWN:
            minute = standing.until.utc.replace(second=0, microsecond=0)
            together.setdefault(minute, []).append((standing.until.utc, name))
    for ends in together.values():
        names = ", ".join(dict.fromkeys(name for _, name in ends))
        yield _said(localizer, "ends", min(ends)[0], names=names)


def _lapses(localizer: Localizer) -> Iterator[Coming]:
    """Yield when a person's word will end, or asks to be confirmed."""
    for mark in localizer.snapshot.marks:
        if mark.until is not None and mark.until > localizer.snapshot.at.utc:
            yield _said(
                localizer,
                _lapse(mark),
                mark.until,
                by=mark.by,
                name=name_of(mark.subject, localizer),
            )
    for pin in localizer.snapshot.pins:
        if pin.until is not None:
            name = localizer.short_name(pin.channel)
            yield _said(localizer, "unpins", pin.until, by=pin.by, name=name)
    rehearsal = localizer.snapshot.rehearsal
    if rehearsal is not None and rehearsal.exercise.until is not None:
        yield _said(localizer, "exercise", rehearsal.exercise.until)


def _lapse(mark: Mark) -> str:
    return "confirm" if mark.says is Declared.DISTRUSTED else "lapses"


def _said(localizer: Localizer, key: str, at: datetime, **facts: object) -> Coming:
    left_s = (at - localizer.snapshot.at.utc).total_seconds() - localizer.screen_age_s
    when = localizer.time(at)
    left = int(max(0.0, left_s))
    return at, localizer.say(f"forecast.{key}", when=when, left_s=left, **facts)
