"""What the results of one probe say, looked up in its whole history each time."""

import itertools
from dataclasses import dataclass
from functools import cached_property
from math import inf

from model.batteries import Reading
from secours.model.observed import WARNINGS, Evidence, Reason, Verdict
from secours.model.sections.channel import Probe

FLAP_RESULTS = 21  # the thresholds are those of the product
HEAVIEST, LIGHTEST = 1.2, 0.8
FLAPS_FROM, FLAPS_UNTIL = 0.30, 0.15
JUDGED, FORGOTTEN, CALMED = "|/="  # among the letters of what was heard, see `Heard`
WORDS_OF_PATH = (JUDGED, FORGOTTEN, CALMED)
ASIDE = (JUDGED, CALMED)  # these unsay no result
EXCUSED = "~"


@dataclass(frozen=True)
class Heard:
    """One result: when its test began and ended, and what it counts for.

    The path of the test has a say in between: that it was judged, and what was held
    back counts; or that it was cut, and what was heard before it opened does not, or
    no longer as changes where the latest tests worked again. A failure of a test that
    had begun by then is excused when it is heard.
    """

    began: float
    ended: float
    letter: str  # o ok, d degraded, x failed, ? could not be tested
    reason: Reason = Reason.NONE
    evidence: Evidence = Evidence.NONE
    held: bool = False  # its path was in doubt: a failure is not believed yet
    stale_after: float = inf  # for how long the plan let results count as it came
    left: float | None = None  # for how long a battery lasts, where it measured one


WORD_OF_PATH = {each: Heard(-inf, -inf, each) for each in WORDS_OF_PATH}


def letter(probe: Probe, verdict: Verdict, reason: Reason) -> str:
    """Return what an outcome counts for."""
    if reason is Reason.NO_DEVICE and probe.id.startswith("channels/"):
        return "x"  # the channel is that modem
    if reason is Reason.NO_ROUTE and probe.id.startswith("paths/"):
        return "x"  # the path is that way out
    if verdict is Verdict.DEGRADED and reason in WARNINGS:
        return "o"
    return {"ok": "o", "degraded": "d", "failed": "x", "unknown": "?"}[verdict]


