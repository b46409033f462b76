"""German: what is said of redundancy and of past outages."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # redundancy: what the plan rests on
    "page.redundancy": "Redundanz",
    "page.replay": "Nachgespielte Ausfälle",
    "redundancy.refused": "Der Plan kann nicht gelesen werden[: {what}]",
    "redundancy.strength": "Stärke des Plans",
    "redundancy.whatif": "Was wäre, wenn…",
    "redundancy.tick": "Ankreuzen, was ausfällt",
    "redundancy.none": "Nichts angekreuzt: alles funktioniert.",
    "redundancy.until": "Betrachten bis",
    "redundancy.end": "zum Ende",
    "redundancy.kind.channel": "Kanäle",
    "redundancy.line": "Zeile",
    "redundancy.use": "Verwenden",
    "redundancy.else": "Sonst",
    "redundancy.left": "Übrig",
    "redundancy.picture": "Was wovon abhängt",
    "redundancy.picture.how": "Ein Pfeil zeigt auf das, was nötig ist; "
    "gestrichelt: eines davon genügt; ✖: ausgefallen.",
    # replay: a recorded outage
    "replay.choose": "Ausfall",
    "replay.plan": "Mit welchem Plan",
    "replay.plan.own": "unser Plan",
    "replay.plan.reference": "der Referenzplan",
    "replay.playing": "Der Ausfall wird nachgespielt…",
    "replay.untouched": "Nichts in diesem Plan ist von diesem Ausfall betroffen.",
    "replay.past": "Ausfall aus der Vergangenheit: nicht die heutige Lage.",
    "replay.minute": "Minuten nach Beginn",
    "replay.at": "{time} nach Beginn, {when} UTC",
    "replay.suspects.none": "Nichts wird verdächtigt.",
    "replay.suspects.more": "und {n} weitere Möglichkeiten",
    "replay.ladder": "Was die Tests sehen",
    "replay.ladder.how": "Eine Reihe je Kanal, in der Reihenfolge des Plans; "
    "die weiße Linie ist der gewählte Zeitpunkt.",
    "replay.from": "Ab",
    "replay.seen": "Von den Tests gesehen",
    "replay.answers": "Was empfohlen wurde",
    "replay.score": "Bewertung",
    "replay.without": "Ohne Kanal",
    "replay.wrong": "Auf einem ausgefallenen Kanal",
    "replay.changes": "Wechsel",
    "replay.all": "Alle Zeilen",
    "replay.lesson": "Lehre",
    "replay.confidence": "Verlässlichkeit der Aufzeichnung",
    "confidence.high": "gut",
    "confidence.medium": "mittel",
    "confidence.low": "schwach",
}
