"""The examination of a plan: each line's ways, failures, hours and mend. Pure.

On one screen of a terminal, or as sections beside a form.
"""

from collections.abc import Iterator, Set

from msgspec import Struct

from secours import texts
from secours.core.audit.examination import (
    ENOUGH,
    HOUR_S,
    HOURS,
    LineExamination,
    LineStrength,
    PlanExamination,
    Proposal,
)
from secours.core.audit.worst import WorstFailure
from secours.model.nodes import DEVICE, is_channel, plain_name
from secours.model.plan import Config, purpose_and_audience
from secours.model.receivers.audiences import group_key
from secours.render.answers.audit import AuditLineAnswer, every_label, line_answer
from secours.render.redundancy.audit_words import AuditWords, tone_of
from secours.render.redundancy.mends import BEST, Mends
from secours.render.section import Section

NAMED = 3  # channels left
TOLD = 2  # of what a line misses
MOST = 3  # effects of a mend


def brief(found: PlanExamination, language: str) -> Iterator[str]:
    """Write two or three rows for each line of the plan."""
    said = _brief(found, language)
    yield said.words.say("audit.world")
    for each in found.lines:
        line = line_answer(each.audit)
        name = texts.named(said.words.line_name(line), each.now.line)
        yield said.words.headed(name, said.ways(each.now))
        yield from (f"  {row}" for row in said.rows(each))
    if lines := said.undeclared():
        yield said.words.say("finding.undeclared.what", lines=lines)


def sections(found: PlanExamination, language: str) -> list[Section]:
    """Write each line of the plan, then what is true of all."""
    said = _brief(found, language)
    say = said.words.say
    written = []
    for each in found.lines:
        line = line_answer(each.audit)
        rows = [said.ways(each.now), *said.rows(each, whole=True)]
        written.append(Section(said.words.line_name(line), rows, tone=tone_of(line)))
    if lines := said.undeclared():
        mend = said.words.headed(
            say("audit.brief.mend"), say("finding.undeclared.mend")
        )
        rows = [say("finding.undeclared.what", lines=lines), mend]
        written.append(Section(say("audit.brief.receivers"), rows))
    if found.never_tried:
        written.append(Section(say("audit.tests"), [*said.untried()]))
    return written


def lack(config: Config, weakest: LineStrength, language: str) -> str:
    """Say of the weakest line of a plan what is worst in it."""
    words = AuditWords(language, every_label(config, language))
    purpose, audience = purpose_and_audience(weakest.line)
    line = texts.purpose(language, purpose, words.name(audience))
    if not weakest.channels:
        return words.say("finding.empty.what", lines=line)
    worse = weakest.unreached or weakest.needs_unknown
    if len(weakest.channels) == 1 and not worse:
        name = words.channels(weakest.channels)
        return words.say("finding.alone.what", lines=line, name=name)
    return words.headed(line, _lack(words, weakest, audience))


def _lack(words: AuditWords, weakest: LineStrength, audience: str) -> str:
    after_s = HOUR_S * HOURS[-1]
    groups = [group_key(audience, name) for name in weakest.unreached]
    if groups:
        return words.say("audit.brief.unheard", names=words.names(groups, NAMED))
    if unknown := weakest.needs_unknown:
        names = words.channels(unknown, NAMED)
        return words.say("audit.lack.needs", names=names, n=len(unknown))
    everybody = (("", root) for root in weakest.single_points)
    for group, root in (*everybody, *weakest.cut_off):
        whom = words.name(group_key(audience, group)) if group else None
        facts = {"name": words.name(root), "group": whom, "after_s": after_s}
        return words.say("audit.lack.cut", **facts)
    of = len(weakest.channels)
    if weakest.least < ENOUGH:
        return words.say("audit.lack.left", n=weakest.least, of=of, after_s=after_s)
    return words.say("audit.brief.ways", n=weakest.ways, of=of)


