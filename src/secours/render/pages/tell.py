"""Texts to send to people, with a button to copy each and a note that it was sent.

Pure. People send the text; a note of that goes into the journal.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from markupsafe import Markup
from msgspec import Struct

from secours.model.requests import AnnouncedRequest, EngineRequest
from secours.render import templates
from secours.render.templates import Row
from secours.render.templates.links import PageLink
from secours.render.wording.announcement import Announcement, announcements, heading
from secours.render.wording.localizer import Localizer

LEAST = 2  # texts that are noted at once

MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
NUMBER = re.compile(r"(?:^|\W)([+0]\d(?:[\s./-]?\d){6,14})\b", re.ASCII)  # whole


class AllSent(EngineRequest, tag="all-announced", frozen=True, kw_only=True):
    """Note that several texts were sent; the page makes a request of each."""

    each: tuple[AnnouncedRequest, ...]


class ToTell(Struct, frozen=True, kw_only=True):
    """Text to send for one line, and the request that notes it as sent."""

    line: str  # its label
    html: Markup
    request: AnnouncedRequest
    told: bool  # noted as sent


def text_to_send(announcement: Announcement, localizer: Localizer) -> Row:
    """Return a text as pages show it."""
    return {
        "heading": heading(announcement, localizer),
        "text": announcement.text,
        "links": [*_links(announcement, localizer)],
    }


def to_tell(localizer: Localizer) -> list[ToTell]:
    """Return the texts that people may not know yet; none of an exercise."""
    return [
        ToTell(
            line=localizer.line(announcement.purpose, announcement.audience),
            html=templates.part(
                "actions.html",
                "tell",
                localizer.language,
                one=text_to_send(announcement, localizer),
            ),
            request=AnnouncedRequest(
                line=announcement.line,
                channel=announcement.use or "",  # none is usable
                on=(*announcement.on, *announcement.read_on),
            ),
            told=announcement.told is not None,
        )
        for announcement in announcements(localizer.snapshot, localizer.language)
        if announcement.news
        and not announcement.exercise
        and (announcement.on or announcement.read_on or not announcement.use)
    ]


def all_sent(told: Sequence[ToTell]) -> AllSent | None:
    """Return the request that notes all as sent; None where few are left."""
    left = tuple(each.request for each in told if not each.told)
    return AllSent(each=left) if len(left) >= LEAST else None


def _links(announcement: Announcement, localizer: Localizer) -> Iterator[PageLink]:
    """Yield the links that open a message in the machine's own program.

    It has an addressee where the channel's `how` holds one that the viewer may read.
    Sources: RFC 5724 (sms), RFC 6068 (mailto). An iPhone heeds a body without an
    addressee only after `?&`.
    """
    line = localizer.line(announcement.purpose, announcement.audience)
    body, subject = quote(announcement.text, safe=""), quote(line, safe="")
    messages = {"sms": f"?&body={body}", "mailto": f"?subject={subject}&body={body}"}
    for name in announcement.on:
        view = localizer.snapshot.by_name.get(name)
        if view is not None and view.uri_scheme in messages:
            words = localizer.say("announce.write", channel=localizer.short_name(name))
            to = _addressee(view.uri_scheme, localizer.how(name))
            address = f"{view.uri_scheme}:{to}{messages[view.uri_scheme]}"
            yield PageLink(name=name, address=address, words=words)


def _addressee(scheme: str, how: str) -> str:
    """Return the addressee of a message; "" where `how` has none, or several."""
    if scheme == "mailto":
        return quote(",".join(MAILBOX.findall(how)), safe="@,+")
    numbers = ["".join(re.findall(r"[+\d]", each)) for each in NUMBER.findall(how)]
    return numbers[0] if len(numbers) == 1 else ""
