"""Common Alerting Protocol warnings, for other systems.

Pure. A warning never changes its text; it links to a page for the present.

Source: OASIS Common Alerting Protocol 1.2, section 3 (elements) and appendix A.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit
from xml.etree.ElementTree import Element

from secours.languages import LANGUAGES
from secours.model.sections.line import purpose_and_audience
from secours.model.snapshot import Snapshot
from secours.render.export import atom, xml
from secours.render.export.atom import Feed, FeedEntry, FeedLink
from secours.render.export.changes import FeedPlace
from secours.render.export.situations import Situation
from secours.render.export.xml import element
from secours.render.templates.links import link
from secours.render.wording import journal
from secours.render.wording.localizer import Localizer

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"
FOLDER = "cap"  # of their addresses


WEIGHTS = {  # severity and certainty of each kind of situation
    "nothing-left": ("Severe", "Observed"),
    "own-link": ("Moderate", "Observed"),
    "distrust": ("Severe", "Likely"),  # on a person's word
}


def identifier(situation: Situation, snapshot: Snapshot) -> str:
    """Return the globally unique identifier of a warning."""
    return _identifier(situation, snapshot, situation.sent)


def warning(situation: Situation, snapshot: Snapshot, place: FeedPlace) -> bytes:
    """Write a warning, in every language."""
    root = Element("alert", {"xmlns": CAP})
    site = Localizer(snapshot, snapshot.site.language)
    refers = situation.type != "Alert"
    for name, text in (
        ("identifier", identifier(situation, snapshot)),
        ("sender", _sender(snapshot)),
        ("sent", _date(situation.sent, site)),
        ("status", _status(situation, snapshot)),
        ("msgType", situation.type),
        ("source", "Secours"),
        ("scope", "Restricted"),
        ("restriction", site.say("cap.restriction")),
        *([("note", site.say("exercise"))] if situation.exercise else []),
        *([("references", _reference(situation, snapshot))] if refers else []),
    ):
        root.append(element(name, text))
    for language in LANGUAGES:
        root.append(_info(situation, Localizer(snapshot, language), place))
    return xml.document(root)


def index(listed: Sequence[Situation], localizer: Localizer, place: FeedPlace) -> Feed:
    """Return a feed of the warnings."""
    snapshot = localizer.snapshot
    site = localizer.site
    query = urlencode({"lang": localizer.language})
    entries = [_entry(each, localizer, place) for each in listed]
    return Feed(
        id=xml.urn_of(snapshot, "warnings"),
        title=localizer.say("cap.title", site=site),
        note=localizer.say("cap.note"),
        author=site,
        language=localizer.language,
        updated=entries[0].at if entries else snapshot.started.utc,
        links=(
            FeedLink(
                rel="self",
                address=f"{place.base}cap.xml?{query}",
                type=atom.MEDIA_TYPE,
            ),
            FeedLink(rel="alternate", address=f"{place.base}{place.page}?{query}"),
        ),
        entries=entries,
    )


def _entry(situation: Situation, localizer: Localizer, place: FeedPlace) -> FeedEntry:
    name = identifier(situation, localizer.snapshot)
    address = f"{place.base}{FOLDER}/{name}.xml"
    return FeedEntry(
        id=f"urn:uuid:{name}",
        at=situation.sent,
        title=headline(situation, localizer),
        summary=_since(situation, localizer),
        link=FeedLink(rel="alternate", address=address, type=MEDIA_TYPE),
        category=situation.type,
    )


def headline(situation: Situation, localizer: Localizer) -> str:
    """Return the situation or its end in a line."""
    words = _over(situation, localizer) or _what(situation, localizer)
    played = situation.exercise
    return (
        f"{localizer.say('exercise')}{localizer.say('colon')} {words}"
        if played
        else words
    )


def _what(situation: Situation, localizer: Localizer) -> str:
    match situation.kind:
        case "nothing-left":
            return localizer.say("notice.nothing", line=_line(situation, localizer))
        case "own-link":
            return localizer.say("notice.own_link")
    return localizer.say("notice.distrust", what=localizer.subject(situation.about))


def _over(situation: Situation, localizer: Localizer) -> str:
    if situation.type != "Cancel":
        return ""
    match situation.kind:
        case "nothing-left":
            what = localizer.say("notice.nothing", line=_line(situation, localizer))
            return localizer.say("notice.over", what=what)
        case "own-link":
            return localizer.say("notice.own_link.over")
    what = localizer.subject(situation.about)
    return localizer.say("notice.distrust.over", what=what)


def _line(situation: Situation, localizer: Localizer) -> str:
    return localizer.line(*purpose_and_audience(situation.about))


def _since(situation: Situation, localizer: Localizer) -> str:
    what, over = headline(situation, localizer), situation.type == "Cancel"
    when = situation.sent if over else situation.began
    zone = localizer.snapshot.site.timezone
    time = f"{journal.moment(when, localizer)} ({zone})"
    return (
        f"{what} ({time})"
        if over
        else localizer.say("notice.since", what=what, time=time)
    )


def _instruction(situation: Situation, localizer: Localizer) -> str:
    """Return the instruction, "" if others only need to know."""
    if situation.type == "Cancel":
        return ""
    match situation.kind:
        case "nothing-left":
            lines = localizer.snapshot.recommendations
            last = (x.last_resort for x in lines if x.name == situation.about)
            found = next(map(localizer.in_language, last), "")
            return localizer.say("notice.last_resort", what=found) if found else ""
        case "own-link":
            return localizer.say("own_link.how")
    channel = localizer.subject(situation.about)
    return localizer.say("announce.unsafe", channel=channel)


def _info(situation: Situation, localizer: Localizer, place: FeedPlace) -> Element:
    parts = (element(*each) for each in _said(situation, localizer, place))
    area = element("area", "", element("areaDesc", localizer.site))
    return element("info", "", *parts, area)


def _said(
    situation: Situation, localizer: Localizer, place: FeedPlace
) -> Iterator[tuple[str, str]]:
    """Yield what an `info` holds, in the order of the schema."""
    over = situation.type == "Cancel"
    severity, certainty = WEIGHTS[situation.kind]
    yield "language", localizer.language
    yield "category", "Infra"
    yield "event", _what(situation, localizer)
    yield "urgency", "Past" if over else "Immediate"
    yield "severity", severity
    yield "certainty", certainty
    yield "onset", _date(situation.began, localizer)
    if situation.expires is not None:
        yield "expires", _date(situation.expires, localizer)
    yield "senderName", localizer.site
    yield "headline", headline(situation, localizer)
    yield "description", _since(situation, localizer)
    if instruction := _instruction(situation, localizer):
        yield "instruction", instruction
    yield "web", f"{place.base}{link(place.page, localizer.language)}"


def _status(situation: Situation, snapshot: Snapshot) -> str:
    if snapshot.example:
        return "Test"
    return "Exercise" if situation.exercise else "Actual"


def _sender(snapshot: Snapshot) -> str:
    """Return a name unique to the site."""
    host = urlsplit(snapshot.site.public_url or "").hostname
    return f"secours@{host}" if host else xml.urn_of(snapshot, "sender")


def _identifier(situation: Situation, snapshot: Snapshot, sent: datetime) -> str:
    played = "exercise" if situation.exercise else ""
    utc = sent.astimezone(UTC).isoformat(timespec="seconds")
    named = (situation.kind, situation.about, played, utc)
    return str(xml.uuid_of(snapshot, "warning", *named))


def _reference(situation: Situation, snapshot: Snapshot) -> str:
    """Name the first warning, which this one changes or ends."""
    first = situation.began
    site = Localizer(snapshot, snapshot.site.language)
    name = _identifier(situation, snapshot, first)
    return f"{_sender(snapshot)},{name},{_date(first, site)}"


def _date(at: datetime, localizer: Localizer) -> str:
    """Write a moment on the clock of the site; UTC is -00:00."""
    here = localizer.local(at).isoformat(timespec="seconds")
    return here.replace("+00:00", "-00:00")
