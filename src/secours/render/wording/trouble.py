"""Troubles of Secours itself, in words."""

from msgspec import Struct

from secours import texts
from secours.model.observed import Reason
from secours.model.snapshot import PaperTrouble

TROUBLES = (
    "disk",
    "store",
    "store-damaged",
    "store-gone",
    "clock",
    "clocks",
    "stuck",
    "lagging",
    "sim-full",
)
MINUTE_S = 60
INTERVALS = "intervals"  # and after a colon the seconds below which none holds


def trouble(word: str, language: str) -> str:
    """Return the words of a trouble; a word without a text as it is."""
    name, _, seconds = word.partition(":")
    if name == INTERVALS and seconds.isdecimal():
        below_s = int(seconds)
        whole_s = below_s if below_s < MINUTE_S else -(-below_s // MINUTE_S) * MINUTE_S
        return texts.say(language, "note.intervals", below_s=whole_s)
    return texts.say(language, f"note.{word}") if word in TROUBLES else word


def note(word: str, language: str) -> str:
    """Return the words of a trouble; of a word without a text that it is one."""
    said = trouble(word, language)
    return texts.say(language, "note.other", what=word) if said == word else said


class PaperWords(Struct, frozen=True):
    """Words for a trouble with paper, in the language of whoever is told."""

    trouble: PaperTrouble

    def in_(self, language: str) -> str:
        """Return the printer or folder, and what ails it."""
        key = "paper.printer" if self.trouble.at_printer else "paper.folder"
        reason, facts = self.trouble.outcome.reason, self.trouble.outcome.facts
        why = texts.detail(language, reason, facts)
        if reason is Reason.REPORTED and "problem" in facts:
            why = texts.say(language, f"problem.{facts['problem']}", **facts)
        return texts.say(language, key, where=self.trouble.where, why=why)
