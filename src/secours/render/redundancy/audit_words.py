"""Words of an audit of the plan, from its JSON answer."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from secours import texts
from secours.core.audit.line import Pair
from secours.core.audit.plan import Trying, Uncontrolled
from secours.core.audit.switch_times import Promise
from secours.core.audit.takers import GroupAudit, Later
from secours.core.diagnosis.identifiability import Confused
from secours.model.nodes import channel_node, is_channel
from secours.model.receivers.audiences import group_key
from secours.model.secret import InClear
from secours.render.answers.audit import AuditAnswer, AuditLineAnswer
from secours.render.badges import Tone
from secours.render.pages.timeline import percent
from secours.render.section import Section

SHOWN = 8  # sets or names written out


def sections(answer: AuditAnswer, language: str) -> list[Section]:
    """Write an audit for people: its world, each line, then the whole plan."""
    words = _AuditSections(language, answer.labels)
    every = {
        "alike": map(words.alike, answer.indistinguishable),
        "unseen": [words.names(answer.unseen)],
        "tests": (words.test(test, answer.at) for test in answer.tests),
        "promises": words.promises(answer.promises),
        "clear": map(words.in_clear, answer.in_clear),
        "weak": [words.channels([p.channel for p in answer.weak_evidence])],
        "daily": words.daily(answer),
        "uncontrolled": map(words.uncontrolled, answer.uncontrolled),
        "outdated": [words.names(answer.outdated)],
        "discontinued": [words.channels(answer.discontinued)],
    }
    report = [Section("", [words.say("audit.world")]), *map(words.line, answer.lines)]
    for name, entries in every.items():
        if written := [entry for entry in entries if entry]:
            report.append(Section(words.say(f"audit.{name}"), written))
    return report


class AuditWords(Struct, frozen=True):
    """Labels of an audit in one language."""

    language: str
    labels: Mapping[str, str]

    def say(self, key: str, /, **facts: object) -> str:
        """Return the words for a key."""
        return texts.say(self.language, key, **facts)

    def series(self, *parts: str) -> str:
        """Join parts that may hold commas."""
        return texts.series(self.language, parts)

    def name(self, node: str) -> str:
        """Name a node."""
        return self.labels.get(node) or node

    def line_name(self, line: AuditLineAnswer) -> str:
        """Name a line of the plan."""
        return texts.purpose(self.language, line.purpose, self.name(line.audience))

    def names(self, nodes: Iterable[str], most: int = SHOWN) -> str:
        """Name nodes, the first of them if there are many."""
        return ", ".join(self.few(map(self.name, nodes), most))

    def channels(self, names: Iterable[str], most: int = SHOWN) -> str:
        """Name channels, the first of them if there are many."""
        return self.names(map(channel_node, names), most)

    def channel(self, name: str) -> str:
        """Name a channel."""
        return self.name(channel_node(name))

    def few(self, words: Iterable[str], most: int = SHOWN) -> list[str]:
        """Return the first ones and the number of the others."""
        every = list(words)
        more = len(every) - most
        kept = every[:most]
        return [*kept, self.say("more.channels", n=more)] if more > 0 else kept

    def share(self, part: float) -> str:
        """Write a part of an audience."""
        return percent(part, self.language)

    def trait(self, name: str) -> str:
        """Name a trait, or a purpose lacking."""
        for kind in ("trait", "purpose"):
            if (said := self.say(f"{kind}.{name}")) != f"{kind}.{name}":
                return said
        return name

    def headed(self, head: str, words: str) -> str:
        """Write words after a heading."""
        return f"{head}{self.say('colon')} {words}"

    def titled(self, key: str, words: str) -> str:
        """Write them as a sentence."""
        return f"{self.headed(self.say(key), words)}."

    def groups(self, line: AuditLineAnswer, groups: Iterable[GroupAudit]) -> str:
        """Name groups of a line, with how many people each has."""
        named = ((self.name(group_key(line.audience, g.group)), g) for g in groups)
        return ", ".join(
            name if g.people is None else f"{name} ({g.people})" for name, g in named
        )

    def receivers(self, line: AuditLineAnswer) -> Iterator[str]:
        """Say whom a line misses, as designed and after one failure, and wakes."""
        if never := [group for group in line.groups if not group.hears]:
            yield self.titled("audit.unheard", self.groups(line, never))
        heard = [group for group in line.groups if group.hears]
        missed = {n: [g for g in heard if n in g.misses] for n in line.channels}
        if entries := [
            self.headed(self.channel(name), self.groups(line, groups))
            for name, groups in missed.items()
            if groups
        ]:
            yield self.titled("audit.missed", self.series(*entries))
        if cut := self.cut_off(line):
            alike: dict[str, list[str]] = {}
            for each, groups in cut.items():
                alike.setdefault(self.groups(line, groups), []).append(self.after(each))
            every = (self.headed(", ".join(v), k) for k, v in alike.items())
            yield self.titled("audit.cut", self.series(*every))
        for key in ("heard_unknown", "wakes_nobody", "wakes_some"):
            if names := getattr(line, key):
                yield self.titled(f"audit.{key}", self.channels(names))

    def cut_off(self, line: AuditLineAnswer) -> dict[Later, list[GroupAudit]]:
        """Return the failures that cut off groups, the soonest first.

        Without those that take the whole line as soon.
        """
        whole_s = {e.component: e.after_s for e in line.single_points_later}
        whole_s |= dict.fromkeys(line.single_points, 0.0)
        cuts: dict[Later, list[GroupAudit]] = {}
        for group in line.groups:
            for each in group.cut_off_by:
                if each.after_s < whole_s.get(each.component, math.inf):
                    cuts.setdefault(each, []).append(group)
        soonest = sorted(cuts, key=lambda each: (each.after_s, -len(cuts[each])))
        return {each: cuts[each] for each in soonest}

    def failing(self, node: str) -> str:
        """Name a failure: of a channel, that it fails by itself."""
        name = self.name(node)
        own = is_channel(node)
        return self.say("audit.itself", name=name) if own else name

    def after(self, later: Later) -> str:
        """Name a failure, and the time until its batteries are empty."""
        name = self.failing(later.component)
        return self.say("audit.after", name=name, after_s=later.after_s or None)

    def in_clear(self, entry: InClear) -> str:
        """Return which secret is sent in clear, and its owner."""
        key = f"audit.clear.{entry.problem}"
        said = self.say(key, option=entry.option, host=entry.host)
        return f"{self.name(entry.of)}{self.say('colon')} {said}"

    def uncontrolled(self, entry: Uncontrolled) -> str:
        """Return what nobody here controls of a channel."""
        lacks = ", ".join(self.say(f"audit.without.{name}") for name in entry.lacks)
        return self.headed(self.channel(entry.channel), lacks)

    def test(self, test: Trying, at: datetime) -> str:
        """Return the age of a channel's test; "" where all is well."""
        if test.standing == "fresh" and test.worked:
            return ""
        since_s = None
        if test.tried_at:
            since_s = max(0.0, (at - test.tried_at).total_seconds())
        parts = [self.say(f"audit.test.{test.standing}", since_s=since_s)]
        if test.worked is False:
            parts.append(self.say("audit.test.failed"))
        if test.proposed:
            day = test.proposed.isoformat()
            parts.append(self.say("audit.test.day", day=day))
        if test.national:
            day = test.national.isoformat()
            parts.append(self.say("audit.test.national", day=day))
        return f"{self.channel(test.channel)}{self.say('colon')} {', '.join(parts)}"


