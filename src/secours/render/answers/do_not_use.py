"""JSON of the channels that must not be used."""

from msgspec import Struct

from secours.model.snapshot import Snapshot
from secours.render.answers.values import Time, iso
from secours.render.wording import do_not_use


class DoNotUse(Struct, frozen=True, kw_only=True):
    """A channel that somebody distrusts; `why` and `at` are of the mark, if known."""

    channel: str
    by: str | None
    why: str
    at: Time | None


def entries(snapshot: Snapshot) -> tuple[DoNotUse, ...]:
    """Return every channel that must not be used, in the order of the plan."""
    return tuple(
        DoNotUse(
            channel=each.channel,
            by=each.by,
            why=each.mark.why if each.mark else "",
            at=iso(each.mark.at) if each.mark else None,
        )
        for each in do_not_use.distrusted(snapshot)
    )
