"""Page of one channel: its state now, its history, its needs.

Pure: a Snapshot and the history of the channel in, HTML out.
"""

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct, field

from secours import texts
from secours.model.nodes import channel_node
from secours.model.receivers.reach import calls_in
from secours.model.sections.channel import Needs
from secours.model.snapshot import Change, ChannelView, ProbeView, State
from secours.render import badges, templates
from secours.render.badges import Badge, Tone
from secours.render.pages import channel_filter, strip
from secours.render.pages.channel_filter import Asked
from secours.render.pages.channels import channel_link
from secours.render.pages.owner import OwnerView, owner, probe_row
from secours.render.pages.strip import Window
from secours.render.pages.timeline import Latency, Span, percent
from secours.render.templates import Row
from secours.render.templates.links import PageLink, action_link, choice_links
from secours.render.wording.journal import time_view
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import roll_call

MOST_ROWS = 60
TEST_S = 900.0  # the results of a test are shown for so long
LONGEST_FACT = 1000
ASKED = ("e2e", "managed", "sla", "gdpr")  # shown of every channel


class ChannelFacts(Struct, frozen=True, kw_only=True):
    """Facts on a channel besides its state."""

    passed: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # by probe
    latencies: Mapping[str, Latency] = field(default_factory=dict)  # by probe
    detect_s: float | None = None
    detected: int = 0  # number of failures of that median
    limit_s: float | None = None  # by the plan
    needs: Needs | None = None  # None where the plan cannot be read
    traits: Mapping[str, str] = field(default_factory=dict)
    trial: Change | None = None  # the latest test that people noted


class ChannelHistory(Struct, frozen=True, kw_only=True):
    """History of a channel in a window."""

    window: Window
    spans: Sequence[Span] = ()
    fared: ChannelFacts = ChannelFacts()
    missing: str = ""  # the key that says why there is no history, if so


class ChannelAsked(Struct, frozen=True, kw_only=True):
    """Channel view asked for by an address."""

    name: str
    days: int = 1
    explores: bool = False  # by a chart, which is slow to load
    tested_s: float | None = None  # when its test was asked for, as `now_s`


def asked_of(get: Asked, localizer: Localizer) -> ChannelAsked:
    """Parse an address; without a name it is the first channel of the plan."""
    views = localizer.snapshot.channels
    first = views[0].name if views else ""
    return ChannelAsked(
        name=get("name") or first,
        days=channel_filter.days(get),
        explores=get("explore") == "1",
        tested_s=_tested_s(get("tested"), localizer),
    )


def _tested_s(written: str | None, localizer: Localizer) -> float | None:
    """Parse when a test was asked for; None if long ago or in the future."""
    try:
        asked_s = float(written or "")
    except ValueError:
        return None
    ago_s = now_s(localizer) - asked_s
    return asked_s if 0 <= ago_s <= TEST_S else None


def now_s(localizer: Localizer) -> float:
    """Return the present moment on the clock of addresses."""
    return localizer.snapshot.at.steady_s + localizer.screen_age_s


def channel_html(
    view: ChannelView,
    localizer: Localizer,
    query: ChannelAsked,
    history: ChannelHistory,
    *,
    acts: bool = False,
) -> Markup:
    """Draw a channel: its state, its history, and its actions."""
    label = localizer.label(view)
    summary = strip.summary(history.spans, history.window, localizer)
    return _page(
        localizer,
        query,
        channel=owner(view, localizer),
        actions=_actions(view.name, localizer) if acts else [],
        tests=None if query.tested_s is None else _tests(view, localizer, query),
        periods=choice_links(
            channel_filter.named_periods(localizer),
            query.days,
            lambda n: channel_link(query.name, localizer, n, explores=query.explores),
        ),
        explore=channel_link(
            query.name, localizer, query.days, explores=not query.explores
        ),
        missing=history.missing and localizer.say(history.missing),
        summary="" if history.missing else summary,
        axis=strip.axis(history.window, localizer),
        strip=strip.bars(history.spans, history.window, localizer, label=label),
        legend=strip.legend(localizer),
        spans=spans_of(history.spans, localizer),
        facts=facts_html(view, history.fared, localizer),
    )


def missing_html(name: str, localizer: Localizer) -> Markup:
    """Draw that the plan lacks this channel."""
    return _page(localizer, ChannelAsked(name=name))


def _page(
    localizer: Localizer,
    query: ChannelAsked,
    channel: OwnerView | None = None,
    **parts: object,
) -> Markup:
    return templates.fill(
        "channel.html",
        localizer.language,
        asked=query,
        names=[
            (each.name, localizer.label(each)) for each in localizer.snapshot.channels
        ],
        channel=channel,
        **parts,
    )


def _actions(name: str, localizer: Localizer) -> list[PageLink]:
    """Return links to actions on the channel."""
    about, subject = localizer.short_name(name), channel_node(name)
    return [
        action_link(key, about, localizer, do=do, subject=subject)
        for key, do in (
            ("act.link.mark", "mark"),
            ("act.link.distrust", "distrust"),
            ("act.link.test", "test"),
        )
    ]


def is_testing(view: ChannelView, asked: ChannelAsked) -> bool:
    """Return whether a requested test has not ended yet."""
    return any(_awaited(probe, asked.tested_s) for probe in view.probes)


