"""From a Snapshot to what `check` and `status` print as JSON: values that stay stable.

Names and meaning are a public interface; `report_schema` says the same as JSON Schema.
Times are ISO 8601 in UTC; words for people are in the language.
"""

from collections.abc import Collection, Iterator

from secours.model.nodes import channel_node
from secours.model.observed import Reason, Verdict
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    ProbeView,
    Snapshot,
    Standing,
    State,
)
from secours.render.answers.values import (
    EXIT_CODES,
    SCHEMA,
    Answer,
    finite,
    fresh,
    iso,
    milliseconds,
    proof_age_s,
)
from secours.render.wording import caveats, do_not_use
from secours.render.wording.localizer import Localizer

WORST_FIRST = (State.DOWN, State.UNKNOWN, State.DEGRADED)

View = ChannelView | ComponentView


def check(
    snapshot: Snapshot, language: str, uncounted: Collection[str] = frozenset()
) -> Answer:
    """Say how every channel and component is.

    The names in `uncounted` are listed and do not change the state of the whole: nobody
    asked for their test.
    """
    return _states(Localizer(snapshot, language), uncounted)


def _states(localizer: Localizer, uncounted: Collection[str]) -> Answer:
    snapshot = localizer.snapshot
    views = _views(snapshot)
    return {
        "schema": SCHEMA,
        "site": localizer.in_language(snapshot.site.name),
        "at": iso(snapshot.at),
        "state": _worst([view for view in views if view.name not in uncounted]),
        "channels": [
            {"channel": view.name, **_standing(view, localizer)}
            for view in snapshot.channels
        ],
        "components": [
            {"component": view.name, **_standing(view, localizer)}
            for view in snapshot.components
        ],
    }


def status(snapshot: Snapshot, age_s: float, language: str) -> Answer:
    """Say how everything is by the engine's snapshot, since when, and how old that is.

    What no probe tests and nothing is known of does not count, as in `check`.
    """
    views = _views(snapshot)
    untested = {
        view.name
        for view in views
        if not view.probes and view.standing.state is State.UNKNOWN
    }
    answer = _states(Localizer(snapshot, language, age_s), untested)
    entries = (*answer["channels"], *answer["components"])
    for entry, view in zip(entries, views, strict=True):
        entry["since"] = iso(view.standing.since)
        entry["evidence_age_s"] = proof_age_s(
            snapshot, view.standing.evidence_at, age_s
        )
    if distrusted := do_not_use.entries(snapshot):
        answer["do_not_use"] = distrusted
    answer["age_s"] = finite(age_s)
    answer["stale"] = not fresh(snapshot, age_s)
    if answer["stale"]:
        answer["state"] = State.UNKNOWN.value
    return answer


def exit_code(answer: Answer) -> int:
    """Return the exit code of a `check` or a `status` answer."""
    return EXIT_CODES[State(answer["state"])]


def _views(snapshot: Snapshot) -> list[View]:
    return [*snapshot.channels, *snapshot.components]


def _worst(views: list[View]) -> str:
    """Return the state of the whole; a warning makes it degraded, nothing unknown."""
    if not views:
        return State.UNKNOWN.value
    states = {view.standing.state for view in views}
    if any(view.standing.warnings for view in views):
        states.add(State.DEGRADED)
    return next((s for s in WORST_FIRST if s in states), State.AVAILABLE).value


def _standing(view: View, localizer: Localizer) -> Answer:
    standing = view.standing
    return {
        "state": standing.state.value,
        "warnings": [warning.value for warning in standing.warnings],
        "evidence": standing.evidence.value,
        "reason": (standing.reason or standing.aside).value,
        "detail": "; ".join(filter(None, _details(view, localizer))),
        "probes": [_probe(probe, localizer) for probe in view.probes],
    }


def _details(view: View, localizer: Localizer) -> Iterator[str]:
    """Say who set it aside, and what is wrong with it by itself."""
    standing, name = view.standing, view.name
    if isinstance(view, ChannelView):
        name = channel_node(name)
    if standing.aside:
        yield localizer.detail(standing.aside, localizer.aside(standing, name))
    yield _detail(standing, view.probes, localizer)
    yield localizer.may_need(standing)


def _detail(
    standing: Standing, probes: tuple[ProbeView, ...], localizer: Localizer
) -> str:
    """Say why; of a battery, how long it holds; else what a probe warns of."""
    if standing.reason is Reason.ENDING and standing.until is not None:
        left_s = standing.until.since(localizer.snapshot.at) - localizer.screen_age_s
        return localizer.detail(
            standing.reason, {**standing.facts, "left_s": max(0.0, left_s)}
        )
    if told := caveats.reason(standing, localizer):
        return told
    warned = [probe for probe in probes if probe.reason in standing.warnings]
    if not warned:
        return ""
    return localizer.detail(warned[0].reason, warned[0].facts)


def _probe(view: ProbeView, localizer: Localizer) -> Answer:
    return {
        "probe": view.name,
        "type": view.type,
        "path": view.path,
        "outcome": _outcome(view).value,
        "evidence": view.evidence.value,
        "latency_ms": milliseconds(view.latency_s),
        "reason": view.reason.value,
        "detail": localizer.detail(view.reason, view.facts),
    }


def _outcome(view: ProbeView) -> Verdict:
    """Say what was observed: a device that is missing counts as failed, untested."""
    return Verdict.UNKNOWN if view.reason is Reason.NO_DEVICE else view.verdict
