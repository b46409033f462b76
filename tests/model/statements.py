"""What people said and what of it is in force."""

from dataclasses import dataclass, field

from msgspec.structs import replace
from plans import START

from secours.model.observed import Instant
from secours.model.statements import Declared, Mark, Pin, Trial, Withdrawn, Word

DAY_S = 86400.0


def second(at: Instant) -> float:
    """Return the second of the history, which a reboot does not reset."""
    return (at.utc - START).total_seconds()


def began(mark: Mark) -> float:
    """Return since when a mark holds: since it was said first, or as it says."""
    return second(mark.since or mark.at)


def over(word: Mark | Pin, now: float) -> bool:
    """Tell whether a word has reached its date."""
    return word.until is not None and (word.until - START).total_seconds() <= now


@dataclass
class Said:
    """Every word in force. A distrust stands apart from the other marks."""

    marks: dict[str, Mark] = field(default_factory=dict)
    distrusts: dict[str, Mark] = field(default_factory=dict)
    pins: dict[str, Pin] = field(default_factory=dict)
    trials: dict[str, Trial] = field(default_factory=dict)
    last_tests: dict[str, int] = field(default_factory=dict)  # of those that can be
    # taken back: which of all that happened they are
    ended: dict[str, Mark] = field(default_factory=dict)  # with no proof since

    def hear(self, word: Word) -> None:
        """Take a word in; a newer one about the same thing replaces the older."""
        match word:
            case Mark(says=Declared.DISTRUSTED):
                self.distrusts[word.subject] = word
            case Mark():
                self.marks[word.subject] = self._said_again(word)
                if word.says is not Declared.UP:
                    self.ended.pop(word.subject, None)
            case Pin():
                self.pins[word.line] = word
            case Trial():
                self.trials[word.channel] = word
            case Withdrawn():
                self._take_back(word)

    def _said_again(self, word: Mark) -> Mark:
        """Let what is said again hold since it was said first; `up` is said anew."""
        before = self.marks.get(word.subject)
        again = before is not None and before.says is word.says is not Declared.UP
        if before is None or not again or word.since is not None:
            return word
        return replace(word, since=before.since or before.at)

    def _take_back(self, word: Withdrawn) -> None:
        if word.kind == "pin":
            self.pins.pop(word.subject, None)
            return
        if word.says in (None, Declared.DISTRUSTED):
            self.distrusts.pop(word.subject, None)
        mark = self.marks.get(word.subject)
        if mark and word.says in (None, mark.says):
            del self.marks[word.subject]

    def lapse(self, now: float) -> None:
        """Forget what has reached its date; a distrust never does.

        What is over has not been measured by that: it is kept until it is.
        """
        for name, mark in self.marks.items():
            if over(mark, now) and mark.says is not Declared.UP:
                self.ended[name] = mark
        self.marks = {n: m for n, m in self.marks.items() if not over(m, now)}
        self.pins = {n: p for n, p in self.pins.items() if not over(p, now)}

    def mark(self, subject: str, says: Declared) -> float | None:
        """Return since when this is said of it, if that is in force."""
        mark = self.marks.get(subject)
        if mark is None or mark.says is not says:
            return None
        return began(mark)
