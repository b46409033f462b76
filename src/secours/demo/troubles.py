"""Troubles of the town, with their faults by server."""

from collections.abc import Mapping

from msgspec import Struct, field

from secours.demo.servers.faults import Fault

REMOTE = (  # the servers that are reached over the town hall's own line
    "exchange",
    "signal",
    "matrix",
    "meta",
    "teams",
    "slack",
    "telegram",
    "zone",
    "reference-1",
    "reference-2",
)


class Trouble(Struct, frozen=True):
    """Thing that breaks: faults by server, at once and when an autonomy ends."""

    at_once: Mapping[str, Fault]
    later: Mapping[str, Fault] = field(default_factory=dict)


TROUBLES: Mapping[str, Trouble] = {
    "sms": Trouble({"modem": Fault.NO_NETWORK}),
    "phones": Trouble({"exchange": Fault.UNAVAILABLE}),
    "satphone": Trouble({"satellite": Fault.NO_NETWORK}),
    "siren": Trouble({"sirens": Fault.UNAVAILABLE}),
    "mail": Trouble({"mail": Fault.UNAVAILABLE}),
    "signal": Trouble({"signal": Fault.REFUSE}),
    "element": Trouble({"matrix": Fault.WRONG}),
    "whatsapp": Trouble({"meta": Fault.WHATSAPP_BLOCKED}),
    "messenger": Trouble({"meta": Fault.MESSENGER_LOST}),
    "teams": Trouble({"teams": Fault.UNAVAILABLE}),
    "slack": Trouble({"slack": Fault.WRONG}),
    "telegram": Trouble({"telegram": Fault.UNAVAILABLE}),
    "meta": Trouble({"meta": Fault.UNAVAILABLE}),
    "dns": Trouble({"zone": Fault.UNAVAILABLE}),
    "mains": Trouble(
        {"supply": Fault.ON_BATTERY},
        later={"modem": Fault.NO_NETWORK},  # the mast's batteries are empty
    ),
    "storm": Trouble({"modem": Fault.WEAK, "satellite": Fault.WEAK}),
    "line": Trouble(dict.fromkeys(REMOTE, Fault.SILENCE)),
}
