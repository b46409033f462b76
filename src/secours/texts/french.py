"""French elision and contraction before a name: `d'Accès`, `du chemin`."""

VOWELS = tuple("aeiouàâäéèêëîïôöùûüœæ")  # an h counts as aspirated
ELIDED = ("de", "De", "que", "Que")
APOSTROPHE = "\u2019"
CONTRACTED = {
    ("de", "le"): "du",
    ("de", "les"): "des",
    ("à", "le"): "au",
    ("à", "les"): "aux",
}


def before(word: str, name: str) -> str:
    """Write a word and the name after it."""
    if word in ELIDED and name.lower().startswith(VOWELS):
        return word[:-1] + APOSTROPHE + name
    article, _, rest = name.partition(" ")
    contracted = CONTRACTED.get((word, article))
    return f"{contracted} {rest}" if contracted and rest else f"{word} {name}"
