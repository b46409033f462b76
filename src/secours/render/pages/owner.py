"""Channel or component as pages show it: state, reason, and probes."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from secours.model.nodes import channel_node
from secours.model.observed import SAYS, Evidence, Reason, Verdict
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    PathView,
    ProbeView,
    Standing,
)
from secours.render import badges
from secours.render.badges import Badge, Tone
from secours.render.templates import Row
from secours.render.templates.links import PageLink
from secours.render.wording import caveats
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import reasons as receivers

VERDICT_TONES = {
    Verdict.OK: Tone.OK,
    Verdict.DEGRADED: Tone.DEGRADED,
    Verdict.FAILED: Tone.DOWN,
    Verdict.UNKNOWN: Tone.UNKNOWN,
}


class OwnerView(Struct, frozen=True, kw_only=True):
    """Owner of probes, ready to be drawn."""

    name: str
    badge: Badge
    facts: tuple[str, ...] = ()  # reason and evidence
    use: tuple[str, ...] = ()  # how to use it, with caveats
    probes: tuple[Row, ...]
    link: str = ""  # from its name
    act: PageLink | None = None  # beside its state


def owner(
    view: ChannelView | ComponentView,
    localizer: Localizer,
    link: str = "",
    act: PageLink | None = None,
) -> OwnerView:
    """Return a channel or component with its probes; its name may lead to more."""
    return OwnerView(
        name=localizer.label(view),
        badge=badges.of(view.standing, localizer),
        facts=_facts(view, localizer),
        use=_use(view, localizer) if isinstance(view, ChannelView) else (),
        probes=tuple(probe_row(probe, localizer) for probe in view.probes),
        link=link,
        act=act,
    )


def path(view: PathView, localizer: Localizer) -> OwnerView:
    """Return a path with its probes."""
    return OwnerView(
        name=view.name,
        badge=badges.of_word(view.state, localizer),
        probes=tuple(probe_row(probe, localizer) for probe in view.probes),
    )


def probe_row(probe: ProbeView, localizer: Localizer) -> Row:
    """Return a probe's result, latency, age, and path if there are several."""
    several = len(localizer.snapshot.paths) > 1
    by = f" ({probe.path})" if probe.path and several else ""
    why = localizer.detail(probe.reason, probe.facts)
    verdict = localizer.say(f"verdict.{probe.verdict}")
    word, parts = why or verdict, [""]  # where it was not made yet
    if probe.at is not None:
        word, parts = verdict, [why]
        if probe.latency_s is not None:
            parts.append(localizer.say("status.answered", latency_s=probe.latency_s))
        parts.append(localizer.ago(localizer.age_s(probe.at)))
    return {
        "name": probe.name + by,
        "badge": Badge(VERDICT_TONES[probe.verdict], word),
        "said": " · ".join(text for text in parts if text),
    }


def _facts(view: ChannelView | ComponentView, localizer: Localizer) -> tuple[str, ...]:
    """Return the reason, its age, and the evidence."""
    proven = ", ".join(filter(None, proof(view.standing, localizer)))
    sentences = [*reasons(view, localizer), proven]
    if isinstance(view, ChannelView):
        heard = receivers.of_channel(view, localizer)
        sentences = [*reasons(view, localizer, heard), proven, due(view, localizer)]
    if not view.probes:
        sentences.append(localizer.say("status.no_tests"))
    return tuple(text for text in dict.fromkeys(sentences) if text)


def due(view: ChannelView, localizer: Localizer) -> str:
    """Return when a channel's test is due; "" where none is wanted."""
    if view.test_every_s is None:
        return ""
    if view.standing.tried_at is None:
        return localizer.say("audit.test.never")
    due = view.standing.tried_at.utc + timedelta(seconds=view.test_every_s)
    return localizer.say("shift.test.due", day=localizer.date(due))


