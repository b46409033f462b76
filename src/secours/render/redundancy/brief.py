"""An audit on one screen: ways, worst failure and mend of each line. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from secours import texts
from secours.core.audit import takers
from secours.core.audit.worst import WorstFailure, worst_failure
from secours.core.receivers import hearing
from secours.model.nodes import plain_name
from secours.model.plan import Config
from secours.render.answers.audit import AuditAnswer, AuditLineAnswer
from secours.render.redundancy.audit_words import AuditWords
from secours.render.redundancy.mends import Mends

NAMED = 3  # channels left
TOLD = 2  # of what a line misses


def brief(answer: AuditAnswer, config: Config, language: str) -> Iterator[str]:
    """Write two or three rows for each line of the plan."""
    words = AuditWords(language, answer.labels)
    said = _Brief(words, config, Mends(words, config, headed=False))
    yield words.say("audit.world")
    for line in answer.lines:
        yield from said.of(line)
    if unknown := [line for line in answer.lines if not line.receivers_declared]:
        lines = ", ".join(map(said.mends.line, unknown))
        yield words.say("finding.undeclared.what", lines=lines)


class _Brief(Struct, frozen=True):
    words: AuditWords
    config: Config
    mends: Mends

    def of(self, line: AuditLineAnswer) -> Iterator[str]:
        name = texts.named(self.mends.line(line), f"{line.purpose}/{line.audience}")
        yield self.titled(name, self.ways(line))
        planned = self.mends.planned(line)
        unheard = hearing.unheard(self.config, planned.name)
        heard = [name for name in line.channels if name not in unheard]
        by = takers.heard_by(self.config, planned)
        worst = worst_failure(self.config, heard or line.channels, by)
        if line.channels:
            head = self.words.say("audit.brief.worst")
            yield f"  {self.titled(head, self.worst(line, worst))}"
        if whom := self.receivers(line):
            head = self.words.say("audit.brief.receivers")
            yield f"  {self.titled(head, whom)}"
        if mend := self.mend(line, worst):
            yield f"  {self.titled(self.words.say('audit.brief.mend'), mend)}"

    def titled(self, head: str, words: str) -> str:
        return f"{head}{self.words.say('colon')} {words}"

    def ways(self, line: AuditLineAnswer) -> str:
        proven = line.independent_proven
        key = "audit.brief.ways" if proven else "audit.brief.ways.least"
        total = len(line.channels)
        return self.words.say(key, n=line.independent_ways, of=total)

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

    def mend(self, line: AuditLineAnswer, worst: WorstFailure | None) -> str:
        """Return the one change that would mend most; "" where none is needed."""
        if line.needs_unknown:
            names = self.words.channels(line.needs_unknown, NAMED)
            return self.words.say("audit.brief.needs", names=names)
        if gain := next(self.mends.gains(line), ""):
            return gain
        if worst is None:
            return "" if line.channels else self.mends.best_addition(line, ())
        if not worst.left:
            return self.mends.best_addition(line, self._takes(line, worst))
        together = (pair for pair in line.tiers if pair.shares)
        if pair := next(together, None):
            return self.mends.move(line, pair)
        if len(worst.left) == 1:
            return self.mends.best_addition(line, self._takes(line, worst))
        return ""

    def _takes(self, line: AuditLineAnswer, worst: WorstFailure) -> tuple[str, ...]:
        """Return what a new channel is to do without."""
        if worst.name in self.config.components:
            return (worst.name,)
        return tuple(self.mends.takes(line.channels[0]))
