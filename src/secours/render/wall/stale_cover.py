"""Cover of a stale wall: the paper plan, no states.

The watchdog in the browser shows it over everything, and removes it by itself. Like the
wall it is read from afar; `paper_plan` fits the plan.
"""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from secours import texts
from secours.model.snapshot import Snapshot
from secours.render import standby, text_width
from secours.render.escape import plain
from secours.render.no_break import unbroken_html
from secours.render.wall import paper_plan, type_sizes, unsafe_band
from secours.render.wall.paper_plan import Paper, paper_html, regular
from secours.render.wall.type_sizes import Cover
from secours.render.wall.unsafe_band import BandText
from secours.render.wording import caveats, do_not_use
from secours.render.wording.localizer import Localizer, hour

AGE = "@AGE@"  # stands for the node in which the browser counts
AGE_NODE = Markup("<b data-secours-age>—</b>")
LONGEST_AGE = "00 h 00 min"
NOTHING = BandText()
DENSE = Cover(title=6.4, order=4.3, age=3.8)  # where the plan is long
SCROLLED = Cover().with_plan(5.2, 4.3)

HIGH, WIDE = 90.8, 162.0  # inside the hazard border, in units
HAND = 2.6  # around the rule above the order of the plan
TITLE_LEADING = 1.05


class Heading(NamedTuple):
    """Words above the plan."""

    title: str
    order: str  # what to do, and why
    last: str = ""  # when the last data came, with `AGE` for how long ago
    leads: tuple[str, ...] = ()  # the sentence of `order` with a page; the page


class Head(NamedTuple):
    """Part above the plan in some sizes, and the height left for the plan."""

    look: Cover
    html: Markup
    left: float


def stale_html(
    snapshot: Snapshot, language: str, *, unstable: bool = False, scrolls: bool = False
) -> Markup:
    """Draw the cover for stale data, on a page that scrolls or on a wall.

    `unstable` says that the engine restarted too often of late.
    """
    localizer = Localizer(snapshot, texts.language_of(language))
    here = localizer.local(snapshot.at)
    at = f"{localizer.short_date(here)} {hour(here, '%H:%M:%S')}"
    words = Heading(
        localizer.say("stale"),
        order(localizer, unstable),
        localizer.say("stale.last", time=at, age=AGE),
        () if scrolls else standby.leads(localizer),
    )
    return _drawn(words, localizer, scrolls=scrolls)


def order(localizer: Localizer, unstable: bool = False) -> str:
    """Return the warning of a stale screen, or of an incomplete plan.

    Last comes whom to call.
    """
    whose = standby.sentence(localizer, stale=True)
    sentences = [f"{whose}.", *standby.advice(localizer, stale=True)] if whose else []
    sentences.append(_order(localizer.language, "stale.order", unstable))
    sentences += (f"{w}." for w in caveats.words_lost(localizer))
    if localizer.snapshot.config_error:
        sentences.append(f"{localizer.say('note.config_error')}.")
    return " ".join([*sentences, *_contact(localizer)])


def _contact(localizer: Localizer) -> list[str]:
    """Say whom to call, if the plan does."""
    who = localizer.in_language(localizer.snapshot.site.contact)
    return [localizer.say("contact", who=plain(who, 80))] if who else []


def error_html(
    snapshot: Snapshot | None, language: str, *, scrolls: bool = False
) -> Markup:
    """Draw the cover for a failed page; never with the cause."""
    words = Heading(texts.say(language, "error"), texts.say(language, "stale.order"))
    return _with_plan(words, snapshot, language, scrolls)


def unheard_html(snapshot: Snapshot | None, language: str, how: str) -> Markup:
    """Draw the cover for a page without its server; `how` is the key of the advice."""
    words = Heading(texts.say(language, "unheard"), texts.say(language, how))
    return _with_plan(words, snapshot, language, scrolls=False)


def waiting_html(
    snapshot: Snapshot | None,
    language: str,
    *,
    refused: str | None = None,
    unstable: bool = False,
    scrolls: bool = False,
) -> Markup:
    """Draw the cover for no data yet; `refused` says why the plan cannot be read.

    The snapshot, if there is one, only lends its plan; `unstable` as for stale data.
    """
    key = "waiting" if refused is None else "refused"
    how = _order(language, f"{key}.how", unstable, what=refused)
    words = Heading(texts.say(language, key), how)
    return _with_plan(words, snapshot, language, scrolls)


def _order(language: str, key: str, unstable: bool, **facts: str | None) -> str:
    """Say what to do, first whom to call where the engine fails again and again."""
    first = [texts.say(language, "stale.unstable")] if unstable else []
    return " ".join([*first, texts.say(language, key, **facts)])


