"""French: what is said of people's own words."""

# ruff: noqa: RUF001 -- the curly apostrophe and no-break spaces are how it is printed

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # what rests on a person's word
    "state.declared": "DÉCLARÉ",
    "declared": "déclaré par {by}",
    "why.declared": "{name} déclaré coupé par {by}[ depuis {since_s}]"
    "|{name} déclaré coupé",
    "why.confirm": "{name} écarté par {by}, à confirmer|{name} écarté, à confirmer",
    "note.confirm": "{what} écarté par {by} : à confirmer depuis {time}",
    "reason.pinned": "un autre a été choisi[ par {by}]",
    "pinned.not": "Sans l’épingle :",
    # what is presumed, and what will end
    "why.suspect": "{name} supposé coupé[ depuis {since_s}]",
    "why.ending": "{name} sur batterie, bientôt vide",
    "presumed.mark": "{word} ?",
    "at_risk.word": "menacé",
    "at_risk": "menacé par {what}",
    "until": "jusque vers {time}",
    "untried": "pas essayé depuis {since_s}|jamais essayé",
    "untried.word": "essai en retard",
    "mind": "Attention :",
    # an exercise
    "exercise": "EXERCICE",
    "exercise.fails": "joué en panne : {what}",
    "exercise.until": "jusqu’à {time}",
    # an announcement; also sent as SMS, so it is short
    "announce.title": "Prévenir les gens",
    "announce.use": "{time} {line} : utilisez {channel}.",
    "announce.nothing": "{time} {line} : aucun canal utilisable.",
    "announce.not": "Pas {channel}.",
    "announce.on": "{line} : à envoyer par {channel} ({used} caractères sur {limit})",
    "announce.by_hand": "{line} : aucun canal pour l’envoyer, à porter par messager"
    " ({used} caractères sur {limit})",
}
