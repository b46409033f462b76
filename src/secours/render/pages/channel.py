"""One channel behind its name: what it is now, how it fared, what it hangs on.

Pure: a Snapshot and what the history says of the channel in, HTML out.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from secours import texts
from secours.model.plan import Needs
from secours.model.snapshot import Change, ChannelView, ProbeView, State
from secours.render import badges
from secours.render.badges import shape
from secours.render.escape import esc
from secours.render.pages.head import bar_html
from secours.render.pages.journal import time_html
from secours.render.pages.status import owner, probe_row
from secours.render.pages.timeline import Latency, Share, Span
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


def now_html(view: ChannelView, localizer: Localizer, asked_s: float | None) -> str:
    """Draw what the channel is now; `asked_s` is when a person asked for its test."""
    name = esc(localizer.in_language(view.label) or view.name)
    said = owner(view, localizer, head="h2")
    tests = "" if asked_s is None else _tests(view, localizer, asked_s)
    return (
        f'<div class="s-status" lang="{localizer.language}">'
        f"{bar_html(localizer, 'channel', name)}{said}{tests}</div>"
    )


def missing_html(name: str, localizer: Localizer) -> str:
    """Say that the plan has no channel of this name."""
    words = esc(localizer.say("channel.missing", name=name))
    return (
        f'<div class="s-status" lang="{localizer.language}">'
        f'{bar_html(localizer, "channel", "")}<p class="s-warning">{words}</p></div>'
    )


def is_testing(view: ChannelView, asked_s: float) -> bool:
    """Tell whether a test that was asked for then has not ended yet."""
    return any(_awaited(probe, asked_s) for probe in view.probes)


def _awaited(probe: ProbeView, asked_s: float) -> bool:
    return probe.at is None or probe.at.steady_s < asked_s


def _tests(view: ChannelView, localizer: Localizer, asked_s: float) -> str:
    """Draw each result of the test as it comes."""
    rows = "".join(
        _waiting(probe, localizer)
        if _awaited(probe, asked_s)
        else probe_row(probe, localizer)
        for probe in view.probes
    )
    head = esc(localizer.say("channel.tests"))
    return f'<section class="s-part s-tests"><h2>{head}</h2><ul>{rows}</ul></section>'


def _waiting(probe: ProbeView, localizer: Localizer) -> str:
    return (
        f'<li class="s-probe s-waiting"><span class="s-probe-name">{esc(probe.name)}'
        f"</span><span>{esc(localizer.say('channel.testing'))}</span></li>"
    )


def summary(share: Share, localizer: Localizer) -> str:
    """Say in a line how a channel fared."""
    if share.usable is None:
        return localizer.say("channel.nothing")
    said = [
        localizer.say("channel.usable", share=percent(share.usable, localizer.language))
    ]
    key = "never" if not share.downs else "once" if share.downs == 1 else "times"
    said.append(
        localizer.say(f"channel.down.{key}", n=share.downs, down_s=int(share.down_s))
    )
    if share.unknown_s >= 1:
        said.append(localizer.say("channel.unmeasured", unknown_s=int(share.unknown_s)))
    return " ".join(said)


def percent(part: float, language: str) -> str:
    """Write a share; only what is whole is written as 100 %, and only none as 0 %."""
    tenths = round(part * 1000)
    if part < 1:
        tenths = min(tenths, 999)
    if part > 0:
        tenths = max(tenths, 1)
    space = "" if language == "en" else "\u00a0"
    return f"{texts.number(language, tenths / 10)}{space}%"


def spans_html(spans: Sequence[Span], localizer: Localizer) -> str:
    """Draw the states as a table, the newest first."""
    heads = "".join(
        f'<th scope="col">{esc(localizer.say(f"channel.{name}"))}</th>'
        for name in ("from", "lasted", "state", "because")
    )
    rows = "".join(_row(span, localizer) for span in list(reversed(spans))[:MOST_ROWS])
    return (
        f'<table class="s-table"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(span: Span, localizer: Localizer) -> str:
    why = localizer.detail(span.reason, span.facts)
    if not span.watched:
        why = localizer.say("channel.not_watched")
    lasted = texts.duration(localizer.language, int(span.lasted_s))
    mark = badges.of_word(span.state, localizer).html()
    return (
        f"<tr><td>{time_html(span.start, localizer)}</td><td>{esc(lasted)}</td>"
        f"<td>{mark}</td><td>{esc(why)}</td></tr>"
    )


def facts_html(view: ChannelView, fared: Fared, localizer: Localizer) -> str:
    """Draw how fast it answers and fails, what it needs, and who tried it last."""
    rows = [
        ("passed", _passed(fared, localizer)),
        ("latency", _latencies(fared, localizer)),
        ("detect", _detection(fared, localizer)),
        ("needs", _needs(fared.needs, localizer)),
        ("traits", _traits(fared, localizer)),
        ("tried", [esc(_tried(fared.trial, localizer))]),
    ]
    listed = "".join(
        f"<dt>{esc(localizer.say(f'channel.{key}'))}</dt><dd>{'<br>'.join(said)}</dd>"
        for key, said in rows
        if said
    )
    if not view.probes:
        listed = f"<dd>{esc(localizer.say('channel.tests.none'))}</dd>{listed}"
    return f'<dl class="s-facts-list">{listed}</dl>'


def _passed(fared: Fared, localizer: Localizer) -> list[str]:
    return [
        esc(
            localizer.say(
                "channel.passed.of",
                name=name,
                share=percent(good / count, localizer.language),
                n=count,
            )
        )
        for name, (good, count) in fared.passed.items()
        if count
    ]


def _latencies(fared: Fared, localizer: Localizer) -> list[str]:
    return [
        esc(
            localizer.say(
                "channel.latency.of",
                name=name,
                median_s=found.median_s,
                slow_s=found.p95_s,
                n=found.count,
            )
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
    return [esc(text) for text in said]


def _needs(needs: Needs | None, localizer: Localizer) -> list[str]:
    """Name what the channel needs, each with its state; alternatives on one line."""
    if needs is None:
        return []
    between = f" {esc(localizer.say('channel.needs.or'))} "
    lines = [
        between.join(_part(name, localizer) for name in clause) for clause in needs
    ]
    return lines or [esc(localizer.say("channel.needs.none"))]


def _traits(fared: Fared, localizer: Localizer) -> list[str]:
    """Say which properties the channel has; of some it is said that nobody knows."""
    if fared.needs is None:
        return []
    told = dict.fromkeys(ASKED, "unknown") | dict(fared.traits)
    return [
        esc(localizer.say(f"channel.trait.{has}", name=_trait(name, localizer)))
        for name, has in told.items()
    ]


def _trait(name: str, localizer: Localizer) -> str:
    """Name a trait; those of the site's own stay as they are."""
    words = localizer.say(f"trait.{name}")
    return name if words == f"trait.{name}" else words


def _part(name: str, localizer: Localizer) -> str:
    label = esc(localizer.component(name))
    views = [view for view in localizer.snapshot.components if view.name == name]
    if not views or views[0].standing.state is State.UNKNOWN:
        return label
    mark = badges.of(views[0].standing, localizer)
    return f'{label} <span class="s-mark s-{mark.tone}">{shape(mark.tone)}</span>' + (
        f"({esc(mark.word)})"
    )


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
