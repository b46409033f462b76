"""Answers of `sites` in words, for people at a terminal.

Colour is never the only sign: each state has its mark and its word.
"""

from collections.abc import Iterable, Iterator, Sequence

from secours import texts
from secours.cli import nagios, prose
from secours.model.observed import Reason
from secours.model.sites.handed_down import HandedDown
from secours.model.sites.views import SiteState
from secours.outside_text import plain
from secours.render import terminal, times
from secours.render.answers.sites.answer import (
    CauseAnswer,
    ReachAnswer,
    SiteAnswer,
    SiteLineAnswer,
    SitePartAnswer,
    SitesAnswer,
)
from secours.render.province import marks
from secours.render.wording.sites.hub_reason import hub_reason
from secours.render.wording.sites.names import SitesNames
from secours.render.wording.sites.province_word import progress, what

COLOURS = {  # ECMA-48 section 8.3.117
    SiteState.PRIMARY: 36,
    SiteState.FALLBACK: 33,
    SiteState.NOTHING_LEFT: 31,
}
MOST_NAMES = 10  # of sites with a common cause

Row = tuple[str, ...]


def in_one_line(answer: SitesAnswer, language: str, code: int) -> str:
    """Write the answer for a monitoring system."""
    before = [texts.say(language, "stale")] if answer.stale else []
    if answer.hub and not answer.hub.connected:
        before.append(_hub_lost(answer.hub.reason, language))
    text = texts.series(language, [*before, answer.sentence])
    seen = answer.sites
    states = ("primary", "fallback", "nothing-left", "own-link", "not-heard", "double")
    performance = [*nagios.counts("sites", states, seen)]
    if answer.hub is not None:
        performance.append(
            nagios.datum("hub reached", f"{int(answer.hub.connected)};;;0;1")
        )
    if answer.age_s is not None:
        performance.append(nagios.datum("age", f"{answer.age_s:.1f}s;;;0;"))
    return nagios.line(code, text, performance)


def _hub_lost(reason: Reason, language: str) -> str:
    why = hub_reason(reason, language)
    said = texts.say(language, "province.hub.down")
    return f"{said} ({why})" if why else said


def sites(
    answer: SitesAnswer,
    names: SitesNames,
    sent: Sequence[HandedDown] | None = None,
    timezone: str = "UTC",
) -> Iterator[str]:
    """Write the sentence, a row for each site, and common losses.

    If asked for, the channels between sites, or the orders sent to them instead.
    """
    language = names.language
    if answer.stale:
        yield f"{texts.say(language, 'stale')}."
    yield answer.sentence
    yield ""
    if sent is not None:
        yield from _orders(sent, names, timezone)
        return
    if answer.reach:
        yield from _columns(_reached(each, names) for each in answer.reach)
        return
    rows = [_row(site, language) for site in answer.sites]
    for site, text in zip(answer.sites, _columns(rows), strict=True):
        yield _coloured(text, site, language)
    for site in answer.sites:
        yield from _details(site, language)
    if answer.causes:
        yield ""
        yield from (_cause(each, names) for each in answer.causes)


def _orders(
    sent: Sequence[HandedDown], names: SitesNames, timezone: str
) -> Iterator[str]:
    """Write the orders to sites, with author, date and progress."""
    language, colon = names.language, texts.say(names.language, "colon")
    if not sent:
        yield texts.say(language, "commands.hand-down.none")
    for order in sent:
        at, said = times.with_zone(order.issued.utc, timezone), what(order, names)
        facts = {"at": at, "what": said, "by": order.by}
        yield texts.say(language, "commands.hand-down.order", **facts)
        for to in order.to:
            yield f"  {names.site(to.site)}{colon} {progress(to, language)}"
        if order.awaits_sites and order.to:
            yield f"  {texts.say(language, 'commands.hand-down.to-later')}"
        elif order.awaits_sites:
            yield f"  {texts.say(language, 'sites.sent.all')}"


