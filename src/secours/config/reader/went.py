"""Keys and probe types that went, and what does their work; docs/plan.md lists them."""

from secours.message import Message, message

INSTEAD = {
    "publish": message("plan.went.publish"),
    "cap": message("plan.went.cap"),
    "mqtt": message("plan.went.mqtt"),
    "xmpp": message("plan.went.xmpp"),
}


def instead(name: str) -> Message | None:
    """Return what to do instead of a key or probe type that went, else None."""
    return INSTEAD.get(name) and message("plan.went", instead=INSTEAD[name])
