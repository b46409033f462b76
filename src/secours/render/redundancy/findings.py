"""Weaknesses of the plan: what, why it matters, and mends. Pure.

The worst comes first. Each mend is a change of this plan, where possible with the
channels for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from secours.core.audit.examination import PlanExamination
from secours.core.audit.line import Pair
from secours.model.nodes import is_channel
from secours.render.answers.audit import AuditAnswer, AuditLineAnswer
from secours.render.badges import Tone
from secours.render.pages.in_force import TEST
from secours.render.redundancy.audit_words import AuditWords, is_dependent, tone_of
from secours.render.redundancy.examination_words import ExaminationWords, words_of
from secours.render.templates import Row
from secours.render.templates.links import PageLink, action_link
from secours.render.wording.localizer import Localizer

MOST = 4  # names written out
WORST = (Tone.DOWN, Tone.DEGRADED, Tone.UNKNOWN)


class Weakness(Struct, frozen=True):
    """A weakness, in three parts."""

    tone: Tone
    what: str
    where: Sequence[str]  # more of what is wrong
    why: str
    mend: Sequence[str]
    links: Sequence[PageLink] = ()


def findings(
    answer: AuditAnswer,
    examination: PlanExamination,
    localizer: Localizer,
    *,
    acts: bool,
) -> list[Weakness]:
    """Return an audit's weaknesses, worst first; `acts` adds links to actions."""
    weak = _Weaknesses(answer, examination, localizer, acts).every()
    return sorted(weak, key=lambda weakness: WORST.index(weakness.tone))


def strengths(answer: AuditAnswer, language: str) -> list[Row]:
    """Return the strength of each line, for a table."""
    words = AuditWords(language, answer.labels)
    return [
        {
            "tone": tone_of(line),
            "line": words.line_name(line),
            "channels": len(line.channels),
            "independent": words.say(
                "redundancy.count"
                if line.independent_proven
                else "redundancy.count.least",
                n=line.independent_ways,
            ),
            "which": words.channels(line.independent_channels, MOST),
            "providers": line.ways_by_providers,
            "accesses": line.ways_by_access,
        }
        for line in answer.lines
    ]


