"""What changed, as a program reads it that reads feeds."""

from typing import Any

import pytest
from msgspec.structs import replace
from render.entries import word
from render.export.schemas import read_feed
from render.snapshots import change, snapshot

from secours.languages import LANGUAGES, Text
from secours.model.sections.site import Site
from secours.model.snapshot import Change
from secours.render.export.atom import atom
from secours.render.export.changes import MOST, FeedPlace, feed
from secours.render.wording.localizer import Localizer

PLACE = FeedPlace(base="https://crisis.example/", page="why")
LINE = Change(
    at=change("sms", "o", "x", 60).at,
    subject="line",
    name="alert/management",
    before="sms",
    after="calls",
)
DISTRUST = word("mark", "channel:teams", "distrusted", said="hacked", ago_s=30)
TEST = word("test", "radio", "worked", ago_s=20)
CHANGES = (TEST, DISTRUST, LINE, change("sms", "o", "x", 90))


def read(*changes: Change, language: str = "en", sees_all: bool = True) -> Any:
    made = feed(changes, Localizer(snapshot(), language), PLACE, sees_all=sees_all)
    return read_feed(atom(made))


def test_a_feed_says_what_changed_when_and_whose_word_it_is() -> None:
    found = read(*CHANGES)
    tried, distrusted, line, fell = found.entries

    assert tried.title == "Radio channel 3 tried: it works"
    assert distrusted.title == "Teams set aside: no longer safe “hacked”"
    assert (distrusted.author, distrusted.tags[0].term) == ("Bram", "mark")
    assert line.title == "ALERT · management: On-call SMS → Voice calls"
    assert "author" not in line, "it is the feed's"
    assert found.feed.author == "Cellule de crise"
    assert line.updated == "2026-11-24T02:13:07.000Z"
    assert line.summary.startswith("2026-11-24 03:13:07 (Europe/Brussels): ALERT")
    assert fell.title == "On-call SMS: OK → DOWN, no answer within 10 s"
    assert fell.link == "https://crisis.example/why?name=sms&lang=en"
    assert found.feed.updated == tried.updated
    assert found.feed.links[0].href == "https://crisis.example/feed.atom?lang=en"


def test_a_stranger_reads_what_the_screens_show_and_nobody_s_name() -> None:
    found = read(*CHANGES, sees_all=False)

    assert [entry.tags[0].term for entry in found.entries] == [
        "mark",
        "line",
        "channel",
    ]
    assert found.entries[0].title == "Teams set aside: no longer safe"
    assert "Bram" not in str(found)
    assert "hacked" not in str(found)
    assert "10 s" not in str(found)


def test_an_entry_keeps_its_id_and_no_other_has_it() -> None:
    first, again = read(*CHANGES), read(*CHANGES[1:], language="fr")

    assert [e.id for e in first.entries][1:] == [e.id for e in again.entries]
    assert first.feed.id == again.feed.id
    moved = read(replace(LINE, at=change("sms", "o", "x", 61).at))
    assert moved.entries[0].id != first.entries[2].id


def test_another_site_has_other_ids() -> None:
    elsewhere = replace(snapshot(), site=Site(name=Text("Elsewhere")))
    made = feed(CHANGES, Localizer(elsewhere, "en"), PLACE, sees_all=True)
    ours = read(*CHANGES)

    assert {e.id for e in made.entries}.isdisjoint(e.id for e in ours.entries)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_feed_speaks_one_language(language: str) -> None:
    found = read(*CHANGES, language=language)

    assert found.feed.language == language
    assert found.feed.subtitle


def test_no_feed_is_longer_than_a_reader_needs_and_an_empty_one_is_a_feed() -> None:
    many = [change("sms", "o", "x", ago) for ago in range(2 * MOST)]

    assert len(read(*many).entries) == MOST
    assert read().entries == []


def test_words_from_outside_cannot_leave_their_element() -> None:
    hostile = word("pin", "alert/management", "a<b>&\x00\x1b\u202e]]>", said="<x/>")

    title = read(hostile).entries[0].title

    assert "a&lt;b>&amp;" in title or "a<b>&" in title
    assert not {"\x00", "\x1b", "\u202e"} & {*title}
