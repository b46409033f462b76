"""JSON of a standby: its role, and its view of the first."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from secours.model.snapshot import Snapshot
from secours.render import standby
from secours.render.answers.values import Amount, Time, finite, iso, iso_or_null
from secours.render.wording.localizer import Localizer

FOR_STRANGERS = ("does", "since", "heard", "heard_at", "heard_age_s")


class StandbyAnswer(Struct, frozen=True, kw_only=True):
    """A standby shows what the first says, or probes on its own."""

    does: Literal["shows", "probes"]
    since: Time
    by: str  # who had it take over or follow again, "" for itself
    url: str  # of the first
    first: str  # what its machine is called, "" where it was never heard
    heard: bool  # what came of it is fresh
    heard_at: Time | None
    heard_age_s: Amount | None
    takes_over_at: Time | None  # by itself, if the first is not heard by then
    words: str


def answer(snapshot: Snapshot, age_s: float, language: str) -> StandbyAnswer | None:
    """Return the state of a standby, None for others."""
    found, localizer = snapshot.standby, Localizer(snapshot, language, age_s)
    if found is None:
        return None
    return StandbyAnswer(
        does="probes" if found.probing else "shows",
        since=iso(found.since),
        by=found.by,
        url=found.url,
        first=found.first,
        heard=standby.is_heard(found, localizer),
        heard_at=iso_or_null(found.heard),
        heard_age_s=finite(localizer.age_s(found.heard)) if found.heard else None,
        takes_over_at=iso_or_null(found.takes_over),
        words=standby.sentence(localizer),
    )


def for_strangers(snapshot: Snapshot, age_s: float) -> Mapping[str, object] | None:
    """Return the fields that strangers may see: not whose it is, nor where."""
    found = answer(snapshot, age_s, "en")
    return {name: getattr(found, name) for name in FOR_STRANGERS} if found else None