def _with_plan(
    words: Heading, snapshot: Snapshot | None, language: str, scrolls: bool
) -> Markup:
    language = texts.language_of(language)
    if snapshot is None:
        return _cover(language, Cover(), _above_html(words))
    return _drawn(words, Localizer(snapshot, language), scrolls=scrolls)


def _drawn(words: Heading, localizer: Localizer, *, scrolls: bool) -> Markup:
    """Draw words above the plan.

    All of the plan comes before the size that far readers need. On a page that scrolls
    everything fits.
    """
    papers = list(paper_plan.papers(localizer))
    if scrolls:
        unsafe = BandText(do_not_use.sentence(localizer), Cover().order)
        paper = papers[0] if papers else None
        inside = _above_html(words, unsafe) + paper_html(paper, localizer)
        return _cover(localizer.language, SCROLLED, inside)
    far = type_sizes.of_cover(localizer.snapshot.screen)
    heads = [_head(words, localizer, look, papers) for look in (far, Cover(), DENSE)]
    most = max(head.left for head in heads)
    for paper in papers:
        if paper_plan.least_height(paper) > most:
            continue
        for head in heads:
            for size in paper_plan.sizes(head.look.paper):
                if paper_plan.height(paper, size, WIDE, localizer) <= head.left:
                    look = head.look.with_plan(size, paper_plan.how_size(size))
                    inside = head.html + paper_html(paper, localizer)
                    return _cover(localizer.language, look, inside)
    head = next((head for head in heads[1:] if head.left >= 0), heads[-1])
    return _cover(localizer.language, head.look, head.html)


def _head(
    words: Heading, localizer: Localizer, look: Cover, papers: Sequence[Paper]
) -> Head:
    """Write the part above the plan, which comes before a long reason."""
    sizes = (look.order, *unsafe_band.SIZES[1:])
    unsafe = unsafe_band.fitted(localizer, WIDE, sizes)
    if text_width.width(words.last.replace(AGE, LONGEST_AGE), look.age) > WIDE:
        words = words._replace(last=localizer.say("stale.last", age=AGE))
    least = (
        paper_plan.height(papers[-1], paper_plan.LEAST, WIDE, localizer)
        if papers
        else 0.0
    )
    bare = _above_height(words._replace(order=""), unsafe, localizer, look)
    rows = max(1, int((HIGH - bare - least) / (look.order * text_width.LEADING)))
    order = text_width.shorten(words.order, look.order, WIDE, rows)
    words = words._replace(order=order)
    left = HIGH - _above_height(words, unsafe, localizer, look)
    return Head(look, _above_html(words, unsafe), left)


def _cover(language: str, look: Cover, inside: Markup) -> Markup:
    """Draw the hazard border."""
    return unbroken_html(
        Markup(
            '<div class="s-cover" lang="{}" style="{}">'
            '<div class="s-cover-inside">{}</div></div>'
        ).format(language, type_sizes.variables(look), inside)
    )


def _above_html(words: Heading, unsafe: BandText = NOTHING) -> Markup:
    """Write the words above the plan; distrusted channels stay true."""
    html = Markup(
        '<h1 class="s-cover-title">{}</h1><p class="s-cover-order">{}</p>'
    ).format(plain(words.title), _order_html(words))
    if words.last:
        age = AGE_NODE.join(map(escape, words.last.split(AGE)))
        html += Markup('<p class="s-cover-age">{}</p>').format(age)
    if unsafe.text:
        html += Markup(
            '<p class="s-cover-order s-cover-unsafe" style="--z-order:{:.4g}">{}</p>'
        ).format(unsafe.size, plain(unsafe.text, unsafe_band.LONGEST))
    return html


def _order_html(words: Heading) -> Markup:
    """Write what to do, with a link to the page to act on: the menu is covered."""
    order = plain(words.order, 600)
    sentence, page, language = words.leads or ("", "", "")
    before, found, behind = order.partition(sentence) if sentence else (order, "", "")
    if not found:
        return escape(order)
    lead, _, rest = sentence.partition(page)
    link = Markup('<a href="act?lang={}">{}</a>').format(language, page)
    return Markup("{}{}{}{}{}").format(before, lead, link, rest, behind)


def _above_height(
    words: Heading, unsafe: BandText, localizer: Localizer, look: Cover
) -> float:
    """Return the estimated height of all above the plan."""
    rows = text_width.rows(words.title, look.title, WIDE)
    high = look.title * TITLE_LEADING * rows + HAND
    high += regular(localizer.say("hand"), look.age, WIDE)
    if words.last:
        high += regular(words.last.replace(AGE, LONGEST_AGE), look.age, WIDE)
    if words.order:
        high += regular(words.order, look.order, WIDE)
    return high + unsafe.high
