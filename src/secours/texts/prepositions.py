"""Words that change before a name or a day: `du chemin`, `jusqu'au 24/11 16:40`."""

import re

VOWELS = tuple("aeiouàâäéèêëîïôöùûüœæ")  # an h counts as aspirated
ELIDED = ("de", "De", "que", "Que")
APOSTROPHE = "\u2019"
CONTRACTED = {
    ("de", "le"): "du",
    ("de", "les"): "des",
    ("à", "le"): "au",
    ("à", "les"): "aux",
}
DAY = re.compile(r"\d\d[/.-]\d\d\.? \d\d:\d\d")  # and hour, where it is not today
BEFORE_A_DAY = {
    "en": {"at": "on"},
    "fr": {
        **{word: f"{word} le" for word in ("depuis", "dès", "vers", "pour", "entre")},
        **{"à": "le", f"jusqu{APOSTROPHE}à": f"jusqu{APOSTROPHE}au"},
        **{"de": "du", "et": "et le"},
    },
    "nl": {"om": "op"},
    "de": {"um": "am", "gegen": "etwa am", "von": "vom"},
}


def before(language: str, word: str, fact: str) -> str:
    """Write a word and the name or moment after it."""
    if DAY.match(fact):
        said = BEFORE_A_DAY[language].get(word.lower(), word)
        return f"{said.capitalize() if word.istitle() else said} {fact}"
    if language != "fr":
        return f"{word} {fact}"
    if word in ELIDED and fact.lower().startswith(VOWELS):
        return word[:-1] + APOSTROPHE + fact
    article, _, rest = fact.partition(" ")
    contracted = CONTRACTED.get((word, article))
    return f"{contracted} {rest}" if contracted and rest else f"{word} {fact}"
