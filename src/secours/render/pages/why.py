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
from secours.render.wording.localizer import Voice
from secours.render.wording.suspects import name_of

MOST_SUSPECTS = 12
MOST_CLEARED = 20

Coming = tuple[datetime, str]
"""When something will change by itself, and what."""


def why_html(
    snapshot: Snapshot, language: str, why: Explanation | None, *, age_s: float
) -> str:
    """Draw the page; without an explanation the suspects have only their names."""
    voice = Voice(snapshot, texts.language_of(language), age_s)
    site = esc(voice.in_language(snapshot.site.name))
    parts = (
        _section(voice, "suspects.title", _suspects(voice, why)),
        _section(voice, "unavailable.title", _list(_unavailable(voice))),
        _section(voice, "suspects.cleared", _cleared(voice, why)),
        _section(voice, "wrong.title", _list(_wrong(voice))),
        _section(voice, "risk.title", _list(_at_risk(voice))),
        _section(voice, "forecast.title", _forecast(voice)),
        _section(voice, "announce.title", _announced(voice)),
    )
    return (
        f'<div class="s-status" lang="{voice.language}">'
        f"{bar_html(voice, 'why', site)}{''.join(parts)}</div>"
    )


def coming(voice: Voice) -> list[Coming]:
    """Return what will change by itself, the next first, in words."""
    return sorted([*_answers(voice), *_ends(voice), *_lapses(voice)])


def _section(voice: Voice, key: str, inside: str) -> str:
    if not inside:
        return ""
    return f'<section class="s-part"><h2>{esc(voice.say(key))}</h2>{inside}</section>'


def _list(said: Iterator[str]) -> str:
    items = "".join(f"<li>{esc(text)}</li>" for text in said)
    return f'<ul class="s-lines">{items}</ul>' if items else ""


def _suspects(voice: Voice, why: Explanation | None) -> str:
    """Draw what is known down, then each group of failures with its suspects."""
    explanations, known = voice.snapshot.explanations, suspects.known_down(voice)
    if not (known or explanations):
        key = "suspects.each" if any(_unavailable(voice)) else "suspects.none"
        return _paragraphs([voice.say(key)])
    said = [f"{known}."] if known else []
    if explanations and why is None:
        said.append(voice.say("suspects.other_plan"))
    groups = why.groups if why else [None] * len(explanations)
    pairs = zip(explanations, groups, strict=True)
    return _paragraphs(said) + "".join(_group(*pair, voice) for pair in pairs)


def _group(each: Explained, group: Group | None, voice: Voice) -> str:
    """Draw what would explain failures that may have a cause in common."""
    found, left = len(each.suspects), suspects.unexplained(each, voice)
    said = [f"{', '.join(suspects.listed(each.channels, voice))}."]
    if found:
        key = "suspects.one" if found == 1 else "suspects.several"
        said.append(voice.say(key, n=found))
    if left:
        said.append(f"{left}.")
    if group is None:
        drawn = [_names_html(names, voice) for names in each.suspects]
    else:
        drawn = [_suspect(one, voice) for one in group.suspects]
        if group.ask:
            name = name_of(group.ask, voice)
            said.append(voice.say("suspects.ask", name=name))
    return _paragraphs(said) + "".join(drawn[:MOST_SUSPECTS])


def _paragraphs(said: Sequence[str]) -> str:
    return "".join(f"<p>{esc(text, 600)}</p>" for text in said)


def _names_html(names: Sequence[str], voice: Voice) -> str:
    return f'<article class="s-owner"><h3>{esc(_title(names, voice))}</h3></article>'


def _title(names: Sequence[str], voice: Voice) -> str:
    """Name a set; a channel in a set of one failed alone."""
    if len(names) == 1:
        return voice.component(names[0])
    return " + ".join(name_of(name, voice) for name in names)


def _suspect(suspect: Suspect, voice: Voice) -> str:
    """Draw a suspect with what it explains, would take, and what speaks against it."""
    rows = [
        ("explains", _names(suspect.explains, voice)),
        ("takes", _names(suspect.takes, voice)),
        ("against", _against(suspect, voice)),
    ]
    listed = "".join(
        f"<dt>{esc(voice.say(f'suspects.{key}'))}</dt><dd>{esc(said, 600)}</dd>"
        for key, said in rows
        if said
    )
    title = _title(suspect.names, voice)
    return (
        f'<article class="s-owner"><h3>{shape(Tone.DOWN)} {esc(title)}</h3>'
        f'<dl class="s-facts-list">{listed}</dl></article>'
    )


def _names(nodes: Sequence[str], voice: Voice) -> str:
    return ", ".join(name_of(node, voice) for node in nodes)


