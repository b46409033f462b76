"""One channel behind its name: what it is now, how it fared, what it hangs on.

Pure: a Snapshot and what the history says of the channel in, HTML out.
"""

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct, field

from secours import texts
from secours.model.plan import Needs
from secours.model.snapshot import Change, ChannelView, ProbeView, State
from secours.render import badges, templates
from secours.render.badges import Badge
from secours.render.pages.journal import TimeView, time_view
from secours.render.pages.owner import OwnerView, ProbeRow, owner, probe_row
from secours.render.pages.timeline import Latency, Span, percent
from secours.render.wording.localizer import Localizer

MOST_ROWS = 60
ASKED = ("e2e", "managed", "sla", "gdpr")  # of every channel people want to know it


class Fared(Struct, frozen=True, kw_only=True):
    """What is to be said of a channel besides its state."""

    passed: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # by probe
    latencies: Mapping[str, Latency] = field(default_factory=dict)  # by probe
    detect_s: float | None = None
    detected: int = 0  # how many failures that is the middle of
    limit_s: float | None = None  # what the plan makes of it
    needs: Needs | None = None  # None where the plan cannot be read
    traits: Mapping[str, str] = field(default_factory=dict)
    trial: Change | None = None  # the latest test that people noted


class SpanView(Struct, frozen=True, kw_only=True):
    """A time in one state, ready to be drawn."""

    start: TimeView
    lasted: str
    badge: Badge
    why: str


class NeedView(Struct, frozen=True):
    """What a channel needs, with its state where that is known."""

    name: str
    badge: Badge | None = None


def now_html(view: ChannelView, localizer: Localizer, asked_s: float | None) -> Markup:
    """Draw what the channel is now; `asked_s` is when a person asked for its test."""
    return _page(
        view.name,
        localizer,
        channel=owner(view, localizer),
        tests=None if asked_s is None else _tests(view, localizer, asked_s),
    )


def missing_html(name: str, localizer: Localizer) -> Markup:
    """Say that the plan has no channel of this name."""
    return _page(name, localizer)


def _page(
    name: str,
    localizer: Localizer,
    channel: OwnerView | None = None,
    tests: Sequence[tuple[str, ProbeRow | None]] | None = None,
) -> Markup:
    return templates.fill(
        "channel.html",
        localizer.language,
        name=name,
        channel=channel,
        tests=tests,
    )


def is_testing(view: ChannelView, asked_s: float) -> bool:
    """Tell whether a test that was asked for then has not ended yet."""
    return any(_awaited(probe, asked_s) for probe in view.probes)


def _awaited(probe: ProbeView, asked_s: float) -> bool:
    return probe.at is None or probe.at.steady_s < asked_s


def _tests(
    view: ChannelView, localizer: Localizer, asked_s: float
) -> list[tuple[str, ProbeRow | None]]:
    """Return each probe and its result in the test; None until that comes."""
    return [
        (
            probe.name,
            None if _awaited(probe, asked_s) else probe_row(probe, localizer),
        )
        for probe in view.probes
    ]


def spans_html(spans: Sequence[Span], localizer: Localizer) -> Markup:
    """Draw the states as a table, the newest first."""
    newest = list(reversed(spans))[:MOST_ROWS]
    rows = [_span(span, localizer) for span in newest]
    return templates.part("base/tables.html", "spans", localizer.language, rows=rows)


def _span(span: Span, localizer: Localizer) -> SpanView:
    why = localizer.plainly(span.reason, span.facts)
    return SpanView(
        start=time_view(span.start, localizer),
        lasted=texts.duration(localizer.language, int(span.lasted_s)),
        badge=badges.of_word(span.state, localizer),
        why=why if span.watched else localizer.say("channel.not_watched"),
    )


def facts_html(view: ChannelView, fared: Fared, localizer: Localizer) -> Markup:
    """Draw how fast it answers and fails, what it needs, and who tried it last."""
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
    return templates.part("base/parts.html", "facts", localizer.language, rows=named)


def _passed(fared: Fared, localizer: Localizer) -> list[str]:
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


def _latencies(fared: Fared, localizer: Localizer) -> list[str]:
    return [
        localizer.say(
            "channel.latency.of",
            name=name,
            median_s=found.median_s,
            slow_s=found.p95_s,
            n=found.count,
        )
        for name, found in fared.latencies.items()
    ]


def _detection(fared: Fared, localizer: Localizer) -> list[str]:
    said = []
    if fared.detect_s is not None:
        many = fared.detected if fared.detected > 1 else None
        said.append(
            localizer.say("channel.detect.seen", detect_s=fared.detect_s, n=many)
        )
    if fared.limit_s is not None:
        said.append(localizer.say("channel.detect.limit", limit_s=fared.limit_s))
    return said


def _needs(needs: Needs | None, localizer: Localizer) -> Sequence[str]:
    """Name what the channel needs, each with its state; alternatives on one line."""
    if needs is None:
        return []
    lines = [_clause(names, localizer) for names in needs]
    return lines or [localizer.say("channel.needs.none")]


def _clause(names: Sequence[str], localizer: Localizer) -> Markup:
    clause = [_need(name, localizer) for name in names]
    return templates.part("base/parts.html", "needs", localizer.language, clause=clause)


def _need(name: str, localizer: Localizer) -> NeedView:
    label = localizer.component(name)
    views = [view for view in localizer.snapshot.components if view.name == name]
    if not views or views[0].standing.state is State.UNKNOWN:
        return NeedView(label)
    return NeedView(label, badges.of(views[0].standing, localizer))


def _traits(fared: Fared, localizer: Localizer) -> list[str]:
    """Say which properties the channel has; of some it is said that nobody knows."""
    if fared.needs is None:
        return []
    told = dict.fromkeys(ASKED, "unknown") | dict(fared.traits)
    return [
        localizer.say(f"channel.trait.{has}", name=_trait(name, localizer))
        for name, has in told.items()
    ]


def _trait(name: str, localizer: Localizer) -> str:
    """Name a trait; those of the site's own stay as they are."""
    words = localizer.say(f"trait.{name}")
    return name if words == f"trait.{name}" else words


def _tried(trial: Change | None, localizer: Localizer) -> str:
    if trial is None:
        return localizer.say("channel.tried.never")
    age_s = (localizer.snapshot.at.utc - trial.at.utc).total_seconds()
    known = trial.after if trial.after in ("worked", "failed") else "failed"
    said = localizer.say(
        "channel.tried.by",
        ago=localizer.ago(max(0.0, age_s)),
        by=trial.facts.get("by", ""),
        what=localizer.say(f"channel.tried.{known}"),
    )
    remark = trial.facts.get("said")
    return f"{said} {localizer.quoted(remark)}" if remark else said
