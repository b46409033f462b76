"""Takeover by a standby: have it probe by itself, or follow again."""

from secours.model.requests import TakeoverRequest
from secours.render import standby
from secours.render.wording.localizer import Localizer


def turn(localizer: Localizer) -> tuple[str, TakeoverRequest] | None:
    """Return a standby's role, and the request that switches it; None if none."""
    found = localizer.snapshot.standby
    if found is None:
        return None
    return f"{standby.sentence(localizer)}.", TakeoverRequest(back=found.probing)


def label(asked: TakeoverRequest, localizer: Localizer) -> str:
    """Return the label."""
    return localizer.say("standby.back" if asked.back else "standby.take")


def will(request: TakeoverRequest, localizer: Localizer) -> list[str]:
    """Return the effect of a request."""
    role = localizer.snapshot.standby
    first = (role.first or role.host) if role else ""
    key = "standby.will.back" if request.back else "standby.will"
    return [localizer.say(key, first=first)]