def _against(suspect: Suspect, voice: Voice) -> str:
    """Say who says that it works: what was measured would have cleared it."""
    said = [
        voice.say("suspects.against.up", by=mark.by, name=name_of(mark.subject, voice))
        for mark in voice.snapshot.marks
        if mark.says is Declared.UP and mark.subject in suspect.names
    ]
    return ", ".join(said) or voice.say("suspects.against.none")


def _cleared(voice: Voice, why: Explanation | None) -> str:
    cleared = why.cleared if why else {}
    said = (
        voice.say(
            "suspects.cleared.by",
            name=voice.component(name),
            what=_names(by[:3], voice),
        )
        for name, by in list(cleared.items())[:MOST_CLEARED]
    )
    return _list(said)


def _wrong(voice: Voice) -> Iterator[str]:
    """Say where the plan is wrong: what works without what it is said to need."""
    for component, channel in voice.snapshot.contradictions:
        yield voice.say(
            "wrong.works",
            name=voice.short_name(channel),
            what=voice.component(component),
        )


def _unavailable(voice: Voice) -> Iterator[str]:
    """Say of each channel that is not available why, explained or not."""
    for view in voice.snapshot.channels:
        if not badges.works(view.standing):
            word = badges.of(view.standing, voice).word
            name = voice.short_name(view.name)
            why = " · ".join(dict.fromkeys(filter(None, reasons(view, voice))))
            yield f"{name}{voice.say('colon')} {word}{f', {why}' if why else ''}"


def _at_risk(voice: Voice) -> Iterator[str]:
    for view in voice.snapshot.channels:
        standing = view.standing
        name = voice.short_name(view.name)
        if standing.may_need:
            yield f"{name}{voice.say('colon')} {voice.may_need(standing)}"
        if standing.presumed:
            what = voice.component(standing.presumed)
            yield voice.say("risk.presumed", name=name, what=what)
        elif standing.at_risk:
            what = voice.component(standing.at_risk)
            yield voice.say("risk.at_risk", name=name, what=what)


def _forecast(voice: Voice) -> str:
    said = [words for _, words in coming(voice)]
    if not said:
        return f"<p>{esc(voice.say('forecast.none'))}</p>"
    return _list(iter(said))


def _announced(voice: Voice) -> str:
    """Draw what to tell people that they may not know, and where they listen."""
    return "".join(
        announced_html(each, voice)
        for each in announcements(voice.snapshot, voice.language)
        if each.news
    )


def _answers(voice: Voice) -> Iterator[Coming]:
    """Yield when another channel will be the one to use, or none."""
    for each in voice.snapshot.forecast:
        line = texts.purpose(voice.language, each.purpose, each.audience)
        name = None if each.use is None else voice.short_name(each.use)
        yield _said(voice, "use", each.at.utc, line=line, name=name)


def _ends(voice: Voice) -> Iterator[Coming]:
    """Yield when what lives on without its power will end, together by the minute."""
    views: list[tuple[str, Standing]] = [
        *((voice.component(v.name), v.standing) for v in voice.snapshot.components),
        *((voice.short_name(v.name), v.standing) for v in voice.snapshot.channels),
    ]
    together: dict[datetime, list[tuple[datetime, str]]] = {}
    for name, standing in views:
        if standing.until is not None and standing.state is not State.DOWN:
            minute = standing.until.utc.replace(second=0, microsecond=0)
            together.setdefault(minute, []).append((standing.until.utc, name))
    for ends in together.values():
        names = ", ".join(dict.fromkeys(name for _, name in ends))
        yield _said(voice, "ends", min(ends)[0], names=names)


def _lapses(voice: Voice) -> Iterator[Coming]:
    """Yield when a person's word will end, or asks to be confirmed."""
    for mark in voice.snapshot.marks:
        if mark.until is not None and mark.until > voice.snapshot.at.utc:
            yield _said(
                voice,
                _lapse(mark),
                mark.until,
                by=mark.by,
                name=name_of(mark.subject, voice),
            )
    for pin in voice.snapshot.pins:
        if pin.until is not None:
            name = voice.short_name(pin.channel)
            yield _said(voice, "unpins", pin.until, by=pin.by, name=name)
    rehearsal = voice.snapshot.rehearsal
    if rehearsal is not None and rehearsal.exercise.until is not None:
        yield _said(voice, "exercise", rehearsal.exercise.until)


def _lapse(mark: Mark) -> str:
    return "confirm" if mark.says is Declared.DISTRUSTED else "lapses"


def _said(voice: Voice, key: str, at: datetime, **facts: object) -> Coming:
    left_s = (at - voice.snapshot.at.utc).total_seconds() - voice.screen_age_s
    when = voice.time(at)
    left = int(max(0.0, left_s))
    return at, voice.say(f"forecast.{key}", when=when, left_s=left, **facts)
