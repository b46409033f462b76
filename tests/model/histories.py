"""Random plans, and random days on them: what fails, what tests see, what people say.

A day has a truth of its own, of which the tests see most: only so do failures get
confirmed, shared, healed and blamed on something.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from msgspec import Struct
from msgspec.structs import replace
from plans import START, component, line, moment, plan
from plans import channel as means

from model.graph import Nodes, channel, graph_of, path
from secours.model.observed import (
    Evidence,
    Instant,
    Outcome,
    Reason,
    Result,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.plan import (
    Channel,
    Component,
    Config,
    Line,
    MaintenanceWindow,
    Needs,
    Path,
    Probe,
    Purpose,
    Text,
)
from secours.model.statements import Declared, Mark, Pin, Trial, Withdrawn, Word

CLASSES = ("power", "power", "carrier", "provider", "internet", "site")
EVIDENCE = (Evidence.REACHED, Evidence.SERVED, Evidence.AUTHENTICATED)
PROVINCE = "Liège"
WAITS_S = (0.3, 1.0, 3.0, 5.0, 15.0, 60.0, 200.0)


class Happening(Struct, frozen=True):
    """One thing of a day: a result, a word, another plan, a stop, or just time."""

    second: float
    what: Result | Word | Config | str  # "restart", "reboot", "sleep" or "tick"


class Day(Struct, frozen=True):
    """A plan and what happens to it."""

    config: Config
    happens: tuple[Happening, ...]


# ------------------------------------------------------------------------------ plans


def random_plan(rng: Random) -> Config:
    """Make a plan of up to five components, four channels and two paths."""
    names = [f"{rng.choice(CLASSES)}:{n}" for n in range(rng.randint(1, 5))]
    paths = [f"p{n}" for n in range(rng.choice((0, 0, 1, 2, 2)))]
    channels = [f"c{n}" for n in range(rng.randint(2, 4))]
    parts: list[Channel | Component | Line | Path] = []
    for place, name in enumerate(names):
        parts.append(_component(rng, name, names[:place], paths))
    parts += [_path(rng, name, names) for name in paths]
    parts += [_channel(rng, name, names, paths) for name in channels]
    parts += _lines(rng, channels)
    return plan(*parts, failback_after_s=rng.choice((0.0, 60.0, 200.0)))


def _needs(rng: Random, names: list[str]) -> Needs:
    """Draw needs, the first names oftener: that is what makes plans share."""
    if not names:
        return ()
    widths = rng.choice(((), (1,), (1,), (1, 1), (1, 2), (2,), (2, 2)))
    drawn = [
        {names[int(len(names) * rng.random() ** 2)] for _ in range(width)}
        for width in widths
    ]
    return tuple(tuple(sorted(clause)) for clause in drawn)


def _autonomy(rng: Random) -> float | None:
    return rng.choice((None, None, 60.0, 1200.0))


def _window(rng: Random) -> tuple[MaintenanceWindow, ...]:
    if rng.random() > 0.05:
        return ()
    start = START + timedelta(seconds=rng.randint(1, 600))
    return (MaintenanceWindow(start=start, end=start + timedelta(seconds=100)),)


def _component(rng: Random, name: str, below: list[str], paths: list[str]) -> Component:
    probed = rng.random() < 0.4
    via = rng.choice((None, None, *paths))
    return component(
        name,
        *map(list, _needs(rng, below)),
        autonomy_s=_autonomy(rng),
        prior=rng.choice((None, 0.1, 0.5)),
        maintenance=_window(rng),
        probes=(_probe(rng, f"components/{name}/a", via=via),) if probed else (),
    )


def _path(rng: Random, name: str, names: list[str]) -> Path:
    references = [
        _probe(rng, f"paths/{name}/r{n}", via=name)
        for n in range(rng.choice((0, 1, 2, 2)))
    ]
    return Path(name=name, needs=_needs(rng, names), references=tuple(references))


def _channel(rng: Random, name: str, names: list[str], paths: list[str]) -> Channel:
    unsaid = rng.random() < 0.15
    return means(
        name,
        *(() if unsaid else map(list, _needs(rng, names))),
        needs_known=not unsaid,
        autonomy_s=_autonomy(rng),
        test_every_s=rng.choice((None, None, 400.0)),
        purposes=frozenset(Purpose) if rng.random() < 0.9 else {Purpose.ALERT},
        traits={"e2e": rng.choice(("yes", "yes", "no"))},
        maintenance=_window(rng),
        probes=tuple(_probes(rng, name, paths)),
    )


def _probes(rng: Random, name: str, paths: list[str]) -> Iterator[Probe]:
    """Draw the tests of a channel: none, some, or one over several ways."""
    for n in range(rng.choice((0, 1, 1, 1, 2, 2, 3))):
        best = rng.choice((*EVIDENCE, Evidence.DELIVERED, Evidence.DELIVERED))
        shape = _probe(
            rng,
            f"channels/{name}/t{n}",
            best=best,
            required=rng.random() < 0.75,
            hint=rng.random() < 0.05,
            cost=rng.random() < 0.15,
            way_of=f"t{n}",
        )
        ways = rng.sample(paths, len(paths)) if rng.random() < 0.5 else []
        if not ways:
            yield replace(shape, via=rng.choice((None, None, *paths)))
        for way in ways:
            yield replace(shape, id=f"{shape.id}-{way}", name=f"t{n}-{way}", via=way)


def _probe(rng: Random, name: str, **options: object) -> Probe:
    _, owner, short = name.split("/")
    usual = {
        "id": name,
        "owner": owner,
        "name": short,
        "type": "tcp",
        "settings": "first",
        "way_of": short,
        "stale_after_s": rng.choice((90.0, 300.0, 300.0, 2000.0)),
        "timeout_s": rng.choice((3.0, 10.0)),
        "confirm": rng.choice((1, 2, 2, 3)),
        "recover": rng.choice((1, 2, 2)),
    }
    return Probe(**{**usual, **options})  # type: ignore[arg-type]  # checked by use


def _lines(rng: Random, channels: list[str]) -> Iterator[Line]:
    yield line(*rng.sample(channels, len(channels)))
    if rng.random() < 0.3:
        few = rng.sample(channels, rng.randint(1, len(channels)))
        yield line(*few, audience="staff", require=("e2e",))


# ------------------------------------------------------------------------------- days


@dataclass
class Author:
    """Who writes a day: the clock, the plan in force, and what is truly broken."""

    rng: Random
    config: Config
    second: float = 0.0
    broken: set[str] = field(default_factory=set)
    happens: list[Happening] = field(default_factory=list)
    ended: dict[str, float] = field(default_factory=dict)  # the latest run of each
    opened: dict[str, float] = field(default_factory=dict)  # when each path healed
    authors: tuple[str, ...] = ("",)  # of marks; the more often, the likelier
    subjects: tuple[str, ...] = ()  # of marks; none for all there are
    late: str = ""  # the path whose references answer later than what is behind it

    def add(self, what: Result | Word | Config | str) -> None:
        self.happens.append(Happening(self.second, what))

    def wait(self) -> None:
        """Let time pass, never to a round second: no two delays end together."""
        wait = self.rng.choice(WAITS_S) + self.rng.randint(1, 99) / 1000
        self.second = round(self.second + wait, 3)

    # ------------------------------------------------------------------- results

    def fallen(self) -> Nodes:
        return graph_of(self.config).fall(self.broken, frozenset())

    def see(self, probe: Probe) -> None:
        """Let one test run, which mostly sees the truth."""
        began = round(self.second - self.rng.choice((0.02, 0.05, 1.5, 6.0)), 3)
        began = max(began, self.ended.get(probe.id, began))
        self.ended[probe.id] = self.second
        room = probe.id.partition("/")[0]
        owner = channel(probe.owner) if room == "channels" else probe.owner
        through = {owner, f"path:{probe.via}"}
        cut = began < self.opened.get(probe.via or "", began)
        late = room == "paths" and probe.via == self.late
        dead = cut or late or bool(through & self.fallen())
        if self.rng.random() < 0.08:
            dead = not dead
        self.add(
            Result(probe=probe.id, at=moment(began), outcome=self._outcome(dead, probe))
        )

    def _outcome(self, dead: bool, probe: Probe) -> Outcome:
        rng = self.rng
        luck = rng.random()
        if luck < 0.05:
            return unknown(rng.choice((Reason.PERMISSION, Reason.NO_DEVICE)))
        if dead and probe.via and luck < 0.2:
            return unknown(Reason.NO_ROUTE)
        if dead:
            return failed(Reason.REFUSED)
        best = rng.choice([e for e in EVIDENCE if e.rank <= probe.best.rank])
        if luck < 0.12:
            return degraded(Reason.SLOW, best)
        return degraded(Reason.QUOTA, best) if luck < 0.15 else ok(best)

    def round(self) -> None:
        """Let every test run once, a moment apart."""
        probes = list(self.config.probes())
        for probe in self.rng.sample(probes, len(probes)):
            self.see(probe)
            self.second = round(self.second + 0.117, 3)

    def one(self) -> None:
        if probes := self.config.probes():
            probe = self.rng.choice(probes)
            for _ in range(self.rng.choice((1, 1, 2))):
                self.see(probe)
                self.wait()

    # --------------------------------------------------------------- truth and people

    def breaks_or_heals(self) -> None:
        nodes = [*self.config.components, *map(channel, self.config.channels)]
        self.broken ^= {self.rng.choice(nodes)}
        self.round()
        self.wait()
        self.round()

    def cuts(self) -> None:
        """Cut a path until that may be known, and let it open again."""
        if not self.config.paths:
            return
        name = self.rng.choice(list(self.config.paths))
        for broken in (True, False):
            self.broken ^= {path(name)}
            if not broken:
                self.opened[name] = self.second
            for _ in range(self.rng.choice((1, 2, 3))):
                self.round()
                self.wait()

    def opens_late(self) -> None:
        """Cut a path and let it come and go, before its references answer again."""
        self.late = self.rng.choice(list(self.config.paths))
        for _ in range(self.rng.choice((2, 3, 5, 8))):
            self.broken ^= {path(self.late)}
            self.opened[self.late] = self.second
            self.round()
            self.second = round(self.second + self.rng.choice((0.3, 3.0, 15.0)), 3)
        self.broken -= {path(self.late)}
        self.late = ""
        for _ in range(self.rng.choice((1, 2, 3))):
            self.round()
            self.wait()

    def mark(self) -> None:
        says = self.rng.choice((*Declared, Declared.DISTRUSTED))
        lasts_s = self.rng.choice((10, 100, 1000))
        self._say(says, lasts_s if self.rng.random() < 0.5 else None)

    def mark_at_once(self) -> None:
        """Let several people mark things at one moment, until another or the same."""
        lasts_s = self.rng.choice((10, 20, 100))
        for _ in range(self.rng.choice((2, 2, 3))):
            same = self.rng.random() < 0.8
            self._say(self.rng.choice((*Declared,)), lasts_s if same else None)

    def mark_since(self) -> None:
        """Let somebody say since when something is as it is, or since just now."""
        ago_s = self.rng.choice((0.5, 5.0, 50.0, 400.0))
        says = self.rng.choice((Declared.DOWN, Declared.DOWN, Declared.MAINTENANCE))
        lasts_s = self.rng.choice((None, 10, 100))
        since_s = round(max(0.0, self.second - ago_s), 3)
        self._say(says, lasts_s, since=moment(since_s))

    def _say(
        self, says: Declared, lasts_s: float | None, since: Instant | None = None
    ) -> None:
        """Let somebody mark something, for so long."""
        channels = map(channel, self.config.channels)
        known = (*self.config.components, *channels)
        subject = self.rng.choice(self.subjects or known)
        at = moment(self.second)
        until = at.utc + timedelta(seconds=lasts_s) if lasts_s else None
        author = self.rng.choice(self.authors)
        self.add(
            Mark(
                subject=subject,
                says=says,
                by="Ann",
                at=at,
                since=since,
                until=until,
                author=author,
            )
        )

    def words_end(self) -> None:
        """Let words take things out of use, and end while little is measured."""
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            says = self.rng.choice((Declared.DOWN, Declared.DOWN, Declared.MAINTENANCE))
            self._say(says, self.rng.choice((10, 20, 30)))
            self.wait()
        meanwhile = (
            *(self.one, self.trial, self.untried, self.mark, self.withdraw),
            self.wait,
        )
        for _ in range(self.rng.choice((0, 1, 2))):
            self.rng.choice(meanwhile)()
        self.second = round(self.second + 31.0, 3)
        self.add("tick")
        after = (*meanwhile, self.breaks_or_heals, lambda: self.add("restart"))
        for _ in range(self.rng.choice((1, 2, 3))):
            self.rng.choice(after)()
            self.wait()

    def takes_back(self) -> None:
        """Let people try what a word took out of use until lately, and take it back."""
        name = self.rng.choice(list(self.config.channels))
        says = self.rng.choice((Declared.DOWN, Declared.MAINTENANCE))
        at = moment(self.second)
        until = at.utc + timedelta(seconds=20)
        mark = Mark(subject=channel(name), says=says, by="Ann", at=at, until=until)
        self.add(mark)
        self.second = round(self.second + self.rng.choice((5.0, 31.0)), 3)
        self.add("tick")
        again = replace(mark, says=Declared.UP, until=None)
        acts = (
            *(self.one, self.trial, self.untried, self.mark, self.withdraw),
            *(self.breaks_or_heals, lambda: self.add("restart"), self.words_end),
            lambda: self.add(replace(again, at=moment(self.second))),
        )
        for _ in range(self.rng.choice((1, 2, 3))):
            self.tries(name)
            for _ in range(self.rng.choice((0, 0, 1, 2))):
                self.rng.choice(acts)()
                self.wait()
        self.add(Withdrawn(kind="test", subject=name, by="Bob"))
        self.wait()

    def withdraw(self) -> None:
        marks = [h.what for h in self.happens if isinstance(h.what, Mark)]
        if marks:
            mark = self.rng.choice(marks)
            says = self.rng.choice((None, mark.says))
            author = self.rng.choice(self.authors)
            self.add(
                Withdrawn(
                    kind="mark",
                    subject=mark.subject,
                    says=says,
                    by="Bob",
                    author=author,
                )
            )

    def pin(self) -> None:
        line = self.rng.choice(self.config.plan)
        name = self.rng.choice(line.order)[0]
        key = f"{line.purpose}/{line.audience}"
        at = moment(self.second)
        until = at.utc + timedelta(seconds=self.rng.choice((50, 500)))
        self.add(Pin(line=key, channel=name, by="Ann", at=at, until=until))

    def unpin(self) -> None:
        line = self.rng.choice(self.config.plan)
        key = f"{line.purpose}/{line.audience}"
        self.add(Withdrawn(kind="pin", subject=key, by="Bob"))

    def trial(self) -> None:
        self.tries(self.rng.choice(list(self.config.channels)))

    def tries(self, name: str) -> None:
        worked = self.rng.random() < 0.8
        self.add(Trial(channel=name, worked=worked, by="Ann", at=moment(self.second)))

    def untried(self) -> None:
        """Take a test back, also where none was logged, or one is taken back twice."""
        tried = [h.what.channel for h in self.happens if isinstance(h.what, Trial)]
        name = self.rng.choice([*self.config.channels, *tried, *tried])
        self.add(Withdrawn(kind="test", subject=name, by="Bob"))

    def sleep(self) -> None:
        """Let the machine be asleep, and wake up."""
        self.second = round(self.second + self.rng.choice((30.0, 150.0, 600.0)), 3)
        self.add("sleep")

    def reboot(self) -> None:
        """Let the machine start anew: no test that ends now began before."""
        self.add("reboot")
        self.ended = {probe.id: self.second for probe in self.config.probes()}

    def replan(self) -> None:
        """Edit the plan: another need, another test, a channel less."""
        edits: tuple[Callable[[], Config], ...] = (
            self._other_needs,
            self._other_test,
            self._one_channel_less,
        )
        self.config = self.rng.choice(edits)()
        self.add(self.config)

    def _other_needs(self) -> Config:
        channels = dict(self.config.channels)
        each = self.rng.choice(list(channels.values()))
        needs = _needs(self.rng, list(self.config.components))
        channels[each.name] = replace(each, needs=needs, needs_known=True)
        return replace(self.config, channels=channels)

    def _other_test(self) -> Config:
        channels = dict(self.config.channels)
        each = self.rng.choice(list(channels.values()))
        probes = tuple(replace(p, settings=f"since {self.second}") for p in each.probes)
        channels[each.name] = replace(each, probes=probes, how=Text("in another way"))
        return replace(self.config, channels=channels)

    def edit(self) -> None:
        """Edit one thing of the plan that is tested or waited for otherwise then."""
        edits: tuple[Callable[[], Config], ...] = (
            self._other_needs,
            self._other_needs_below,
            self._other_probe,
            self._other_battery,
            self._other_order,
            self._other_wait,
            self._other_window,
            self._other_path,
            self._one_channel_more,
            self._one_channel_less,
        )
        self.config = self.rng.choice(edits)()
        self.add(self.config)

    def _other_needs_below(self) -> Config:
        """Let a component need others, of those above it."""
        names = list(self.config.components)
        place = self.rng.randrange(len(names))
        needs = _needs(self.rng, names[:place])
        part = replace(self.config.components[names[place]], needs=needs)
        components = {**self.config.components, part.name: part}
        return replace(self.config, components=components)

    def _other_probe(self) -> Config:
        """Let one test of a channel go another way, count for longer, or alone."""
        channels = [each for each in self.config.channels.values() if each.probes]
        if not channels:
            return self._other_needs()
        each = self.rng.choice(channels)
        one = self.rng.choice(each.probes)
        edits: tuple[dict[str, object], ...] = (
            {"via": self.rng.choice((None, *self.config.paths))},
            {"stale_after_s": self.rng.choice((90.0, 300.0, 2000.0))},
            {"required": not one.required},
        )
        other = replace(one, **self.rng.choice(edits))
        probes = tuple(other if p is one else p for p in each.probes)
        channels_now = {**self.config.channels, each.name: replace(each, probes=probes)}
        return replace(self.config, channels=channels_now)

    def _other_battery(self) -> Config:
        recharge_s = self.rng.choice((None, 0.0, 60.0, 1200.0))
        return self._with(autonomy_s=_autonomy(self.rng), recharge_s=recharge_s)

    def _other_window(self) -> Config:
        start = START + timedelta(seconds=int(self.second) + self.rng.randint(-50, 50))
        window = MaintenanceWindow(start=start, end=start + timedelta(seconds=100))
        return self._with(maintenance=self.rng.choice(((), (window,))))

    def _with(self, **options: object) -> Config:
        """Return the plan with a component or a channel that has this instead."""
        parts: list[Component | Channel] = [*self.config.components.values()]
        parts += self.config.channels.values()
        each = self.rng.choice(parts)
        room = "channels" if isinstance(each, Channel) else "components"
        others = {**getattr(self.config, room), each.name: replace(each, **options)}
        return replace(self.config, **{room: others})

    def _other_path(self) -> Config:
        """Let a path need something else, or have fewer references."""
        if not self.config.paths:
            return self._other_needs()
        each = self.rng.choice(list(self.config.paths.values()))
        needs = _needs(self.rng, list(self.config.components))
        left = each.references[self.rng.choice((0, 0, 1, 2)) :]
        other = replace(each, needs=needs, references=left)
        return replace(self.config, paths={**self.config.paths, each.name: other})

    def _one_channel_more(self) -> Config:
        """Have another channel, the first to take; perhaps one that was there."""
        free = [
            n for n in map("c{}".format, range(99)) if n not in self.config.channels
        ]
        name = self.rng.choice(free)
        names, paths = list(self.config.components), list(self.config.paths)
        channels = {
            **self.config.channels,
            name: _channel(self.rng, name, names, paths),
        }
        order = [name, *self.config.channels]
        config = replace(self.config, channels=channels)
        return replace(config, plan=(line(*order), *config.plan[1:]))

    def _other_order(self) -> Config:
        names = self.rng.sample(list(self.config.channels), len(self.config.channels))
        return replace(self.config, plan=(line(*names), *self.config.plan[1:]))

    def _other_wait(self) -> Config:
        wait_s = self.rng.choice((0.0, 60.0, 200.0))
        return replace(self.config, failback_after_s=wait_s)

    def _one_channel_less(self) -> Config:
        if len(self.config.channels) < 2:
            return self._other_needs()
        gone = self.rng.choice(list(self.config.channels))
        kept = {n: c for n, c in self.config.channels.items() if n != gone}
        lines = tuple(
            replace(
                each,
                tiers=tuple(
                    (tier, left)
                    for tier, names in each.tiers
                    if (left := tuple(n for n in names if n != gone))
                ),
            )
            for each in self.config.plan
        )
        plan = tuple(each for each in lines if each.tiers)
        return replace(self.config, channels=kept, plan=plan)

    def happen(self) -> None:
        """Write the next thing down."""
        acts: tuple[tuple[Callable[[], None], int], ...] = (
            (self.one, 8),
            (self.round, 3),
            (self.breaks_or_heals, 5),
            (self.cuts, 4),
            (self.mark, 4),
            (self.withdraw, 2),
            (self.trial, 2),
            (self.untried, 1),
            (self.pin, 1),
            (self.unpin, 1),
            (self.replan, 1),
            (lambda: self.add("restart"), 1),
            (lambda: self.add("tick"), 2),
            (self.sleep, 1),
        )
        act, weight = zip(*acts, strict=True)
        self.rng.choices(act, weight)[0]()
        if self.rng.random() < 0.01:
            self.reboot()
        self.wait()


def random_day(rng: Random) -> Day:
    """Write a plan and a day on it."""
    config = random_plan(rng)
    author = Author(rng, config)
    author.wait()
    if rng.random() < 0.8:
        author.round()
        author.wait()
    for _ in range(rng.randint(3, 14)):
        author.happen()
    return Day(config, tuple(author.happens))


def day_of_cuts(rng: Random) -> Day:
    """Write a plan with paths and a day on which these come and go."""
    config = random_plan(rng)
    while not config.paths:
        config = random_plan(rng)
    author = Author(rng, config)
    author.wait()
    author.round()
    for _ in range(rng.randint(1, 3)):
        author.opens_late()
    return Day(config, tuple(author.happens))


def day_of_ended_words(rng: Random) -> Day:
    """Write a day on which people's words end before anything is tested again."""
    author = Author(rng, random_plan(rng))
    author.wait()
    author.round()
    for name in author.config.channels:
        if rng.random() < 0.5:
            author.add(
                Trial(channel=name, worked=True, by="Ann", at=moment(author.second))
            )
            author.wait()
    for _ in range(rng.randint(1, 3)):
        author.words_end()
    return Day(author.config, tuple(author.happens))


