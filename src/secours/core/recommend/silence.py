"""Silence of audiences that have orders for it.

An audience is silent while no line of it has a usable channel: each is down, set aside,
unheard, or hidden by our own link; one that nobody tried is none either, where another
is lost. Planned maintenance is no loss: it makes a silence where it leaves nothing.
While nothing is known, as during measuring, nothing changes; where nothing is lost any
more and nothing will be measured, the silence is over too.

Orders hold from `after` on. The first channel that is usable takes them back at once;
if it is lost before it held for `failback_after`, the silence was never over, and goes
on from its start. So it does over a stop: an audience silent before and after it counts
as silent throughout.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec.structs import replace

from secours.core.graph.derived import derived
from secours.core.memory import Loss, Memory, Silence
from secours.core.probing.aggregate import SILENT
from secours.core.receivers import reach
from secours.core.recommend import set_aside
from secours.core.recommend.choice import state_for, usable_of
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.receivers.audiences import WhenCut
from secours.model.sections.line import purpose_and_audience
from secours.model.snapshot import OrdersView, State

ASKED_S = 12 * 3600.0  # for so long somebody is asked to tell them what they missed


UNTRIED = (Reason.NOT_PROBED, Reason.UNPROVEN, Reason.TEST_DUE)

Contact = Literal["usable", "untried", "unknown", "doubtful", "none"]
"""Contact with an audience now: by a channel that works; by any, and no probe proves
one; nothing speaks against what is left; what is left was not tried, and another is
lost; no channel is left."""

SILENT_NOW: tuple[Contact, ...] = ("doubtful", "none")


@derived
def orders(config: Config) -> Mapping[str, WhenCut]:
    """Return the orders for silence, by audience."""
    lines = {line.audience for line in config.plan}
    return {
        name: audience.when_cut
        for name, audience in config.audiences.items()
        if audience.when_cut is not None and name in lines
    }


def contact(config: Config, memory: Memory, audience: str) -> Contact:
    """Tell by its lines whether an audience can be reached."""
    lines = [line for line in config.plan if line.audience == audience]
    doubtful, lost, idle, untried = False, False, False, True
    for line in lines:
        usable = usable_of(config, memory, line)
        for name, _ in line.order:
            standing, reached = memory.channels[name], reach.of(memory, line, name)
            state = state_for(standing.state, reached)
            if name in usable and state is not State.UNKNOWN:
                return "usable"
            doubtful |= name in usable
            untried &= standing.reason in UNTRIED
            hidden = standing.reason is Reason.OWN_LINK or reached.loss >= Loss.INFERRED
            planned = standing.aside is Reason.MAINTENANCE
            gone = state is State.DOWN or bool(standing.aside) or hidden
            idle, lost = idle or planned, lost or (gone and not planned)
    if any(memory.choices[line.name].measuring for line in lines):
        return "unknown"
    if not lost and (doubtful or not idle):
        measured = all(e.reason not in SILENT for e in memory.components.values())
        return "untried" if untried and measured else "unknown"
    return "doubtful" if doubtful else "none"


def renewed(config: Config, memory: Memory, at: Instant) -> dict[str, Silence]:
    """Return the silences of this moment."""
    found = {name: _renewed(config, memory, name, at) for name in orders(config)}
    return {name: each for name, each in found.items() if each is not None}


def _renewed(
    config: Config, memory: Memory, audience: str, at: Instant
) -> Silence | None:
    before, hold_s = memory.silences.get(audience), config.failback_after_s
    now = contact(config, memory, audience)
    if now in SILENT_NOW:
        ended = before and before.held and at.since(before.held) >= hold_s
        begun = Silence(since=at) if before is None or ended else before
        return replace(begun, back=None, held=None)
    if before is None or (before.back is None and now == "unknown"):
        return before
    back, held = before.back or at, before.held or at
    asks = _asks(config, memory, audience, before, back)
    is_over = at.since(held) >= (ASKED_S if asks else hold_s)
    return None if is_over else replace(before, back=back, held=held)


def _asks(
    config: Config, memory: Memory, audience: str, silence: Silence, back: Instant
) -> bool:
    """Tell whether orders held, and nobody noted since that the audience was told."""
    noted = any(
        purpose_and_audience(each.line)[1] == audience and each.at.since(back) >= 0
        for each in memory.words.announced
    )
    return back.since(silence.since) >= orders(config)[audience].after_s and not noted


def turns_s(config: Config, memory: Memory) -> Iterator[float]:
    """Yield the steady times at which orders begin to hold, or a silence is over."""
    for name, each in memory.silences.items():
        if each.back is None and name in orders(config):
            yield each.since.steady_s + orders(config)[name].after_s
        elif each.held is not None:
            yield each.held.steady_s + config.failback_after_s
            yield each.held.steady_s + ASKED_S


def views(config: Config, memory: Memory, at: Instant) -> Iterator[OrdersView]:
    """Yield the orders of each audience, and whether they hold now."""
    for audience, order in orders(config).items():
        silence = memory.silences.get(audience)
        back = silence.back if silence else None
        view = OrdersView(audience=audience, orders=order)
        if silence and not back:
            view = replace(
                view,
                since=silence.since,
                in_force=at.since(silence.since) >= order.after_s,
                all_cut=contact(config, memory, audience) == "none",
                **_maintenance(config, memory, audience, at),
            )
        elif silence and back and _asks(config, memory, audience, silence, back):
            view = replace(view, since=silence.since, back=back)
        yield view


def _maintenance(
    config: Config, memory: Memory, audience: str, at: Instant
) -> dict[str, Any]:
    """Say whether a channel is in maintenance, and when the first comes back."""
    names = (n for e in config.plan if e.audience == audience for n, _ in e.order)
    ends = [
        set_aside.maintained_until(config, memory, name, at)
        for name in names
        if memory.channels[name].aside is Reason.MAINTENANCE
    ]
    return {
        "planned": bool(ends),
        "planned_until": min(filter(None, ends), default=None),
    }


def played(config: Config, imagined: Memory) -> Iterator[OrdersView]:
    """Yield the orders that would hold in time, if an exercise were true."""
    for audience, order in orders(config).items():
        now = contact(config, imagined, audience)
        if now in SILENT_NOW:
            view = OrdersView(audience=audience, orders=order, in_force=True)
            yield replace(view, all_cut=now == "none")
