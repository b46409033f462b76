"""Occasions to print the sheet, found in one snapshot after another.

An event prints once. It is over, and may print again, when it has been over for
`failback_after`: one that comes and goes prints once. A change of the plan prints when
its file has been left alone for a minute. What was not printed before its event was
over is not printed any more.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from secours.core.audit.switch_times import promises
from secours.core.notices.matters import Matter, mains, own_link
from secours.core.statements import steady_clock
from secours.model.observed import Instant
from secours.model.paper.settings import OCCASIONS, Occasion, Printing
from secours.model.plan import Config
from secours.model.snapshot import Snapshot

MOST, WITHIN_S = 6, 3600.0  # sheets, in any such time
KEPT = 3  # of them for events: edits of the plan use up none
EVENTS = OCCASIONS[:3]
SETTLED_S = 60.0  # since the plan was last written
LATEST_S = 60.0  # after an event


class PaperMemory(Struct, frozen=True, kw_only=True):
    """Occasions that are under way or due, and the sheets of the last hour."""

    boot_id: str = ""
    edition: int = 0  # the higher is the newer
    events: Mapping[Occasion, Instant | None] = {}  # when it ended, None if under way
    due: tuple[Occasion, ...] = ()
    sheets: tuple[Instant, ...] = ()
    plan: str = ""  # version of the latest one seen
    monday: str = ""  # date of the latest one seen


def looked(
    memory: PaperMemory,
    paper: Printing,
    config: Config,
    shot: Snapshot,
    local: datetime,
) -> PaperMemory:
    """Return the memory after a snapshot, at this time on the site's clock."""
    events, due = dict(memory.events), set(memory.due)
    for occasion, holds in _events(config, shot):
        if holds:
            if occasion not in events:
                due.add(occasion)
            events[occasion] = None
        elif holds is False and occasion in events:
            ended = events[occasion] = events[occasion] or shot.at
            if shot.at.since(ended) >= config.failback_after_s:
                del events[occasion]
                due.discard(occasion)
    plan, monday = memory.plan, _monday(local, paper)
    if plan != shot.plan_version and (not plan or _is_settled(shot)):
        due |= {"plan-changed"} if plan else set()
        plan = shot.plan_version
    if "clock" in shot.trouble:
        monday = memory.monday
    due |= {"monday"} if "" < memory.monday < monday else set()
    wanted = tuple(each for each in OCCASIONS if each in due and each in paper.on)
    return replace(memory, events=events, due=wanted, plan=plan, monday=monday)


def unseen_s(config: Config) -> float:
    """Return for how long what fell with an event may still look well."""
    limits_s = (each.switch_s or 0.0 for each in promises(config))
    return min(LATEST_S, max(limits_s, default=0.0))


def may_print(memory: PaperMemory, at: Instant) -> bool:
    """Return whether something is due, and another sheet allowed."""
    most = MOST if set(memory.due) & set(EVENTS) else MOST - KEPT
    return bool(memory.due) and len(_recent(memory, at)) < most


def counted(memory: PaperMemory, at: Instant) -> PaperMemory:
    """Return the memory before a sheet is handed over."""
    return replace(memory, sheets=(*_recent(memory, at), at))


def printed(memory: PaperMemory, occasions: tuple[Occasion, ...]) -> PaperMemory:
    """Return the memory after a printer took a sheet for these occasions."""
    due = tuple(each for each in memory.due if each not in occasions)
    return replace(memory, due=due)


def again(memory: PaperMemory, occasions: tuple[Occasion, ...]) -> PaperMemory:
    """Return the memory after a printer gave a sheet up: due is what is not over."""
    lost = [each for each in occasions if each in memory.events or each not in EVENTS]
    due = tuple(each for each in OCCASIONS if each in (*lost, *memory.due))
    return replace(memory, due=due)


def resumed(memory: PaperMemory, boot_id: str, now: Instant) -> PaperMemory:
    """Return the memory on the steady clock of this boot."""
    if boot_id and memory.boot_id == boot_id:
        return memory
    events = {
        each: at and steady_clock.moved(at, now) for each, at in memory.events.items()
    }
    sheets = tuple(steady_clock.moved(at, now) for at in memory.sheets)
    return replace(memory, boot_id=boot_id, events=events, sheets=sheets)


def _recent(memory: PaperMemory, at: Instant) -> tuple[Instant, ...]:
    return tuple(each for each in memory.sheets if at.since(each) < WITHIN_S)


def _events(config: Config, shot: Snapshot) -> Iterator[tuple[Occasion, bool | None]]:
    """Yield whether each event holds now, None where that is unknown."""
    yield "mains-lost", _holds(mains(config, shot))
    yield "own-link", _holds(own_link(shot))
    known = [line for line in shot.recommendations if not line.measuring]
    nothing = any(line.is_lost for line in known)
    whole = len(known) == len(shot.recommendations)
    yield "nothing-left", nothing if nothing or whole else None


def _holds(matters: Iterator[Matter]) -> bool | None:
    matter = next(matters, None)
    return None if matter is None else matter.severity > 0


def _is_settled(shot: Snapshot) -> bool:
    written = shot.plan_written
    since = (shot.at.utc - written) if written else timedelta.max
    return abs(since.total_seconds()) >= SETTLED_S


def _monday(local: datetime, paper: Printing) -> str:
    """Return the date of the Monday whose hour came last."""
    monday = local.date() - timedelta(days=local.weekday())
    early = local.weekday() == 0 and f"{local:%H:%M}" < paper.at
    return (monday - timedelta(days=7 if early else 0)).isoformat()
