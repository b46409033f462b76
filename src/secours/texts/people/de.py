"""German: what is said of people's own words."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # what rests on a person's word
    "state.declared": "GEMELDET",
    "declared": "gemeldet von {by}",
    "why.declared": "{name} als ausgefallen gemeldet von {by}[, seit {since_s}]"
    "|{name} als ausgefallen gemeldet",
    "why.confirm": "{name} gesperrt von {by}, zu bestätigen"
    "|{name} gesperrt, zu bestätigen",
    "note.confirm": "{what} gesperrt von {by}: zu bestätigen seit {time}",
    "reason.pinned": "ein anderer wurde gewählt[ von {by}]",
    "pinned.not": "Ohne Festlegung:",
    # what is presumed, and what will end
    "why.suspect": "{name} vermutlich ausgefallen[ seit {since_s}]",
    "why.ending": "{name} auf Batterie, bald leer",
    "presumed.mark": "{word}?",
    "at_risk.word": "gefährdet",
    "at_risk": "gefährdet durch {what}",
    "until": "bis etwa {time}",
    "untried": "seit {since_s} nicht erprobt|nie erprobt",
    "untried.word": "Test überfällig",
    "mind": "Achtung:",
    # what must not be used
    "unsafe": "Nicht benutzen:",
    "unsafe.why": "kompromittiert[, {by}][ {time}]",
    "announce.unsafe": "{channel} nicht benutzen: kompromittiert.",
    # what is not verified, and what may fall with what
    "may_need": "hängt vielleicht von {what} ab",
    "why.may_need": "{name} hängt vielleicht von {what} ab|{name} ungeprüft",
    "tested.by": "getestet von {by}",
    "else.unknown": "was {name} braucht, ist nicht bekannt: es kann mit ausfallen",
    "else.unknown.word": "Bedarf unbekannt",
    "else.not_on": "ohne {what}",
    "else.skipped": "{names}: gleiches Risiko wie {use} ({what})",
    # an exercise
    "exercise": "ÜBUNG",
    "exercise.fails": "als ausgefallen gespielt: {what}",
    "exercise.until": "bis {time}",
    # an announcement; also sent as SMS, so it is short
    "announce.title": "Die Leute informieren",
    "announce.use": "{time} {line}: {channel} benutzen.",
    "announce.nothing": "{time} {line}: kein nutzbarer Kanal.",
    "announce.not": "Nicht {channel}.",
    "announce.on": "{line}: über {channel} senden; über {read} vorlesen ({used} von "
    "{limit} Zeichen)|{line}: über {channel} senden ({used} von {limit} "
    "Zeichen)|{line}: über {read} vorlesen ({used} von {limit} Zeichen)",
    "announce.by_hand": "{line}: kein Kanal zum Senden, durch Boten überbringen"
    " ({used} von {limit} Zeichen)",
    "announce.told": "gesagt von {by} um {time} über {on}",
}
