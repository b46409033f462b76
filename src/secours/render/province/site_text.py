"""Words of one site: its channels, age, and troubles."""

from collections.abc import Iterator, Sequence

from secours import texts
from secours.model.sites.views import (
    SiteLine,
    SiteState,
    SitesView,
    SiteView,
)
from secours.model.snapshot import State
from secours.render.escape import plain
from secours.render.province import marks
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites.sentence import site_label

LONGEST_NAME = 60


def name_of(site: SiteView, localizer: Localizer) -> str:
    """Return its label."""
    return plain(site_label(site, localizer.language), LONGEST_NAME)


def ago(site: SiteView, view: SitesView, age_s: float, localizer: Localizer) -> str:
    """Return how long ago it was heard; `age_s` is the age of the view."""
    if site.heard is None:
        return localizer.say("province.never")
    return localizer.ago(max(0.0, view.at.since(site.heard) + age_s))


def silence(site: SiteView, view: SitesView, age_s: float, localizer: Localizer) -> str:
    """Return how long a site is not heard; "" if heard, or never."""
    if site.state is not SiteState.NOT_HEARD or site.heard is None:
        return ""
    heard_s = max(0.0, view.at.since(site.heard) + age_s)
    return texts.duration(localizer.language, heard_s)


def worst_line(site: SiteView) -> SiteLine | None:
    """Return the worst line of its plan, the first of several."""
    return max(site.lines, key=_badness, default=None)


def _badness(line: SiteLine) -> tuple[bool, int, bool, bool]:
    weak = line.state is not State.AVAILABLE
    return line.use is None, line.rank, weak, not line.verified


def channel(line: SiteLine | None, localizer: Localizer) -> str:
    """Return the channel of a line; "" for none."""
    if line is None or line.use is None:
        return ""
    return plain(localizer.in_language(line.label)) or plain(line.use)


def detail(
    group: Sequence[SiteView], view: SitesView, age_s: float, localizer: Localizer
) -> str:
    """Return the most important detail beside the state of a site."""
    first = group[0]
    match first.state:
        case SiteState.NOT_HEARD if first.known is None:
            return ago(first, view, age_s, localizer)
        case SiteState.NOT_HEARD if first.known is not None:
            state = next(marks.known_words(group, localizer))
            heard = ago(first, view, age_s, localizer)
            return localizer.say("province.last", state=state, ago=heard)
        case SiteState.NOTHING_LEFT:
            words = [marks.word(k, localizer.language) for k in _also_cannot(first)]
            return ", ".join(words)
        case SiteState.DOUBLE:
            known = marks.known_words(group, localizer)
            return texts.series(localizer.language, [*known])
    return channel(worst_line(first), localizer)


def _also_cannot(site: SiteView) -> list[str]:
    """Return the unserved purposes besides the first."""
    return marks.unserved(site.lines)[1:]


def label(
    group: Sequence[SiteView], view: SitesView, age_s: float, localizer: Localizer
) -> str:
    """Return all words of a tile, for screen readers."""
    return localizer.say(
        "province.label",
        name=name_of(group[0], localizer),
        colon=localizer.say("colon"),
        state=marks.word_of(group[0], localizer),
        detail=detail(group, view, age_s, localizer) or None,
    )


def uses(site: SiteView, localizer: Localizer) -> Iterator[str]:
    """Yield the channel of each line of its plan."""
    for line in site.lines:
        whom = texts.audience(line.audience, line.called, localizer.language)
        purpose = texts.purpose(localizer.language, line.purpose, whom)
        if line.use is None:
            yield localizer.say("province.uses.nothing", purpose=purpose)
        else:
            name = channel(line, localizer)
            yield localizer.say("province.uses", purpose=purpose, channel=name)


def notes(site: SiteView, localizer: Localizer) -> Iterator[str]:
    """Yield further notes on it."""
    if site.region:
        yield localizer.say("province.region", name=plain(site.region, LONGEST_NAME))
    if site.missed:
        yield localizer.say("province.missed", n=site.missed)
    if site.standby:
        yield localizer.say("province.standby")
