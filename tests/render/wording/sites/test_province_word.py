"""What the province says, where it holds and where it was said."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from plans import moment
from render.town_statements import later, rehearsed, town
from requested import requested
from site_views import fallen, good, site

from secours.cli import state_text
from secours.languages import Text
from secours.model.sites.handed_down import Addressee, HandedDown, OrderProgress
from secours.model.sites.views import OrderKind
from secours.model.snapshot import Snapshot
from secours.model.statements import Declared, Mark
from secours.render.answers import status
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites import province_word
from secours.render.wording.sites.names import names_of

LIEGE = "Province de Liège"
BY = f"{LIEGE} (Ann)"
UNTIL = later(60).utc


def marked(says: Declared, author: str = LIEGE) -> Snapshot:
    mark = Mark(
        subject="channel:teams",
        says=says,
        by=BY,
        at=later(-5),
        until=UNTIL,
        author=author,
    )
    return replace(town(), marks=(mark,))


def exercise() -> Snapshot:
    shown = rehearsed(town())
    assert shown.rehearsal is not None
    played = replace(shown.rehearsal.exercise, by=BY, author=LIEGE, until=UNTIL)
    return replace(shown, rehearsal=replace(shown.rehearsal, exercise=played))


def said(shown: Snapshot) -> list[str]:
    return [*province_word.words_here(Localizer(shown, "en"))]


def test_at_a_site_it_is_said_what_holds_until_when_and_by_whom() -> None:
    until = Localizer(town(), "en").time(UNTIL)

    assert said(marked(Declared.DOWN)) == [
        f"The word of {BY} holds here until {until}: Teams declared down"
    ]
    assert said(marked(Declared.DISTRUSTED)) == [
        f"The word of {BY} holds here until {LIEGE} lifts it:"
        " Teams set aside: no longer safe"
    ]
    assert said(exercise())[0].startswith(f"The word of {BY} holds here until {until}:")


def test_of_the_sites_own_words_nothing_is_said() -> None:
    own = (marked(Declared.DOWN, author=""), rehearsed(town()), town())

    assert [said(shown) for shown in own] == [[], [], []]
    assert [status.answer(each, 1.0, "en").province or () for each in own] == [()] * 3


@pytest.mark.parametrize(
    ("shown", "kind", "until"),
    [
        (marked(Declared.DOWN), "mark", True),
        (marked(Declared.DISTRUSTED), "mark", False),
        (exercise(), "exercise", True),
    ],
    ids=["down", "distrusted", "exercise"],
)
def test_status_has_it(shown: Snapshot, kind: str, until: bool) -> None:
    answer = status.answer(shown, 1.0, "en")

    [word] = answer.province or ()
    assert (word.kind, word.author, word.by) == (kind, LIEGE, BY)
    assert bool(word.until) is until
    [line] = [
        each for each in state_text.states(answer, shown, "en") if BY in each[:60]
    ]
    assert line == f"{said(shown)[0]}."


def order(*to: Addressee, to_all: bool = False, **asked: Any) -> HandedDown:
    return HandedDown(
        number=1,
        kind=OrderKind.MARK,
        what="power:grid down",
        author=LIEGE,
        by="Ann",
        issued=moment(0),
        boot_id="",
        until=datetime(2027, 1, 1, tzinfo=UTC),
        to=to,
        to_all=to_all,
        asked=requested(asked) if asked else None,
    )


@pytest.mark.parametrize(
    ("asked", "language", "words"),
    [
        (
            {"do": "mark", "subject": "power:grid", "says": "distrusted"},
            "fr",
            "power:grid à l\u2019écart : compromission",
        ),
        (
            {"do": "unmark", "subject": "channel:sms", "says": "down"},
            "de",
            "sms: Meldung zurückgenommen",
        ),
        (
            {"do": "exercise", "action": "start", "fails": ["sms", "power:grid"]},
            "nl",
            "OEFENING: gesimuleerde storing van sms, power:grid",
        ),
        ({"do": "exercise", "action": "stop"}, "fr", "Fin de l’EXERCICE"),  # noqa: RUF001
        ({}, "fr", "power:grid down"),
    ],
    ids=["mark", "withdrawal", "exercise", "stop", "plan"],
)
def test_what_was_sent_is_said_in_the_language_of_the_province(
    asked: dict[str, Any], language: str, words: str
) -> None:
    assert province_word.what(order(**asked), names_of((), language)) == words


SPA = replace(
    site("spa", good("sms", label=Text("On-call SMS")), fallen("power:grid")),
    label=Text("Hôpital de Spa"),
)


@pytest.mark.parametrize("subject", ["sms", "channel:sms"], ids=["bare", "node"])
def test_what_was_sent_is_named_as_sites_name_it_with_the_name_to_type(
    subject: str,
) -> None:
    names = names_of([site("ans"), SPA], "en")
    word = order(do="mark", subject=subject, says="down")

    assert province_word.what(word, names) == "On-call SMS [sms] declared down"
    sent = order(Addressee(site="spa"), Addressee(site="huy"))
    assert "waits for the hub: Hôpital de Spa [spa], huy" in (
        province_word.handed_down(sent, names)
    )


def test_a_refusal_that_is_cut_shows_that() -> None:
    long = Addressee(site="spa", outcome="unknown-subject", why="a mistake, " * 30)

    assert province_word.progress(long, "en").endswith("…")


def test_the_province_sees_how_far_it_is_with_each() -> None:
    waiting = [Addressee(site=f"s{n}") for n in range(10)]
    refused = Addressee(
        site="spa",
        progress=OrderProgress.ANSWERED,
        outcome="unknown-subject",
        why="power:grid",
    )

    assert province_word.handed_down(order(*waiting, refused), names_of((), "en")) == (
        "Sent to sites by Ann: power:grid down – "  # noqa: RUF001
        "waits for the hub: s0, s1, s2, s3, s4, s5, s6, s7 and 2 others;"
        " the site’s plan has no power:grid: spa"  # noqa: RUF001
    )
    assert province_word.how_far(order(to_all=True), "en", str) == [
        "to all sites, as soon as the hub is reached"
    ]
