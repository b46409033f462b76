"""Takeover by a standby: have it probe by itself, or follow again."""

from msgspec import Struct

from secours.model.requests import TakeoverRequest
from secours.render import standby
from secours.render.wording.localizer import Localizer


class TurnView(Struct, frozen=True, kw_only=True):
    """Role of a standby, and the request that switches it."""

    words: str
    button: str
    request: TakeoverRequest


def turn(localizer: Localizer) -> TurnView | None:
    """Return the switch of a standby, None where this is none."""
    found = localizer.snapshot.standby
    if found is None:
        return None
    request = TakeoverRequest(back=found.probing)
    return TurnView(
        words=f"{standby.sentence(localizer)}.",
        button=label(request, localizer),
        request=request,
    )


def label(asked: TakeoverRequest, localizer: Localizer) -> str:
    """Return the label."""
    return localizer.say("standby.back" if asked.back else "standby.take")


def will(asked: TakeoverRequest, localizer: Localizer) -> list[str]:
    """Return the effect of a request."""
    found = localizer.snapshot.standby
    first = (found.first or found.host) if found else ""
    key = "standby.will.back" if asked.back else "standby.will"
    return [localizer.say(key, first=first)]
