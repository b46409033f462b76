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
    # what must not be used
    "unsafe": "Ne pas utiliser :",
    "unsafe.why": "compromis[, {by}][ {time}]",
    "announce.unsafe": "N’utilisez pas {channel} : compromis.",
    # what is not verified, and what may fall with what
    "may_need": "dépend peut-être de {what}",
    "why.may_need": "{name} dépend peut-être de {what}|{name} non vérifié",
    "tested.by": "testé par {by}",
    "else.unknown": "on ne sait pas de quoi dépend {name} : panne commune possible",
    "else.unknown.word": "besoins inconnus",
    "else.not_on": "sans {what}",
    "else.skipped": "{names} : même risque que {use} ({what})",
    # an exercise
    "exercise": "EXERCICE",
    "exercise.fails": "joué en panne : {what}",
    "exercise.until": "jusqu’à {time}",
    # an announcement; also sent as SMS, so it is short
    "announce.title": "Prévenir les gens",
    "announce.use": "{time} {line} : utilisez {channel}.",
    "announce.nothing": "{time} {line} : aucun canal utilisable.",
    "announce.not": "Pas {channel}.",
    "announce.on": "{line} : à envoyer par {channel} ; à lire par {read} ({used} "
    "caractères sur {limit})|{line} : à envoyer par {channel} ({used} caractères sur "
    "{limit})|{line} : à lire par {read} ({used} caractères sur {limit})",
    "announce.by_hand": "{line} : aucun canal pour l’envoyer, à porter par messager"
    " ({used} caractères sur {limit})",
    "announce.told": "dit par {by} à {time} sur {on}",
}
