"""Why it is as it is: the suspects, what speaks for and against each, what follows.

Pure: a Snapshot and an explanation of it in, HTML out.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from secours import texts
from secours.core.diagnosis.explanation import Explanation, Group, Suspect
from secours.model.snapshot import Explained, Snapshot, Standing, State
from secours.model.statements import Declared, Mark
from secours.render import badges
from secours.render.badges import Tone, shape
from secours.render.escape import esc
from secours.render.pages.actions import announced_html
from secours.render.pages.head import bar_html
from secours.render.pages.status import reasons
from secours.render.wording import suspects
from secours.render.wording.announcement import announcements
from secours.render.wording.localizer import Localizer
from secours.render.wording.suspects import name_of

MOST_SUSPECTS = 12
MOST_CLEARED = 20

Coming = tuple[datetime, str]
"""When something will change by itself, and what."""


def why_html(
    snapshot: Snapshot, language: str, why: Explanation | None, *, age_s: float
) -> str:
    """Draw the page; without an explanation the suspects have only their names."""
    localizer = Localizer(snapshot, texts.language_of(language), age_s)
    site = esc(localizer.in_language(snapshot.site.name))
    parts = (
        _section(localizer, "suspects.title", _suspects(localizer, why)),
        _section(localizer, "unavailable.title", _list(_unavailable(localizer))),
        _section(localizer, "suspects.cleared", _cleared(localizer, why)),
        _section(localizer, "wrong.title", _list(_wrong(localizer))),
        _section(localizer, "risk.title", _list(_at_risk(localizer))),
        _section(localizer, "forecast.title", _forecast(localizer)),
        _section(localizer, "announce.title", _announced(localizer)),
    )
    return (
        f'<div class="s-status" lang="{localizer.language}">'
        f"{bar_html(localizer, 'why', site)}{''.join(parts)}</div>"
    )


def coming(localizer: Localizer) -> list[Coming]:
    """Return what will change by itself, the next first, in words."""
    return sorted([*_answers(localizer), *_ends(localizer), *_lapses(localizer)])


def _section(localizer: Localizer, key: str, inside: str) -> str:
    if not inside:
        return ""
    return (
        f'<section class="s-part"><h2>{esc(localizer.say(key))}</h2>{inside}</section>'
    )


def _list(said: Iterator[str]) -> str:
    items = "".join(f"<li>{esc(text)}</li>" for text in said)
    return f'<ul class="s-lines">{items}</ul>' if items else ""


def _suspects(localizer: Localizer, why: Explanation | None) -> str:
    """Draw what is known down, then each group of failures with its suspects."""
    explanations, known = (
        localizer.snapshot.explanations,
        suspects.known_down(localizer),
    )
    if not (known or explanations):
        key = "suspects.each" if any(_unavailable(localizer)) else "suspects.none"
        return _paragraphs([localizer.say(key)])
    said = [f"{known}."] if known else []
    if explanations and why is None:
        said.append(localizer.say("suspects.other_plan"))
    groups = why.groups if why else [None] * len(explanations)
    pairs = zip(explanations, groups, strict=True)
    return _paragraphs(said) + "".join(_group(*pair, localizer) for pair in pairs)


def _group(each: Explained, group: Group | None, localizer: Localizer) -> str:
    """Draw what would explain failures that may have a cause in common."""
    found, left = len(each.suspects), suspects.unexplained(each, localizer)
    said = [f"{', '.join(suspects.listed(each.channels, localizer))}."]
    if found:
        key = "suspects.one" if found == 1 else "suspects.several"
        said.append(localizer.say(key, n=found))
    if left:
        said.append(f"{left}.")
    if group is None:
        drawn = [_names_html(names, localizer) for names in each.suspects]
    else:
        drawn = [_suspect(one, localizer) for one in group.suspects]
        if group.ask:
            name = name_of(group.ask, localizer)
            said.append(localizer.say("suspects.ask", name=name))
    return _paragraphs(said) + "".join(drawn[:MOST_SUSPECTS])


def _paragraphs(said: Sequence[str]) -> str:
    return "".join(f"<p>{esc(text, 600)}</p>" for text in said)


def _names_html(names: Sequence[str], localizer: Localizer) -> str:
    return (
        f'<article class="s-owner"><h3>{esc(_title(names, localizer))}</h3></article>'
    )


def _title(names: Sequence[str], localizer: Localizer) -> str:
    """Name a set; a channel in a set of one failed alone."""
    if len(names) == 1:
        return localizer.component(names[0])
    return " + ".join(name_of(name, localizer) for name in names)


def _suspect(suspect: Suspect, localizer: Localizer) -> str:
    """Draw a suspect with what it explains, would take, and what speaks against it."""
    rows = [
        ("explains", _names(suspect.explains, localizer)),
        ("takes", _names(suspect.takes, localizer)),
        ("against", _against(suspect, localizer)),
    ]
    listed = "".join(
        f"<dt>{esc(localizer.say(f'suspects.{key}'))}</dt><dd>{esc(said, 600)}</dd>"
        for key, said in rows
        if said
    )
    title = _title(suspect.names, localizer)
    return (
        f'<article class="s-owner"><h3>{shape(Tone.DOWN)} {esc(title)}</h3>'
        f'<dl class="s-facts-list">{listed}</dl></article>'
    )


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


def _cleared(localizer: Localizer, why: Explanation | None) -> str:
    cleared = why.cleared if why else {}
    said = (
        localizer.say(
            "suspects.cleared.by",
            name=localizer.component(name),
            what=_names(by[:3], localizer),
        )
        for name, by in list(cleared.items())[:MOST_CLEARED]
    )
    return _list(said)


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
        if standing.presumed:
            what = localizer.component(standing.presumed)
            yield localizer.say("risk.presumed", name=name, what=what)
        elif standing.at_risk:
            what = localizer.component(standing.at_risk)
            yield localizer.say("risk.at_risk", name=name, what=what)


def _forecast(localizer: Localizer) -> str:
    said = [words for _, words in coming(localizer)]
    if not said:
        return f"<p>{esc(localizer.say('forecast.none'))}</p>"
    return _list(iter(said))


def _announced(localizer: Localizer) -> str:
    """Draw what to tell people that they may not know, and where they listen."""
    return "".join(
        announced_html(each, localizer)
        for each in announcements(localizer.snapshot, localizer.language)
        if each.news
    )


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
