"""Labels of the town in four languages."""

# ruff: noqa: RUF001 -- curly apostrophes are printed

from collections.abc import Mapping
from typing import NamedTuple

from secours.languages import LANGUAGES

Words = Mapping[str, str]
"""One text by language."""


class ChannelLabels(NamedTuple):
    """Label, short name and instructions of a channel."""

    label: Words
    short: Words
    how: Words


def told(fr: str, nl: str, de: str, en: str) -> Words:
    """Put the four languages together."""
    return dict(zip(LANGUAGES, (fr, nl, de, en), strict=True))


def alike(text: str) -> Words:
    """Use one text for all."""
    return dict.fromkeys(LANGUAGES, text)


SITE = told(
    "Centre de crise d’Exempleville",
    "Crisiscentrum van Voorbeeldstad",
    "Krisenzentrum Musterstadt",
    "Sampletown crisis centre",
)

CHANNELS: Mapping[str, ChannelLabels] = {
    "sms": ChannelLabels(
        told("SMS d’alerte", "Alarm-sms", "Alarm-SMS", "Alert SMS"),
        alike("SMS"),
        told(
            "Modem de crise, liste ALERTE",
            "Crisismodem, lijst ALARM",
            "Krisenmodem, Liste ALARM",
            "Crisis modem, list ALERT",
        ),
    ),
    "phones": ChannelLabels(
        told("Téléphones fixes", "Vaste telefoons", "Festnetztelefone", "Desk phones"),
        told("Téléphone", "Telefoon", "Telefon", "Phone"),
        told(
            "Composer le 5000",
            "Bel 5000",
            "5000 wählen",
            "Dial 5000",
        ),
    ),
    "satphone": ChannelLabels(
        told(
            "Téléphone satellite",
            "Satelliettelefoon",
            "Satellitentelefon",
            "Satellite phone",
        ),
        alike("Satellite"),
        told(
            "Armoire B2, sortir sur le toit",
            "Kast B2, ga naar het dak",
            "Schrank B2, aufs Dach gehen",
            "Cabinet B2, go up on the roof",
        ),
    ),
    "pager": ChannelLabels(
        told("Bips de garde", "Piepers", "Funkmelder", "Duty pagers"),
        told("Bip", "Pieper", "Funkmelder", "Pager"),
        told(
            "Dispatching 112, code 7",
            "Dispatching 112, code 7",
            "Leitstelle 112, Code 7",
            "Dispatch 112, code 7",
        ),
    ),
    "siren": ChannelLabels(
        told("Sirènes", "Sirenes", "Sirenen", "Sirens"),
        told("Sirènes", "Sirenes", "Sirenen", "Sirens"),
        told(
            "Pupitre rouge, bouton 1",
            "Rode lessenaar, knop 1",
            "Rotes Pult, Taste 1",
            "Red desk, button 1",
        ),
    ),
    "mail": ChannelLabels(
        told("E-mail", "E-mail", "E-Mail", "E-mail"),
        told("E-mail", "E-mail", "E-Mail", "E-mail"),
        alike("crise@exempleville.example"),
    ),
    "signal": ChannelLabels(
        alike("Signal"),
        alike("Signal"),
        told("Groupe CRISE-DIR", "Groep CRISIS-DIR", "Gruppe KRISE", "Group CRISIS"),
    ),
    "element": ChannelLabels(
        alike("Element (Matrix)"),
        alike("Element"),
        told("Salon CRISE-DIR", "Kamer CRISIS-DIR", "Raum KRISE", "Room CRISIS"),
    ),
    "whatsapp": ChannelLabels(
        alike("WhatsApp"),
        alike("WhatsApp"),
        told(
            "Groupe CRISE-TOUS",
            "Groep CRISIS-ALLEN",
            "Gruppe KRISE-ALLE",
            "Group CRISIS-ALL",
        ),
    ),
    "messenger": ChannelLabels(
        alike("Messenger"),
        alike("Messenger"),
        told(
            "Discussion Exempleville",
            "Gesprek Voorbeeldstad",
            "Chat Musterstadt",
            "Chat Sampletown",
        ),
    ),
    "teams": ChannelLabels(
        alike("Microsoft Teams"),
        alike("Teams"),
        told("Équipe Crise", "Team Crisis", "Team Krise", "Team Crisis"),
    ),
    "slack": ChannelLabels(alike("Slack"), alike("Slack"), alike("#crise")),
    "telegram": ChannelLabels(
        alike("Telegram"),
        alike("Telegram"),
        told("Canal CRISE", "Kanaal CRISIS", "Kanal KRISE", "Channel CRISIS"),
    ),
    "radio": ChannelLabels(
        told("Radio ASTRID", "ASTRID-radio", "ASTRID-Funk", "ASTRID radio"),
        told("Radio", "Radio", "Funk", "Radio"),
        told(
            "Armoire B2, groupe CRISE-1",
            "Kast B2, groep CRISE-1",
            "Schrank B2, Gruppe CRISE-1",
            "Cabinet B2, group CRISE-1",
        ),
    ),
}

