"""Short ways to make the snapshots that the screens are tested with."""

# ruff: noqa: RUF001 -- the curly apostrophe is how it is printed

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from secours.languages import Text
from secours.model.observed import Evidence, Instant, Reason, Verdict
from secours.model.sections.line import Purpose, Tier
from secours.model.sections.site import Screen, Site
from secours.model.snapshot import (
    Backup,
    Change,
    ChannelView,
    ComponentView,
    Explained,
    Link,
    PassedOver,
    PathView,
    ProbeView,
    Recommendation,
    Snapshot,
    Standing,
    State,
    Use,
)

NOON = datetime(2026, 11, 24, 2, 14, 7, tzinfo=UTC)
STEADY_S = 900_000.0
TIERS = tuple(Tier)

STATES = {
    "o": State.AVAILABLE,
    "d": State.DEGRADED,
    "x": State.DOWN,
    "?": State.UNKNOWN,
}
VERDICTS = {
    State.AVAILABLE: Verdict.OK,
    State.DEGRADED: Verdict.DEGRADED,
    State.DOWN: Verdict.FAILED,
    State.UNKNOWN: Verdict.UNKNOWN,
}
REASONS = {
    State.AVAILABLE: Reason.NONE,
    State.DEGRADED: Reason.SLOW,
    State.DOWN: Reason.TIMEOUT,
    State.UNKNOWN: Reason.NOT_PROBED,
}

NAMES = {
    "sms": ("SMS d’astreinte", "On-call SMS", "Envoyer au groupe ASTREINTE"),
    "calls": ("Appels vocaux", "Voice calls", "Composer le 4711, code sur la fiche"),
    "pager": ("Radiomessagerie", "Pager", "Console des bips, groupe 3"),
    "runner": ("Messager à pied", "Runner on foot", "Bureau 12, liste rouge"),
    "teams": ("Teams", "Teams", "Équipe CRISE-DIR, canal Général"),
    "bridge": ("Pont téléphonique", "Phone bridge", "Composer le 02 555 12 12"),
    "radio": ("Radio canal 3", "Radio channel 3", "Poste radio du PC, canal 3"),
    "satphone": ("Satellite", "Satellite phone", "Valise orange, contacts 1 à 9"),
}
ALERT = ("sms", "calls", "pager", "runner")
COORDINATE = ("teams", "bridge", "radio", "satphone")


def moment(before_s: float = 0.0) -> Instant:
    """Return the moment so many seconds before the snapshot."""
    return Instant(NOON - timedelta(seconds=before_s), STEADY_S - before_s)


def standing(state: str = "o", *, since_s: float = 180.0, **given: Any) -> Standing:
    """Return the standing of a channel, `o`, `d`, `x` or `?`."""
    known = STATES[state]
    proven = known in (State.AVAILABLE, State.DEGRADED)
    facts: dict[str, Any] = {
        State.DOWN: {"timeout_s": 10.0},
        State.DEGRADED: {"latency_s": 4.2, "slow_after_s": 2.0},
    }.get(known, {})
    settings = {
        "state": known,
        "since": moment(since_s),
        "reason": REASONS[known],
        "facts": facts,
        "evidence": Evidence.SERVED if proven else Evidence.NONE,
        "evidence_at": moment(5) if proven else None,
        "proved_at": moment(5) if proven else None,
    }
    return Standing(**{**settings, **given})


def channel(name: str, state: str = "o", **given: Any) -> ChannelView:
    """Return a channel as screens get it, with one probe that says the same."""
    held = given.pop("standing", None) or standing(state)
    fr, en, how = NAMES.get(name, (name, name, ""))
    probe = ProbeView(
        name="sip",
        type="sip",
        path=None,
        verdict=VERDICTS[held.state],
        evidence=held.evidence,
        reason=held.reason,
        facts=held.facts,
        latency_s=0.042 if held.state is State.AVAILABLE else None,
        at=moment(5),
    )
    settings = {
        "name": name,
        "label": Text(translations={"fr": fr, "en": en}),
        "short_name": Text(translations={"fr": fr, "en": en}),
        "how": Text(how),
        "standing": held,
        "probes": (probe,),
    }
    return ChannelView(**{**settings, **given})


