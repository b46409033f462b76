"""Words on a snapshot in one language: names, ages, times and reasons."""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.languages import Text
from secours.message import message
from secours.model.nodes import channel_node, is_channel, name_in
from secours.model.observed import SAYS, Facts, Instant, Reason
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    PassedOver,
    Recommendation,
    Snapshot,
    Standing,
    State,
)
from secours.outside_text import LONGEST, plain
from secours.render.wording import statements

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

NUMBER = re.compile(r"[+\d](?:[\d ]{0,18}\d)")  # to dial, at most
CLOCKS_DIFFER = timedelta(milliseconds=50)  # of one moment by the steady clock and UTC
OWN_WORDS = {
    Reason.FAILBACK,
    Reason.ONE_MOVE,
    Reason.DOUBT,
    Reason.TRAIT,
    Reason.SET_ASIDE,
    Reason.MAINTENANCE,
    Reason.OWN_LINK,
    Reason.ENDING,
}
"""Reasons for which "why" has words of its own, whatever the state."""


FOR_TECHNICIANS = {
    Reason.SECRET_MISSING,
    Reason.NO_DEVICE,
    Reason.DEVICE_BUSY,
    Reason.BROKEN,
}
"""Reasons whose facts are names of variables, files, devices and programs."""

OF_DOWN = {Reason.NEEDS, Reason.SUSPECT, Reason.DECLARED}
"""Reasons for which "why" has words of its own where the channel is down."""


