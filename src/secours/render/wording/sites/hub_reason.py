"""Why the hub is not reached, in words that anybody may read."""

from secours import texts
from secours.model.observed import Reason

NO_ANSWER_OF_A_HUB = (Reason.PROTOCOL, Reason.BROKEN)


def hub_reason(reason: Reason, language: str) -> str | None:
    """Say it without names and numbers; None where it is not known yet."""
    if reason is Reason.NONE:
        return None
    if reason in NO_ANSWER_OF_A_HUB:
        return texts.say(language, "sites.hub.wrong")
    if reason is Reason.TLS_MISSING:
        return texts.say(language, "sites.hub.clear")
    return texts.detail(language, reason, {})