def _awaited(probe: ProbeView, asked_s: float | None) -> bool:
    if asked_s is None:
        return False
    return probe.at is None or probe.at.steady_s < asked_s


def _tests(
    view: ChannelView, localizer: Localizer, query: ChannelAsked
) -> list[tuple[str, Row | None]]:
    """Return each probe and its result in the test; None while it is due."""
    return [
        (
            probe.name,
            None if _awaited(probe, query.tested_s) else probe_row(probe, localizer),
        )
        for probe in view.probes
    ]


def spans_of(spans: Sequence[Span], localizer: Localizer) -> list[Row]:
    """Return the spans in one state, the newest first."""
    newest = list(reversed(spans))[:MOST_ROWS]
    return [_span(span, localizer) for span in newest]


def _span(span: Span, localizer: Localizer) -> Row:
    why = localizer.plainly(span.reason, span.facts)
    unwatched = Badge(Tone.UNKNOWN, localizer.say("state.unwatched"))
    return {
        "start": time_view(span.start, localizer),
        "lasted": texts.duration(localizer.language, int(span.lasted_s)),
        "badge": badges.of_word(span.state, localizer) if span.watched else unwatched,
        "why": why if span.watched else localizer.say("channel.not_watched"),
    }


def facts_html(view: ChannelView, fared: ChannelFacts, localizer: Localizer) -> Markup:
    """Draw latencies, detection times, needs, and the latest test."""
    rows: list[tuple[str, Sequence[str]]] = [
        ("passed", _passed(fared, localizer)),
        ("latency", _latencies(fared, localizer)),
        ("detect", _detection(fared, localizer)),
        ("needs", _needs(fared.needs, localizer)),
        ("traits", _traits(fared, localizer)),
        ("tried", [_tried(fared.trial, localizer)]),
    ]
    named = [(localizer.say(f"channel.{key}"), said) for key, said in rows]
    if not view.probes:
        named.insert(0, ("", [localizer.say("channel.tests.none")]))
    return templates.part(
        "base/parts.html",
        "facts",
        localizer.language,
        rows=named,
        longest=LONGEST_FACT,
    )


def _passed(fared: ChannelFacts, localizer: Localizer) -> list[str]:
    return [
        localizer.say(
            "channel.passed.of",
            name=name,
            share=percent(good / count, localizer.language),
            n=count,
        )
        for name, (good, count) in fared.passed.items()
        if count
    ]


def _latencies(fared: ChannelFacts, localizer: Localizer) -> list[str]:
    return [
        localizer.say(
            "channel.latency.of",
            name=name,
            median_s=latency.median_s,
            slow_s=latency.p95_s,
            n=latency.count,
        )
        for name, latency in fared.latencies.items()
    ]


def _detection(fared: ChannelFacts, localizer: Localizer) -> list[str]:
    sentences = []
    if fared.detect_s is not None:
        many = fared.detected if fared.detected > 1 else None
        sentences.append(
            localizer.say("channel.detect.seen", detect_s=fared.detect_s, n=many)
        )
    if fared.limit_s is not None:
        sentences.append(localizer.say("channel.detect.limit", limit_s=fared.limit_s))
    return sentences


def _needs(needs: Needs | None, localizer: Localizer) -> Sequence[str]:
    """Return the needs of the channel with their state; alternatives on one line."""
    if needs is None:
        return []
    lines = [
        templates.part(
            "base/parts.html",
            "needs",
            localizer.language,
            clause=[_need(name, localizer) for name in names],
        )
        for names in needs
    ]
    return lines or [localizer.say("channel.needs.none")]


def _need(name: str, localizer: Localizer) -> tuple[str, Badge | None]:
    """Return the label of a need, with its state if known."""
    label = localizer.component(name)
    views = [view for view in localizer.snapshot.components if view.name == name]
    if not views or views[0].standing.state is State.UNKNOWN:
        return label, None
    return label, badges.of(views[0].standing, localizer)


def _traits(fared: ChannelFacts, localizer: Localizer) -> list[str]:
    """Return the properties of the channel; some are listed as unknown too."""
    if fared.needs is None:
        return []
    known = dict.fromkeys(ASKED, "unknown") | dict(fared.traits)
    sentences = [
        localizer.say(f"channel.trait.{has}", name=_trait(name, localizer))
        for name, has in known.items()
    ]
    return [" · ".join(sentences)]


def _trait(name: str, localizer: Localizer) -> str:
    """Name a trait; the site's own stay as written."""
    words = localizer.say(f"trait.{name}")
    return name if words == f"trait.{name}" else words


def _tried(trial: Change | None, localizer: Localizer) -> str:
    if trial is None:
        return localizer.say("channel.tried.never")
    age_s = (localizer.snapshot.at.utc - trial.at.utc).total_seconds()
    outcome = trial.after if trial.after in ("worked", "failed") else "failed"
    sentence = localizer.say(
        "channel.tried.by",
        ago=localizer.ago(max(0.0, age_s)),
        by=trial.facts.get("by", ""),
        what=localizer.say(f"channel.tried.{outcome}"),
        reached=roll_call.said(calls_in(trial.facts), localizer) or None,
    )
    remark = trial.facts.get("said")
    return f"{sentence} {localizer.quoted(remark)}" if remark else sentence
