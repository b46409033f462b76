"""Page of causes: each ailing channel, suspects, and changes ahead.

Pure: a Snapshot and an explanation of it in, HTML out.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from markupsafe import Markup

from secours.core.diagnosis.explanation import Explanation, Group, Suspect
from secours.model.nodes import channel_node
from secours.model.plan import Config
from secours.model.snapshot import (
    ChannelView,
    Explained,
    Standing,
    State,
)
from secours.model.statements import Declared
from secours.render import badges, templates
from secours.render.badges import Tone
from secours.render.pages.owner import probe_row, proof, reasons
from secours.render.pages.tell import text_to_send
from secours.render.templates import Row
from secours.render.templates.links import link
from secours.render.wording import suspects
from secours.render.wording.announcement import announcements
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import reasons as receivers
from secours.render.wording.sites import opinion
from secours.render.wording.suspects import name_of

MOST_SUSPECTS = 12
MOST_CLEARED = 20
MOST_CAUSES = 3  # named beside a channel
AILING = (Tone.DOWN, Tone.DEGRADED, Tone.ASIDE)

Coming = tuple[datetime, str]
"""Time of an expected change, and its words."""


Facts = Sequence[tuple[str, Sequence[str]]]
"""Labels, each with its sentences."""


def why_html(
    localizer: Localizer,
    why: Explanation | None,
    *,
    plan: Config | None = None,
    channel_asked: str | None = None,
) -> Markup:
    """Draw the page; the channel asked for comes first.

    Without an explanation and its plan, suspects have only their names.
    """
    channels = [
        _channel(view, localizer, why, plan, is_asked=view.name == channel_asked)
        for view in _ordered(localizer, channel_asked)
    ]
    explanations = localizer.snapshot.explanations
    groups = why.groups if why else [None] * len(explanations)
    pairs = zip(explanations, groups, strict=True)
    return templates.fill(
        "why.html",
        localizer.language,
        channels=channels,
        is_asked=any(each["is_asked"] for each in channels),
        known=_known(localizer, why),
        groups=[_group(*pair, localizer) for pair in pairs],
        cleared=_cleared(localizer, why),
        wrong=list(_wrong(localizer)),
        forecast=[words for _, words in coming(localizer)],
        announcements=_announced(localizer),
    )


def why_link(localizer: Localizer, channel: str = "") -> str:
    """Return the address of the page, with a channel first."""
    return link("why", localizer.language, name=channel)


def is_explained(standing: Standing) -> bool:
    """Return whether a channel has anything to explain."""
    doubted = standing.at_risk or standing.may_need or standing.warnings
    return not standing.fine or badges.ends(standing) or bool(doubted)


# ------------------------------------------------------------------ channels


def _ordered(localizer: Localizer, first: str | None) -> list[ChannelView]:
    """Return the ailing channels: the one asked for, then the worst first."""
    views = [
        view
        for view in localizer.snapshot.channels
        if is_explained(view.standing) or receivers.of_channel(view, localizer)
    ]
    return sorted(views, key=lambda view: (view.name != first, badges.badness(view)))


def _channel(
    view: ChannelView,
    localizer: Localizer,
    why: Explanation | None,
    plan: Config | None,
    *,
    is_asked: bool,
) -> Row:
    node, needs = channel_node(view.name), _needs(view, plan)
    proven = ", ".join(filter(None, proof(view.standing, localizer)))
    rows: list[tuple[str, Sequence[str]]] = [
        (
            "channel.because",
            reasons(view, localizer, receivers.of_channel(view, localizer)),
        ),
        ("unavailable.needs", _failing(needs, localizer)),
        ("unavailable.cause", _causes(view, localizer)),
        ("suspects.against", [*_doubts(view, localizer)]),
        ("suspects.cleared", _cleared(localizer, why, needs)),
        ("suspects.elsewhere", _elsewhere(view, localizer)),
        ("unavailable.proof", [proven]),
        ("forecast.title", [words for _, words in _lapses_of(node, localizer)]),
    ]
    facts = ((key, list(dict.fromkeys(filter(None, words)))) for key, words in rows)
    return {
        "node": node,
        "name": localizer.label(view),
        "link": link("channel", localizer.language, name=view.name),
        "badge": badges.of(view.standing, localizer),
        "facts": [(localizer.say(key), words) for key, words in facts if words],
        "probes": [probe_row(probe, localizer) for probe in view.probes],
        "is_asked": is_asked,
    }


def _needs(view: ChannelView, plan: Config | None) -> frozenset[str]:
    """Return the needs of a channel by the plan, if known."""
    channel = plan.channels.get(view.name) if plan else None
    return (
        frozenset(n for clause in channel.needs for n in clause)
        if channel
        else frozenset()
    )


def _failing(names: Collection[str], localizer: Localizer) -> list[str]:
    """Return those of these components that fail, with their states."""
    return [
        f"{localizer.component(part.name)} ({badges.of(part.standing, localizer).word})"
        for part in localizer.snapshot.components
        if part.name in names and badges.tone_of(part.standing) in AILING
    ]


def _causes(view: ChannelView, localizer: Localizer) -> list[str]:
    """Return the possible causes of a failure, likeliest first."""
    causes = []
    for each in localizer.snapshot.explanations:
        if view.name in each.channels:
            named = [_title(names, localizer) for names in each.suspects]
            causes += named[:MOST_CAUSES]
            if more := len(named[MOST_CAUSES:]):
                causes.append(localizer.say("replay.suspects.more", n=more))
        if view.name in each.unexplained:
            causes.append(localizer.say("unavailable.cause.none"))
    return causes


def _elsewhere(view: ChannelView, localizer: Localizer) -> list[str]:
    """Return the opinions of other sites on those causes."""
    groups = localizer.snapshot.explanations
    blamed = (s for g in groups if view.name in g.channels for s in g.suspects)
    fell = view.standing.presumed
    names = {name for found in blamed for name in found} | ({fell} if fell else set())
    return opinion.sentences(localizer, names)


def _doubts(view: ChannelView, localizer: Localizer) -> Iterator[str]:
    """Yield the statements that contradict the suspects of a channel."""
    for each in localizer.snapshot.explanations:
        if view.name in each.channels:
            for names in each.suspects:
                yield from _said_up(names, localizer)
    yield from _wrong(localizer, view.name)


def coming(localizer: Localizer) -> list[Coming]:
    """Return the expected changes in words, the next first."""
    return sorted([*_answers(localizer), *_ends(localizer), *_lapses(localizer)])


def _known(localizer: Localizer, why: Explanation | None) -> list[str]:
    """Return the known failures, then groups of failures with suspects."""
    explanations = localizer.snapshot.explanations
    known_down = suspects.known_down(localizer)
    nobody = [f"{words}." for words in [opinion.hub(localizer)] if words]
    if not (known_down or explanations):
        ails = any(is_explained(view.standing) for view in localizer.snapshot.channels)
        key = "suspects.each" if ails else "suspects.none"
        return [localizer.say(key), *nobody]
    sentences = [f"{known_down}.", *_known_why(localizer)] if known_down else []
    seen = opinion.sentences(localizer, localizer.snapshot.known_down)
    sentences += [*(f"{words}." for words in seen), *nobody]
    if explanations and why is None:
        sentences.append(localizer.say("suspects.other_plan"))
    return sentences


def _known_why(localizer: Localizer) -> Iterator[str]:
    """Yield the reason of each component known down."""
    for part in localizer.snapshot.components:
        if part.name in localizer.snapshot.known_down:
            said = " · ".join(filter(None, reasons(part, localizer)))
            name = localizer.component(part.name)
            yield f"{name}{localizer.say('colon')} {said}"


def _group(each: Explained, group: Group | None, localizer: Localizer) -> Row:
    """Return the explanations of failures that may have a common cause."""
    count, unexplained = len(each.suspects), suspects.unexplained(each, localizer)
    sentences = [f"{', '.join(suspects.listed(each.channels, localizer))}."]
    if count:
        key = "suspects.one" if count == 1 else "suspects.several"
        sentences.append(localizer.say(key, n=count))
    if unexplained:
        sentences.append(f"{unexplained}.")
    if group is None:
        drawn: list[tuple[str, Facts]] = [
            (_title(names, localizer), ()) for names in each.suspects
        ]
    else:
        drawn = [_suspect(one, localizer) for one in group.suspects]
        if group.ask:
            name = name_of(group.ask, localizer)
            sentences.append(localizer.say("suspects.ask", name=name))
    return {
        "said": sentences,
        "suspects": drawn[:MOST_SUSPECTS],
    }


def _title(names: Sequence[str], localizer: Localizer) -> str:
    """Name a set; a channel in a set of one failed alone."""
    if len(names) == 1:
        return localizer.component(names[0])
    return " + ".join(name_of(name, localizer) for name in names)


def _suspect(suspect: Suspect, localizer: Localizer) -> tuple[str, Facts]:
    """Return what a suspect explains, would take down, and what contradicts it."""
    title = _title(suspect.names, localizer)
    explains = _names(suspect.explains, localizer)
    itself = suspect.explains == suspect.names or explains == title
    rows = {
        "explains": "" if itself else explains,
        "takes": _names(suspect.takes, localizer),
        "against": ", ".join(_said_up(suspect.names, localizer))
        or localizer.say("suspects.against.none"),  # measured, it would be cleared
        "elsewhere": ". ".join(opinion.sentences(localizer, suspect.names)),
    }
    facts = [
        (localizer.say(f"suspects.{key}"), [words])
        for key, words in rows.items()
        if words
    ]
    return title, facts


def _names(nodes: Sequence[str], localizer: Localizer) -> str:
    return ", ".join(name_of(node, localizer) for node in nodes)


def _said_up(names: Collection[str], localizer: Localizer) -> list[str]:
    return [
        localizer.say(
            "suspects.against.up", by=mark.by, name=name_of(mark.subject, localizer)
        )
        for mark in localizer.snapshot.marks
        if mark.says is Declared.UP and mark.subject in names
    ]


def _cleared(
    localizer: Localizer, why: Explanation | None, names: Collection[str] | None = None
) -> list[str]:
    """Return the cleared suspects and why, of `names` if given; the rest counted."""
    cleared = [
        (name, by)
        for name, by in (why.cleared if why else {}).items()
        if names is None or name in names
    ]
    said = [
        localizer.say(
            "suspects.cleared.by",
            name=localizer.component(name),
            what=_names(by[:3], localizer),
        )
        for name, by in cleared[:MOST_CLEARED]
    ]
    if more := len(cleared[MOST_CLEARED:]):
        said.append(localizer.say("more.others", n=more))
    return said


def _wrong(localizer: Localizer, name: str | None = None) -> Iterator[str]:
    """Yield contradictions of the plan: channels that work without a need."""
    for component, channel in localizer.snapshot.contradictions:
        if name is not None and channel != name:
            continue
        yield localizer.say(
            "wrong.works",
            name=localizer.short_name(channel),
            what=localizer.component(component),
        )


def _announced(localizer: Localizer) -> list[Row]:
    """Return the announcements not known yet, each after where people listen."""
    return [
        text_to_send(each, localizer)
        for each in announcements(localizer.snapshot, localizer.language)
        if each.news
    ]


def _answers(localizer: Localizer) -> Iterator[Coming]:
    """Yield the expected changes of recommendations."""
    for each in localizer.snapshot.forecast:
        line = localizer.line(each.purpose, each.audience)
        name = None if each.use is None else localizer.short_name(each.use)
        yield _said(localizer, "use", each.at.utc, line=line, name=name)


def _ends(localizer: Localizer) -> Iterator[Coming]:
    """Yield the expected ends of batteries, together by the minute."""
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
    """Yield when statements end, or ask to be confirmed."""
    for subject in dict.fromkeys(mark.subject for mark in localizer.snapshot.marks):
        yield from _lapses_of(subject, localizer)
    for pin in localizer.snapshot.pins:
        if pin.until is not None:
            name = localizer.short_name(pin.channel)
            yield _said(localizer, "unpins", pin.until, by=pin.by, name=name)
    rehearsal = localizer.snapshot.rehearsal
    if rehearsal is not None and rehearsal.exercise.until is not None:
        yield _said(localizer, "exercise", rehearsal.exercise.until)


def _lapses_of(subject: str, localizer: Localizer) -> Iterator[Coming]:
    """Yield when the marks on a subject end."""
    for mark in localizer.snapshot.marks:
        if mark.subject != subject or mark.until is None:
            continue
        if mark.until > localizer.snapshot.at.utc:
            yield _said(
                localizer,
                "confirm" if mark.says is Declared.DISTRUSTED else "lapses",
                mark.until,
                by=mark.by,
                name=name_of(subject, localizer),
            )


def _said(localizer: Localizer, key: str, at: datetime, **facts: object) -> Coming:
    left_s = (at - localizer.snapshot.at.utc).total_seconds() - localizer.screen_age_s
    when = localizer.time(at)
    left = int(max(0.0, left_s))
    return at, localizer.say(f"forecast.{key}", when=when, left_s=left, **facts)
