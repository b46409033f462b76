"""Words of the examination of a plan: each line's ways, failures, hours and mend. Pure.

On one screen of a terminal, or as sections beside a form.
"""

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from secours import texts
from secours.core.audit import takers
from secours.core.audit.examination import (
    HOUR_S,
    HOURS,
    UNTIL_S,
    LineExamination,
    LineStrength,
    PlanExamination,
    Proposal,
    weakest,
)
from secours.core.audit.line import Pair
from secours.model.nodes import DEVICE, is_channel, plain_name
from secours.model.plan import Config
from secours.model.receivers.audiences import group_key
from secours.model.sections.line import line_name, purpose_and_audience
from secours.render.answers.audit import AuditLineAnswer, every_label, line_answer
from secours.render.redundancy.audit_words import AuditWords, tone_of
from secours.render.section import Section

NAMED = 3  # channels left, or that would do
TOLD = 2  # of what a line misses
MOST = 3  # effects of a mend
CUTS = "single", "cut"  # everybody, or a group


def brief(examination: PlanExamination, language: str) -> Iterator[str]:
    """Write two or three rows for each line of the plan."""
    writer = words_of(examination, language)
    yield writer.words.say("audit.world")
    for each in examination.lines:
        line = line_answer(each.audit)
        name = texts.named(writer.words.line_name(line), each.now.line)
        yield writer.words.headed(name, writer.ways(line))
        yield from (f"  {row}" for row in writer.rows(each))
    if lines := writer.undeclared():
        yield writer.words.say("finding.undeclared.what", lines=lines)


def sections(examination: PlanExamination, language: str) -> list[Section]:
    """Write each line of the plan, then what is true of all."""
    writer = words_of(examination, language)
    say, headed = writer.words.say, writer.words.headed
    mend, written = say("audit.brief.mend"), []
    for each in examination.lines:
        line = line_answer(each.audit)
        rows = [writer.ways(line), *writer.rows(each, whole=True)]
        written.append(Section(writer.words.line_name(line), rows, tone=tone_of(line)))
    if lines := writer.undeclared():
        rows = [
            say("finding.undeclared.what", lines=lines),
            headed(mend, say("finding.undeclared.mend")),
        ]
        written.append(Section(say("audit.brief.receivers"), rows))
    if names := examination.never_tried:
        n = len(names) - 1 or None
        first = say("audit.mend.try", name=writer.words.channel(names[0]), n=n)
        never = headed(say("audit.test.never"), writer.words.channels(names))
        written.append(Section(say("audit.tests"), [never, headed(mend, first)]))
    return written


def lack(config: Config, language: str) -> str:
    """Say what is worst in the line that lacks most; "" where none lacks anything."""
    if not (line := weakest(config)):
        return ""
    words = AuditWords(language, every_label(config, language))
    purpose, audience = purpose_and_audience(line.line)
    name = texts.purpose(language, purpose, words.name(audience))
    if groups := [group_key(audience, group) for group in line.unreached]:
        said = words.say("audit.brief.unheard", names=words.names(groups, NAMED))
        return words.headed(name, said)
    if not line.channels:
        return words.say("finding.empty.what", lines=name)
    if len(line.channels) == 1 and not line.needs_unknown:
        channel = words.channels(line.channels)
        return words.say("finding.alone.what", lines=name, name=channel)
    return words.headed(name, _worst(words, line))


def _worst(words: AuditWords, now: LineStrength) -> str:
    """Return the channels left after the worst failure of a line, if known."""
    if now.needs_unknown:
        names, count = words.channels(now.needs_unknown, NAMED), len(now.needs_unknown)
        return words.say("audit.brief.unknown", names=names, n=count)
    if now.worst is None:
        return words.say("audit.brief.none")
    return words.say(
        "audit.brief.left" if now.worst.left else "audit.brief.nothing",
        name=texts.named(words.name(now.worst.name), plain_name(now.worst.name)),
        names=words.channels(now.worst.left, NAMED),
        n=len(now.worst.left),
        of=len(now.channels),
        after_s=now.worst.after_s or None,
    )


def words_of(examination: PlanExamination, language: str) -> "ExaminationWords":
    """Return the words for an examination."""
    labels = every_label(examination.offers, language)
    return ExaminationWords(AuditWords(language, labels), examination)