class Localizer(Struct, frozen=True):
    """One language, and the snapshot that is `screen_age_s` old."""

    snapshot: Snapshot
    language: str
    screen_age_s: float = 0.0

    def say(self, key: str, /, **facts: object) -> str:
        """Return the words for a key."""
        return texts.say(self.language, key, **facts)

    def series(self, parts: Iterable[str]) -> str:
        """Join parts that may hold commas."""
        return texts.series(self.language, parts)

    def quoted(self, words: object) -> str:
        """Return a person's text, in the quotation marks of the language."""
        said = message("quoted", text=plain(words))
        return texts.in_words(self.language, said)

    def in_language(self, text: Text) -> str:
        """Return a text of the plan, in this language if it has it."""
        return text.in_(self.language, self.snapshot.site.language)

    @property
    def site(self) -> str:
        """Return the name of the site."""
        return self.in_language(self.snapshot.site.name)

    def label(self, view: ChannelView | ComponentView) -> str:
        """Return the label of a channel or component, else its name."""
        return self.in_language(view.label) or view.name

    def channel_label(self, channel: str) -> str:
        """Return the label of a channel by its name."""
        view = self.snapshot.by_name.get(channel)
        return self.label(view) if view else channel

    def short_name(self, channel: str) -> str:
        """Return the name of a channel as the wall shows it."""
        view = self.snapshot.by_name.get(channel)
        short = self.in_language(view.short_name) if view else ""
        return short or self.channel_label(channel)

    def how(self, channel: str) -> str:
        """Return how to use a channel."""
        view = self.snapshot.by_name.get(channel)
        return self.in_language(view.how) if view else ""

    def how_shown(self, channel: str, longest: int = LONGEST) -> str:
        """Return it for a screen or paper, without breaks inside numbers."""
        how = plain(self.how(channel), longest)
        return NUMBER.sub(lambda found: found[0].replace(" ", "\u00a0"), how)

    def component(self, name: str) -> str:
        """Return the label of a component, or of several joined, or of a channel."""
        if " + " in name:
            return " + ".join(self.component(part) for part in name.split(" + "))
        rest = name_in(name)
        if is_channel(name):
            return self.say("status.suspects.channel", name=self.short_name(rest))
        for view in self.snapshot.components:
            if view.name == name:
                return self.in_language(view.label) or rest
        return rest or name

    def subject(self, name: str) -> str:
        """Return the label of a subject, a component or `channel:NAME`."""
        own = is_channel(name)
        return self.short_name(name_in(name)) if own else self.component(name)

    def cause(self, name: str) -> str:
        """Return the label of a cause, which may be several parts joined."""
        return " + ".join(map(self.subject, name.split(" + ")))

    def age_s(self, then: Instant) -> float:
        """Return the age of a moment now, at least 0."""
        return max(0.0, self.snapshot.at.since(then) + self.screen_age_s)

    def until_s(self, then: Instant) -> float:
        """Return the time until a moment, at least 0."""
        return max(0.0, then.since(self.snapshot.at) - self.screen_age_s)

    def left_s(self, standing: Standing) -> float:
        """Return the time left of a battery."""
        return self.until_s(standing.until) if standing.until else math.inf

    def for_line(self, channel: str, line: Recommendation) -> Standing:
        """Return how a channel stands, with its end for the people of a line."""
        standing = self.snapshot.channel(channel).standing
        return replace(standing, until=line.until.get(channel, standing.until))

    def mains_failed(self) -> Instant | None:
        """Return since when the mains are down, as far as known."""
        began = [
            view.standing.failed_at or view.standing.since
            for view in self.snapshot.components
            if view.name.startswith("power:") and view.standing.state is State.DOWN
        ]
        known = [moment for moment in began if moment is not None]
        return min(known, key=lambda moment: moment.steady_s, default=None)

    def ago(self, age_s: float) -> str:
        """Say how long ago something was."""
        return texts.ago(self.language, age_s)

    def detail(self, reason: Reason, facts: Facts) -> str:
        """Return the reason in one line, the plan's own words first."""
        measured = texts.detail(self.language, reason, self._named(facts))
        said = self._said(facts)
        return f"{said}{self.say('colon')} {measured}" if said else measured

    def _said(self, facts: Facts) -> str:
        """Return the plan's own words for a failure; "" where it has none."""
        start = f"{SAYS}_"
        own = {key: str(fact) for key, fact in facts.items() if key.startswith(SAYS)}
        spoken = {key.removeprefix(start): own[key] for key in own if key != SAYS}
        return plain(self.in_language(Text(own.get(SAYS, ""), spoken)))

    def _named(self, facts: Facts) -> Facts:
        """Return facts with the label of a component."""
        named = dict(facts)
        if isinstance(component := named.get("component"), str):
            named["component"] = self.cause(component)
        return named

    def plainly(self, reason: Reason, facts: Facts) -> str:
        """Return a reason without technical details."""
        return self._said(facts) or self.detail(
            reason, {} if reason in FOR_TECHNICIANS else facts
        )

    def plainly_of_notice(self, reason: Reason, facts: Facts) -> str:
        """Return why a notice was not taken, without technical names."""
        named = {} if reason in FOR_TECHNICIANS else self._named(facts)
        return texts.detail_of_notice(self.language, reason, named)

    def may_need(self, standing: Standing) -> str:
        """Return the possible needs of a channel with unknown needs; "" for none."""
        if not standing.may_need:
            return ""
        return self.say("may_need", what=self._parts(standing.may_need))

    def _parts(self, names: Sequence[str]) -> str:
        views = self.snapshot.channels
        channels = {channel_node(v.name): self.short_name(v.name) for v in views}
        return ", ".join(channels.get(name) or self.component(name) for name in names)

    def aside(self, standing: Standing, name: str) -> dict[str, str | float]:
        """Return who set this node aside, since when, and what is due."""
        facts: dict[str, str | float] = {}
        if standing.declared_by:
            facts["by"] = standing.declared_by
        mark = statements.aside_mark(self.snapshot, standing, name)
        if mark is not None:
            facts["since_s"] = self.age_s(mark.began)
            if mark.until is not None and statements.is_due(mark, self.snapshot):
                facts["time"] = self.time(mark.until)
        return facts

    def passed_over(self, passed: PassedOver) -> dict[str, str | int | float]:
        """Return the facts of why a channel is not used: its author, or until when."""
        facts = dict(passed.facts)
        if passed.reason is Reason.FAILBACK and self._was_down(passed.channel):
            facts["again"] = self.say("why.failback.again")
        if until := self.held_until(passed):
            facts["time"] = until
        if passed.reason not in (Reason.SET_ASIDE, Reason.MAINTENANCE):
            return facts
        standing = self._standing(passed.channel)
        name = channel_node(passed.channel)
        return facts | (self.aside(standing, name) if standing else {})

    def _was_down(self, channel: str) -> bool:
        """Tell whether it is known that a channel was down before it worked."""
        for each in self.snapshot.changes:  # the newest first
            if (each.subject, each.name) == ("channel", channel):
                if each.before == State.AVAILABLE:
                    return False
                if each.before == State.DOWN:
                    return True
        return False

    def held_until(self, passed: PassedOver) -> str | None:
        """Write the hour at which a line goes back to a recovered channel."""
        if passed.reason is not Reason.FAILBACK or "left_s" not in passed.facts:
            return None
        then = self.snapshot.at.utc + timedelta(seconds=float(passed.facts["left_s"]))
        return hour(self.local(then))

    def why(
        self, passed: PassedOver, *, brief: bool = False, bare: bool = False
    ) -> str:
        """Return why a channel of the plan is not used, and since when.

        In brief without the time; bare, also without cause and author.
        """
        facts = self.passed_over(passed)
        key, name = f"why.{self._why_key(passed, facts)}", passed.channel
        if bare and (until := self.held_until(passed)):
            return self.say("why.failback.bare", name=self.short_name(name), time=until)
        if bare:
            bare_key = "why.bare" if key in ("why.down", "why.needs") else key
            return self.say(bare_key, name=self.short_name(name))
        standing = self._standing(name)
        may_need = standing.may_need if standing else ()
        undated = passed.reason in (Reason.SET_ASIDE, Reason.MAINTENANCE)
        undated |= passed.reason is Reason.FAILBACK and "again" not in facts
        since_s = self.age_s(passed.since) if passed.since and not undated else None
        return self.say(
            key,
            name=self.short_name(name),
            since_s=None if brief else facts.get("since_s", since_s),
            by=facts.get("by"),
            time=facts.get("time"),
            again=facts.get("again"),
            component=self.cause(str(facts.get("component", ""))),
            reason=self.plainly(passed.reason, facts),
            what=self._parts(may_need),
        )

    def _why_key(self, passed: PassedOver, facts: Facts) -> str:
        if passed.reason is Reason.SET_ASIDE and "time" in facts:
            return "confirm"
        if passed.reason in OWN_WORDS:
            return passed.reason
        state, standing = self._state(passed.channel), self._standing(passed.channel)
        if standing and standing.may_need and state is not State.DOWN:
            return "may_need"
        if passed.reason in OF_DOWN and state is State.DOWN:
            return passed.reason
        return "pinned" if state is State.AVAILABLE else state

    def _standing(self, channel: str) -> Standing | None:
        view = self.snapshot.by_name.get(channel)
        return view.standing if view else None

    def _state(self, channel: str) -> State:
        standing = self._standing(channel)
        return standing.state if standing else State.UNKNOWN

    def local(self, at: Instant | datetime) -> datetime:
        """Return a moment on the clock of the site."""
        utc = at.utc if isinstance(at, Instant) else at
        return utc.astimezone(zone(self.snapshot.site.timezone))

    def date(self, at: Instant | datetime) -> str:
        """Write a day on the calendar of the site."""
        return texts.written_date(self.language, self.local(at))

    def time(self, moment: datetime) -> str:
        """Write an hour given or awaited by people; with its date unless today.

        One that two clocks put a moment before a full minute is that minute.
        """
        here = self.local(moment + CLOCKS_DIFFER)
        today = here.date() == self.local(self.snapshot.at).date()
        return hour(here) if today else f"{self.short_date(here)} {hour(here)}"

    def clock(self, instant: Instant) -> str:
        """Write a moment; with its date if not of the last day."""
        here = self.local(instant)
        if self.age_s(instant) < 86400:
            return hour(here, "%H:%M:%S")
        return f"{self.short_date(here)} {hour(here)}"

    def short_date(self, here: datetime) -> str:
        """Write a day of this year, as the language does."""
        return texts.short_date(self.language, here)

    def audience(self, name: str) -> str:
        """Return the label of an audience."""
        site = self.snapshot.site
        label = site.audiences.get(name, Text())
        return texts.audience(name, label, self.language, site.language)

    def line(self, purpose: str, audience: str) -> str:
        """Name a line of the plan."""
        return texts.purpose(self.language, purpose, self.audience(audience))

    def purpose(self, line: Recommendation) -> tuple[str, str]:
        """Return the verb of a line, and its audience where the plan has several."""
        audiences = {each.audience for each in self.snapshot.recommendations}
        audience = line.audience if len(audiences) > 1 else ""
        return (
            self.say(f"purpose.{line.purpose}"),
            self.audience(audience) if audience else "",
        )

    def heading(self, line: Recommendation, between: str = " ") -> str:
        """Return both in one text."""
        return between.join(filter(None, self.purpose(line)))

    def last_resort(self, line: Recommendation) -> str:
        """Return what to do where no channel of a line is left."""
        return self.in_language(line.last_resort) or self.say("last_resort.none")


def hour(here: datetime, form: str = "%H:%M") -> str:
    """Write a time of day; with its zone in an hour that the clock shows twice."""
    first, second = (here.replace(fold=fold).utcoffset() for fold in (0, 1))
    return f"{here:{form}}" if first == second else f"{here:{form}} {zone_name(here)}"


def zone_name(here: datetime) -> str:
    """Return the name of a local moment's zone, such as CET or UTC-03."""
    name = here.tzname() or ""
    return f"UTC{name}" if name[:1] in ("+", "-") else name


def zone(name: str) -> "ZoneInfo":
    """Return a time zone; UTC where it is not known here."""
    from zoneinfo import ZoneInfo  # dear to import, and many answers name no hour

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # no such zone is a KeyError
        return ZoneInfo("UTC")