class _AuditSections(AuditWords, frozen=True):
    def line(self, line: AuditLineAnswer) -> Section:
        count = self.say("audit.channels", n=len(line.channels))
        return Section(
            title=self.line_name(line),
            paragraphs=[
                f"{self.series(count, self.ways(line))}.",
                *self.needs(line),
                *self.failures(line),
                *self.pairs(line),
                *self.people(line),
            ],
            tone=tone_of(line),
        )

    def ways(self, line: AuditLineAnswer) -> str:
        """Return how many ways are independent, which, and their limits."""
        key = "audit.ways" if line.independent_proven else "audit.ways.least"
        count = self.say(key, n=line.independent_ways)
        which = self.channels(line.independent_channels)
        by = self.say(
            "audit.ways.by",
            providers=line.ways_by_providers,
            access=line.ways_by_access,
        )
        return self.series(f"{count} ({which})" if which else count, by)

    def needs(self, line: AuditLineAnswer) -> Iterator[str]:
        """Name the channels with undeclared needs, and those declared without needs.

        The audit relies on the plan, and says where.
        """
        if line.needs_unknown:
            names = self.channels(line.needs_unknown)
            count = len(line.needs_unknown)
            yield self.say("audit.needs.unknown", names=names, n=count)
        if line.needs_none:
            yield self.titled("audit.needs.none", self.channels(line.needs_none))

    def failures(self, line: AuditLineAnswer) -> Iterator[str]:
        """Say which failures leave nothing, the smallest sets first."""
        if line.single_points:
            yield self.titled(
                "audit.single", self.sets([[p] for p in line.single_points])
            )
        else:
            unknown = line.channels == line.needs_unknown
            yield self.say(f"audit.single.{'unknown' if unknown else 'none'}")
        if later := line.single_points_later:
            yield self.titled(
                "audit.single.later", ", ".join(self.few(map(self.after, later)))
            )
        every = [*line.cut_sets, *line.cut_sets_with_channels]
        for key, size in (("audit.two", 2), ("audit.three", 3)):
            if sets := [names for names in every if len(names) == size]:
                yield self.titled(key, self.sets(sets))

    def sets(self, sets: Sequence[Sequence[str]]) -> str:
        every = (" + ".join(map(self.failing, each)) for each in sets)
        return self.series(*self.few(every))

    def pairs(self, line: AuditLineAnswer) -> Iterator[str]:
        """Yield the tiers, and the channels in a row, that one failure takes.

        Those of the same failure are together.
        """
        tiers = [pair.channels for pair in line.tiers]
        worded = [(pair, self.tiers(pair)) for pair in line.tiers]
        worded += [
            (pair, self.pair(*(channel_node(name) for name in pair.channels)))
            for pair in line.steps
            if pair.channels not in tiers
        ]
        for key in ("both", "both.later"):
            together: dict[str, list[str]] = {}
            for pair, words in worded:
                if common := pair.shares if key == "both" else pair.shares_later:
                    together.setdefault(self.names(common), []).append(words)
            for shares, pairs in together.items():
                head = f"{self.series(*pairs)}{self.say('colon')}"
                yield f"{head} {self.titled(f'audit.{key}', shares)}"

    def tiers(self, pair: Pair) -> str:
        return self.pair(f"tier.{pair.first}", f"tier.{pair.second}")

    def pair(self, first: str, second: str) -> str:
        """Name two tiers, by their keys, or two channels."""
        names = [
            self.say(each) if each.startswith("tier.") else self.name(each)
            for each in (first, second)
        ]
        return self.say("audit.pair", first=names[0], second=names[1])

    def people(self, line: AuditLineAnswer) -> Iterator[str]:
        """Yield what the channels of a line lack for its people."""
        if line.lacking:
            lacks = [
                f"{self.channel(e.channel)} ({self.trait(e.lacks)})"
                for e in line.lacking
            ]
            yield self.titled("audit.lacks", ", ".join(lacks))
        if line.traits_missing:
            yield self.titled(
                "audit.traits", ", ".join(map(self.trait, line.traits_missing))
            )
        shares = [
            f"{self.channel(e.channel)} ({self.share(e.share)})"
            for e in line.reaches
            if e.share is not None and e.share < 1
        ]
        if shares:
            yield self.titled("audit.reaches", ", ".join(shares))
        if not line.receivers_declared:
            yield self.say("audit.undeclared")
        yield from self.receivers(line)

    def alike(self, entry: Confused) -> str:
        """Name confused components, and the probe that parts them."""
        if entry.probe_at is None:
            return ", ".join(map(self.name, entry.components))
        parts = (", ".join(map(self.name, part)) for part in entry.parts)
        name = self.name(entry.probe_at)
        would = self.say("audit.alike.probe", name=name)
        return f"{' / '.join(parts)}{self.say('colon')} {would}"

    def promises(self, promises: Sequence[Promise]) -> Iterator[str]:
        """Yield when channels are left and taken back, grouped by rule."""
        alike: dict[str, list[str]] = {}
        for promise in promises:
            alike.setdefault(self.rule(promise), []).append(promise.channel)
        for rule, names in alike.items():
            every = ", ".join(self.name(channel_node(name)) for name in names)
            yield f"{every}{self.say('colon')} {rule}"

    def rule(self, promise: Promise) -> str:
        """Return the thresholds and delays of a switch."""
        back_s = promise.back_after_s
        if promise.switch_s is None or promise.slowest_s is None:  # it has no test
            away = self.say("audit.left.person")
            back = self.say("audit.back.person", back_s=back_s)
        else:
            switch_s, slowest_s = map(_at_most, (promise.switch_s, promise.slowest_s))
            away = self.say(
                "audit.left",
                n=promise.confirm,
                switch_s=switch_s,
                slowest_s=slowest_s if slowest_s > switch_s else None,
            )
            back = self.say("audit.back", n=promise.recover, back_s=back_s)
        rule = self.say("audit.rule.own" if promise.own else "audit.rule.usual")
        return f"{self.series(away, back)} ({rule})"

    def daily(self, answer: AuditAnswer) -> Iterator[str]:
        """Yield the channels not in daily use, and those unknown."""
        if answer.not_daily:
            yield self.channels(answer.not_daily)
        if answer.daily_unknown:
            names = self.channels(answer.daily_unknown)
            yield self.say("audit.daily.unknown", names=names)


def tone_of(line: AuditLineAnswer) -> Tone:
    """Return the tone of a line: by single points of failure, doubts, or none."""
    unheard = any(not group.hears for group in line.groups)
    if line.single_points or not line.channels or unheard or is_dependent(line):
        return Tone.DOWN
    cut_off = any(group.cut_off_by for group in line.groups)
    doubtful = line.single_points_later or line.needs_unknown or cut_off
    return Tone.DEGRADED if doubtful else Tone.OK


def is_dependent(line: AuditLineAnswer) -> bool:
    """Tell whether no two of several channels are independent."""
    few = line.independent_ways < 2 and line.independent_proven
    return few and len(line.channels) > 1


def _at_most(length_s: float) -> float:
    """Round up to a minute what is written in minutes: a promise must hold."""
    return length_s if length_s < 120 else 60.0 * math.ceil(length_s / 60)
