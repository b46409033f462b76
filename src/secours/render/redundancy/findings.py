"""Weaknesses of the plan: what, why it matters, and mends. Pure.

The worst comes first. Each mend is a change of this plan, where possible with the
channels for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from secours.core.audit.line import Pair
from secours.model.nodes import is_channel, name_in
from secours.model.plan import Config
from secours.render.answers.audit import AuditAnswer, AuditLineAnswer
from secours.render.badges import Tone
from secours.render.pages.actions import TEST, ActionLink, action_link
from secours.render.redundancy.audit_words import AuditWords, tone_of
from secours.render.redundancy.mends import Mends
from secours.render.templates import Row
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
    links: Sequence[ActionLink] = ()


def findings(
    answer: AuditAnswer, config: Config, localizer: Localizer, *, acts: bool
) -> list[Weakness]:
    """Return the weaknesses found by an audit, the worst first.

    `acts` adds links to actions.
    """
    said = _Weaknesses(answer, config, localizer, acts)
    every: Iterable[Callable[[], Iterator[Weakness]]] = (
        *(said.empty, said.single, said.alone, said.dependent, said.lacking),
        *(
            said.needs_unknown,
            said.both,
            said.receivers,
            said.later,
            said.discontinued,
            said.in_clear,
        ),
        *(said.tests, said.unseen, said.weak, said.alike),
        *(
            said.uncontrolled,
            said.undeclared,
            said.reaches,
            said.traits,
            said.not_daily,
            said.outdated,
        ),
    )
    found = (weakness for each in every for weakness in each())
    return sorted(found, key=lambda weakness: WORST.index(weakness.tone))


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
    config: Config
    localizer: Localizer
    acts: bool

    # -------------------------------------------------------------- words

    def say(self, key: str, /, **facts: object) -> str:
        return self.localizer.say(key, **facts)

    @property
    def words(self) -> AuditWords:
        return AuditWords(self.localizer.language, self.answer.labels)

    @property
    def mends(self) -> Mends:
        return Mends(self.words, self.config)

    def names(self, nodes: Iterable[str], most: int = MOST) -> str:
        return self.words.names(nodes, most)

    def channels(self, names: Iterable[str], most: int = MOST) -> str:
        return self.words.channels(names, most)

    def line(self, line: AuditLineAnswer) -> str:
        return self.mends.line(line)

    def lines(self, lines: Iterable[AuditLineAnswer]) -> str:
        return ", ".join(map(self.line, lines))

    def headed(self, head: str, words: str) -> str:
        return f"{head}{self.say('colon')} {words}"

    def after(self, after_s: float) -> str:
        """Return a delay in words."""
        said = self.say("whatif.after", after_s=after_s)
        return said[:1].lower() + said[1:]

    # -------------------------------------------------------------- lines

    def empty(self) -> Iterator[Weakness]:
        if found := [line for line in self.answer.lines if not line.channels]:
            yield Weakness(
                Tone.DOWN,
                self.say("finding.empty.what", lines=self.lines(found)),
                (),
                self.say("finding.empty.why"),
                [self.mends.addition(line, ()) for line in found],
            )

    def single(self) -> Iterator[Weakness]:
        """Yield each component that alone leaves lines nothing at once."""
        for point, lines in self._by_point().items():
            if not is_channel(point):
                yield Weakness(
                    Tone.DOWN,
                    self.say("finding.single.what", name=self.names([point])),
                    [
                        self.headed(self.line(e), self.channels(e.channels))
                        for e in lines
                    ],
                    self.say("finding.single.why"),
                    [self.mends.addition(line, [point]) for line in lines],
                )

    def alone(self) -> Iterator[Weakness]:
        """Yield the lines with a single channel."""
        mends = self.mends
        for point, lines in self._by_point().items():
            if is_channel(point):
                names = self.names([point])
                yield Weakness(
                    Tone.DOWN,
                    self.say("finding.alone.what", lines=self.lines(lines), name=names),
                    (),
                    self.say("finding.alone.why"),
                    [mends.addition(e, mends.takes(name_in(point))) for e in lines],
                )

    def _by_point(self) -> Mapping[str, list[AuditLineAnswer]]:
        found: dict[str, list[AuditLineAnswer]] = {}
        for line in self.answer.lines:
            for point in line.single_points:
                found.setdefault(point, []).append(line)
        return found

    def dependent(self) -> Iterator[Weakness]:
        """Yield the lines without two independent channels."""
        for line in self.answer.lines:
            few = line.independent_ways < 2 and line.independent_proven
            if few and len(line.channels) > 1 and not line.single_points:
                takes = self.mends.takes(line.channels[0])
                yield Weakness(
                    Tone.DOWN,
                    self.say("finding.dependent.what", line=self.line(line)),
                    (),
                    self.say("finding.dependent.why"),
                    [self.mends.addition(line, takes)],
                )

    def lacking(self) -> Iterator[Weakness]:
        for line in self.answer.lines:
            if line.lacking:
                lacks = [
                    f"{self.channels([e.channel])} ({self.words.trait(e.lacks)})"
                    for e in line.lacking
                ]
                yield Weakness(
                    Tone.DEGRADED,
                    self.say("finding.lacks.what", line=self.line(line)),
                    lacks,
                    self.say("finding.lacks.why"),
                    [self.say("finding.lacks.mend")],
                )

    def needs_unknown(self) -> Iterator[Weakness]:
        unknown = (line.needs_unknown for line in self.answer.lines)
        if found := list(dict.fromkeys(chain.from_iterable(unknown))):
            names = self.channels(found)
            yield Weakness(
                Tone.DEGRADED,
                self.say("finding.needs.what", names=names, n=len(found)),
                (),
                self.say("finding.needs.why"),
                [self.say("finding.needs.mend", names=names)],
            )

    def both(self) -> Iterator[Weakness]:
        """Yield single failures that take two tiers in a row."""
        found: dict[tuple[str, ...], list[tuple[AuditLineAnswer, Pair]]] = {}
        for line in self.answer.lines:
            for pair in line.tiers:
                shares = tuple(s for s in pair.shares if s not in line.single_points)
                if shares:
                    found.setdefault(shares, []).append((line, pair))
        for shares, pairs in found.items():
            mends = [self.mends.move(line, pair) for line, pair in pairs]
            yield Weakness(
                Tone.DEGRADED,
                self.say("finding.both.what", names=self.names(shares), n=len(shares)),
                list(self.together(pairs)),
                self.say("finding.both.why"),
                list(dict.fromkeys(mends)),
            )

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
        found: dict[str, list[tuple[AuditLineAnswer, float]]] = {}
        for line in self.answer.lines:
            for each in line.single_points_later:
                found.setdefault(each.component, []).append((line, each.after_s))
        for name, lines in found.items():
            yield Weakness(
                Tone.DEGRADED,
                self.say("finding.later.what", name=self.names([name])),
                [
                    self.headed(self.line(line), self.after(after_s))
                    for line, after_s in lines
                ],
                self.say("finding.later.why"),
                [self.mends.addition(line, [name]) for line, _ in lines],
            )

    def receivers(self) -> Iterator[Weakness]:
        """Yield the lines that miss a group, as designed or after one failure."""
        for line in self.answer.lines:
            if where := list(self.words.receivers(line)):
                lost = not all(group.hears for group in line.groups)
                ends = self.words.cut_off(line) or line.wakes_nobody
                found = list(dict.fromkeys(self.mends.gains(line)))
                yield Weakness(
                    Tone.DOWN if lost else Tone.DEGRADED if ends else Tone.UNKNOWN,
                    self.say("finding.receivers.what", line=self.line(line)),
                    where,
                    self.say("finding.receivers.why"),
                    found[:MOST] or [self.say("finding.receivers.mend")],
                )

    def undeclared(self) -> Iterator[Weakness]:
        lines = [each for each in self.answer.lines if not each.receivers_declared]
        if lines:
            yield Weakness(
                Tone.UNKNOWN,
                self.say("finding.undeclared.what", lines=self.lines(lines)),
                (),
                self.say("finding.undeclared.why"),
                [self.say("finding.undeclared.mend")],
            )

    def reaches(self) -> Iterator[Weakness]:
        for line in self.answer.lines:
            shares = [(e.channel, e.share) for e in line.reaches]
            low = [(name, x) for name, x in shares if x is not None and x < 1]
            if low:
                yield Weakness(
                    Tone.UNKNOWN,
                    self.say("finding.reaches.what", line=self.line(line)),
                    [
                        f"{self.words.channel(n)} ({self.words.share(x)})"
                        for n, x in low
                    ],
                    self.say("finding.reaches.why"),
                    [self.say("finding.reaches.mend")],
                )

    def traits(self) -> Iterator[Weakness]:
        found: dict[tuple[str, ...], list[AuditLineAnswer]] = {}
        for line in self.answer.lines:
            if line.traits_missing:
                found.setdefault(line.traits_missing, []).append(line)
        for traits, lines in found.items():
            named = ", ".join(map(self.words.trait, traits))
            yield Weakness(
                Tone.UNKNOWN,
                self.say("finding.traits.what", lines=self.lines(lines)),
                [self.headed(self.say("audit.traits"), named)],
                self.say("finding.traits.why"),
                [self.say("finding.traits.mend")],
            )

    # -------------------------------------------------------------- what is proven

    def tests(self) -> Iterator[Weakness]:
        late = ("never", "overdue", "unknown")
        found = [
            each
            for each in self.answer.tests
            if each.standing in late or each.worked is False
        ]
        if found:
            names = [each.channel for each in found]
            yield Weakness(
                Tone.DEGRADED,
                self.say(
                    "finding.tests.what", names=self.channels(names), n=len(names)
                ),
                [self.words.test(each, self.answer.at) for each in found],
                self.say("finding.tests.why"),
                [
                    self.say(
                        "finding.tests.mend",
                        names=None if self.acts else self.channels(names),
                    )
                ],
                [self.test_link(name) for name in names[:MOST] if self.acts],
            )

    def test_link(self, channel: str) -> ActionLink:
        name = self.channels([channel])
        link = action_link(
            "act.link.test", name, self.localizer, do=TEST, subject=channel
        )
        return replace(link, words=name)

    def unseen(self) -> Iterator[Weakness]:
        if found := self.answer.unseen:
            names = self.names(found)
            yield Weakness(
                Tone.DEGRADED,
                self.say("finding.unseen.what", names=names),
                (),
                self.say("finding.unseen.why"),
                [self.say("finding.probe", names=names)],
            )

    def alike(self) -> Iterator[Weakness]:
        """Yield the components that probes cannot tell apart, with a mend."""
        if found := self.answer.indistinguishable:
            at = list(dict.fromkeys(e.probe_at for e in found if e.probe_at))
            mend = self.say("finding.alike.none")
            if at:
                mend = self.say("finding.probe", names=self.names(at))
            yield Weakness(
                Tone.UNKNOWN,
                self.say("finding.alike.what"),
                self.words.few(
                    (" / ".join(map(self.words.name, e.components)) for e in found),
                    MOST,
                ),
                self.say("finding.alike.why"),
                [mend],
            )

    def weak(self) -> Iterator[Weakness]:
        if found := [each.channel for each in self.answer.weak_evidence]:
            names = self.channels(found)
            yield Weakness(
                Tone.DEGRADED,
                self.say("finding.weak.what", names=names),
                (),
                self.say("finding.weak.why"),
                [self.say("finding.weak.mend", names=names)],
            )

    def in_clear(self) -> Iterator[Weakness]:
        """Yield the secrets that are sent in clear."""
        if found := self.answer.in_clear:
            yield Weakness(
                Tone.DEGRADED,
                self.say(
                    "finding.clear.what",
                    names=self.names(dict.fromkeys(each.of for each in found)),
                ),
                self.words.few(map(self.words.in_clear, found), MOST),
                self.say("finding.clear.why"),
                self.words.few(
                    (self.headed(each.where, each.mend) for each in found), MOST
                ),
            )

    def not_daily(self) -> Iterator[Weakness]:
        if found := self.answer.not_daily:
            names = self.channels(found)
            yield Weakness(
                Tone.UNKNOWN,
                self.say("finding.daily.what", names=names),
                (),
                self.say("finding.daily.why"),
                [self.say("finding.daily.mend", names=names)],
            )

    def uncontrolled(self) -> Iterator[Weakness]:
        if found := self.answer.uncontrolled:
            yield Weakness(
                Tone.UNKNOWN,
                self.say(
                    "finding.uncontrolled.what",
                    names=self.channels([each.channel for each in found]),
                ),
                [
                    self.headed(
                        self.channels([each.channel]),
                        ", ".join(self.say(f"audit.without.{x}") for x in each.lacks),
                    )
                    for each in found
                ],
                self.say("finding.uncontrolled.why"),
                [self.say("finding.uncontrolled.mend")],
            )

    # -------------------------------------------------------------- the catalogue

    def discontinued(self) -> Iterator[Weakness]:
        if found := self.answer.discontinued:
            names = self.channels(found)
            yield Weakness(
                Tone.DEGRADED,
                self.say("finding.discontinued.what", names=names),
                (),
                self.say("finding.discontinued.why"),
                [self.say("finding.discontinued.mend", names=names)],
            )

    def outdated(self) -> Iterator[Weakness]:
        if found := self.answer.outdated:
            names = self.names(found)
            yield Weakness(
                Tone.UNKNOWN,
                self.say("finding.outdated.what", names=names),
                (),
                self.say("finding.outdated.why"),
                [self.say("finding.outdated.mend")],
            )