class ExaminationWords(Struct, frozen=True):
    """Rows and mends of the lines of an examination, in one language."""

    words: AuditWords
    examination: PlanExamination

    def rows(self, each: LineExamination, *, whole: bool = False) -> Iterator[str]:
        """Yield the failures of a line, whom it misses, and its mend."""
        line, headed, say = line_answer(each.audit), self.words.headed, self.words.say
        if line.channels:
            yield headed(say("audit.brief.worst"), _worst(self.words, each.now))
        if whole and each.now.hours:
            counts = ", ".join(
                say("audit.hours", n=len(channels), after_s=HOUR_S * hour or None)
                for hour, channels in zip(HOURS, each.now.hours, strict=True)
            )
            yield headed(say("audit.brief.hours", of=len(each.now.channels)), counts)
        if whom := self.receivers(line):
            yield headed(say("audit.brief.receivers"), whom)
        if mend := self.best(line, each, MOST if whole else 1):
            yield headed(say("audit.brief.mend"), mend)

    def undeclared(self) -> str:
        """Name the lines of whose audiences nobody declared the groups."""
        lines = (line_answer(each.audit) for each in self.examination.lines)
        unknown = (line for line in lines if not line.receivers_declared)
        return ", ".join(map(self.words.line_name, unknown))

    def ways(self, line: AuditLineAnswer) -> str:
        """Return how many channels of a line are independent."""
        key = f"audit.brief.ways{'' if line.independent_proven else '.least'}"
        return self.words.say(key, n=line.independent_ways, of=len(line.channels))

    def receivers(self, line: AuditLineAnswer) -> str:
        """Return the groups that a line misses; "" where it reaches all."""
        parts, words = [], self.words
        named = [group for group in line.groups if not group.hears]
        if names := words.groups(line, named):
            parts.append(words.say("audit.brief.unheard", names=names))
        for each, groups in words.cut_off(line).items():  # each group by its soonest
            if more := [group for group in groups if group not in named]:
                named += more
                name, names = words.failing(each.component), words.groups(line, more)
                facts = {"name": name, "names": names, "after_s": each.after_s or None}
                parts.append(words.say("audit.brief.cut", **facts))
        if names := words.channels(line.wakes_nobody, NAMED):
            count = len(line.wakes_nobody)
            parts.insert(1, words.say("audit.brief.wakes", names=names, n=count))
        return words.series(*parts[:TOLD])

    def mend(self, line: AuditLineAnswer, takes: Sequence[str] | None = None) -> str:
        """Return the best change of a line; else a channel to add, without `takes`."""
        name = line_name(line.purpose, line.audience)
        own = next(each for each in self.examination.lines if each.now.line == name)
        mend = self.proposed(line, own, MOST)
        if not mend and takes is not None:
            mend = self.addition(takes)
        return mend and self.words.headed(self.words.line_name(line), mend)

    def best(self, line: AuditLineAnswer, each: LineExamination, most: int) -> str:
        """Return the one change that mends most, with `most` effects; "" if none."""
        if line.needs_unknown:
            names = self.words.channels(line.needs_unknown, NAMED)
            return self.words.say("audit.brief.needs", names=names)
        if proposed := self.proposed(line, each, most):
            return proposed
        if not line.channels or each.now.single_points:
            return self.addition(each.now.single_points)
        pair = next((pair for pair in line.tiers if pair.shares), None)
        return self.move(line, pair) if pair else ""

    def proposed(self, line: AuditLineAnswer, each: LineExamination, most: int) -> str:
        """Return the proposal for a line with `most` effects; "" without one."""
        if not each.proposal:
            return ""
        effects = [*self.effects(line, each.now, each.proposal.after)][:most]
        mend = self.change(line, each.now, each.proposal)
        return self.words.say("audit.effect", mend=mend, effects=", ".join(effects))

    def addition(self, takes: Sequence[str]) -> str:
        """Return the advice to add a channel that does without these components."""
        what = self.words.names([n for n in takes if not is_channel(n)], NAMED)
        key = "finding.add.without" if what else "finding.add.any"
        return self.words.say(key, what=what)

    def move(self, line: AuditLineAnswer, pair: Pair) -> str:
        """Return the channel to move up between two tiers, else one to add."""
        config, of = self.examination.config, (line.purpose, line.audience)
        named = next(e for e in config.plan if (e.purpose, e.audience) == of)
        by = takers.heard_by(config, named)
        for name in line.channels[line.channels.index(pair.channels[-1]) + 1 :]:
            if takers.alone(config, name, by)[0].isdisjoint(pair.shares):
                return self.words.say("finding.move", name=self.words.channel(name))
        return self.addition(pair.shares)

    def change(
        self, line: AuditLineAnswer, now: LineStrength, proposal: Proposal
    ) -> str:
        """Return a change of the plan, and others that mend as much."""
        change, say, words = proposal.change, self.words.say, self.words
        group = self.groups(line, {change.group})
        device, channel = words.name(f"{DEVICE}:{change.device}"), change.channel
        if not channel:
            return say("finding.gain", group=group, name=device)
        if channel in self.examination.config.channels:
            mend = say("audit.mend.own", name=words.channel(channel))
        else:
            alike = [e.channel for e in proposal.equals if not e.device]
            names = words.channels([channel, *alike][:NAMED])
            cuts = zip(now.cutting, proposal.after.cutting, strict=True)
            mended = ([n for n in old if n not in new] for old, new in cuts)
            parts = (n for n in next(filter(None, mended), ()) if not is_channel(n))
            what = words.names(parts, NAMED)
            mend = say("audit.mend.kind", names=names, what=what or None)
        if not change.device:
            return mend
        name = None if device == words.channel(channel) else device
        return say("audit.mend.both", first=mend, group=group, name=name)

    def effects(
        self, line: AuditLineAnswer, now: LineStrength, then: LineStrength
    ) -> Iterator[str]:
        """Yield what a change would make better, the gravest first."""
        of, say = len(then.channels), self.words.say
        if reached := set(now.unreached) - set(then.unreached):
            names = self.groups(line, reached)
            yield say("audit.effect.reached", names=names, n=len(reached))
        for key, before, after in zip(CUTS, now.cutting, then.cutting, strict=True):
            if len(after) < len(before):
                n = len(after) or None
                yield say(f"audit.effect.{key}", n=n, after_s=UNTIL_S)
                break
        if now.hours and len(then.hours[-1]) > len(now.hours[-1]):
            n = len(then.hours[-1])
            yield say("audit.effect.hours", n=n, of=of, after_s=UNTIL_S)
        elif then.least > now.least:
            yield say("audit.effect.least", n=then.least, of=of, after_s=UNTIL_S)
        if then.ways > now.ways:
            yield say("audit.effect.ways", n=then.ways, of=of)

    def groups(self, line: AuditLineAnswer, names: Collection[str]) -> str:
        """Name groups of a line."""
        return self.words.groups(line, (e for e in line.groups if e.group in names))