@dataclass(frozen=True)
class Seen:
    """What one probe has told since the plan tests it in this way."""

    probe: Probe
    heard: tuple[Heard, ...] = ()

    def hear(self, heard: Heard) -> "Seen":
        return Seen(self.probe, (*self.heard, heard))

    def forgotten_but_answers(self) -> "Seen":
        """Forget what was heard until now, but what it has answered since it failed."""
        letters = [each.letter for each in self.heard]
        failed = max(n for n, letter in enumerate(letters) if letter == "x")
        good = [n for n, letter in enumerate(letters) if letter in "od" and n > failed]
        again = (
            [h for h in self.heard[max(good) :] if h.letter not in WORDS_OF_PATH]
            if good
            else []
        )
        return Seen(self.probe, (*self.heard, WORD_OF_PATH[FORGOTTEN], *again))

    @property
    def counted(self) -> list[Heard]:
        """Return the results that count since the latest silence."""
        return self._weighed[0]

    @property
    def stale_after(self) -> float:
        assert self.probe.stale_after_s is not None  # every plan here writes it
        return self.probe.stale_after_s

    @property
    def confirmed(self) -> list[str]:
        """Return the verdict after each result that counts, as a letter."""
        return self._weighed[1]

    def answers(self, now: float) -> bool:
        """Tell whether the latest result that counts was good, and is fresh."""
        good = self.counted and self.counted[-1].letter in "od"
        return bool(good) and now <= self.counted[-1].began + self.stale_after

    @cached_property
    def _weighed(self) -> tuple[list[Heard], list[str], int, bool]:
        """Return what counts, the verdict after each, and how many tell no changes.

        Last, whether nothing has worked since its path was open again.
        """
        counted: list[Heard] = []
        verdicts: list[str] = []
        ours, back = 0, False
        for each in self.heard:
            if each.letter in "?~" or (each.letter == JUDGED and not counted):
                continue
            if self._begins_anew(each, counted):
                counted, verdicts, ours, back = [], [], 0, False
            if each.letter == FORGOTTEN:
                back = True
                continue
            if each.letter == CALMED:
                ours = len(counted)
                continue
            before = verdicts[-1] if verdicts else ""
            if each.letter == JUDGED:
                verdicts[-1] = self._after(before, counted, back)
                continue
            counted.append(each)
            back = back and each.letter == "x"
            after = self._after(before, counted, back)
            verdicts.append(before if after == "x" and each.held else after)
        return counted, verdicts, ours, back

    def _begins_anew(self, each: Heard, counted: list[Heard]) -> bool:
        """Tell whether what was heard before says nothing any more.

        That is so when it is too old as the result comes, whenever its test began.
        """
        if each.letter in WORDS_OF_PATH:
            return each.letter == FORGOTTEN
        return bool(counted) and each.ended > counted[-1].began + each.stale_after

    def _after(self, before: str, counted: list[Heard], cut: bool) -> str:
        letters = "".join(each.letter for each in counted)
        tail, back = letters[-self.probe.confirm :], letters[-self.probe.recover :]
        sure, again = len(tail) == self.probe.confirm, len(back) == self.probe.recover
        if not before:
            return "" if cut and not sure else letters[-1]
        if before != "x" and sure and set(tail) == {"x"}:
            return "x"
        if before == "o" and sure and "o" not in tail:
            return "d"
        if before != "o" and again and set(back) == {"o"}:
            return "o"
        if before == "x" and again and "x" not in back:
            return "d"
        return before

    @property
    def reading(self) -> Reading | None:
        """Return the newest that it read of a battery."""
        read = [h for h in self.results if h.left is not None]
        if not read:
            return None
        newest = max(reversed(read), key=lambda heard: heard.began)
        assert newest.left is not None, "it was read"
        until = newest.began + newest.stale_after
        return Reading(newest.began, newest.left, until)

    @property
    def results(self) -> list[Heard]:
        """Return all that was heard of its tests."""
        return [h for h in self.heard if h.letter not in WORDS_OF_PATH]

    @property
    def latest(self) -> Reason:
        """Return the reason of the latest result, if its path did not unsay it."""
        told = [each.reason for each in self.heard if each.letter not in ASIDE]
        return told[-1] if told else Reason.NONE

    def unsure(self, now: float) -> bool:
        """Tell whether it failed since its path was open again, and not yet surely."""
        told, after_cut = self.counted, self._weighed[3]
        unsure = after_cut and self.confirmed[-1:] == [""]
        return unsure and now <= told[-1].began + self.stale_after

    def fresh(self, now: float) -> bool:
        """Tell whether the latest result that said something is not too old."""
        told = [each.began for each in self.heard if each.letter in "odx"]
        return bool(told) and now <= told[-1] + self.stale_after

    def measured(self, now: float) -> str:
        """Return the verdict without the word for flapping."""
        counted = self.counted
        if not counted or now > counted[-1].began + self.stale_after:
            return "?"
        return self.confirmed[-1] or "?"

    def verdict(self, now: float) -> str:
        """Return what is known now: `?` where nothing is or where it is old."""
        sure = self.measured(now)
        return "d" if sure == "o" and self.flapping else sure

    @cached_property
    def flapping(self) -> bool:
        """Tell whether it changed too often of late, and has not calmed since."""
        flaps, letters = False, ""
        for each in self.counted[self._weighed[2] :]:
            letters = (letters + each.letter)[-FLAP_RESULTS:]
            flaps = restlessness(letters) >= (FLAPS_UNTIL if flaps else FLAPS_FROM)
        return flaps

    @cached_property
    def failed_at(self) -> float:
        """Return when the failure in force was first seen."""
        counted, verdicts = self.counted, self.confirmed
        start = len(verdicts)
        while start and verdicts[start - 1] == "x":
            start -= 1
        while start and counted[start - 1].letter == "x":
            start -= 1
        return counted[start].began

    @property
    def works_since(self) -> float | None:
        """Return when the first of the latest good results in a row was seen."""
        bad = (each.letter not in "od" for each in reversed(self.counted))
        good = next((n for n, is_bad in enumerate(bad) if is_bad), len(self.counted))
        return self.counted[-good].began if good else None

    @cached_property
    def weak_at(self) -> float:
        """Return when it was found to be no better than it is."""
        counted, verdicts = self.counted, self.confirmed
        start = len(verdicts) - 1
        while start and verdicts[start - 1] == verdicts[-1]:
            start -= 1
        return counted[start].began

    @property
    def forgotten(self) -> bool:
        """Tell whether nothing that says anything was heard since its path opened."""
        told = [each.letter for each in self.heard if each.letter not in ASIDE]
        return told[-1:] in ([FORGOTTEN], [EXCUSED])

    @property
    def evidence(self) -> Evidence:
        """Return what it proved when it last worked."""
        worked = [each.evidence for each in self.heard if each.letter in "od"]
        return worked[-1] if worked else Evidence.NONE

    @property
    def arrived(self) -> bool:
        """Tell whether what worked last came to the other end."""
        return self.evidence.rank >= Evidence.DELIVERED.rank

    @cached_property
    def proved_at(self) -> float | None:
        """Return when it last worked at all, confirmed or not."""
        worked = [each.began for each in self.heard if each.letter in "od"]
        return max(worked, default=None)

    @cached_property
    def recovered_at(self) -> float:
        """Return when the latest successes in a row began that are a recovery."""
        letters = "".join(each.letter for each in self.counted)
        again = self.probe.recover
        begins = range(len(letters) - again + 1)
        rows = [n for n in begins if "x" not in letters[n : n + again]]
        return self.counted[rows[-1]].began if rows else -inf

    @property
    def proved(self) -> float:
        """Return when it last worked at all, or that it never did."""
        return -inf if self.proved_at is None else self.proved_at

    @cached_property
    def last_failed_at(self) -> float:
        """Return when it last failed."""
        failed = (each.began for each in self.heard if each.letter == "x")
        return max(failed, default=-inf)

    @property
    def in_doubt(self) -> bool:
        """Tell whether its latest result speaks for a worse verdict, not yet sure."""
        counted, verdicts = self.counted, self.confirmed
        if not counted:
            return False
        latest, verdict = counted[-1].letter, verdicts[-1]
        return (verdict == "o" and latest != "o") or (verdict in "d" and latest == "x")

    @property
    def nobodys_fault(self) -> bool:
        """Tell whether what failed is the device of the channel itself."""
        bad = [each for each in self.heard if each.letter == "x"]
        return bool(bad) and bad[-1].reason is Reason.NO_DEVICE


def restlessness(letters: str) -> float:
    """Return the weighted share of changes among the latest results."""
    step = (HEAVIEST - LIGHTEST) / (FLAP_RESULTS - 2)
    changes = [one != other for one, other in itertools.pairwise(letters)]
    total = sum(
        HEAVIEST - step * age
        for age, changed in enumerate(reversed(changes))
        if changed
    )
    return total / (FLAP_RESULTS - 1)
