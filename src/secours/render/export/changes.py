"""Feed of changes: recommendations, own link, channels, statements.

Pure. It tells past events; the present is on the screens alone.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from secours.model.nodes import is_channel, name_in
from secours.model.snapshot import Change
from secours.render.export import atom, xml
from secours.render.export.atom import Feed, FeedEntry, FeedLink
from secours.render.templates.links import link
from secours.render.wording import journal
from secours.render.wording.localizer import Localizer

MOST = 100  # entries
FOR_ALL = ("line", "path", "channel", "component", "mark", "pin", "exercise")


class FeedPlace(Struct, frozen=True, kw_only=True):
    """Address of a feed, and the page it leads to."""

    base: str  # prefix of all our addresses, with a slash at its end
    page: str  # "why", or "lite" where there are no other pages


def feed(
    changes: Iterable[Change],
    localizer: Localizer,
    place: FeedPlace,
    *,
    sees_all: bool,
) -> Feed:
    """Return the newest changes as a feed; strangers see what the screens show."""
    if not sees_all:
        changes = (replace(e, facts={}) for e in changes if e.subject in FOR_ALL)
    entries = [_entry(each, localizer, place) for each in islice(changes, MOST)]
    snapshot = localizer.snapshot
    site = localizer.site
    query = urlencode({"lang": localizer.language})
    return Feed(
        id=xml.urn_of(snapshot, "feed"),
        title=localizer.say("feed.title", site=site),
        note=localizer.say("feed.note"),
        author=site,
        language=localizer.language,
        updated=entries[0].at if entries else snapshot.started.utc,
        links=(
            _link("self", f"{place.base}feed.atom?{query}", atom.MEDIA_TYPE),
            _link("alternate", f"{place.base}{place.page}?{query}"),
            _link("related", f"{place.base}cap.xml?{query}", atom.MEDIA_TYPE),
        ),
        entries=entries,
    )


def _entry(change: Change, localizer: Localizer, place: FeedPlace) -> FeedEntry:
    address = link(place.page, localizer.language, name=_channel(change))
    at, sentence = change.at.utc, journal.of_change(change, localizer)
    when = journal.moment(at, localizer)
    return FeedEntry(
        id=xml.urn_of(localizer.snapshot, *_identity(change)),
        at=at,
        title=sentence,
        summary=f"{when} ({localizer.snapshot.site.timezone}){localizer.say('colon')}"
        f" {sentence}",
        link=_link("alternate", place.base + address),
        author=journal.author_of(change),
        category=change.subject,
    )


def _identity(change: Change) -> Sequence[str]:
    """Return the identity of a change, the same in any database."""
    at = change.at.utc.isoformat(timespec="milliseconds")
    return at, change.subject, change.name, change.before, change.after


def _channel(change: Change) -> str:
    if change.subject in ("channel", "test"):
        return change.name
    spoken_of = change.subject == "mark" and is_channel(change.name)
    return name_in(change.name) if spoken_of else ""


def _link(rel: str, address: str, media_type: str = "text/html") -> FeedLink:
    return FeedLink(rel=rel, address=address, type=media_type)
