"""Dutch: what is said of redundancy and of past outages."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # redundancy: what the plan rests on
    "page.redundancy": "Redundantie",
    "page.replay": "Nagespeelde storingen",
    "redundancy.refused": "Het plan kan niet worden gelezen[: {what}]",
    "redundancy.strength": "Sterkte van het plan",
    "redundancy.whatif": "Wat als…",
    "redundancy.tick": "Vink aan wat uitvalt",
    "redundancy.none": "Niets aangevinkt: alles werkt.",
    "redundancy.until": "Kijken tot",
    "redundancy.end": "het einde",
    "redundancy.kind.channel": "Kanalen",
    "redundancy.line": "Lijn",
    "redundancy.use": "Gebruiken",
    "redundancy.else": "Anders",
    "redundancy.left": "Over",
    "redundancy.picture": "Wat van wat afhangt",
    "redundancy.picture.how": "Een pijl gaat naar wat nodig is; gestreept: één "
    "ervan volstaat; ✖: uitgevallen.",
    # replay: a recorded outage
    "replay.choose": "Storing",
    "replay.plan": "Op welk plan",
    "replay.plan.own": "ons plan",
    "replay.plan.reference": "het referentieplan",
    "replay.playing": "Storing wordt nagespeeld…",
    "replay.untouched": "Niets in dit plan wordt door deze storing geraakt.",
    "replay.past": "Storing uit het verleden: dit is niet de toestand van nu.",
    "replay.minute": "Minuten na het begin",
    "replay.at": "{time} na het begin, {when} UTC",
    "replay.suspects.none": "Niets wordt verdacht.",
    "replay.suspects.more": "en {n} andere mogelijkheden",
    "replay.ladder": "Wat de tests zien",
    "replay.ladder.how": "Een rij per kanaal, in de volgorde van het plan; de "
    "witte lijn is het gekozen moment.",
    "replay.from": "Vanaf",
    "replay.seen": "Gezien door de tests",
    "replay.answers": "Wat werd aanbevolen",
    "replay.score": "Score",
    "replay.without": "Zonder kanaal",
    "replay.wrong": "Op een kanaal dat uitviel",
    "replay.changes": "Wissels",
    "replay.all": "Alle lijnen",
    "replay.lesson": "Les",
    "replay.confidence": "Betrouwbaarheid van de opname",
    "confidence.high": "goed",
    "confidence.medium": "matig",
    "confidence.low": "zwak",
}