class _Weaknesses(Struct, frozen=True):
    answer: AuditAnswer
    examination: PlanExamination
    localizer: Localizer
    acts: bool

    # -------------------------------------------------------------- words

    def say(self, key: str, /, **facts: object) -> str:
        return self.localizer.say(key, **facts)

    @property
    def words(self) -> AuditWords:
        return AuditWords(self.localizer.language, self.answer.labels)

    @property
    def mends(self) -> ExaminationWords:
        return words_of(self.examination, self.localizer.language)

    def names(self, nodes: Iterable[str], most: int = MOST) -> str:
        return self.words.names(nodes, most)

    def channels(self, names: Iterable[str], most: int = MOST) -> str:
        return self.words.channels(names, most)

    def line(self, line: AuditLineAnswer) -> str:
        return self.words.line_name(line)

    def lines(self, lines: Iterable[AuditLineAnswer]) -> str:
        return ", ".join(map(self.line, lines))

    def headed(self, head: str, words: str) -> str:
        return self.words.headed(head, words)

    def after(self, after_s: float) -> str:
        """Return a delay in words."""
        said = self.say("whatif.after", after_s=after_s)
        return said[:1].lower() + said[1:]

    def weakness(
        self,
        tone: Tone,
        name: str,
        where: Sequence[str] = (),
        mend: Sequence[str] | None = None,
        /,
        **facts: object,
    ) -> Weakness:
        """Return a weakness in its own words; `mend` where those have none."""
        words = f"finding.{name}"
        if mend is None:
            mend = [self.say(f"{words}.mend", **facts)]
        what, why = self.say(f"{words}.what", **facts), self.say(f"{words}.why")
        return Weakness(tone, what, where, why, mend)

    def listed(
        self, tone: Tone, name: str, names: str, mend: Sequence[str] | None = None
    ) -> Iterator[Weakness]:
        """Yield the weakness of all that is named, if anything is."""
        if names:
            yield self.weakness(tone, name, (), mend, names=names)

    def every(self) -> Iterator[Weakness]:
        """Yield all weaknesses, those of one tone in their final order."""
        answer, listed = self.answer, self.listed
        unseen = self.names(answer.unseen)
        weak = self.channels(each.channel for each in answer.weak_evidence)
        probe = [self.say("finding.probe", names=unseen)]
        yield from chain(
            *(self.empty(), self.single(), self.alone(), self.dependent()),
            *(self.lacking(), self.needs_unknown(), self.both()),
            *(self.receivers(), self.later()),
            listed(Tone.DEGRADED, "discontinued", self.channels(answer.discontinued)),
            *(self.in_clear(), self.tests()),
            listed(Tone.DEGRADED, "unseen", unseen, probe),
            listed(Tone.DEGRADED, "weak", weak),
            *(self.alike(), self.uncontrolled(), self.undeclared()),
            *(self.reaches(), self.traits()),
            listed(Tone.UNKNOWN, "daily", self.channels(answer.not_daily)),
            listed(Tone.UNKNOWN, "outdated", self.names(answer.outdated)),
        )

    # -------------------------------------------------------------- lines

    def empty(self) -> Iterator[Weakness]:
        if found := [line for line in self.answer.lines if not line.channels]:
            mend = [self.mends.mend(line, ()) for line in found]
            lines = self.lines(found)
            yield self.weakness(Tone.DOWN, "empty", (), mend, lines=lines)

    def single(self) -> Iterator[Weakness]:
        """Yield each component that alone leaves lines nothing at once."""
        for point, lines in self._by_point().items():
            if not is_channel(point):
                where = [
                    self.headed(self.line(e), self.channels(e.channels)) for e in lines
                ]
                mend = [self.mends.mend(line, [point]) for line in lines]
                name = self.names([point])
                yield self.weakness(Tone.DOWN, "single", where, mend, name=name)

    def alone(self) -> Iterator[Weakness]:
        """Yield the lines with a single channel."""
        for point, lines in self._by_point().items():
            if is_channel(point):
                mend = [self.mends.mend(line, ()) for line in lines]
                facts = {"lines": self.lines(lines), "name": self.names([point])}
                yield self.weakness(Tone.DOWN, "alone", (), mend, **facts)

    def _by_point(self) -> Mapping[str, list[AuditLineAnswer]]:
        by_point: dict[str, list[AuditLineAnswer]] = {}
        for line in self.answer.lines:
            for point in line.single_points:
                by_point.setdefault(point, []).append(line)
        return by_point

    def dependent(self) -> Iterator[Weakness]:
        """Yield the lines without two independent channels."""
        for line in self.answer.lines:
            if is_dependent(line) and not line.single_points:
                mend, name = [self.mends.mend(line, ())], self.line(line)
                yield self.weakness(Tone.DOWN, "dependent", (), mend, line=name)

    def lacking(self) -> Iterator[Weakness]:
        for line in self.answer.lines:
            if line.lacking:
                lacks = [
                    f"{self.channels([e.channel])} ({self.words.trait(e.lacks)})"
                    for e in line.lacking
                ]
                name = self.line(line)
                yield self.weakness(Tone.DEGRADED, "lacks", lacks, line=name)

    def needs_unknown(self) -> Iterator[Weakness]:
        unknown = (line.needs_unknown for line in self.answer.lines)
        if found := list(dict.fromkeys(chain.from_iterable(unknown))):
            names = self.channels(found)
            yield self.weakness(Tone.DEGRADED, "needs", names=names, n=len(found))

    def both(self) -> Iterator[Weakness]:
        """Yield single failures that take two tiers in a row."""
        by_shares: dict[tuple[str, ...], list[tuple[AuditLineAnswer, Pair]]] = {}
        for line in self.answer.lines:
            for pair in line.tiers:
                shares = tuple(s for s in pair.shares if s not in line.single_points)
                if shares:
                    by_shares.setdefault(shares, []).append((line, pair))
        for shares, pairs in by_shares.items():
            mends = dict.fromkeys(
                self.headed(self.line(line), self.mends.move(line, pair))
                for line, pair in pairs
            )
            names, where = self.names(shares), list(self.together(pairs))
            facts: dict[str, object] = {"names": names, "n": len(shares)}
            yield self.weakness(Tone.DEGRADED, "both", where, list(mends), **facts)

    def together(self, pairs: Sequence[tuple[AuditLineAnswer, Pair]]) -> Iterator[str]:
        """Yield the tiers of each line that fall together, with channels."""
        for line in dict.fromkeys(self.line(line) for line, _ in pairs):
            mine = [pair for each, pair in pairs if self.line(each) == line]
            tiers = dict.fromkeys(t for pair in mine for t in (pair.first, pair.second))
            names = dict.fromkeys(name for pair in mine for name in pair.channels)
            said = ", ".join(self.say(f"tier.{tier}") for tier in tiers)
            yield self.headed(line, f"{said} ({self.channels(names)})")

    def later(self) -> Iterator[Weakness]:
        """Yield the single points of failure once batteries are empty."""
        by_component: dict[str, list[tuple[AuditLineAnswer, float]]] = {}
        for line in self.answer.lines:
            for each in line.single_points_later:
                by_component.setdefault(each.component, []).append((line, each.after_s))
        for name, lines in by_component.items():
            where = [self.headed(self.line(e), self.after(ends)) for e, ends in lines]
            mend = [self.mends.mend(line, [name]) for line, _ in lines]
            named = self.names([name])
            yield self.weakness(Tone.DEGRADED, "later", where, mend, name=named)

    def receivers(self) -> Iterator[Weakness]:
        """Yield the lines that miss a group, as designed or after one failure."""
        for line in self.answer.lines:
            if where := list(self.words.receivers(line)):
                lost = not all(group.hears for group in line.groups)
                ends = self.words.cut_off(line) or line.wakes_nobody
                tone = Tone.DOWN if lost else Tone.DEGRADED if ends else Tone.UNKNOWN
                mend, name = [*filter(None, [self.mends.mend(line)])], self.line(line)
                yield self.weakness(tone, "receivers", where, mend or None, line=name)

    def undeclared(self) -> Iterator[Weakness]:
        lines = [each for each in self.answer.lines if not each.receivers_declared]
        if lines:
            names = self.lines(lines)
            yield self.weakness(Tone.UNKNOWN, "undeclared", lines=names)

    def reaches(self) -> Iterator[Weakness]:
        for line in self.answer.lines:
            low = [
                f"{self.words.channel(each.channel)} ({self.words.share(each.share)})"
                for each in line.reaches
                if each.share is not None and each.share < 1
            ]
            if low:
                name = self.line(line)
                yield self.weakness(Tone.UNKNOWN, "reaches", low, line=name)

    def traits(self) -> Iterator[Weakness]:
        by_traits: dict[tuple[str, ...], list[AuditLineAnswer]] = {}
        for line in self.answer.lines:
            if line.traits_missing:
                by_traits.setdefault(line.traits_missing, []).append(line)
        for traits, lines in by_traits.items():
            named = ", ".join(map(self.words.trait, traits))
            where = [self.headed(self.say("audit.traits"), named)]
            names = self.lines(lines)
            yield self.weakness(Tone.UNKNOWN, "traits", where, lines=names)

    # -------------------------------------------------------------- what is proven

    def tests(self) -> Iterator[Weakness]:
        late = ("never", "overdue", "unknown")
        due = [
            each
            for each in self.answer.tests
            if each.standing in late or each.worked is False
        ]
        if due:
            names = [each.channel for each in due]
            named = None if self.acts else self.channels(names)
            weakness = self.weakness(
                Tone.DEGRADED,
                "tests",
                [self.words.test(each, self.answer.at) for each in due],
                [self.say("finding.tests.mend", names=named)],
                names=self.channels(names),
                n=len(names),
            )
            links = [self.test_link(name) for name in names[:MOST] if self.acts]
            yield replace(weakness, links=links)

    def test_link(self, channel: str) -> PageLink:
        name = self.channels([channel])
        link = action_link(
            "act.link.test", name, self.localizer, do=TEST, subject=channel
        )
        return replace(link, words=name)

    def alike(self) -> Iterator[Weakness]:
        """Yield the components that probes cannot tell apart, with a mend."""
        if found := self.answer.indistinguishable:
            at = self.names(dict.fromkeys(e.probe_at for e in found if e.probe_at))
            named = (" / ".join(map(self.words.name, e.components)) for e in found)
            key = "finding.probe" if at else "finding.alike.none"
            mend = [self.say(key, names=at)]
            where = self.words.few(named, MOST)
            yield self.weakness(Tone.UNKNOWN, "alike", where, mend)

    def in_clear(self) -> Iterator[Weakness]:
        """Yield the secrets that are sent in clear."""
        if found := self.answer.in_clear:
            names = self.names(dict.fromkeys(each.of for each in found))
            where = self.words.few(map(self.words.in_clear, found), MOST)
            mends = (self.headed(each.where, each.mend) for each in found)
            mend = self.words.few(mends, MOST)
            yield self.weakness(Tone.DEGRADED, "clear", where, mend, names=names)

    def uncontrolled(self) -> Iterator[Weakness]:
        if found := self.answer.uncontrolled:
            names = self.channels(each.channel for each in found)
            where = [self.words.uncontrolled(each) for each in found]
            yield self.weakness(Tone.UNKNOWN, "uncontrolled", where, names=names)
