"""Changes of a plan that would mend a line, in words. Pure."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from secours.core.audit.line import Pair
from secours.core.audit.receivers import GroupAudit, Later
from secours.core.audit.remedy import gains, spares
from secours.core.graph import dependencies
from secours.core.receivers import hearing
from secours.model.nodes import DEVICE, channel_node
from secours.model.plan import Config, Line, line_name
from secours.render.answers.audit import AuditLineAnswer
from secours.render.redundancy.audit_words import AuditWords

BEST = 2  # channels named as a mend
NAMED = 4  # of the nodes to do without


class Mends(Struct, frozen=True):
    """Proposals that strengthen the lines of one plan."""

    words: AuditWords
    config: Config
    headed: bool = True  # a mend begins with its line

    def line(self, line: AuditLineAnswer) -> str:
        """Name a line."""
        return self.words.line_name(line)

    def takes(self, channel: str) -> Sequence[str]:
        """Return the single failures of a channel."""
        nodes = dependencies.cautious(self.config)
        return nodes.ordered(nodes.alone(channel_node(channel))[0])

    def addition(self, line: AuditLineAnswer, takes: Sequence[str]) -> str:
        """Return the channel to add to a line, preferably one of the plan."""
        found = spares(self.config, self.planned(line), takes)
        if found:
            return self._these(line, found[:BEST])
        if takes:
            what = self.words.names(takes, NAMED)
            return self._say("finding.add.without", line, what=what)
        return self._say("finding.add.any", line)

    def gains(self, line: AuditLineAnswer) -> Iterator[str]:
        """Yield additions that reach the missed groups, or longer."""
        for group in line.groups:
            if not group.hears:
                yield from self._gain(line, group)
        for failure, groups in self.words.cut_off(line).items():
            for group in groups:
                yield from self._gain(line, group, failure)

    def _gain(
        self, line: AuditLineAnswer, group: GroupAudit, failure: Later | None = None
    ) -> Iterator[str]:
        planned = self.planned(line)
        groups = hearing.groups(self.config, planned)
        who = next(each for each in groups if each.name == group.group)
        channels, devices = gains(self.config, planned, who, failure)
        if channels:
            yield self._these(line, channels[:BEST])
        elif devices:
            name = self.words.name(f"{DEVICE}:{devices[0]}")
            named = self.words.groups(line, [group])
            yield self._say("finding.gain", line, group=named, name=name)

    def move(self, line: AuditLineAnswer, pair: Pair) -> str:
        """Return the channel to move up between two tiers, else one to add."""
        nodes = dependencies.cautious(self.config)
        after = line.channels[line.channels.index(pair.channels[-1]) + 1 :]
        outlives = [
            name
            for name in after
            if nodes.alone(channel_node(name))[0].isdisjoint(pair.shares)
        ]
        if not outlives:
            return self.addition(line, pair.shares)
        name = self.words.channels(outlives[:1])
        return self._say("finding.move", line, name=name)

    def _these(self, line: AuditLineAnswer, names: Sequence[str]) -> str:
        named = self.words.channels(names)
        return self._say("finding.add.these", line, names=named, n=len(names))

    def planned(self, line: AuditLineAnswer) -> Line:
        """Return the line of the plan."""
        name = line_name(line.purpose, line.audience)
        return next(each for each in self.config.plan if each.name == name)

    def _say(self, key: str, line: AuditLineAnswer, **facts: object) -> str:
        head = {"line": self.line(line)} if self.headed else {}
        return self.words.say(key, **head, **facts)
