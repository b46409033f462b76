"""Troubles of the town, with their faults by server."""

from collections.abc import Mapping

from msgspec import Struct, field

from secours.demo.labels import Words, alike, told
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


class Trouble(Struct, frozen=True, kw_only=True):
    """Thing that breaks: faults by server, at once and when an autonomy ends."""

    words: Words
    at_once: Mapping[str, Fault]
    later: Mapping[str, Fault] = field(default_factory=dict)


TROUBLES: Mapping[str, Trouble] = {
    "sms": Trouble(
        words=told("modem SMS", "sms-modem", "SMS-Modem", "SMS modem"),
        at_once={"modem": Fault.NO_NETWORK},
    ),
    "phones": Trouble(
        words=told("central SIP", "SIP-centrale", "SIP-Anlage", "SIP exchange"),
        at_once={"exchange": Fault.UNAVAILABLE},
    ),
    "satphone": Trouble(
        words=told(
            "terminal satellite",
            "satellietterminal",
            "Satellitenterminal",
            "satellite terminal",
        ),
        at_once={"satellite": Fault.NO_NETWORK},
    ),
    "siren": Trouble(
        words=told("sirènes", "sirenes", "Sirenen", "sirens"),
        at_once={"sirens": Fault.UNAVAILABLE},
    ),
    "mail": Trouble(
        words=told("serveur e-mail", "mailserver", "Mailserver", "mail server"),
        at_once={"mail": Fault.UNAVAILABLE},
    ),
    "signal": Trouble(words=alike("Signal"), at_once={"signal": Fault.REFUSE}),
    "element": Trouble(words=alike("Element"), at_once={"matrix": Fault.WRONG}),
    "whatsapp": Trouble(
        words=alike("WhatsApp"), at_once={"meta": Fault.WHATSAPP_BLOCKED}
    ),
    "messenger": Trouble(
        words=alike("Messenger"), at_once={"meta": Fault.MESSENGER_LOST}
    ),
    "teams": Trouble(words=alike("Teams"), at_once={"teams": Fault.UNAVAILABLE}),
    "slack": Trouble(words=alike("Slack"), at_once={"slack": Fault.WRONG}),
    "telegram": Trouble(
        words=alike("Telegram"), at_once={"telegram": Fault.UNAVAILABLE}
    ),
    "meta": Trouble(
        words=told(
            "Meta : WhatsApp et Messenger",
            "Meta: WhatsApp en Messenger",
            "Meta: WhatsApp und Messenger",
            "Meta: WhatsApp and Messenger",
        ),
        at_once={"meta": Fault.UNAVAILABLE},
    ),
    "dns": Trouble(
        words=told(
            "noms du domaine",
            "namen van het domein",
            "Namen der Domain",
            "domain names",
        ),
        at_once={"zone": Fault.UNAVAILABLE},
    ),
    "mains": Trouble(
        words=told("courant du secteur", "netstroom", "Netzstrom", "mains power"),
        at_once={"supply": Fault.ON_BATTERY},
        later={"modem": Fault.NO_NETWORK},  # the mast's batteries are empty
    ),
    "storm": Trouble(
        words=told(
            "orage : signaux faibles",
            "onweer: zwakke signalen",
            "Gewitter: schwache Signale",
            "thunderstorm: weak signals",
        ),
        at_once={"modem": Fault.WEAK, "satellite": Fault.WEAK},
    ),
    "line": Trouble(
        words=told("notre ligne", "onze lijn", "unsere Leitung", "our own line"),
        at_once=dict.fromkeys(REMOTE, Fault.SILENCE),
    ),
}