def _use(view: ChannelView, localizer: Localizer) -> tuple[str, ...]:
    """Return how to use a channel, with its caveats."""
    colon = localizer.say("colon")
    how, mind = localizer.in_language(view.how), localizer.in_language(view.mind)
    return (
        *([f"{localizer.say('status.how')}{colon} {how}"] if how else ()),
        *([f"{localizer.say('status.warnings')}{colon} {mind}"] if mind else ()),
    )


def reasons(
    view: ChannelView | ComponentView, localizer: Localizer, heard: Sequence[str] = ()
) -> list[str]:
    """Return the reasons of a state, with their caveats, after its receivers.

    Since when a channel works is no reason beside others.
    """
    standing = view.standing
    presumed = _presumed(view, localizer)
    needed = standing.reason is Reason.NEEDS and standing.facts.get("component")
    is_reason = bool(presumed) and needed == standing.presumed  # then it is the reason
    since_s = None if standing.since is None else localizer.age_s(standing.since)
    reason = presumed if is_reason else caveats.reason(standing, localizer)
    sentences = [_with_since(reason, since_s, localizer)]
    if standing.aside:
        sentences = [
            _aside(view, localizer),
            presumed
            if is_reason
            else localizer.plainly(standing.reason, standing.facts),
        ]
    sentences.append(localizer.may_need(standing))
    if presumed and not is_reason:
        sentences.append(presumed)
    if standing.until is not None:
        left = localizer.say("status.until", left_s=localizer.left_s(standing))
        time = localizer.time(standing.until.utc)
        ends = f"{left}, {localizer.say('until', time=time)}"
        counted = _counted(standing, localizer)
        sentences.append(f"{ends} ({counted})" if counted else ends)
    if standing.at_risk and standing.at_risk not in standing.may_need:
        sentences.append(
            localizer.say("at_risk", what=localizer.cause(standing.at_risk))
        )
    for warning in standing.warnings:
        text = warned(warning, standing, localizer)
        sentences.append(
            f"{localizer.say('status.warnings')}{localizer.say('colon')} {text}"
        )
    others = [*heard, *sentences[1:]]
    since_alone = not reason and not standing.aside and any(others)
    return others if since_alone else [*heard, *sentences]


def _counted(standing: Standing, localizer: Localizer) -> str:
    """Return what the end of a battery goes by; "" where nothing is to measure it."""
    if standing.measured is None:
        return ""
    by = "measured" if standing.measured else "declared"
    return localizer.say(f"status.until.{by}")


def warned(warning: Reason, standing: Standing, localizer: Localizer) -> str:
    """Return the words of a warning."""
    facts = {k: v for k, v in standing.facts.items() if not k.startswith(SAYS)}
    if warning is Reason.TEST_DUE and standing.tried_at is not None:
        facts["since_s"] = localizer.age_s(standing.tried_at)
    return localizer.detail(warning, facts)


def _presumed(view: ChannelView | ComponentView, localizer: Localizer) -> str:
    """Return the presumed cause; "" for none, or for itself."""
    part = view.standing.presumed
    if not part or part == _node(view):
        return ""
    return localizer.say("status.presumed", what=localizer.cause(part))


def _aside(view: ChannelView | ComponentView, localizer: Localizer) -> str:
    facts = localizer.aside(view.standing, _node(view))
    since_s = facts.get("since_s")
    reason = localizer.detail(view.standing.aside, facts)
    return _with_since(reason, None if since_s is None else float(since_s), localizer)


def _node(view: ChannelView | ComponentView) -> str:
    return channel_node(view.name) if isinstance(view, ChannelView) else view.name


def _with_since(reason: str, since_s: float | None, localizer: Localizer) -> str:
    since = "" if since_s is None else localizer.say("since", since_s=since_s)
    return " · ".join(text for text in (reason, since) if text)


def proof(standing: Standing, localizer: Localizer) -> tuple[str, str]:
    """Return the evidence and its age; "" where not known."""
    if standing.evidence is Evidence.NONE:
        return "", ""
    proven = localizer.say(f"evidence.{standing.evidence}")
    if standing.evidence_at is None:
        return proven, ""
    return proven, localizer.ago(localizer.age_s(standing.evidence_at))
