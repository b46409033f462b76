"""Dutch: what is said of people's own words."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # what rests on a person's word
    "state.declared": "GEMELD",
    "declared": "gemeld door {by}",
    "why.declared": "{name} gemeld als uit door {by}[, al {since_s}]"
    "|{name} gemeld als uit",
    "why.confirm": "{name} geweerd door {by}, te bevestigen"
    "|{name} geweerd, te bevestigen",
    "note.confirm": "{what} geweerd door {by}: te bevestigen sinds {time}",
    "reason.pinned": "een ander is gekozen[ door {by}]",
    "pinned.not": "Zonder vastzetten:",
    # what is presumed, and what will end
    "why.suspect": "{name} ligt vermoedelijk uit[, al {since_s}]",
    "why.ending": "{name} op batterij, bijna leeg",
    "presumed.mark": "{word}?",
    "at_risk.word": "in gevaar",
    "at_risk": "in gevaar door {what}",
    "until": "tot ongeveer {time}",
    "untried": "al {since_s} niet geprobeerd|nooit geprobeerd",
    "untried.word": "test te laat",
    "mind": "Let op:",
    # what must not be used
    "unsafe": "Niet gebruiken:",
    "unsafe.why": "gecompromitteerd[, {by}][ {time}]",
    "announce.unsafe": "Gebruik {channel} niet: gecompromitteerd.",
    # what is not verified, and what may fall with what
    "may_need": "hangt misschien af van {what}",
    "why.may_need": "{name} hangt misschien af van {what}|{name} niet getest",
    "tested.by": "getest door {by}",
    "else.unknown": "wat {name} nodig heeft is niet bekend: het kan mee uitvallen",
    "else.unknown.word": "behoeften onbekend",
    "else.not_on": "zonder {what}",
    "else.skipped": "{names}: zelfde risico als {use} ({what})",
    # an exercise
    "exercise": "OEFENING",
    "exercise.fails": "gespeeld als uitgevallen: {what}",
    "exercise.until": "tot {time}",
    # an announcement; also sent as SMS, so it is short
    "announce.title": "Mensen inlichten",
    "announce.use": "{time} {line}: gebruik {channel}.",
    "announce.nothing": "{time} {line}: geen bruikbaar kanaal.",
    "announce.not": "Niet {channel}.",
    "announce.on": "{line}: te versturen via {channel}; voor te lezen via {read} "
    "({used} van {limit} tekens)|{line}: te versturen via {channel} ({used} van "
    "{limit} tekens)|{line}: voor te lezen via {read} ({used} van {limit} tekens)",
    "announce.by_hand": "{line}: geen kanaal om dit te versturen, breng het per bode"
    " ({used} van {limit} tekens)",
    "announce.told": "gezegd door {by} om {time} via {on}",
}
