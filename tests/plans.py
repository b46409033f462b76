"""Short ways to write plans, results and moments for tests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import permutations
from typing import Any

from hypothesis import strategies as st

from secours.core.events import Event, Measured, Replanned, Ticked
from secours.core.memory import Memory
from secours.core.snapshot import take
from secours.core.step import step
from secours.languages import Text
from secours.model.observed import (
    Evidence,
    Instant,
    Outcome,
    Reason,
    Result,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component, Needs, Path, Probe
from secours.model.sections.line import Line, Purpose, Tier
from secours.model.sections.site import Site
from secours.model.snapshot import Snapshot

START = datetime(2026, 1, 1, tzinfo=UTC)
BOOT_S = 1000.0
TIERS = tuple(Tier)

COMPONENTS = tuple(
    f"{kind}:{n}" for kind in ("power", "carrier", "site") for n in range(3)
)

OUTCOMES = {
    "o": ok(Evidence.SERVED),
    "d": degraded(Reason.SLOW, Evidence.SERVED),
    "x": failed(Reason.REFUSED),
    "?": unknown(Reason.PERMISSION),
}


def moment(second: float) -> Instant:
    """Return the moment so many seconds into the test."""
    return Instant(START + timedelta(seconds=second), BOOT_S + second)


def probe(owner: str, name: str = "tcp", **options: Any) -> Probe:
    """Make a probe; the owner's name says whose it is."""
    room = "components" if ":" in owner else "channels"
    settings = {
        "id": f"{room}/{owner}/{name}",
        "owner": owner,
        "name": name,
        "type": "tcp",
        "settings": None,
        "way_of": name,
    }
    return Probe(**{**settings, **options})


def channel(name: str, *needs: str | Sequence[str], **options: Any) -> Channel:
    """Make a channel with one probe; a list among the needs is an any_of."""
    settings = {
        "name": name,
        "label": Text(name.title()),
        "short_name": Text(name.title()),
        "how": Text(f"how to use {name}"),
        "purposes": frozenset(Purpose),
        "needs": written(needs),
        "probes": (probe(name),),
    }
    return Channel(**{**settings, **options})


def component(name: str, *needs: str | Sequence[str], **options: Any) -> Component:
    """Make a component without a probe."""
    settings = {"name": name, "label": Text(name), "needs": written(needs)}
    return Component(**{**settings, **options})


def written(needs: Sequence[str | Sequence[str]]) -> Needs:
    """Return needs as the model has them."""
    return tuple((n,) if isinstance(n, str) else tuple(n) for n in needs)


@cache  # a strategy is costly to make, and each choice in it to draw
def needs_among(names: tuple[str, ...]) -> st.SearchStrategy[list[tuple[str, ...]]]:
    """Draw up to two needs, each any of up to three of these components."""
    if not names:
        return st.just([])
    sizes = range(1, min(3, len(names)) + 1)
    clauses = (st.sampled_from([*permutations(names, size)]) for size in sizes)
    return st.lists(st.one_of(*clauses), max_size=2)


def line(*names: str, **options: Any) -> Line:
    """Make a line of the plan with one channel a tier, all in the last from the 4th."""
    tiers: list[tuple[Tier, tuple[str, ...]]] = [
        (tier, (name,)) for tier, name in zip(TIERS[:3], names, strict=False)
    ]
    if names[3:]:
        tiers.append((Tier.EMERGENCY, tuple(names[3:])))
    settings = {
        "purpose": Purpose.COORDINATE,
        "audience": "management",
        "tiers": tuple(tiers),
        "last_resort": Text("Send a runner"),
    }
    return Line(**{**settings, **options})


def plan(
    *parts: Channel | Component | Line | Path, failback_after_s: float = 600.0
) -> Config:
    """Put a plan together; without a line, one has all channels in their order."""
    channels = {p.name: p for p in parts if isinstance(p, Channel)}
    lines = tuple(p for p in parts if isinstance(p, Line))
    return Config(
        site=Site(),
        channels=channels,
        components={p.name: p for p in parts if isinstance(p, Component)},
        paths={p.name: p for p in parts if isinstance(p, Path)},
        plan=lines or (line(*channels),),
        failback_after_s=failback_after_s,
    )


def result(owner: str, letter: str | Outcome, second: float) -> Measured:
    """Return the event that a probe ended; `owner/probe` names one of several."""
    owner, _, name = owner.partition("/")
    room = "components" if ":" in owner else "channels"
    if owner.startswith("path "):
        room, owner = "paths", owner.removeprefix("path ")
    outcome = letter if isinstance(letter, Outcome) else OUTCOMES[letter]
    found = Result(
        probe=f"{room}/{owner}/{name or 'tcp'}", at=moment(second), outcome=outcome
    )
    return Measured(result=found, at=moment(second))


def fold(config: Config, *events: Event) -> Memory:
    """Take events in, from nothing, one after another."""
    memory = step(config, Memory(), Replanned(at=moment(0)))
    for event in events:
        memory = step(config, memory, event)
    return memory


def tick(second: float) -> Ticked:
    """Return the event that time has passed."""
    return Ticked(at=moment(second))


def shot(config: Config, memory: Memory) -> Snapshot:
    """Take the snapshot of a memory at its own moment."""
    at = memory.at or moment(0)
    return take(config, memory, at=at, boot_id="boot", started=moment(0))


def used(config: Config, memory: Memory) -> str | None:
    """Return what the first line of the plan uses."""
    use = shot(config, memory).recommendations[0].use
    return use.channel if use else None
