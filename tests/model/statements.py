"""What people said and what of it is in force."""

from collections.abc import Collection
from dataclasses import dataclass, field

from msgspec.structs import replace
from plans import START

from secours.model.observed import Instant
from secours.model.receivers.reach import Hearing, RollCall
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
    """Every word in force. A distrust stands apart from the other marks.

    Marks are by their author, the province or the site itself, and their subject.
    """

    all_marks: dict[tuple[str, str], Mark] = field(default_factory=dict)
    all_distrusts: dict[tuple[str, str], Mark] = field(default_factory=dict)
    pins: dict[str, Pin] = field(default_factory=dict)
    trials: dict[str, Trial] = field(default_factory=dict)
    last_tests: dict[str, list[int]] = field(default_factory=dict)  # that can be
    # taken back, the newest at the end: which of all that happened they are
    ended: dict[str, tuple[Mark, ...]] = field(default_factory=dict)  # with no proof
    # since
    kept: dict[str, Mark] = field(default_factory=dict)  # of channels that an edit
    # would have freed, as if somebody distrusted them
    kept_for: dict[str, frozenset[str]] = field(default_factory=dict)  # components
    held: dict[str, frozenset[str]] = field(default_factory=dict)  # of channels that
    # the plan lacks: what was distrusted of what they needed

    @property
    def marks(self) -> dict[str, Mark]:
        """Return what is in force of each subject: the site's own word before all."""
        return _of_all(self.all_marks)

    @property
    def distrusts(self) -> dict[str, Mark]:
        """Return what anybody distrusts."""
        return self.kept | _of_all(self.all_distrusts)

    def edited(
        self,
        before: dict[str, frozenset[str]],
        after: dict[str, frozenset[str]],
        known: Collection[str],
    ) -> None:
        """Keep apart what a distrust held before an edit, and after it no more.

        `known` are the channels of the plan as it is now.
        """
        said = _of_all(self.all_distrusts)
        for node in known:
            of = self.held.pop(node, frozenset()) | before.get(node, frozenset())
            of |= self.kept_for.get(node, frozenset())
            of = (of & said.keys()) - after.get(node, frozenset())
            mark = self.kept.get(node)
            self._free(node)
            if of and node not in said:
                self.kept[node] = mark or replace(said[min(of)], subject=node)
                self.kept_for[node] = of
        self.held |= {n: of for n, of in before.items() if n not in known}

    def _free(self, node: str) -> None:
        self.kept.pop(node, None)
        self.kept_for.pop(node, None)

    def _forget_held(self) -> None:
        """Forget what was held for what nobody distrusts any more."""
        said = _of_all(self.all_distrusts).keys()
        for node, of in [*self.kept_for.items()]:
            if not of & said:
                self._free(node)
        self.held = {node: of & said for node, of in self.held.items() if of & said}

    def hear(self, word: Word) -> None:
        """Take a word in; a newer one about the same thing replaces the older."""
        match word:
            case Mark(says=Declared.DISTRUSTED):
                key = word.author, word.subject
                self._free(word.subject)
                self.all_distrusts[key] = _since(word, self.all_distrusts.get(key))
            case Mark():
                heard = self._said_again(word)
                held = self._is_held(word.subject)
                self.all_marks[word.author, word.subject] = heard
                self._forget_ended(word.subject, held)
            case Pin():
                self.pins[word.line] = word
            case Trial():
                before = self.trials.get(word.channel)
                called = _called(word) if before is None else _called(before, word)
                self.trials[word.channel] = replace(word, reached=called)
            case Withdrawn():
                self._take_back(word)

    def forget_call(self, channel: str, group: str) -> None:
        """Forget who answered, but where all did: what took the others came back."""
        trial = self.trials.get(channel)
        call = trial.reached.get(group) if trial else None
        if trial and call and call.heard is not Hearing.WHOLE:
            left = {k: c for k, c in trial.reached.items() if k != group}
            self.trials[channel] = replace(trial, reached=left)

    def _said_again(self, word: Mark) -> Mark:
        """Let what is said again hold since it was said first; `up` is said anew."""
        own = self.all_marks.get(("", word.subject))
        if word.author and own is not None:
            return _since(word, self.all_marks.get((word.author, word.subject)))
        return _since(word, self.marks.get(word.subject))

    def _is_held(self, subject: str) -> bool:
        """Tell whether a mark in force keeps it out of use."""
        mark = self.marks.get(subject)
        return mark is not None and mark.says is not Declared.UP

    def _forget_ended(self, subject: str, held: bool) -> None:
        """Let a person who puts it back in use answer what ended before, too."""
        if held and not self._is_held(subject):
            self.ended.pop(subject, None)

    def _take_back(self, word: Withdrawn) -> None:
        if word.kind == "pin":
            self.pins.pop(word.subject, None)
            return
        key = word.author, word.subject
        if word.says in (None, Declared.DISTRUSTED):
            self.all_distrusts.pop(key, None)
            kept = self.kept.get(word.subject)
            if kept and kept.author == word.author:
                self._free(word.subject)
            self._forget_held()
        mark, held = self.all_marks.get(key), self._is_held(word.subject)
        if mark and word.says in (None, mark.says):
            del self.all_marks[key]
            self._go_on(mark)
            self._forget_ended(word.subject, held)

    def _go_on(self, over: Mark) -> None:
        """Put in force what the province says, where the site's own word is over."""
        for (author, subject), mark in self.all_marks.items():
            if not over.author and author and subject == over.subject:
                self.all_marks[author, subject] = _since(mark, over)

    def lapse(self, now: float) -> None:
        """Forget what has reached its date; a distrust never does.

        What is over has not been measured by that: it is kept until it is.
        """
        before = self.marks
        gone = [mark for mark in self.all_marks.values() if over(mark, now)]
        for mark in gone:
            del self.all_marks[mark.author, mark.subject]
        for mark in gone:
            if before[mark.subject] is mark:
                if mark.says is not Declared.UP:
                    earlier = self.ended.get(mark.subject, ())
                    self.ended[mark.subject] = (*earlier, mark)
                self._go_on(mark)
        self.pins = {n: p for n, p in self.pins.items() if not over(p, now)}

    def mark(self, subject: str, says: Declared) -> float | None:
        """Return since when this is said of it, if that is in force."""
        mark = self.marks.get(subject)
        if mark is None or mark.says is not says:
            return None
        return began(mark)


def _since(word: Mark, before: Mark | None) -> Mark:
    again = before is not None and before.says is word.says is not Declared.UP
    if before is None or not again or word.since is not None:
        return word
    return replace(word, since=before.since or before.at)


def _of_all(said: dict[tuple[str, str], Mark]) -> dict[str, Mark]:
    """Return one word for each subject, the site's own where there is one."""
    foreign = {subject: mark for (by, subject), mark in said.items() if by}
    return foreign | {subject: mark for (by, subject), mark in said.items() if not by}


def _called(*trials: Trial) -> dict[str, RollCall]:
    """Return the newest roll call of each group, with when it was."""
    return {
        group: replace(call, at=call.at or trial.at)
        for trial in trials
        for group, call in trial.reached.items()
    }
