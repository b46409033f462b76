"""Page of the plan: what-if, strength, needs, and past outages."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from markupsafe import Markup
from msgspec.structs import asdict

from secours import places
from secours.config import catalogue
from secours.config.edit.edits import with_offers
from secours.config.in_clear import in_clear
from secours.core.audit.examination import PlanExamination, examined
from secours.core.audit.plan import audit
from secours.core.replay.whatif import Outlook, whatif
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import replays, source
from secours.engine import clock
from secours.engine.store import saved_memory
from secours.model.nodes import channel_node
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.snapshot import Snapshot, Standing, State
from secours.model.statements import Mark, Trial
from secours.render.answers.audit import AuditAnswer, answer, labels
from secours.render.redundancy.choice import APART, FAILS, NOW, chosen, unusable
from secours.render.redundancy.needs_picture import ZOOMS
from secours.render.redundancy.page import ZOOM, PlanPage, plan_html
from secours.render.redundancy.rows import UNTIL_S
from secours.render.wording.localizer import Localizer

MINUTE_S = 60.0


def draw(localizer: Localizer, address: Address, visit: Visit) -> Markup:
    """Draw the page, with what the address lets fail."""
    config = source.plan()
    if config is None:
        return plan_html(localizer, None)
    language, shot = localizer.language, localizer.snapshot
    asked = address.get(ZOOM) or ""
    zoom = asked if asked in ZOOMS else ""
    apart = address.get(NOW) == APART
    others = [
        ("lang", language),
        *([(ZOOM, zoom)] if zoom else []),
        *([(NOW, APART)] if apart else []),
    ]
    names = labels(config, language)
    choice = chosen(config, names, address.all(FAILS), others)
    out = () if apart else unusable(config, shot)
    counted = tuple(name for name in out if name not in choice.fails)
    fails = (*choice.fails, *counted)
    lasted = tuple(_lasted(shot, fails))
    ends = () if apart else tuple(_in_minutes(shot.batteries_end))
    trials = tuple(saved_memory.trials().items())
    this_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    shown = PlanPage(
        config=config,
        choice=choice,
        answer=_audited(config, trials, this_hour, language),
        examination=_examined(config),
        outlook=_followed(config, fails, shot.marks, lasted, ends)
        if choice.fails
        else None,
        counted=counted,
        lasted=[each for each in lasted if each[0] in choice.fails],
        outages=[(each.name, each.title) for each in replays.recorded()],
        zoom=zoom,
        acts=visit.acts,
    )
    return plan_html(localizer, shown)


@lru_cache(maxsize=8)
def _audited(
    config: Config,
    trials: tuple[tuple[str, Trial], ...],
    now: datetime,
    language: str,
) -> AuditAnswer:
    """Audit a plan, cached within the hour."""
    found = audit(config, now=now, trials=dict(trials))
    besides = asdict(catalogue.aged(config, now.date()))
    return answer(found, config, language, now, in_clear=in_clear(config), **besides)


@lru_cache(maxsize=2)
def _examined(config: Config) -> PlanExamination:
    """Examine a plan with what it might add, once for each plan."""
    return examined(config, with_offers(config, places.plan_file()))


@lru_cache(maxsize=32)
def _followed(
    config: Config,
    fails: tuple[str, ...],
    marks: tuple[Mark, ...],
    lasted: tuple[tuple[str, float], ...],
    ends: tuple[tuple[str, Instant], ...],
) -> Outlook:
    """Follow a failure, cached."""
    return whatif(
        config,
        fails,
        start=clock.now(),
        until_s=UNTIL_S,
        marks=marks,
        lasted=dict(lasted),
        ends=dict(ends),
    )


def _in_minutes(ends: Mapping[str, Instant]) -> Iterator[tuple[str, Instant]]:
    """Yield when batteries end, by the minute before: so that it is cached."""
    for name, end in ends.items():
        yield name, end.at_steady(end.steady_s // MINUTE_S * MINUTE_S)


def _lasted(shot: Snapshot, fails: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """Yield the failures already down, and for how long, in whole minutes."""
    standings = _standings(shot)
    for name in fails:
        standing = standings.get(name)
        if standing is not None and standing.state is State.DOWN:
            began = standing.failed_at or standing.since or shot.at
            yield name, max(0.0, shot.at.since(began) // MINUTE_S * MINUTE_S)


def _standings(shot: Snapshot) -> Mapping[str, Standing]:
    channels = {channel_node(view.name): view.standing for view in shot.channels}
    return channels | {view.name: view.standing for view in shot.components}
