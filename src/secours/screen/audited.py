"""An audit of the plan as stable JSON, and as lines of words made from that JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from secours import texts
from secours.model import Config

Answer = dict[str, Any]

SHOWN = 8  # sets or names that are written out


# ------------------------------------------------------------------ JSON


def answer(
    found: Mapping[str, Any], config: Config, language: str, at: datetime
) -> Answer:
    """Return an audit as JSON; `found` is the audit as plain mappings.

    Names are those of the plan; `labels` says what people call them.
    """
    written: Answer = _plain(found)
    return {
        "schema": 1,
        "site": config.site.name.in_(language, config.site.language),
        "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "plan_version": config.version,
        **written,
        "lines": [_flat(line) for line in written["lines"]],
        "labels": labels(config, language),
    }


def labels(config: Config, language: str) -> dict[str, str]:
    """Return what people call each component, `channel:NAME` and `path:NAME`."""
    spoken = (language, config.site.language)
    named = {
        f"channel:{channel.name}": channel.label.in_(*spoken) or channel.name
        for channel in config.channels.values()
    }
    named |= {f"path:{name}": name for name in config.paths}
    parts = config.components.values()
    return {part.name: part.label.in_(*spoken) or part.name for part in parts} | named


def _flat(line: Answer) -> Answer:
    """Write the independence of a line beside its cut sets."""
    found = line.pop("independence")
    return {
        **line,
        "independent_ways": found["ways"],
        "independent_channels": found["channels"],
        "independent_proven": found["proven"],
        "ways_by_providers": found["by_providers"],
        "ways_by_access": found["by_access"],
        "ways_by_class": found["by_class"],
        "limited_by": found["limited_by"],
    }


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M:%SZ}"
        case date():
            return value.isoformat()
    return value


# ------------------------------------------------------------------ words


def lines(answer: Answer, language: str) -> Iterator[str]:
    """Write an audit for people: each line of the plan, then what holds for all."""
    said = _Said(language, answer["labels"])
    for line in answer["lines"]:
        yield from said.line(line)
        yield ""
    yield from said.section("audit.alike", map(said.alike, answer["indistinguishable"]))
    yield from said.section("audit.unseen", [said.names(answer["unseen"])])
    yield from said.section(
        "audit.tests", (said.test(test, answer["at"]) for test in answer["tests"])
    )
    weak = [f"channel:{proof['channel']}" for proof in answer["weak_evidence"]]
    yield from said.section("audit.weak", [said.names(weak)])
    yield from said.section("audit.outdated", [said.names(answer["outdated"])])
    gone = [f"channel:{name}" for name in answer["discontinued"]]
    yield from said.section("audit.discontinued", [said.names(gone)])


@dataclass(frozen=True, slots=True)
class _Said:
    language: str
    labels: Mapping[str, str]

    def say(self, key: str, /, **facts: object) -> str:
        return texts.say(self.language, key, **facts)

    def name(self, node: str) -> str:
        return self.labels.get(node) or node

    def names(self, nodes: Sequence[str]) -> str:
        return ", ".join(self.few(map(self.name, nodes)))

    def few(self, words: Iterable[str]) -> list[str]:
        """Keep the first of them and say how many there are more."""
        every = list(words)
        more = len(every) - SHOWN
        kept = every[:SHOWN]
        return [*kept, self.say("more.channels", n=more)] if more > 0 else kept

    def titled(self, key: str, words: str) -> str:
        return f"{self.say(key)}{self.say('colon')} {words}."

    def section(self, key: str, entries: Iterable[str]) -> Iterator[str]:
        written = [entry for entry in entries if entry]
        if written:
            yield self.say(key)
            yield from (f"  {entry}" for entry in written)

    def line(self, line: Answer) -> Iterator[str]:
        purpose = texts.purpose(self.language, line["purpose"], line["audience"])
        count = self.say("audit.channels", n=len(line["channels"]))
        yield f"{purpose}{self.say('colon')} {count}; {self.ways(line)}."
        yield from (f"  {each}" for each in self.failures(line))
        yield from (f"  {each}" for each in self.pairs(line))
        yield from (f"  {each}" for each in self.people(line))

    def ways(self, line: Answer) -> str:
        """Say how many ways are independent, which, and what limits them."""
        key = "audit.ways" if line["independent_proven"] else "audit.ways.least"
        count = self.say(key, n=line["independent_ways"])
        which = self.names([f"channel:{n}" for n in line["independent_channels"]])
        by = self.say(
            "audit.ways.by",
            providers=line["ways_by_providers"],
            access=line["ways_by_access"],
        )
        return f"{count} ({which}); {by}"

    def failures(self, line: Answer) -> Iterator[str]:
        """Say which failures leave nothing, the smallest sets first."""
        if line["single_points"]:
            yield self.titled(
                "audit.single", self.sets([[p] for p in line["single_points"]])
            )
        else:
            yield self.say("audit.single.none")
        if later := line["single_points_later"]:
            yield self.titled(
                "audit.single.later", ", ".join(self.few(map(self.after, later)))
            )
        every = [*line["cut_sets"], *line["cut_sets_with_channels"]]
        if pairs := [names for names in every if len(names) == 2]:
            yield self.titled("audit.two", self.sets(pairs))
        if triples := sum(len(names) == 3 for names in every):
            yield f"{self.say('audit.three', n=triples)}."

    def after(self, later: Answer) -> str:
        name = self.name(later["component"])
        return self.say("audit.after", name=name, after_s=later["after_s"])

    def sets(self, sets: Sequence[Sequence[str]]) -> str:
        return "; ".join(self.few(" + ".join(map(self.failing, each)) for each in sets))

    def failing(self, node: str) -> str:
        name = self.name(node)
        own = node.startswith("channel:")
        return self.say("audit.itself", name=name) if own else name

    def pairs(self, line: Answer) -> Iterator[str]:
        """Say which tiers one failure takes both."""
        for pair in line["tiers"]:
            names = {
                "first": self.say(f"tier.{pair['first']}"),
                "second": self.say(f"tier.{pair['second']}"),
            }
            for key, shared in (("both", "shares"), ("both.later", "shares_later")):
                if pair[shared]:
                    head = self.say(f"audit.{key}", **names)
                    yield f"{head}{self.say('colon')} {self.names(pair[shared])}."

    def people(self, line: Answer) -> Iterator[str]:
        """Say what the channels of a line lack for the people it is for."""
        if line["lacking"]:
            lacks = [
                f"{self.channel(e)} ({self.trait(e['lacks'])})" for e in line["lacking"]
            ]
            yield self.titled("audit.lacks", ", ".join(lacks))
        if line["traits_missing"]:
            yield self.titled(
                "audit.traits", ", ".join(map(self.trait, line["traits_missing"]))
            )
        short = [
            e for e in line["reaches"] if e["share"] is not None and e["share"] < 1
        ]
        if short:
            shares = [f"{self.channel(e)} ({self.share(e)})" for e in short]
            yield self.titled("audit.reaches", ", ".join(shares))

    def channel(self, entry: Answer) -> str:
        return self.name(f"channel:{entry['channel']}")

    def share(self, entry: Answer) -> str:
        share = f"{entry['share']:.0%}"
        return share if self.language == "en" else share.replace("%", " %")

    def trait(self, name: str) -> str:
        for kind in ("trait", "purpose"):
            if (said := self.say(f"{kind}.{name}")) != f"{kind}.{name}":
                return said
        return name

    def alike(self, entry: Answer) -> str:
        """Name what looks the same, and what a test more would part."""
        if entry["probe_at"] is None:
            return ", ".join(map(self.name, entry["components"]))
        parts = (", ".join(map(self.name, part)) for part in entry["parts"])
        name = self.name(entry["probe_at"])
        would = self.say("audit.alike.probe", name=name)
        return f"{' / '.join(parts)}{self.say('colon')} {would}"

    def test(self, test: Answer, at: str) -> str:
        """Say how long ago people tried a channel; empty where all is well."""
        if test["standing"] == "fresh" and test["worked"]:
            return ""
        since_s = _seconds(test["tried_at"], at) if test["tried_at"] else None
        said = [self.say(f"audit.test.{test['standing']}", since_s=since_s)]
        if test["worked"] is False:
            said.append(self.say("audit.test.failed"))
        if test["proposed"]:
            said.append(self.say("audit.test.day", day=test["proposed"]))
        return f"{self.channel(test)}{self.say('colon')} {', '.join(said)}"


def _seconds(earlier: str, later: str) -> float:
    passed = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
    return max(0.0, passed.total_seconds())
