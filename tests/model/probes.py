"""What the results of one probe say, looked up in its whole history each time."""

import itertools
from dataclasses import dataclass
from functools import cached_property

from secours.model import WARNINGS, Probe, Reason, Verdict

FLAP_RESULTS = 21  # DESIGN, probe health; thresholds are those of the product
HEAVIEST, LIGHTEST = 1.2, 0.8
FLAPS_FROM, FLAPS_UNTIL = 0.30, 0.15


@dataclass(frozen=True)
class Heard:
    """One result: when its test began, when it arrived, and what it counts for."""

    began: float
    arrived: float
    letter: str  # o ok, d degraded, x failed, ? could not be tested
    reason: Reason = Reason.NONE


def letter(probe: Probe, verdict: Verdict, reason: Reason) -> str:
    """Return what an outcome counts for."""
    if reason is Reason.NO_DEVICE and probe.id.startswith("channels/"):
        return "x"  # the channel is that modem
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

    @cached_property
    def counted(self) -> list[Heard]:
        """Return the results that count since the latest silence."""
        found: list[Heard] = []
        for each in self.heard:
            if each.letter == "?":
                continue
            if found and each.began > found[-1].began + self.stale_after:
                found = []
            found.append(each)
        return found

    @property
    def stale_after(self) -> float:
        assert self.probe.stale_after_s is not None  # every plan here writes it
        return self.probe.stale_after_s

    @cached_property
    def confirmed(self) -> list[str]:
        """Return the verdict after each result that counts, as a letter."""
        letters = "".join(each.letter for each in self.counted)
        verdicts: list[str] = []
        for end in range(1, len(letters) + 1):
            before = verdicts[-1] if verdicts else ""
            verdicts.append(self._after(before, letters[:end]))
        return verdicts

    def _after(self, before: str, letters: str) -> str:
        tail, back = letters[-self.probe.confirm :], letters[-self.probe.recover :]
        sure, again = len(tail) == self.probe.confirm, len(back) == self.probe.recover
        if not before:
            return letters
        if before != "x" and sure and set(tail) == {"x"}:
            return "x"
        if before == "o" and sure and "o" not in tail:
            return "d"
        if before != "o" and again and set(back) == {"o"}:
            return "o"
        if before == "x" and again and "x" not in back:
            return "d"
        return before

    def measured(self, now: float) -> str:
        """Return the verdict without the word for flapping."""
        counted = self.counted
        if not counted or now > counted[-1].began + self.stale_after:
            return "?"
        return self.confirmed[-1]

    def verdict(self, now: float) -> str:
        """Return what is known now: `?` where nothing is or where it is old."""
        sure = self.measured(now)
        return "d" if sure == "o" and self.flapping else sure

    @cached_property
    def flapping(self) -> bool:
        """Tell whether it changed too often of late, and has not calmed since."""
        flaps, letters = False, ""
        for each in self.counted:
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

    @cached_property
    def weak_at(self) -> float:
        """Return when it last stopped being ok."""
        start = len(self.counted)
        while start and self.counted[start - 1].letter != "o":
            start -= 1
        return self.counted[min(start, len(self.counted) - 1)].began

    @cached_property
    def proved_at(self) -> float | None:
        """Return when it last worked at all, confirmed or not."""
        worked = [each.began for each in self.heard if each.letter in "od"]
        return max(worked, default=None)

    @cached_property
    def last_failed_at(self) -> float:
        """Return when it last failed."""
        return max(each.began for each in self.heard if each.letter == "x")

    @property
    def in_doubt(self) -> bool:
        """Tell whether its latest result speaks for a worse verdict, not yet sure."""
        counted, verdicts = self.counted, self.confirmed
        if not counted:
            return False
        latest, verdict = counted[-1].letter, verdicts[-1]
        return (verdict == "o" and latest != "o") or (verdict == "d" and latest == "x")

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
