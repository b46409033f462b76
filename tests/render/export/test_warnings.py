"""Warnings, as a program reads them that reads the Common Alerting Protocol."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from render.entries import word
from render.export.schemas import infos, read_feed, read_warning, text
from render.snapshots import change, moment, snapshot, with_dead_pin, with_line

from secours.languages import LANGUAGES, Text
from secours.model.sections.site import Site
from secours.model.snapshot import (
    Change,
    Link,
    Rehearsal,
    Snapshot,
)
from secours.model.statements import Declared, Exercise, Mark
from secours.render.export import situations, warnings
from secours.render.export.atom import atom
from secours.render.export.changes import FeedPlace
from secours.render.wording.localizer import Localizer

PLACE = FeedPlace(base="https://crisis.example/", page="why")
LINE = "alert/management"


def of(subject: str, name: str, before: str, after: str, ago_s: float) -> Change:
    return Change(
        at=moment(ago_s), subject=subject, name=name, before=before, after=after
    )


FELL = of("path", "lan", "ok", "down", 300)


def written(shown: Snapshot, path: str | None = "lan") -> list[Any]:
    """Return every warning of a snapshot, as it is read."""
    return [
        read_warning(warnings.warning(each, shown, PLACE))
        for each in situations.situations(shown, path, shown.changes)
    ]


def one(shown: Snapshot) -> Any:
    (alert,) = written(shown)
    return alert


def test_a_line_without_a_channel_is_a_warning() -> None:
    alert = one(snapshot("xxxx"))

    assert text(alert, "sent") == "2026-11-24T03:11:07+01:00"
    assert text(alert, "status") == "Actual"
    assert text(alert, "msgType") == "Alert"
    assert text(alert, "scope") == "Restricted"
    said = infos(alert)
    assert list(said) == list(LANGUAGES)
    assert said["en"]["headline"] == "ALERT · management: no usable channel"
    assert said["en"]["description"] == (
        "ALERT · management: no usable channel,"
        " since 2026-11-24 03:11:07 (Europe/Brussels)"
    )
    assert said["en"]["instruction"].startswith("Last resort: Send a runner.")
    assert said["fr"]["headline"] == "ALERTER · direction : aucun canal utilisable"
    assert said["fr"]["urgency"] == "Immediate"
    assert said["de"]["area"] == "Cellule de crise"


def test_an_engine_that_starts_anew_warns_of_nothing_twice() -> None:
    lost = of("line", LINE, "sms", "", 7200)
    before = of("line", LINE, "", "sms", 9000)

    known, unknown = snapshot("xxxx", changes=(lost,)), snapshot("xxxx")

    assert text(one(known), "sent") == "2026-11-24T01:14:07+01:00"
    (other,) = written(snapshot("xxxx", changes=(before,)))
    assert text(other, "sent") == text(one(unknown), "sent")


@pytest.mark.parametrize(
    "shown",
    [
        snapshot(),
        snapshot("xooo"),
        snapshot("dddd", "????"),
        snapshot(own_link=Link.UNKNOWN),
        snapshot(changes=(of("line", LINE, "sms", "calls", 60),)),
    ],
    ids=[
        "all is well",
        "a fallback",
        "degraded and unknown",
        "link unknown",
        "switched",
    ],
)
def test_what_is_for_the_crisis_room_alone_is_no_warning(shown: Snapshot) -> None:
    assert written(shown) == []


def test_a_line_that_is_being_measured_lacks_nothing_yet() -> None:
    shown = snapshot("xxxx")
    first, *others = shown.recommendations
    measuring = replace(first, measuring=True)

    assert written(replace(shown, recommendations=(measuring, *others))) == []


def test_our_own_link_is_a_warning_since_it_fell() -> None:
    other = of("path", "4g", "ok", "down", 200)

    alert = one(snapshot(own_link=Link.DOWN, changes=(other, FELL)))

    assert text(alert, "sent") == "2026-11-24T03:09:07+01:00"
    assert infos(alert)["en"]["headline"] == "Our own link is down"


def test_what_must_not_be_used_is_a_warning_on_a_person_s_word() -> None:
    mark = Mark(
        subject="channel:teams",
        says=Declared.DISTRUSTED,
        by="Anne",
        why="hacked",
        at=moment(100),
    )

    alert = one(snapshot(marks=(mark,)))

    said = infos(alert)["en"]
    assert said["headline"] == "Teams: compromised"
    assert said["instruction"] == "Do not use Teams: compromised."
    assert said["certainty"] == "Likely"
    assert "Anne" not in str(said)
    assert "hacked" not in str(said)


def test_said_again_it_is_an_update_of_the_first_warning() -> None:
    mark = Mark(
        subject="channel:teams", says=Declared.DISTRUSTED, by="Anne", at=moment(900)
    )
    again = replace(mark, at=moment(60), since=moment(900))

    first, second = one(snapshot(marks=(mark,))), one(snapshot(marks=(again,)))

    assert text(second, "msgType") == "Update"
    assert text(second, "identifier") != text(first, "identifier")
    named = ",".join(text(first, name) for name in ("sender", "identifier", "sent"))
    assert text(second, "references") == named


@pytest.mark.parametrize(
    ("during", "began", "ended", "says"),
    [
        (
            snapshot("xxxx"),
            of("line", LINE, "sms", "", 180),
            of("line", LINE, "", "sms", 30),
            "Over: ALERT · management: no usable channel",
        ),
        (
            snapshot(
                own_link=Link.DOWN, changes=(of("path", "lan", "ok", "down", 300),)
            ),
            FELL,
            of("path", "lan", "down", "ok", 30),
            "Our own link works again",
        ),
        (
            snapshot(
                marks=(
                    Mark(
                        subject="channel:teams",
                        says=Declared.DISTRUSTED,
                        by="Anne",
                        at=moment(300),
                    ),
                )
            ),
            word("mark", "channel:teams", "distrusted", ago_s=300),
            word("mark", "channel:teams", "withdrawn", before="distrusted", ago_s=30),
            "Teams: no longer distrusted",
        ),
    ],
    ids=["a line", "our link", "a distrust"],
)
def test_what_is_over_takes_the_warning_back(
    during: Snapshot, began: Change, ended: Change, says: str
) -> None:
    alert, cancel = one(during), one(snapshot(changes=(ended, began)))

    assert text(cancel, "msgType") == "Cancel"
    named = ",".join(text(alert, name) for name in ("sender", "identifier", "sent"))
    assert text(cancel, "references") == named
    assert infos(cancel)["en"]["headline"] == says
    assert infos(cancel)["en"]["urgency"] == "Past"


def test_a_link_of_which_nothing_is_known_is_not_said_to_work_again() -> None:
    unknown = of("path", "lan", "down", "unknown", 30)

    assert written(snapshot(changes=(unknown, FELL))) == []


def test_a_distrust_said_again_is_taken_back_from_its_first_warning_on() -> None:
    first = word("mark", "channel:teams", "distrusted", ago_s=900)
    again = word("mark", "channel:teams", "distrusted", before="distrusted", ago_s=300)
    over = word("mark", "channel:teams", "withdrawn", before="distrusted", ago_s=30)

    cancel = one(snapshot(changes=(over, again, first)))

    assert text(cancel, "references").endswith(",2026-11-24T02:59:07+01:00")


def test_what_was_over_long_ago_is_no_longer_said() -> None:
    began = of("line", LINE, "sms", "", 200_000)
    ended = of("line", LINE, "", "sms", 90_000)

    assert written(snapshot(changes=(ended, began))) == []


def test_an_exercise_is_marked_as_one_and_ends() -> None:
    played = Rehearsal(
        exercise=Exercise(
            fails=("carrier:mobile-a",),
            by="Anne",
            at=moment(60),
            until=datetime(2026, 11, 24, 4, tzinfo=UTC),
        ),
        channels={},
        recommendations=snapshot("xxxx").recommendations,
    )

    alert = one(snapshot(rehearsal=played))
    real, *_ = written(snapshot("xxxx", rehearsal=played))

    assert text(alert, "status") == "Exercise"
    said = infos(alert)
    assert all(each["expires"] == "2026-11-24T05:00:00+01:00" for each in said.values())
    assert said["en"]["headline"].startswith("EXERCISE: ")
    assert said["fr"]["headline"].startswith("EXERCICE : ")
    assert text(real, "status") == "Actual"


def test_an_example_plan_warns_nobody() -> None:
    assert text(one(snapshot("xxxx", example=True)), "status") == "Test"


def test_a_warning_reads_the_same_whenever_it_is_asked_for() -> None:
    shown = snapshot("xxxx")
    later = replace(shown, at=moment(-600), changes=(change("sms", "o", "x", 20),))

    def bodies(of: Snapshot) -> list[bytes]:
        found = situations.situations(of, "lan", of.changes)
        return [warnings.warning(each, of, PLACE) for each in found]

    assert bodies(shown) == bodies(later)


@pytest.mark.parametrize(
    ("zone", "sent"),
    [
        ("UTC", "2026-11-24T02:11:07-00:00"),
        ("America/St_Johns", "2026-11-23T22:41:07-03:30"),
    ],
    ids=["UTC", "half an hour"],
)
def test_a_moment_bears_the_offset_of_the_site(zone: str, sent: str) -> None:
    site = Site(name=Text("Salle"), language="fr", timezone=zone)

    assert text(one(snapshot("xxxx", site=site)), "sent") == sent


def test_the_sender_is_the_site_by_its_public_name() -> None:
    site = Site(name=Text("Salle"), public_url="https://crisis.example.org")

    assert text(one(snapshot("xxxx", site=site)), "sender") == (
        "secours@crisis.example.org"
    )


def test_words_of_the_plan_cannot_leave_their_element() -> None:
    site = Site(name=Text('<b>&"\x00\u202e'), language="fr")

    alert = one(snapshot("xxxx", site=site))

    assert infos(alert)["fr"]["senderName"] == '<b>&"'


def test_where_the_warnings_are_is_a_feed() -> None:
    shown = snapshot("xxxx", "xxxx", own_link=Link.DOWN)
    found = situations.situations(shown, "lan", ())

    index = read_feed(atom(warnings.index(found, Localizer(shown, "en"), PLACE)))

    assert [entry.title for entry in index.entries] == [
        "ALERT · management: no usable channel",
        "COORDINATE · management: no usable channel",
        "Our own link is down",
    ]
    names = [warnings.identifier(each, shown) for each in found]
    assert [entry.links[0].href for entry in index.entries] == [
        f"https://crisis.example/cap/{name}.xml" for name in names
    ]
    assert index.entries[0].links[0].type == "application/cap+xml"


def in_vain(*changes: Change) -> Snapshot:
    """Return a town that alerts by a pinned SMS, which is down as all else is."""
    shown = with_dead_pin(snapshot("xxxx", changes=changes), 0, "sms")
    return with_line(shown, 0, since=moment(60))


def test_a_line_that_keeps_a_dead_channel_by_a_pin_is_a_warning() -> None:
    alert = one(in_vain())

    assert text(alert, "sent") == "2026-11-24T03:11:07+01:00"
    assert infos(alert)["en"]["headline"] == "ALERT · management: no usable channel"
    assert "Send a runner" in infos(alert)["en"]["instruction"]


def test_a_pin_on_a_dead_channel_does_not_end_the_warning() -> None:
    lost = of("line", LINE, "calls", "", 120)
    pinned = of("line", LINE, "", "sms", 60)

    alert, before = one(in_vain(pinned, lost)), one(snapshot("xxxx", changes=(lost,)))

    assert text(alert, "msgType") == "Alert"
    assert text(alert, "identifier") == text(before, "identifier")


def test_a_pin_with_another_channel_left_is_no_warning() -> None:
    shown = in_vain()
    works = snapshot("xooo").recommendations[0].use

    assert written(with_line(shown, 0, unpinned=works)) == []


@pytest.mark.parametrize("left", ["", "Province"])
def test_a_distrust_of_two_authors_ends_with_the_second(left: str) -> None:
    def distrust(author: str, ago_s: float) -> Mark:
        return Mark(
            subject="channel:sms",
            says=Declared.DISTRUSTED,
            by="Ann",
            at=moment(ago_s),
            author=author,
        )

    both = (distrust("", 300), distrust("Province", 200))
    changes = (
        of("mark", "channel:sms", "distrusted", "withdrawn", 100),
        of("mark", "channel:sms", "distrusted", "distrusted", 200),
        of("mark", "channel:sms", "", "distrusted", 300),
    )

    two = one(snapshot(marks=both, changes=changes[1:]))
    kept = tuple(mark for mark in both if mark.author == left)
    still = one(snapshot(marks=kept, changes=changes))
    over = one(snapshot(changes=changes))

    assert text(two, "msgType") == "Update"
    assert text(still, "msgType") in ("Alert", "Update")
    assert text(over, "msgType") == "Cancel"