COMPONENTS: Mapping[str, Words] = {
    "power:grid": told("Réseau électrique", "Stroomnet", "Stromnetz", "Mains power"),
    "internet:fibre": told(
        "Fibre de l’hôtel de ville",
        "Glasvezel van het stadhuis",
        "Glasfaser des Rathauses",
        "Town hall fibre",
    ),
    "site:it": told(
        "Serveurs de la ville",
        "Servers van de stad",
        "Server der Stadt",
        "Town servers",
    ),
    "carrier:mobile-a": told(
        "Opérateur mobile A",
        "Mobiele operator A",
        "Mobilfunkbetreiber A",
        "Mobile operator A",
    ),
    "carrier:mobile-b": told(
        "Opérateur mobile B",
        "Mobiele operator B",
        "Mobilfunkbetreiber B",
        "Mobile operator B",
    ),
    "carrier:voice": told(
        "Opérateur téléphonique",
        "Telefoonoperator",
        "Telefonanbieter",
        "Telephone operator",
    ),
    "sat:iridium": alike("Iridium"),
    "radio:astrid": told(
        "Réseau ASTRID", "ASTRID-netwerk", "ASTRID-Netz", "ASTRID network"
    ),
    "provider:meta": alike("Meta"),
    "provider:signal": alike("Signal"),
    "provider:telegram": alike("Telegram"),
    "provider:slack": alike("Slack"),
    "cloud:aws-us-east-1": alike("AWS us-east-1"),
    "cloud:matrix-host": told(
        "Hébergeur Matrix", "Matrix-host", "Matrix-Hoster", "Matrix host"
    ),
    "identity:microsoft": told(
        "Connexion Microsoft",
        "Microsoft-aanmelding",
        "Microsoft-Anmeldung",
        "Microsoft sign-in",
    ),
}

GROUPS: Mapping[str, Words] = {
    "room": told("Cellule de crise", "Crisiscel", "Krisenstab", "Crisis team"),
    "field": told("Terrain", "Op het terrein", "Im Einsatz", "In the field"),
    "home": told("À domicile", "Thuis", "Zu Hause", "At home"),
}

LAST_RESORTS: Mapping[tuple[str, str], Words] = {
    ("alert", "management"): told(
        "Envoyer un agent au domicile",
        "Stuur een agent aan huis",
        "Einen Boten nach Hause schicken",
        "Send an officer to their homes",
    ),
    ("coordinate", "management"): told(
        "Réunion en salle de crise",
        "Samenkomen in de crisiskamer",
        "Im Krisenraum treffen",
        "Meet in the crisis room",
    ),
    ("alert", "staff"): told(
        "Voiture à haut-parleur",
        "Luidsprekerwagen",
        "Lautsprecherwagen",
        "Loudspeaker car",
    ),
    ("coordinate", "staff"): told(
        "Panneau d’affichage à l’hôtel de ville",
        "Aanplakbord in het stadhuis",
        "Aushang im Rathaus",
        "Notice board in the town hall",
    ),
}

INTRUDER_BY = told("Démonstration", "Demonstratie", "Vorführung", "Demonstration")
INTRUDER_WHY = told(
    "un intrus lit le groupe",
    "een indringer leest de groep mee",
    "ein Eindringling liest die Gruppe mit",
    "an intruder reads the group",
)
