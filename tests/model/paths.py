"""Is it us? What the references say of a path, and what follows for what uses it.

The first failure over a path puts it in doubt until it is judged; what was measured
while it was down does not count afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from model.probes import CALMED, JUDGED, WORD_OF_PATH, Seen
from secours.model.observed import Evidence
from secours.model.plan import Config
from secours.model.sections.channel import Path, Probe
from secours.model.snapshot import Link

MORE_S = 2.0  # beyond what the references may take


def links(config: Config, seen: Mapping[str, Seen], now: float) -> dict[str, Link]:
    """Return what the references say of each path, and what answers beyond it."""
    found = {}
    for each in config.paths.values():
        letters = {seen[p.id].verdict(now) for p in references(each)}
        found[each.name] = (
            Link.OK
            if letters & {"o", "d"}
            or (letters == {"x"} and is_answered(config, each, seen, now))
            else Link.DOWN
            if letters == {"x"}
            else Link.UNKNOWN
        )
    return found


def is_answered(
    config: Config, path: Path, seen: Mapping[str, Seen], now: float
) -> bool:
    """Tell whether a peer beyond the house answers, since the references failed."""
    failed_at = max(seen[p.id].failed_at for p in references(path))
    answers = (s for s in beyond(config, path, seen) if s.answers(now))
    return any(each.proved > failed_at for each in answers)


def beyond(config: Config, path: Path, seen: Mapping[str, Seen]) -> list[Seen]:
    """Return the tests over it of what stands elsewhere, if more than reached.

    Of what has unknown needs nobody knows where it stands.
    """
    return [
        seen[probe.id]
        for channel in config.channels.values()
        if channel.needs_known
        and not any(
            need.startswith("site:") for clause in channel.needs for need in clause
        )
        for probe in channel.probes
        if probe.via == path.name
        and not probe.hint
        and seen[probe.id].evidence.rank > Evidence.REACHED.rank
    ]


def references(path: Path) -> list[Probe]:
    """Return those that judge it; the others a captive portal could answer."""
    return [probe for probe in path.references if probe.required]


def is_reference(probe: Probe) -> bool:
    return probe.id.startswith("paths/")


@dataclass
class Doubts:
    """Which paths are in doubt, since when, and until and since when each was open."""

    since: dict[str, float] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)  # when last judged
    open_until: dict[str, float] = field(default_factory=dict)
    open_again: dict[str, float] = field(default_factory=dict)  # after a cut

    def begins(self, config: Config, probe: Probe, now: float, *, known: bool) -> None:
        """Take in that a test failed; where that is known, nothing is in doubt."""
        path = config.paths.get(probe.via or "")
        if path is None or known or not references(path):
            return
        if self.links.get(path.name) is not Link.DOWN:
            self.since.setdefault(path.name, now)

    def excuses(self, probe: Probe, began: float) -> bool:
        """Tell whether a test began before its path was open again."""
        again = self.open_again.get(probe.via or "", -inf)
        return began < again and not is_reference(probe)

    def first_test_due(self, seen: Seen) -> float | None:
        """Return since when a test is due as the path of an earlier one opened.

        One that costs something is not tried again for that.
        """
        again = self.open_again.get(seen.probe.via or "")
        if again is None or seen.probe.cost or not seen.results:
            return None
        return again if seen.results[-1].began < again else None

    def ends(self, path: Path) -> float:
        """Return when it is judged without its references."""
        tests = (
            p.confirm * p.timeout_s + (p.confirm - 1) * p.retry_every_s
            for p in references(path)
        )
        longest = max(tests, default=0.0)  # of what an edit left, perhaps nothing
        return self.since[path.name] + longest + MORE_S

    def judge(self, config: Config, seen: dict[str, Seen], now: float) -> None:
        """Look at every path; tell the tests over it what that means for them."""
        found = links(config, seen, now)
        for path in config.paths.values():
            was, link = self.links.get(path.name), found[path.name]
            over = [p for p in config.probes() if p.via == path.name]
            over = [p for p in over if not is_reference(p)]
            if link is Link.DOWN is not was:
                self.open_until[path.name] = _last_proof(config, path, seen)
                self.open_again.pop(path.name, None)
            if was is Link.DOWN is not link:
                lost = [p for p in over if self._failed_within(path, seen[p.id])]
                cut = [p for p in lost if self._failed_in(path, seen[p.id])]
                _tell([p for p in lost if p not in cut], seen, CALMED)
                for probe in cut:
                    seen[probe.id] = seen[probe.id].forgotten_but_answers()
                self.open_again[path.name] = now
            answered = _last_proof(config, path, seen)
            if self._is_judged(path, link, answered, now):
                del self.since[path.name]
                _tell([] if link is Link.DOWN else over, seen, JUDGED)
        self.links = found

    def _failed_in(self, path: Path, seen: Seen) -> bool:
        """Tell whether it fails, and not surely since before the path was cut."""
        counted, verdicts = seen.counted, seen.confirmed
        if not counted or "x" not in (counted[-1].letter, verdicts[-1]):
            return False
        sure = len(verdicts)
        while sure and verdicts[sure - 1] == "x":
            sure -= 1
        lasts = verdicts[-1] == "x"
        return not lasts or counted[sure].began > self.open_until[path.name]

    def _failed_within(self, path: Path, seen: Seen) -> bool:
        """Tell whether any of its tests failed since the path was cut."""
        return seen.last_failed_at > self.open_until[path.name]

    def _is_judged(self, path: Path, link: Link, answered: float, now: float) -> bool:
        if path.name not in self.since:
            return False
        known = link is Link.DOWN or answered >= self.since[path.name]
        return known or now >= self.ends(path)


def _last_proof(config: Config, path: Path, seen: Mapping[str, Seen]) -> float:
    judges = [seen[p.id] for p in references(path)]
    proofs = [each.proved for each in (*judges, *beyond(config, path, seen))]
    return max(proofs, default=-inf)


def _tell(probes: Iterable[Probe], seen: dict[str, Seen], word: str) -> None:
    for probe in probes:
        seen[probe.id] = seen[probe.id].hear(WORD_OF_PATH[word])