def _row(site: SiteAnswer, language: str) -> Row:
    sign = _sign(site, language)
    name = _named(site.label, site.site)
    if site.state is SiteState.NOT_HEARD:
        return sign, name, _last(site, language)
    return sign, name, _uses(site.lines, language), _ago(site.heard_age_s, language)


def _sign(site: SiteAnswer, language: str) -> str:
    """Return the shape and word of a site."""
    key = marks.UNSURE if site.unsure else marks.key(site.state, site.lines)
    return f"{marks.glyph(site.state)} {marks.word(key, language)}"


def _last(site: SiteAnswer, language: str) -> str:
    """Return the last known state and its age."""
    ago = _ago(site.heard_age_s, language)
    if site.known is None or not ago:
        return ago or texts.say(language, "province.never")
    state = marks.word(site.known, language)
    return texts.say(language, "province.last", state=state, ago=ago)


def _ago(age_s: float | None, language: str) -> str:
    return "" if age_s is None else texts.ago(language, age_s)


def _uses(lines: Iterable[SiteLineAnswer], language: str) -> str:
    """Return the channel for each purpose, by audience only where that differs."""
    used: dict[str, dict[tuple[str, str], str]] = {}
    for line in lines:
        label = line.label if line.use else texts.say(language, "nothing")
        used.setdefault(line.purpose, {})[line.audience, line.audience_label] = label
    uses: list[str] = []
    for purpose, by_audience in used.items():
        one = len(set(by_audience.values())) == 1
        audiences = {("", ""): next(iter(by_audience.values()))} if one else by_audience
        uses += (
            _headed(texts.purpose(language, purpose, whom), label, language)
            for (_, whom), label in audiences.items()
        )
    return texts.series(language, uses)


def _headed(head: str, words: str, language: str) -> str:
    return f"{head}{texts.say(language, 'colon')} {words}"


def _details(site: SiteAnswer, language: str) -> Iterator[str]:
    """Write the reported channels and components of a site."""
    rows: list[Row] = [
        (texts.state(language, each.state), _named(each.label, each.channel))
        for each in site.channels or ()
    ]
    if rows:
        yield ""
        yield from (f"  {text}" for text in _columns(rows))
    parts = [_part(each, language) for each in site.parts or ()]
    if parts:
        yield ""
        yield from (f"  {text}" for text in _columns(parts))


def _part(part: SitePartAnswer, language: str) -> Row:
    state = "available" if part.works else "down" if part.fails else "unknown"
    age_s = part.proof_age_s if part.works else part.failing_s
    name = _named(part.label, part.component)
    path = texts.say(language, "status.by", path=plain(part.path)) if part.path else ""
    return (
        texts.state(language, state),
        f"{name} {path}".rstrip(),
        _ago(age_s, language),
    )


def _cause(cause: CauseAnswer, names: SitesNames) -> str:
    more = len(cause.sites) - MOST_NAMES
    said = ", ".join(map(names.site, cause.sites[:MOST_NAMES]))
    others = f" {texts.say(names.language, 'more.others', n=more)}" if more > 0 else ""
    return _headed(cause.words, said + others, names.language)


def _reached(reach: ReachAnswer, names: SitesNames) -> Row:
    language = names.language
    pair = f"{names.site(reach.here)} → {names.site(reach.there)}"
    label = reach.label if reach.channel else texts.say(language, "sites.reach.none")
    if not reach.known:
        label = texts.say(language, "sites.reach.unknown", channel=reach.label or None)
    return pair, label


def _named(label: str, name: str) -> str:
    return texts.named(label, plain(name))


def _columns(rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows with aligned columns."""
    rows = list(rows)
    widths = [
        max(terminal.columns(row[place]) for row in rows if place < len(row))
        for place in range(max(map(len, rows), default=0))
    ]
    for row in rows:
        yield "  ".join(map(terminal.padded, row, widths)).rstrip()


def _coloured(text: str, site: SiteAnswer, language: str) -> str:
    if site.state not in COLOURS or not prose.coloured():
        return text
    sign = _sign(site, language)
    return f"\x1b[{COLOURS[site.state]}m{sign}\x1b[0m{text.removeprefix(sign)}"
