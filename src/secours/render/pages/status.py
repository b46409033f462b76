"""The state of every channel, and of each probe under it, on one page to scroll.

Pure: a Snapshot in, HTML out. First what to use, then each channel in the order of the
plan, then what they share, our own link, and what changed last.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from secours import texts
from secours.model.nodes import channel_node
from secours.model.observed import Evidence, Reason, Verdict
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    Link,
    ProbeView,
    Recommendation,
    Snapshot,
    Standing,
)
from secours.render import badges
from secours.render.badges import Badge, Tone, shape
from secours.render.escape import esc
from secours.render.pages import channel_filter
from secours.render.pages.actions import link_html
from secours.render.pages.channel_filter import ALL, Wanted
from secours.render.wall.card import card
from secours.render.wall.footer import change_row, is_told, notes
from secours.render.wording import caveats, do_not_use, exercise, suspects
from secours.render.wording.localizer import Localizer

MOST_CHANGES = 12

VERDICT_TONES = {
    Verdict.OK: Tone.OK,
    Verdict.DEGRADED: Tone.DEGRADED,
    Verdict.FAILED: Tone.DOWN,
    Verdict.UNKNOWN: Tone.UNKNOWN,
}


def status_html(
    snapshot: Snapshot,
    language: str,
    *,
    age_s: float,
    wish: Wanted = ALL,
    acts: bool = False,
) -> str:
    """Draw the state of everything, from a snapshot that is `age_s` old.

    Of the channels those looked for; `acts` adds links to what a person can do.
    """
    localizer = Localizer(snapshot, texts.language_of(language), age_s)
    used = [_use(line, localizer, acts) for line in _lines(localizer)]
    return (
        f'<div class="s-status" lang="{localizer.language}">'
        f"{_top(localizer)}{_notes(localizer)}{_section(localizer, 'use', used)}"
        f"{exercise.block(localizer)}"
        f"{_section(localizer, 'suspects', _suspects(localizer))}"
        f"{_section(localizer, 'channels', _channels(localizer, wish, acts))}"
        f"{_section(localizer, 'components', _components(localizer, acts))}"
        f"{_section(localizer, 'own_link', _paths(localizer))}"
        f"{_section(localizer, 'changes', _changes(localizer))}</div>"
    )


def _section(localizer: Localizer, key: str, parts: Sequence[str]) -> str:
    if not parts:
        return ""
    head = esc(localizer.say(f"status.{key}"))
    return f'<section class="s-part"><h2>{head}</h2>{"".join(parts)}</section>'


def _top(localizer: Localizer) -> str:
    site = esc(localizer.in_language(localizer.snapshot.site.name))
    wall = f'href="wall?lang={localizer.language}" target="_self"'
    return (
        f'<header class="s-status-top"><h1>{esc(localizer.say("page.status"))}</h1>'
        f"<span>{site}</span>"
        f'<span class="s-age">{esc(localizer.say("screen.age"))} '
        "<span data-secours-age>—</span></span>"
        f'<a class="s-link" {wall}>{esc(localizer.say("page.wall"))}</a></header>'
    )


def _notes(localizer: Localizer) -> str:
    said = list(notes(localizer))
    if localizer.snapshot.config_error:
        said.append(localizer.snapshot.config_error)
    if advice := caveats.on_battery(localizer):
        said.insert(0, advice)
    if localizer.snapshot.own_link is Link.DOWN:
        how = localizer.say("own_link.how")
        said.insert(0, f"{localizer.say('own_link.down')}. {how}")
    if localizer.snapshot.example:
        said.append(localizer.say("note.example"))
    return do_not_use.band(localizer, whole=True) + "".join(
        f'<p class="s-warning">{shape(Tone.DEGRADED)}<b>{esc(text)}</b></p>'
        for text in said
    )


def _lines(localizer: Localizer) -> Sequence[Recommendation]:
    return localizer.snapshot.recommendations


def _use(line: Recommendation, localizer: Localizer, acts: bool) -> str:
    """Draw the answer of a line, as the wall has it, in a small size."""
    drawn = card(line, localizer).html
    if not acts:
        return drawn
    head = texts.purpose(localizer.language, line.purpose, line.audience)
    link = link_html("act.link.pin", head, localizer, do="pin", line=line.name)
    return f'{drawn}<p class="s-act-of">{link}</p>'


def _suspects(localizer: Localizer) -> list[str]:
    """Say what is known down, and every set that explains a group; never one guess."""
    if not (said := suspects.sentences(localizer)):
        return []
    link = f'href="why?lang={localizer.language}" target="_self"'
    more = f'<a class="s-more-why" {link}>{esc(localizer.say("page.why"))}</a>'
    drawn = "".join(f'<p class="s-suspects">{esc(text, 600)}</p>' for text in said)
    return [f"{drawn}<p>{more}</p>"]


def _channels(localizer: Localizer, wish: Wanted, acts: bool) -> list[str]:
    """Draw the channels looked for; the name of each leads to the page behind it."""
    shown = channel_filter.found(wish, localizer)
    return [
        channel_filter.counts_html(shown, wish, localizer),
        *(
            owner(
                view,
                localizer,
                channel_link(view.name, localizer),
                act=_act_on(channel_node(view.name), localizer) if acts else "",
            )
            for view in shown
        ),
    ]


def _act_on(subject: str, localizer: Localizer) -> str:
    return link_html(
        "page.actions", localizer.subject(subject), localizer, subject=subject
    )


def channel_link(name: str, localizer: Localizer) -> str:
    """Return the address of the page of a channel."""
    return f"channel?{urlencode({'name': name, 'lang': localizer.language})}"


def _components(localizer: Localizer, acts: bool) -> list[str]:
    """Draw the components that something is known of."""
    return [
        owner(view, localizer, act=_act_on(view.name, localizer) if acts else "")
        for view in localizer.snapshot.components
        if view.probes or badges.tone_of(view.standing) is not Tone.UNKNOWN
    ]


def owner(
    view: ChannelView | ComponentView,
    localizer: Localizer,
    link: str = "",
    head: str = "h3",
    act: str = "",
) -> str:
    """Draw a channel or component with its probes; its name may lead to more.

    `act` is HTML beside its state.
    """
    mark = badges.of(view.standing, localizer)
    probes = "".join(probe_row(probe, localizer) for probe in view.probes)
    facts = "".join(f"<li>{esc(fact)}</li>" for fact in _facts(view, localizer))
    name = esc(localizer.in_language(view.label) or view.name)
    if link:
        name = f'<a href="{esc(link, 400)}" target="_self">{name}</a>'
    return (
        f'<article class="s-owner"><div class="s-owner-head">'
        f"<{head}>{name}</{head}>"
        f'<span class="s-state">{mark.html(badge=True)}</span>{act}</div>'
        f'<ul class="s-facts">{facts}</ul>'
        f'<ul class="s-probes">{probes}</ul></article>'
    )


def _facts(view: ChannelView | ComponentView, localizer: Localizer) -> list[str]:
    """Say why, since when, what it rests on, and how to use it."""
    standing = view.standing
    said = [*reasons(view, localizer), _proof(standing, localizer)]
    if not view.probes:
        said.append(localizer.say("status.no_tests"))
    if isinstance(view, ChannelView) and (how := localizer.in_language(view.how)):
        said.append(f"{localizer.say('status.how')}{localizer.say('colon')} {how}")
    if isinstance(view, ChannelView) and (mind := localizer.in_language(view.mind)):
        said.append(
            f"{localizer.say('status.warnings')}{localizer.say('colon')} {mind}"
        )
    return [text for text in dict.fromkeys(said) if text]


def reasons(view: ChannelView | ComponentView, localizer: Localizer) -> list[str]:
    """Say why something is as it is, and what is to be known of that."""
    standing, said = view.standing, [_state_reason(view.standing, localizer)]
    if standing.aside:
        said = [
            _aside(view, localizer),
            localizer.detail(standing.reason, standing.facts),
        ]
    said.append(localizer.may_need(standing))
    if standing.presumed:
        part = localizer.component(standing.presumed)
        said.append(localizer.say("status.presumed", what=part))
    if standing.until is not None:
        left_s = standing.until.since(localizer.snapshot.at) - localizer.screen_age_s
        left = localizer.say("status.until", left_s=max(0.0, left_s))
        time = localizer.time(standing.until.utc)
        said.append(f"{left}, {localizer.say('until', time=time)}")
    if standing.at_risk:
        said.append(
            localizer.say("at_risk", what=localizer.component(standing.at_risk))
        )
    for warning in standing.warnings:
        facts = dict(standing.facts)
        if warning is Reason.TEST_DUE and standing.tried_at is not None:
            facts["since_s"] = localizer.age_s(standing.tried_at)
        text = localizer.detail(warning, facts)
        said.append(
            f"{localizer.say('status.warnings')}{localizer.say('colon')} {text}"
        )
    return said


def _state_reason(standing: Standing, localizer: Localizer) -> str:
    since_s = None if standing.since is None else localizer.age_s(standing.since)
    return _with_since(caveats.reason(standing, localizer), since_s, localizer)


def _aside(view: ChannelView | ComponentView, localizer: Localizer) -> str:
    name = channel_node(view.name) if isinstance(view, ChannelView) else view.name
    facts = localizer.aside(view.standing, name)
    since_s = facts.get("since_s")
    reason = localizer.detail(view.standing.aside, facts)
    return _with_since(reason, None if since_s is None else float(since_s), localizer)


def _with_since(reason: str, since_s: float | None, localizer: Localizer) -> str:
    since = "" if since_s is None else localizer.say("since", since_s=since_s)
    return " · ".join(text for text in (reason, since) if text)


def _proof(standing: Standing, localizer: Localizer) -> str:
    """Say what the state rests on, and how old that is."""
    if standing.evidence is Evidence.NONE:
        return ""
    proof = localizer.say(f"evidence.{standing.evidence}")
    if standing.evidence_at is None:
        return proof
    return f"{proof}, {localizer.ago(localizer.age_s(standing.evidence_at))}"


def probe_row(probe: ProbeView, localizer: Localizer) -> str:
    """Draw a probe: what it says, how fast, and how long ago."""
    word = localizer.say(f"verdict.{probe.verdict}")
    mark = Badge(VERDICT_TONES[probe.verdict], word)
    path = f" {localizer.say('status.by', path=probe.path)}" if probe.path else ""
    said = [localizer.detail(probe.reason, probe.facts)]
    if probe.latency_s is not None:
        said.append(localizer.say("status.answered", latency_s=probe.latency_s))
    if probe.at is None:
        said.append(localizer.say("status.never"))
    else:
        said.append(localizer.ago(localizer.age_s(probe.at)))
    return (
        '<li class="s-probe">'
        f'<span class="s-probe-name">{esc(probe.name + path)}</span>'
        f"{mark.html()}<span>{esc(' · '.join(text for text in said if text))}</span>"
        "</li>"
    )


def _paths(localizer: Localizer) -> list[str]:
    return [
        f'<article class="s-owner"><div class="s-owner-head"><h3>{esc(path.name)}</h3>'
        '<span class="s-state">'
        f"{badges.of_word(path.state, localizer).html(badge=True)}"
        '</span></div><ul class="s-probes">'
        f"{''.join(probe_row(probe, localizer) for probe in path.probes)}"
        "</ul></article>"
        for path in localizer.snapshot.paths
    ]


def _changes(localizer: Localizer) -> list[str]:
    changes = [each for each in localizer.snapshot.changes if is_told(each)]
    return [change_row(each, localizer) for each in changes[:MOST_CHANGES]]
