"""Orders for silence in words: on screens, on paper, and as one text message."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape

from secours import texts
from secours.model.receivers.audiences import Listening
from secours.model.snapshot import OrdersView, Use
from secours.outside_text import plain
from secours.render.wording import do_not_use, journal, sms_length
from secours.render.wording.localizer import Localizer, hour, zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY_S = 86400.0
TRIED = 60  # hours or days: more than summer time skips
LONGEST = 160  # characters of one order
MOST_MISSED = 5
COUNTED = 24  # times to listen that a browser counts down to without a server
OTHERS = ("decide", "meet", "send")


class ListeningTime(NamedTuple):
    """One time to listen, in UTC."""

    start: datetime
    end: datetime


def times(
    listening: Listening, now: datetime, place: "ZoneInfo"
) -> Iterator[ListeningTime]:
    """Yield the times to listen that are not over, the next first.

    A local time skipped by summer time is left out, a repeated one comes twice; a
    daily one ends by the local clock.
    """
    here = now.astimezone(place).replace(tzinfo=None)
    hourly = listening.hour is None
    hour = here.hour if listening.hour is None else listening.hour
    first = here.replace(hour=hour, minute=listening.minute, second=0, microsecond=0)
    lasts = timedelta(minutes=listening.lasts_min)
    for count in range(-2, TRIED):
        local = first + count * timedelta(hours=1 if hourly else 24)
        shown = {local.replace(tzinfo=place, fold=n).astimezone(UTC) for n in (0, 1)}
        for start in sorted(shown):
            begin = start.astimezone(place)
            skipped = begin.replace(tzinfo=None) != local
            over = (begin + lasts).replace(fold=begin.fold)  # by the clock
            end = start + lasts if hourly else over.astimezone(UTC)
            if end > now and not skipped:
                yield ListeningTime(start, end)


def _of_site(listening: Listening, localizer: Localizer) -> Iterator[ListeningTime]:
    shot = localizer.snapshot
    now = shot.at.utc + timedelta(seconds=min(max(localizer.screen_age_s, 0.0), DAY_S))
    return times(listening, now, zone(shot.site.timezone))


class OrderWords(NamedTuple):
    """One order: what to do and how; of listening the next time, and all times."""

    label: str
    text: str
    soon: str = ""
    rule: str = ""

    @property
    def always(self) -> str:
        """Return how to follow it at any time."""
        return f"{self.text}, {self.rule}" if self.rule else self.text

    @property
    def now(self) -> str:
        """Return how to follow it now."""
        return f"{self.soon}, {self.text}" if self.soon else self.text


def in_force(localizer: Localizer) -> list[OrdersView]:
    """Return the orders that hold now."""
    return [each for each in localizer.snapshot.orders if each.in_force]


def rows(view: OrdersView, localizer: Localizer) -> list[OrderWords]:
    """Return the orders of an audience, to listen first."""
    listed, listen = [], view.orders.listen
    if listen is not None:
        where = plain(localizer.in_language(listen.where), LONGEST)
        rule = _rule(listen, localizer)
        first = next(_of_site(listen, localizer), None)
        soon = _soon(first, localizer) if first else ""
        listed.append(OrderWords(localizer.say("orders.listen"), where, soon, rule))
    for key in OTHERS:
        if text := plain(localizer.in_language(getattr(view.orders, key)), LONGEST):
            listed.append(OrderWords(localizer.say(f"orders.{key}"), text))
    return listed


def _rule(window: Listening, localizer: Localizer) -> str:
    start = datetime(2000, 1, 1, window.hour or 0, window.minute, tzinfo=UTC)
    form = "%M" if window.hour is None else "%H:%M"
    end = start + timedelta(minutes=window.lasts_min)
    facts = {"begin": f"{start:{form}}", "end": f"{end:{form}}"}
    key = "orders.hourly" if window.hour is None else "orders.daily"
    return localizer.say(key, **facts)


def _soon(when: ListeningTime, localizer: Localizer) -> str:
    """Say when to listen next, and how long that is."""
    left_s = (when.start - localizer.snapshot.at.utc).total_seconds()
    left_s -= localizer.screen_age_s
    if left_s <= 0:
        return localizer.say("orders.now", time=hour(localizer.local(when.end)))
    time = localizer.time(when.start)
    left = texts.countdown(localizer.language, left_s)
    return localizer.say("orders.next", time=time, left=left)


def stateless_html(view: OrdersView, localizer: Localizer) -> Markup:
    """Write the orders without a state; the browser counts to the next listening."""
    text = escape(sentence(view, localizer, now=False))
    heard, label = view.orders.listen, localizer.say("orders.listen")
    if heard is None:
        return text
    windows = islice(_of_site(heard, localizer), COUNTED)
    starts = (f"{w.start.timestamp():.0f}-{w.end.timestamp():.0f}" for w in windows)
    counted = Markup('<b data-secours-listen="{}" data-next="{}" data-now="{}"></b>')
    begin = escape(f"{label}{localizer.say('colon')} ")
    counted = counted.format(
        ",".join(starts),
        localizer.say("orders.next", time="@", left="#"),  # filled in by the browser
        localizer.say("orders.now", time="@"),
    )
    return text.replace(begin, begin + counted, 1)


def head(view: OrdersView, localizer: Localizer) -> str:
    """Say for whom the orders are, and since when they hold or would."""
    if not view.in_force or view.since is None:  # in an exercise they hold at once
        return _after(view, localizer)
    return (
        f"{audience(view, localizer)}{localizer.say('colon')} {held(view, localizer)}"
    )


def audience(view: OrdersView, localizer: Localizer) -> str:
    """Return its name, as a sentence begins."""
    who = localizer.audience(view.audience)
    return who[:1].upper() + who[1:]


def _after(view: OrdersView, localizer: Localizer) -> str:
    facts = {"who": audience(view, localizer), "after_s": view.orders.after_s}
    return localizer.say("orders.after", **facts)


def held(view: OrdersView, localizer: Localizer) -> str:
    """Say since when there is no channel, or no sure one, and if that is planned."""
    since_s = localizer.age_s(view.since) if view.since else None
    words = localizer.say(
        "orders.cut" if view.all_cut else "orders.doubt", since_s=since_s
    )
    if not view.planned:
        return words
    until = localizer.time(view.planned_until) if view.planned_until else None
    return f"{words} ({localizer.say('orders.planned', time=until)})"


def sentence(
    view: OrdersView, localizer: Localizer, *, now: bool = True, most: int = 4
) -> str:
    """Return it in one text; `now` with its state and the next listening."""
    colon = localizer.say("colon")
    parts = [
        f"{each.label}{colon} {each.now if now else each.always}"
        for each in rows(view, localizer)[:most]
    ]
    return ". ".join([(head if now else _after)(view, localizer), *parts])


def brief(view: OrdersView, localizer: Localizer) -> str:
    """Return the orders as one text message, to be sent beforehand.

    The name of the site is left out first; it may still be too long.
    """
    colon = localizer.say("colon")
    said = [f"{each.label}{colon} {each.always}" for each in rows(view, localizer)]
    after = localizer.say("orders.sms", after_s=view.orders.after_s)
    orders = sms_length.transliterated(f"{after}{colon} {'. '.join(said)}")
    site = sms_length.transliterated(plain(localizer.site, 40))
    whole = f"{site}. {orders}"
    return whole if sms_length.fits(whole) else orders


def back(localizer: Localizer) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each audience that was silent: what to tell it, and what it missed."""
    for view in localizer.snapshot.orders:
        if view.since is None or view.back is None:
            continue
        channels = dict.fromkeys(
            _named(use, localizer)
            for line in localizer.snapshot.recommendations
            if line.audience == view.audience and (use := line.answer)
        )
        head = localizer.say(
            "orders.back",
            who=audience(view, localizer),
            begin=localizer.time(view.since.utc),
            end=localizer.time(view.back.utc),
            channel=", ".join(channels) or None,
        )
        yield view.audience, head, [*_missed(view, localizer)]


def _named(use: Use, localizer: Localizer) -> str:
    doubt = "" if use.verified else f" ({localizer.say('unverified.word')})"
    return localizer.short_name(use.channel) + doubt


def _missed(view: OrdersView, localizer: Localizer) -> Iterator[str]:
    """Yield what must not be used, then the answers and words of that time."""
    if unsafe := do_not_use.sentence(localizer):
        yield unsafe
    entries = [
        f"{localizer.clock(each.at)} {journal.of_change(each, localizer)}"
        for each in localizer.snapshot.changes
        if (each.subject == "line" or each.is_of_word)
        and view.since is not None
        and each.at.since(view.since) > 0
    ]
    yield from entries[:MOST_MISSED] or [localizer.say("orders.missed.none")]
    if more := len(entries[MOST_MISSED:]):
        yield localizer.say("more.others", n=more)
