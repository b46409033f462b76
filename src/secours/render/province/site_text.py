"""Words of one site: its channels, age, and troubles."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

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

Group = Sequence[SiteView]
"""Sites of one name: two where both claim it."""


class Overview(Struct, frozen=True):
    """View of all sites, its age, and the localizer."""

    view: SitesView
    age_s: float
    localizer: Localizer

    def heard_s(self, site: SiteView) -> float | None:
        """Return how long ago a site was heard, None if it never was."""
        if site.heard is None:
            return None
        return max(0.0, self.view.at.since(site.heard) + self.age_s)

    def ago(self, site: SiteView) -> str:
        """Say how long ago a site was heard."""
        heard_s, localizer = self.heard_s(site), self.localizer
        never = localizer.say("province.never")
        return never if heard_s is None else localizer.ago(heard_s)

    def silence(self, site: SiteView) -> str:
        """Return how long a site is not heard; "" if heard, or never."""
        heard_s = self.heard_s(site)
        if site.state is not SiteState.NOT_HEARD or heard_s is None:
            return ""
        return texts.duration(self.localizer.language, heard_s)

    def detail(self, group: Group) -> str:
        """Return the most important detail beside the state of a site."""
        first, localizer = group[0], self.localizer
        match first.state:
            case SiteState.NOT_HEARD if first.known is None:
                return self.ago(first)
            case SiteState.NOT_HEARD:
                state = next(marks.known_words(group, localizer))
                return localizer.say("province.last", state=state, ago=self.ago(first))
            case SiteState.NOTHING_LEFT:
                also = marks.unserved(first.lines)[1:]
                return ", ".join(marks.word(key, localizer.language) for key in also)
            case SiteState.DOUBLE:
                return localizer.series(marks.known_words(group, localizer))
        return channel(max(first.lines, key=_badness, default=None), localizer)

    def label(self, group: Group) -> str:
        """Return all words of a tile, for screen readers."""
        localizer = self.localizer
        return localizer.say(
            "province.label",
            name=name_of(group[0], localizer),
            colon=localizer.say("colon"),
            state=marks.word_of(group[0], localizer),
            detail=self.detail(group) or None,
        )


def name_of(site: SiteView, localizer: Localizer) -> str:
    """Return its label."""
    return plain(site_label(site, localizer.language), LONGEST_NAME)


def _badness(line: SiteLine) -> tuple[bool, int, bool, bool]:
    weak = line.state is not State.AVAILABLE
    return line.use is None, line.rank, weak, not line.verified


def channel(line: SiteLine | None, localizer: Localizer) -> str:
    """Return the channel of a line; "" for none."""
    if line is None or line.use is None:
        return ""
    return plain(localizer.in_language(line.label)) or plain(line.use)


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