def line(
    purpose: Purpose, names: Sequence[str], states: str, **given: Any
) -> Recommendation:
    """Return what is recommended for channels in these states, by the plain rule."""
    order = [
        name
        for wanted in "od?"
        for name, state in zip(names, states, strict=True)
        if state == wanted
    ]
    use = order[0] if order else None
    above = names[: names.index(use)] if use else names
    settings = {
        "purpose": purpose,
        "audience": "management",
        "tiers": tuple((t, (n,)) for t, n in zip(TIERS, names, strict=False)),
        "use": _use(names, states, use) if use else None,
        "since": moment(180),
        "backup": _backup(names, order[1]) if order[1:] else None,
        "still_usable": tuple(n for n in above if states[names.index(n)] == "d"),
        "passed_over": tuple(
            PassedOver(channel=n, reason=Reason.TIMEOUT, since=moment(180))
            for n in above
        ),
        "last_resort": Text(
            translations={
                "fr": "Envoyer un messager. Suivre le plan papier, page 4.",
                "en": "Send a runner. Follow the paper plan, page 4.",
            }
        ),
    }
    return Recommendation(**{**settings, **given})


def _use(names: Sequence[str], states: str, name: str) -> Use:
    place = list(names).index(name)
    state = STATES[states[place]]
    return Use(
        channel=name,
        tier=TIERS[place],
        rank=place + 1,
        state=state,
        verified=state is not State.UNKNOWN,
    )


def _backup(names: Sequence[str], name: str) -> Backup:
    return Backup(channel=name, tier=TIERS[list(names).index(name)])


def change(name: str, before: str, after: str, ago_s: float, **given: Any) -> Change:
    """Return a change of a channel so many seconds ago."""
    settings = {
        "at": moment(ago_s),
        "subject": "channel",
        "name": name,
        "before": STATES[before],
        "after": STATES[after],
        "reason": REASONS[STATES[after]],
        "facts": {"timeout_s": 10.0} if after == "x" else {},
    }
    return Change(**{**settings, **given})


def snapshot(alert: str = "oooo", coordinate: str = "oooo", **given: Any) -> Snapshot:
    """Return a town with two lines of four channels in these states."""
    channels = [
        channel(name, state)
        for names, states in ((ALERT, alert), (COORDINATE, coordinate))
        for name, state in zip(names, states, strict=True)
    ]
    settings = {
        "at": moment(),
        "boot_id": "boot",
        "started": moment(22_320),
        "site": Site(
            name=Text("Cellule de crise"), language="fr", timezone="Europe/Brussels"
        ),
        "screen": Screen(max_age_s=15.0),
        "plan_version": "v1",
        "own_link": Link.OK,
        "first_answer_s": 12.0,
        "paths": (PathView(name="lan", state=Link.OK, usual=True),),
        "channels": tuple(channels),
        "components": (
            ComponentView(
                name="carrier:mobile-a",
                label=Text("Opérateur A"),
                standing=standing("o"),
            ),
        ),
        "recommendations": (
            line(Purpose.ALERT, ALERT, alert),
            line(Purpose.COORDINATE, COORDINATE, coordinate),
        ),
    }
    return Snapshot(**{**settings, **given})


def suspecting(shown: Snapshot, *groups: Explained) -> Snapshot:
    """Return the snapshot with these groups of failures, and what may explain them."""
    found = tuple(names for group in groups for names in group.suspects)
    return replace(shown, explanations=groups, suspects=found)


def with_channel(shown: Snapshot, name: str, **given: Any) -> Snapshot:
    """Return the snapshot with one channel changed."""
    channels = tuple(
        replace(view, **given) if view.name == name else view for view in shown.channels
    )
    return replace(shown, channels=channels)


def with_line(shown: Snapshot, place: int, **given: Any) -> Snapshot:
    """Return the snapshot with one line changed."""
    lines = list(shown.recommendations)
    lines[place] = replace(lines[place], **given)
    return replace(shown, recommendations=tuple(lines))


def with_dead_pin(shown: Snapshot, place: int, channel: str) -> Snapshot:
    """Return the snapshot with a line pinned to a channel that is down."""
    line = shown.recommendations[place]
    use = Use(
        channel=channel,
        tier=next(tier for tier, names in line.tiers if channel in names),
        rank=line.planned.index(channel) + 1,
        state=State.DOWN,
        verified=False,
        pinned=True,
    )
    return with_line(shown, place, use=use, unpinned=line.use, backup=None)


def alone(shown: Snapshot, place: int) -> Snapshot:
    """Return the snapshot of a plan of this line only, whose card has most room."""
    return replace(shown, recommendations=(shown.recommendations[place],))