def _brief(found: PlanExamination, language: str) -> "_Brief":
    words = AuditWords(language, every_label(found.offers, language))
    return _Brief(words, found, Mends(words, found.config, headed=False))


class _Brief(Struct, frozen=True):
    words: AuditWords
    found: PlanExamination
    mends: Mends

    def rows(self, each: LineExamination, *, whole: bool = False) -> Iterator[str]:
        """Yield the failures of a line, whom it misses, and its mend."""
        line, headed, say = line_answer(each.audit), self.words.headed, self.words.say
        if line.channels:
            yield headed(say("audit.brief.worst"), self.worst(line, each.worst))
        if whole and each.now.hours:
            of = len(each.now.channels)
            yield headed(say("audit.brief.hours", of=of), self.hours(each.now))
        if whom := self.receivers(line):
            yield headed(say("audit.brief.receivers"), whom)
        if mend := self.mend(line, each, MOST if whole else 1):
            yield headed(say("audit.brief.mend"), mend)

    def undeclared(self) -> str:
        """Name the lines of whose audiences nobody declared the groups."""
        lines = (line_answer(each.audit) for each in self.found.lines)
        unknown = (line for line in lines if not line.receivers_declared)
        return ", ".join(map(self.words.line_name, unknown))

    def untried(self) -> Iterator[str]:
        """Yield the channels that people never tried, and the one to try first."""
        names = self.found.never_tried
        say, n = self.words.say, len(names) - 1
        yield self.words.headed(say("audit.test.never"), self.words.channels(names))
        first = say("audit.mend.try", name=self.words.channel(names[0]), n=n or None)
        yield self.words.headed(say("audit.brief.mend"), first)

    def ways(self, now: LineStrength) -> str:
        key = "audit.brief.ways" if now.proven else "audit.brief.ways.least"
        return self.words.say(key, n=now.ways, of=len(now.channels))

    def worst(self, line: AuditLineAnswer, worst: WorstFailure | None) -> str:
        """Return the channels left after the worst failure of a line, if known."""
        if line.needs_unknown:
            names = self.words.channels(line.needs_unknown, NAMED)
            count = len(line.needs_unknown)
            return self.words.say("audit.brief.unknown", names=names, n=count)
        if worst is None:
            return self.words.say("audit.brief.none")
        return self.words.say(
            "audit.brief.left" if worst.left else "audit.brief.nothing",
            name=texts.named(self.words.name(worst.name), plain_name(worst.name)),
            names=self.words.channels(worst.left, NAMED),
            n=len(worst.left),
            of=len(line.channels),
            after_s=worst.after_s or None,
        )

    def hours(self, now: LineStrength) -> str:
        """Return how many channels are left at each hour without mains."""
        say = self.words.say
        return ", ".join(
            say("audit.hours", n=len(left), after_s=HOUR_S * hour or None)
            for hour, left in zip(HOURS, now.hours, strict=True)
        )

    def receivers(self, line: AuditLineAnswer) -> str:
        """Return the groups that a line misses; "" where it reaches all."""
        said, words = [], self.words
        named = [group for group in line.groups if not group.hears]
        if names := words.groups(line, named):
            said.append(words.say("audit.brief.unheard", names=names))
        for each, groups in words.cut_off(line).items():  # each group by its soonest
            if more := [group for group in groups if group not in named]:
                named += more
                name, names = words.failing(each.component), words.groups(line, more)
                facts = {"name": name, "names": names, "after_s": each.after_s or None}
                said.append(words.say("audit.brief.cut", **facts))
        if names := words.channels(line.wakes_nobody, NAMED):
            count = len(line.wakes_nobody)
            said.insert(1, words.say("audit.brief.wakes", names=names, n=count))
        return words.series(*said[:TOLD])

    def mend(self, line: AuditLineAnswer, each: LineExamination, most: int) -> str:
        """Return the one change that would mend most; "" where none is needed.

        With at most so many of its effects.
        """
        if line.needs_unknown:
            names = self.words.channels(line.needs_unknown, NAMED)
            return self.words.say("audit.brief.needs", names=names)
        if each.proposal:
            effects = [*self.effects(line, each.now, each.proposal.after)][:most]
            mend = self.change(line, each.now, each.proposal, why=most > 1)
            return self.words.say("audit.effect", mend=mend, effects=", ".join(effects))
        if not line.channels or each.now.single_points:
            return self.mends.addition(line, self._without(each.now))
        if pair := next((pair for pair in line.tiers if pair.shares), None):
            return self.mends.move(line, pair)
        return ""

    def change(
        self, line: AuditLineAnswer, now: LineStrength, proposal: Proposal, *, why: bool
    ) -> str:
        """Return a change of the plan, and others that mend as much.

        With `why`, what a new channel is to do without.
        """
        change, say, words = proposal.change, self.words.say, self.words
        group, name = (
            self.groups(line, {change.group}),
            words.name(f"{DEVICE}:{change.device}"),
        )
        if not change.channel:
            return say("finding.gain", group=group, name=name)
        if change.channel in self.found.config.channels:
            first = say("audit.mend.own", name=words.channel(change.channel))
        else:
            alike = [e.channel for e in proposal.equals if not e.device]
            names = words.channels([change.channel, *alike][:NAMED])
            what = words.names(self._without(now, proposal.after), BEST) if why else ""
            first = say("audit.mend.kind", names=names, what=what or None)
        if not change.device:
            return first
        same = name == words.channel(change.channel)
        facts = {"group": group, "name": None if same else name}
        return say("audit.mend.both", first=first, **facts)

    def _without(
        self, now: LineStrength, then: LineStrength | None = None
    ) -> list[str]:
        """Return the components whose failure a change would mend; all for None."""
        before, after = now.single_points, then.single_points if then else ()
        if set(before) <= set(after) and then:
            before = tuple(root for _, root in now.cut_off)
            after = tuple(root for _, root in then.cut_off)
        mended = dict.fromkeys(each for each in before if each not in after)
        return [each for each in mended if not is_channel(each)]

    def effects(
        self, line: AuditLineAnswer, now: LineStrength, then: LineStrength
    ) -> Iterator[str]:
        """Yield what a change would make better, the gravest first."""
        of, after_s = len(then.channels), HOUR_S * HOURS[-1]
        say = self.words.say
        if reached := set(now.unreached) - set(then.unreached):
            names = self.groups(line, reached)
            yield say("audit.effect.reached", names=names, n=len(reached))
        yield from self.less_cut(line, now, then)
        if now.hours and len(then.hours[-1]) > len(now.hours[-1]):
            n = len(then.hours[-1])
            yield say("audit.effect.hours", n=n, of=of, after_s=after_s)
        if then.least > now.least:
            yield say("audit.effect.least", n=then.least, of=of, after_s=after_s)
        if then.ways > now.ways:
            yield say("audit.effect.ways", n=then.ways, of=of)

    def less_cut(
        self, line: AuditLineAnswer, now: LineStrength, then: LineStrength
    ) -> Iterator[str]:
        """Say what single failures no longer cut off: everybody, else groups."""
        say, after_s = self.words.say, HOUR_S * HOURS[-1]
        if (n := len(then.single_points)) < len(now.single_points):
            key = "audit.effect.fewer" if n else "audit.effect.single"
            yield say(key, n=n, after_s=after_s)
        elif cut := {g for g, _ in now.cut_off} - {g for g, _ in then.cut_off}:
            names = self.groups(line, cut)
            yield say("audit.effect.cut", names=names, after_s=after_s)
        elif len(then.cut_off) < len(now.cut_off):
            n = len({root for _, root in then.cut_off})
            yield say("audit.effect.cut.fewer", n=n, after_s=after_s)

    def groups(self, line: AuditLineAnswer, names: Set[str]) -> str:
        return self.words.groups(line, (e for e in line.groups if e.group in names))