def day_of_tests_taken_back(rng: Random) -> Day:
    """Write a day on which people take back what they logged of channels they tried."""
    author = Author(rng, random_plan(rng))
    author.wait()
    author.round()
    for _ in range(rng.randint(1, 3)):
        author.takes_back()
    return Day(author.config, tuple(author.happens))


def _live(author: Author, acts: Sequence[Callable[[], None]]) -> None:
    """Let a few of these happen, one after another."""
    for _ in range(author.rng.randint(4, 14)):
        author.rng.choice(acts)()
        author.wait()


def day_of_two_authors(rng: Random) -> Day:
    """Write a day on which the province says things too, of few subjects."""
    config = random_plan(rng)
    known = (*config.components, *map(channel, config.channels))
    subjects = tuple(rng.sample(known, 2))
    author = Author(rng, config, authors=("", PROVINCE), subjects=subjects)
    author.wait()
    author.round()
    acts = (
        *(author.mark, author.mark, author.mark, author.withdraw, author.withdraw),
        *(author.one, author.breaks_or_heals, author.trial, author.untried),
        *(author.words_end, lambda: author.add("restart"), lambda: author.add("tick")),
    )
    _live(author, acts)
    return Day(author.config, tuple(author.happens))


def day_of_many_words(rng: Random) -> Day:
    """Write a long day of outages on which both say much, of few subjects."""
    config = random_plan(rng)
    while len(config.components) < 2:
        config = random_plan(rng)
    channels = {
        name: replace(each, needs=(), needs_known=False) if rng.random() < 0.2 else each
        for name, each in config.channels.items()
    }
    config = replace(config, channels=channels)
    known = (*config.components, *map(channel, config.channels))
    subjects = tuple(rng.sample(known, min(len(known), rng.choice((2, 3, 4)))))
    author = Author(rng, config, authors=("", "", PROVINCE), subjects=subjects)
    author.wait()
    for _ in range(rng.choice((0, 1, 1, 2))):
        author.round()
        author.wait()
    acts = (
        *(author.mark, author.mark, author.mark, author.mark_at_once),
        *(author.mark_since, author.withdraw, author.withdraw, author.trial),
        *(author.one, author.one, author.round, author.untried, author.pin),
        *(author.breaks_or_heals, author.breaks_or_heals, author.cuts),
        *((author.opens_late,) if config.paths else ()),
        *(author.words_end, author.takes_back, author.sleep),
        *(lambda: author.add("restart"), lambda: author.add("tick")),
    )
    for _ in range(rng.randint(8, 24)):
        rng.choice(acts)()
        if rng.random() < 0.01:
            author.reboot()
        author.wait()
    return Day(config, tuple(author.happens))


def day_of_edits(rng: Random) -> Day:
    """Write a day on which the plan is edited again and again, with quiet between."""
    config = random_plan(rng)
    author = Author(rng, config)
    author.wait()
    author.round()
    acts = (
        *(author.edit, author.edit, author.edit, author.edit),
        *(author.one, author.one, author.round, author.breaks_or_heals, author.cuts),
        *(author.mark, author.withdraw, author.trial, author.pin),
        *(lambda: author.add("restart"), lambda: author.add("tick"), author.sleep),
    )
    _live(author, acts)
    return Day(config, tuple(author.happens))


def booted(at: Instant, boot: float) -> Instant:
    """Return a moment of the history on a machine that started at this second."""
    return Instant(at.utc, (at.utc - START).total_seconds() - boot + 5.0)
