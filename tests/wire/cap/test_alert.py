"""A warning that comes from outside is read, or refused with why."""

import pytest
from wire.cap.warnings import CAP, INFO, alert

from secours.wire.cap.alert import MOST_BYTES, MOST_DEEP, NoAlert, read

BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>'
OUTSIDE = b'<!DOCTYPE a SYSTEM "file:///etc/passwd">'


def test_what_a_warning_says_is_read() -> None:
    came = read(alert(references="a@b.example,X1,2026-11-24T01:00:00+01:00 junk"))

    assert came.identity == (
        "alerts@weather.example",
        "KMI.2026-17",
        "2026-11-24T03:00:00+01:00",
    )
    assert (came.type, came.status) == ("Alert", "Actual")
    assert came.refers_to == (("a@b.example", "X1", "2026-11-24T01:00:00+01:00"),)
    info = came.info_in("en")
    assert info is not None
    assert (info.headline, info.severity) == ("Storm tonight", "Severe")


def test_it_is_read_in_the_language_of_the_site_or_else_in_its_first() -> None:
    french = INFO.replace("en-GB", "fr").replace("Storm tonight", "Tempête")

    came = read(alert(INFO + french))
    english, german, none = came.info_in("en"), came.info_in("de"), read(alert(""))

    assert came.info_in("fr") == came.infos[1]
    assert english == german == came.infos[0]
    assert none.info_in("fr") is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no XML in UTF-8"),
        (b"not XML", "no XML in UTF-8"),
        (alert()[:-3], "no XML in UTF-8"),
        (alert().decode().encode("utf-16"), "no XML in UTF-8"),
        (alert().decode().encode("utf-16-le"), "no XML in UTF-8"),
        (b'<?xml version="1.0" encoding="iso-2022-jp"?>' + alert(), "no XML in UTF-8"),
        (BOMB + alert(), "a document type is not allowed"),
        (OUTSIDE + alert(), "a document type is not allowed"),
        (alert().replace(b"Storm", b"&storm;"), "no XML in UTF-8"),
        (b"<alert/>", "no alert of CAP 1.2"),
        (alert().replace(b":1.2", b":1.1"), "no alert of CAP 1.2"),
        (alert(identifier=""), "<identifier> is missing"),
        (alert(identifier="a b"), "<identifier> is missing"),
        (alert(sender="a,b"), "<sender> is missing"),
        (alert(sender="x" * 300), "<sender> is missing, too long"),
        (alert(sent="2026-11-24T03:00:00Z"), "<sent> must be a moment"),
        (alert(sent="2026-11-31T03:00:00+01:00"), "<sent> must be a moment"),
        (alert(sent="9999-12-31T23:00:00-12:00"), "<sent> must be a moment"),
        (alert(status="Real"), "<status> must be one of Actual, Exercise"),
        (alert(msgType="Note"), "<msgType> must be one of Alert, Update"),
        (alert(scope=""), "<scope> must be one of Public"),
        (alert("<status>Test</status>"), "<status> stands there twice"),
        (alert("<info/>" * 40), "more than 32 of <info>"),
        (alert("<a>" * MOST_DEEP + "</a>" * MOST_DEEP), "more elements than any"),
        (alert("<a/>" * 2000), "more elements than any"),
        (alert("x" * MOST_BYTES), "more than 65536 bytes"),
    ],
    ids=[
        *("nothing", "no XML", "cut off", "UTF-16", "UTF-16 without mark", "another"),
        *("entities", "an outside entity", "an undeclared entity"),
        *("no namespace", "CAP 1.1", "no identifier", "a space", "a comma"),
        *(
            "a long name",
            "no offset",
            "no such day",
            "no such year",
            "status",
            "type",
            "scope",
        ),
        *("twice", "many infos", "deep", "many elements", "long"),
    ],
)
def test_what_is_no_warning_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(NoAlert, match=why):
        read(body)


def test_what_others_add_is_left_alone() -> None:
    more = f'<x:y xmlns:x="urn:x">1</x:y><parameter xmlns="{CAP}"/>'

    assert read(alert(INFO + more)) == read(alert())
