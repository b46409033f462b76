"""The state of every channel, and of each probe under it, on one page to scroll.

Pure: a Snapshot in, HTML out. First what to use, then each channel in the order of the
plan, then what they share, our own link, and what changed last.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from secours import texts
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
from secours.render.wording.localizer import Voice
from secours.render.wording.statements import node

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
    voice = Voice(snapshot, texts.language_of(language), age_s)
    return (
        f'<div class="s-status" lang="{voice.language}">{_top(voice)}{_notes(voice)}'
        f"{_section(voice, 'use', [_use(e, voice, acts) for e in _lines(voice)])}"
        f"{exercise.block(voice)}"
        f"{_section(voice, 'suspects', _suspects(voice))}"
        f"{_section(voice, 'channels', _channels(voice, wish, acts))}"
        f"{_section(voice, 'components', _components(voice, acts))}"
        f"{_section(voice, 'own_link', _paths(voice))}"
        f"{_section(voice, 'changes', _changes(voice))}</div>"
    )


def _section(voice: Voice, key: str, parts: Sequence[str]) -> str:
    if not parts:
        return ""
    head = esc(voice.say(f"status.{key}"))
    return f'<section class="s-part"><h2>{head}</h2>{"".join(parts)}</section>'


def _top(voice: Voice) -> str:
    site = esc(voice.in_language(voice.snapshot.site.name))
    wall = f'href="wall?lang={voice.language}" target="_self"'
    return (
        f'<header class="s-status-top"><h1>{esc(voice.say("page.status"))}</h1>'
        f"<span>{site}</span>"
        f'<span class="s-age">{esc(voice.say("screen.age"))} '
        "<span data-secours-age>—</span></span>"
        f'<a class="s-link" {wall}>{esc(voice.say("page.wall"))}</a></header>'
    )


def _notes(voice: Voice) -> str:
    said = list(notes(voice))
    if voice.snapshot.config_error:
        said.append(voice.snapshot.config_error)
    if advice := caveats.on_battery(voice):
        said.insert(0, advice)
    if voice.snapshot.own_link is Link.DOWN:
        how = voice.say("own_link.how")
        said.insert(0, f"{voice.say('own_link.down')}. {how}")
    if voice.snapshot.example:
        said.append(voice.say("note.example"))
    return do_not_use.band(voice, whole=True) + "".join(
        f'<p class="s-warning">{shape(Tone.DEGRADED)}<b>{esc(text)}</b></p>'
        for text in said
    )


def _lines(voice: Voice) -> Sequence[Recommendation]:
    return voice.snapshot.recommendations


def _use(line: Recommendation, voice: Voice, acts: bool) -> str:
    """Draw the answer of a line, as the wall has it, in a small size."""
    drawn = card(line, voice).html
    if not acts:
        return drawn
    key = f"{line.purpose}/{line.audience}"
    head = texts.purpose(voice.language, line.purpose, line.audience)
    link = link_html("act.link.pin", head, voice, do="pin", line=key)
    return f'{drawn}<p class="s-act-of">{link}</p>'


def _suspects(voice: Voice) -> list[str]:
    """Say what is known down, and every set that explains a group; never one guess."""
    if not (said := suspects.sentences(voice)):
        return []
    link = f'href="why?lang={voice.language}" target="_self"'
    more = f'<a class="s-more-why" {link}>{esc(voice.say("page.why"))}</a>'
    drawn = "".join(f'<p class="s-suspects">{esc(text, 600)}</p>' for text in said)
    return [f"{drawn}<p>{more}</p>"]


def _channels(voice: Voice, wish: Wanted, acts: bool) -> list[str]:
    """Draw the channels looked for; the name of each leads to the page behind it."""
    shown = channel_filter.found(wish, voice)
    return [
        channel_filter.counts_html(shown, wish, voice),
        *(
            owner(
                view,
                voice,
                channel_link(view.name, voice),
                act=_act_on(node(view.name), voice) if acts else "",
            )
            for view in shown
        ),
    ]


def _act_on(subject: str, voice: Voice) -> str:
    return link_html("page.actions", voice.subject(subject), voice, subject=subject)


def channel_link(name: str, voice: Voice) -> str:
    """Return the address of the page of a channel."""
    return f"channel?{urlencode({'name': name, 'lang': voice.language})}"


def _components(voice: Voice, acts: bool) -> list[str]:
    """Draw the components that something is known of."""
    return [
        owner(view, voice, act=_act_on(view.name, voice) if acts else "")
        for view in voice.snapshot.components
        if view.probes or badges.tone_of(view.standing) is not Tone.UNKNOWN
    ]


def owner(
    view: ChannelView | ComponentView,
    voice: Voice,
    link: str = "",
    head: str = "h3",
    act: str = "",
) -> str:
    """Draw a channel or component with its probes; its name may lead to more.

    `act` is HTML beside its state.
    """
    mark = badges.of(view.standing, voice)
    probes = "".join(probe_row(probe, voice) for probe in view.probes)
    facts = "".join(f"<li>{esc(fact)}</li>" for fact in _facts(view, voice))
    name = esc(voice.in_language(view.label) or view.name)
    if link:
        name = f'<a href="{esc(link, 400)}" target="_self">{name}</a>'
    return (
        f'<article class="s-owner"><div class="s-owner-head">'
        f"<{head}>{name}</{head}>"
        f'<span class="s-state">{mark.html(badge=True)}</span>{act}</div>'
        f'<ul class="s-facts">{facts}</ul>'
        f'<ul class="s-probes">{probes}</ul></article>'
    )


def _facts(view: ChannelView | ComponentView, voice: Voice) -> list[str]:
    """Say why, since when, what it rests on, and how to use it."""
    standing = view.standing
    said = [*reasons(view, voice), _proof(standing, voice)]
    if not view.probes:
        said.append(voice.say("status.no_tests"))
    if isinstance(view, ChannelView) and (how := voice.in_language(view.how)):
        said.append(f"{voice.say('status.how')}{voice.say('colon')} {how}")
    if isinstance(view, ChannelView) and (mind := voice.in_language(view.mind)):
        said.append(f"{voice.say('status.warnings')}{voice.say('colon')} {mind}")
    return [text for text in dict.fromkeys(said) if text]


def reasons(view: ChannelView | ComponentView, voice: Voice) -> list[str]:
    """Say why something is as it is, and what is to be known of that."""
    standing, said = view.standing, [_state_reason(view.standing, voice)]
    if standing.aside:
        said = [_aside(view, voice), voice.detail(standing.reason, standing.facts)]
    said.append(voice.may_need(standing))
    if standing.presumed:
        part = voice.component(standing.presumed)
        said.append(voice.say("status.presumed", what=part))
    if standing.until is not None:
        left_s = standing.until.since(voice.snapshot.at) - voice.screen_age_s
        left = voice.say("status.until", left_s=max(0.0, left_s))
        time = voice.time(standing.until.utc)
        said.append(f"{left}, {voice.say('until', time=time)}")
    if standing.at_risk:
        said.append(voice.say("at_risk", what=voice.component(standing.at_risk)))
    for warning in standing.warnings:
        facts = dict(standing.facts)
        if warning is Reason.TEST_DUE and standing.tried_at is not None:
            facts["since_s"] = voice.age_s(standing.tried_at)
        text = voice.detail(warning, facts)
        said.append(f"{voice.say('status.warnings')}{voice.say('colon')} {text}")
    return said


def _state_reason(standing: Standing, voice: Voice) -> str:
    since_s = None if standing.since is None else voice.age_s(standing.since)
    return _with_since(caveats.reason(standing, voice), since_s, voice)


def _aside(view: ChannelView | ComponentView, voice: Voice) -> str:
    name = node(view.name) if isinstance(view, ChannelView) else view.name
    facts = voice.aside(view.standing, name)
    since_s = facts.get("since_s")
    reason = voice.detail(view.standing.aside, facts)
    return _with_since(reason, None if since_s is None else float(since_s), voice)


def _with_since(reason: str, since_s: float | None, voice: Voice) -> str:
    since = "" if since_s is None else voice.say("since", since_s=since_s)
    return " · ".join(text for text in (reason, since) if text)


def _proof(standing: Standing, voice: Voice) -> str:
    """Say what the state rests on, and how old that is."""
    if standing.evidence is Evidence.NONE:
        return ""
    proof = voice.say(f"evidence.{standing.evidence}")
    if standing.evidence_at is None:
        return proof
    return f"{proof}, {voice.ago(voice.age_s(standing.evidence_at))}"


def probe_row(probe: ProbeView, voice: Voice) -> str:
    """Draw a probe: what it says, how fast, and how long ago."""
    word = voice.say(f"verdict.{probe.verdict}")
    mark = Badge(VERDICT_TONES[probe.verdict], word)
    path = f" {voice.say('status.by', path=probe.path)}" if probe.path else ""
    said = [voice.detail(probe.reason, probe.facts)]
    if probe.latency_s is not None:
        said.append(voice.say("status.answered", latency_s=probe.latency_s))
    if probe.at is None:
        said.append(voice.say("status.never"))
    else:
        said.append(voice.ago(voice.age_s(probe.at)))
    return (
        '<li class="s-probe">'
        f'<span class="s-probe-name">{esc(probe.name + path)}</span>'
        f"{mark.html()}<span>{esc(' · '.join(text for text in said if text))}</span>"
        "</li>"
    )


def _paths(voice: Voice) -> list[str]:
    return [
        f'<article class="s-owner"><div class="s-owner-head"><h3>{esc(path.name)}</h3>'
        f'<span class="s-state">{badges.of_word(path.state, voice).html(badge=True)}'
        '</span></div><ul class="s-probes">'
        f"{''.join(probe_row(probe, voice) for probe in path.probes)}</ul></article>"
        for path in voice.snapshot.paths
    ]


def _changes(voice: Voice) -> list[str]:
    changes = [each for each in voice.snapshot.changes if is_told(each)]
    return [change_row(each, voice) for each in changes[:MOST_CHANGES]]
