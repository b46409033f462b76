"""Reasons why the hub is unreached, in words for anybody."""

from secours import texts
from secours.model.observed import Reason


def hub_reason(reason: Reason, language: str) -> str | None:
    """Return it without names and numbers; None where not known yet."""
    if reason is Reason.NONE:
        return None
    if reason is Reason.PROTOCOL:
        return texts.say(language, "sites.hub.ended")
    if reason is Reason.BROKEN:
        return texts.say(language, "sites.hub.wrong")
    if reason is Reason.TLS_MISSING:
        return texts.say(language, "sites.hub.clear")
    return texts.detail(language, reason, {})
