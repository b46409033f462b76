"""What people say on a day: marks, pins, channels they tried, and all of it back."""

from datetime import timedelta

from msgspec.structs import replace
from plans import moment

from model.days.truth import Truth
from model.graph import channel
from secours.model.observed import Instant
from secours.model.receivers.audiences import group_key
from secours.model.receivers.reach import RollCall
from secours.model.statements import Declared, Exercise, Mark, Pin, Trial, Withdrawn


class People(Truth):
    """A day on which people say things."""

    def mark(self) -> None:
        says = self.rng.choice((*Declared, Declared.DISTRUSTED))
        lasts_s = self.rng.choice((10, 100, 1000))
        self._say(says, lasts_s if self.rng.random() < 0.5 else None)

    def distrust(self) -> None:
        """Let somebody distrust a component, until somebody clears it."""
        at, author = moment(self.second), self.rng.choice(self.authors)
        subject = self.rng.choice(list(self.config.components))
        says = Declared.DISTRUSTED
        self.add(Mark(subject=subject, says=says, by="Ann", at=at, author=author))

    def play(self) -> None:
        """Let people play that something fails."""
        known = (*self.config.components, *map(channel, self.config.channels))
        fails = self.rng.sample(known, self.rng.choice((1, 1, 1, 2)))
        at = moment(self.second)
        until = at.utc + timedelta(seconds=self.rng.choice((60, 3000)))
        self.add(Exercise(fails=tuple(fails), by="Ann", at=at, until=until))

    def clear(self) -> None:
        """Let somebody take back any distrust there may be."""
        known = (*self.config.components, *map(channel, self.config.channels))
        author = self.rng.choice(self.authors)
        subject = self.rng.choice(known)
        self.add(Withdrawn(kind="mark", subject=subject, by="Bob", author=author))

    def outage(self) -> None:
        """Let somebody say that there is no power, until somebody takes it back."""
        known = [n for n in self.config.components if n.startswith("power:")]
        at = moment(self.second)
        if known:
            subject = self.rng.choice(known)
            self.add(Mark(subject=subject, says=Declared.DOWN, by="Ann", at=at))

    def mark_at_once(self) -> None:
        """Let several people mark things at one moment, until another or the same."""
        lasts_s = self.rng.choice((10, 20, 100))
        for _ in range(self.rng.choice((2, 2, 3))):
            same = self.rng.random() < 0.8
            self._say(self.rng.choice((*Declared,)), lasts_s if same else None)

    def mark_since(self) -> None:
        """Let somebody say since when something is as it is, or since just now."""
        ago_s = self.rng.choice((0.5, 5.0, 50.0, 401.0))
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
        for _ in range(self.rng.choice((1, 1, 2, 3))):
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

    def calls(self) -> None:
        """Let people try a channel and count who answered, by group."""
        name = self.rng.choice(list(self.config.channels))
        known = self.config.audiences.items()
        groups = [group_key(name, g.name) for name, a in known for g in a.groups]
        asked = self.rng.sample(groups, self.rng.randint(0, len(groups)))
        reached = {
            each: RollCall(answered=self.rng.choice((0, 3, 4, 4)), asked=4)
            for each in asked
        }
        worked, at = self.rng.random() < 0.9, moment(self.second)
        self.add(Trial(channel=name, worked=worked, by="Ann", reached=reached, at=at))

    def lives_on(self) -> None:
        """Let time pass until batteries end."""
        wait = self.rng.choice((61.0, 400.0, 1201.0))
        self.second = round(self.second + wait + self.rng.randint(1, 99) / 1000, 3)
        self.add("tick")
        if self.rng.random() < 0.5:
            self.round()

    def untried(self) -> None:
        """Take a test back, also where none was logged, or one is taken back twice."""
        tried = [h.what.channel for h in self.happens if isinstance(h.what, Trial)]
        name = self.rng.choice([*self.config.channels, *tried, *tried])
        self.add(Withdrawn(kind="test", subject=name, by="Bob"))
