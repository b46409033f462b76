"""JSON answer of `check`; its values stay stable.

Additions keep `schema` at 1. Times are ISO 8601 in UTC; words for people are in the
language asked for.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Literal, TypeVar

from msgspec import Struct, field

from secours.model.nodes import channel_node
from secours.model.observed import Evidence, Reason, Verdict
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    ProbeView,
    Snapshot,
    State,
)
from secours.render.answers.values import (
    EXIT_CODES,
    SCHEMA,
    Amount,
    Time,
    iso,
    like,
    milliseconds,
)
from secours.render.wording import caveats
from secours.render.wording.localizer import Localizer

WORST_FIRST = (State.DOWN, State.UNKNOWN, State.DEGRADED)

View = ChannelView | ComponentView


class ProbeAnswer(Struct, frozen=True, kw_only=True):
    """Result of one probe."""

    probe: str
    type: str
    path: str | None
    outcome: Verdict
    evidence: Evidence
    latency_ms: Amount | None
    reason: str
    detail: str


class NodeAnswer(Struct, frozen=True, kw_only=True):
    """A channel or component."""

    name: str
    state: State
    warnings: tuple[str, ...]
    evidence: Evidence
    reason: str
    detail: str
    probes: tuple[ProbeAnswer, ...]


class ChannelAnswer(NodeAnswer, frozen=True, kw_only=True):
    """State of a channel."""

    name: str = field(name="channel")


class ComponentAnswer(NodeAnswer, frozen=True, kw_only=True):
    """State of a component."""

    name: str = field(name="component")


Node = TypeVar("Node", bound=NodeAnswer)


class CheckAnswer(Struct, frozen=True, kw_only=True):
    """State of everything, by tests made now."""

    schema: Literal[1]
    site: str
    at: Time
    state: State
    channels: tuple[ChannelAnswer, ...]
    components: tuple[ComponentAnswer, ...]

    @property
    def troubles(self) -> tuple[str, ...]:
        """Return the troubles of the engine: a check has none."""
        return ()


def answer(
    snapshot: Snapshot, language: str, uncounted: Collection[str] = frozenset()
) -> CheckAnswer:
    """Return the state of all nodes.

    The names in `uncounted` are listed, but do not change the overall state: their
    test was not asked for.
    """
    localizer = Localizer(snapshot, language)
    return CheckAnswer(
        schema=SCHEMA,
        site=localizer.site,
        at=iso(snapshot.at),
        state=worst(view for view in views(snapshot) if view.name not in uncounted),
        channels=tuple(
            node(ChannelAnswer, view, localizer) for view in snapshot.channels
        ),
        components=tuple(
            node(ComponentAnswer, view, localizer) for view in snapshot.components
        ),
    )


def exit_code(answer: CheckAnswer) -> int:
    """Return the exit code of `check` or `status`; trouble of the engine makes it 1."""
    return EXIT_CODES[answer.state] or int(bool(answer.troubles))


def views(snapshot: Snapshot) -> tuple[View, ...]:
    """Return all nodes with a state."""
    return (*snapshot.channels, *snapshot.components)


def is_known(view: View) -> bool:
    """Return whether a node is measured, or its state known."""
    return bool(view.probes) or view.standing.state is not State.UNKNOWN


def worst(counted: Iterable[View]) -> State:
    """Return the overall state; a warning degrades it, nothing counted is unknown."""
    standings = [view.standing for view in counted]
    if not standings:
        return State.UNKNOWN
    states = {each.state for each in standings}
    if any(each.warnings for each in standings):
        states.add(State.DEGRADED)
    return next((state for state in WORST_FIRST if state in states), State.AVAILABLE)


def node(kind: type[Node], view: View, localizer: Localizer, **more: Any) -> Node:
    """Return the answer of a channel or component; `more` are further fields."""
    standing = view.standing
    return like(
        kind,
        standing,
        name=view.name,
        reason=standing.reason or standing.aside,
        detail=localizer.series(filter(None, _details(view, localizer))),
        probes=tuple(_probe(probe, localizer) for probe in view.probes),
        **more,
    )


def _details(view: View, localizer: Localizer) -> Iterator[str]:
    """Yield the person who set it aside, then its own fault."""
    standing, name = view.standing, view.name
    if isinstance(view, ChannelView):
        name = channel_node(name)
    if standing.aside:
        yield localizer.detail(standing.aside, localizer.aside(standing, name))
    yield _detail(view, localizer)
    yield localizer.may_need(standing)


def _detail(view: View, localizer: Localizer) -> str:
    """Return the reason, a battery's time left, or else a probe's warning."""
    standing = view.standing
    if standing.reason is Reason.ENDING and standing.until is not None:
        facts = {**standing.facts, "left_s": localizer.left_s(standing)}
        return localizer.detail(standing.reason, facts)
    if reason := caveats.reason(standing, localizer, named=True):
        return reason
    warned = [probe for probe in view.probes if probe.reason in standing.warnings]
    if not warned:
        return ""
    return localizer.detail(warned[0].reason, warned[0].facts)


def _probe(view: ProbeView, localizer: Localizer) -> ProbeAnswer:
    return like(
        ProbeAnswer,
        view,
        probe=view.name,
        # a missing device counts as failed, and is unknown here
        outcome=Verdict.UNKNOWN if view.reason is Reason.NO_DEVICE else view.verdict,
        latency_ms=milliseconds(view.latency_s),
        detail=localizer.detail(view.reason, view.facts),
    )
