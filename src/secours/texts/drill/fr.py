"""French: what is said of redundancy and of past outages."""

# ruff: noqa: RUF001 -- the curly apostrophe and the no-break space are printed

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # redundancy: what the plan rests on
    "page.redundancy": "Redondance",
    "page.replay": "Pannes rejouées",
    "redundancy.refused": "Le plan ne peut pas être lu[ : {what}]",
    "redundancy.strength": "Solidité du plan",
    "redundancy.whatif": "Et si…",
    "redundancy.tick": "Cochez ce qui tombe en panne",
    "redundancy.none": "Rien n’est coché : tout fonctionne.",
    "redundancy.until": "Regarder jusqu’à",
    "redundancy.end": "la fin",
    "redundancy.kind.channel": "Canaux",
    "redundancy.line": "Ligne",
    "redundancy.use": "Utiliser",
    "redundancy.else": "Sinon",
    "redundancy.left": "Reste",
    "redundancy.picture": "Ce qui dépend de quoi",
    "redundancy.picture.how": "Une flèche va vers ce qui est nécessaire ; en "
    "tirets : l’un d’eux suffit ; ✖ : tombé.",
    # replay: a recorded outage
    "replay.choose": "Panne",
    "replay.plan": "Sur quel plan",
    "replay.plan.own": "notre plan",
    "replay.plan.reference": "le plan de référence",
    "replay.playing": "Panne en train d’être rejouée…",
    "replay.untouched": "Rien dans ce plan n’est touché par cette panne.",
    "replay.past": "Panne du passé : ceci n’est pas la situation actuelle.",
    "replay.minute": "Minutes après le début",
    "replay.at": "{time} après le début, {when} UTC",
    "replay.suspects.none": "Rien n’est soupçonné.",
    "replay.suspects.more": "et {n} autres possibilités",
    "replay.ladder": "Ce que voient les tests",
    "replay.ladder.how": "Une rangée par canal, dans l’ordre du plan ; la "
    "ligne blanche est le moment choisi.",
    "replay.from": "Depuis",
    "replay.seen": "Vu par les tests",
    "replay.answers": "Ce qui a été recommandé",
    "replay.score": "Score",
    "replay.without": "Sans canal",
    "replay.wrong": "Sur un canal en panne",
    "replay.changes": "Changements",
    "replay.all": "Toutes les lignes",
    "replay.lesson": "Leçon",
    "replay.confidence": "Fiabilité de l’enregistrement",
    "confidence.high": "bonne",
    "confidence.medium": "moyenne",
    "confidence.low": "faible",
}
