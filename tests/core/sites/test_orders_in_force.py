"""What the province has said to sites: what still holds, and what to look at."""

from datetime import timedelta
from typing import Any

import pytest
from plans import START, moment
from requested import requested, travelling

from secours.core.sites.orders_in_force import (
    holding,
    take_back,
    to_look_at,
    where_newest,
)
from secours.model.sites.handed_down import Addressee, HandedDown, OrderProgress
from secours.model.sites.views import OrderKind

NOW = START + timedelta(seconds=100)
DOWN = {"do": "mark", "subject": "power:grid", "says": "down"}
UP = {**DOWN, "says": "up"}
UNSAFE = {**DOWN, "says": "distrusted"}
CLEAR = {"do": "unmark", "subject": "power:grid"}
PLAY = {"do": "exercise", "action": "start", "fails": ["sms"]}
STOP = {"do": "exercise", "action": "stop"}


def order(
    asked: dict[str, Any], *sites: str | Addressee, for_s: float = 1000.0, **more: Any
) -> HandedDown:
    facts: dict[str, Any] = {
        "number": 1,
        "kind": OrderKind.MARK,
        "what": "",
        "author": "Province",
        "by": "Ann",
        "issued": moment(0),
        "boot_id": "",
        "until": START + timedelta(seconds=for_s),
        "asked": requested(asked) if asked else None,
        "to": tuple(
            to if isinstance(to, Addressee) else Addressee(site=to) for to in sites
        ),
    }
    return HandedDown(**{**facts, **more})


@pytest.mark.parametrize(
    ("asked", "request_"),
    [
        (DOWN, {**CLEAR, "says": "down"}),
        (UNSAFE, {**CLEAR, "says": "distrusted"}),
        (PLAY, STOP),
        (CLEAR, None),
        (STOP, None),
        ({}, None),
    ],
    ids=["down", "distrusted", "exercise", "withdrawal", "stop", "plan"],
)
def test_what_would_take_a_word_back(
    asked: dict[str, Any], request_: dict[str, Any] | None
) -> None:
    word = take_back(order(asked, "spa"))
    assert (word and travelling(word)) == request_


@pytest.mark.parametrize(
    ("older", "newer", "still"),
    [
        (DOWN, CLEAR, False),
        (DOWN, {**CLEAR, "says": "down"}, False),
        (DOWN, {**CLEAR, "says": "distrusted"}, True),
        (DOWN, {**CLEAR, "subject": "carrier:a"}, True),
        ({**DOWN, "subject": "channel:sms"}, {**CLEAR, "subject": "sms"}, False),
        ({**UNSAFE, "subject": "sms"}, {**UNSAFE, "subject": "channel:sms"}, False),
        (DOWN, UP, False),
        (DOWN, UNSAFE, True),
        (UNSAFE, UP, True),
        (DOWN, STOP, True),
        (PLAY, STOP, False),
        (PLAY, PLAY, False),
        (PLAY, CLEAR, True),
        (DOWN, {}, True),
    ],
    ids=[
        "cleared",
        "that one cleared",
        "the other cleared",
        "of something else",
        "a channel cleared by its bare name",
        "a channel distrusted again by its node",
        "another word",
        "a distrust beside it",
        "a word beside a distrust",
        "an exercise ended",
        "ended",
        "another exercise",
        "a mark cleared",
        "a plan",
    ],
)
def test_a_word_holds_until_a_newer_one_takes_its_place(
    older: dict[str, Any], newer: dict[str, Any], still: bool
) -> None:
    left = ("spa",) if still else ()
    assert holding(order(older, "spa"), [order(newer, "spa")], NOW) == left
    assert holding(order(older, "spa"), [order(newer, "dison")], NOW) == ("spa",)
    assert holding(order(older, "spa"), [order(newer, to_all=True)], NOW) == left
    assert holding(order(older, to_all=True), [order(newer, "spa")], NOW) == ("all",)


def test_a_word_holds_until_its_end_and_a_distrust_until_it_is_lifted() -> None:
    later = START + timedelta(seconds=200)
    assert not holding(order(DOWN, "spa", for_s=50.0), [], NOW)
    assert holding(order(DOWN, "spa", for_s=50.0, ends=later), [], NOW)
    assert holding(order(UNSAFE, "spa", for_s=50.0), [], NOW)


@pytest.mark.parametrize(
    "missed",
    [
        Addressee(site="spa", progress=OrderProgress.OVER),
        Addressee(site="spa", progress=OrderProgress.ANSWERED, outcome="expired"),
    ],
    ids=["never fetched", "came too late"],
)
@pytest.mark.parametrize("to_all", [False, True], ids=["to it", "to all"])
def test_word_holds_where_its_withdrawal_never_came(
    missed: Addressee, to_all: bool
) -> None:
    taken = [
        Addressee(site=name, progress=OrderProgress.ANSWERED, outcome="taken")
        for name in ("dison", "spa")
    ]
    said = order(UNSAFE, *taken, to_all=to_all)
    back = order(CLEAR, taken[0], missed, to_all=to_all)

    assert holding(said, [back], NOW) == ("spa",)
    assert holding(order(UNSAFE, missed), [], NOW) == ()


def test_word_taken_back_at_all_but_a_site_leaves_the_newer_one_of_that_site() -> None:
    taken = [
        Addressee(site=name, progress=OrderProgress.ANSWERED, outcome="taken")
        for name in ("dison", "spa")
    ]
    played = order(PLAY, *taken, to_all=True)
    there = order(PLAY, "spa", number=2)
    stop = order(STOP, taken[0], to_all=True, number=3, but=("spa",))

    refused = Addressee(
        site="dison", progress=OrderProgress.ANSWERED, outcome="expired"
    )
    nowhere = order(PLAY, refused, number=2)

    assert where_newest(1, ["all"], [there, played]) == (("all",), ("spa",))
    assert where_newest(1, ["all"], [nowhere, played]) == (("all",), ())
    assert where_newest(1, ["all", "spa"], [stop, there, played]) == ((), ())
    assert where_newest(1, ["spa", "dison"], [there, played]) == (("dison",), ())
    assert holding(played, [stop, there], NOW) == ()
    assert holding(there, [stop], NOW) == ("spa",)
    assert to_look_at([stop, there], NOW) == (there,)


def test_word_is_taken_back_only_where_none_took_its_place() -> None:
    first, second = order(PLAY, "spa", "dison"), order(PLAY, "spa")

    assert holding(first, [second], NOW) == ("dison",)


def test_what_is_not_taken_in_is_to_be_looked_at_until_its_end() -> None:
    def to(site: str, progress: OrderProgress, outcome: str = "") -> Addressee:
        return Addressee(site=site, progress=progress, outcome=outcome)

    waiting = to("a", OrderProgress.WAITING)
    answered = to("b", OrderProgress.ANSWERED)
    refused = to("c", OrderProgress.ANSWERED, "not-accepted")
    settled = (
        to("d", OrderProgress.ANSWERED, "taken"),
        to("e", OrderProgress.ANSWERED, "nothing"),
        to("f", OrderProgress.OVER),
    )
    mixed = order(DOWN, waiting, answered, refused, *settled)

    [left] = to_look_at([mixed, order(DOWN, *settled)], NOW)
    assert left.to == (waiting, answered, refused)
    assert to_look_at([order(DOWN, waiting, for_s=50.0)], NOW) == ()
    assert to_look_at([order(DOWN, refused, over=True)], NOW) == ()
    assert to_look_at([order(DOWN, to_all=True)], NOW) == (order(DOWN, to_all=True),)


def test_what_all_have_taken_in_is_nothing_to_look_at_though_more_may_come() -> None:
    taken = Addressee(site="spa", progress=OrderProgress.ANSWERED, outcome="taken")
    everywhere = order(DOWN, taken, to_all=True)

    assert everywhere.awaits_sites
    assert to_look_at([everywhere], NOW) == ()
    assert to_look_at([order(DOWN, to_all=True)], NOW) != ()


@pytest.mark.parametrize(
    ("newer", "older", "gone"),
    [
        (order(UP, "spa"), order(DOWN, "spa"), True),
        (order(CLEAR, "spa"), order(DOWN, "spa"), True),
        (order(STOP, "spa"), order(PLAY, "spa"), True),
        (order(UNSAFE, "spa"), order(DOWN, "spa"), False),
        (order(UP, "dison"), order(DOWN, "spa"), False),
        (order(UP, to_all=True), order(DOWN, "spa"), True),
        (order(UP, to_all=True), order(DOWN, to_all=True), True),
    ],
    ids=[
        "another mark",
        "taken back",
        "stopped",
        "beside it",
        "another site",
        "one for all",
        "both for all",
    ],
)
def test_what_a_newer_one_took_the_place_of_is_not_looked_at(
    newer: HandedDown, older: HandedDown, gone: bool
) -> None:
    assert to_look_at([newer, older], NOW) == ((newer,) if gone else (newer, older))


def test_what_is_newer_at_one_site_leaves_the_other() -> None:
    newer, older = order(UP, "spa"), order(DOWN, "spa", "dison")

    assert to_look_at([newer, older], NOW) == (newer, order(DOWN, "dison"))


@pytest.mark.parametrize(
    "to",
    [
        Addressee(site="a", progress=OrderProgress.UNKNOWN_SITE),
        Addressee(site="a", progress=OrderProgress.ANSWERED, outcome="unknown-subject"),
    ],
    ids=["no such site", "no such subject"],
)
def test_what_never_came_need_not_be_taken_back(to: Addressee) -> None:
    assert to_look_at([order(CLEAR, to)], NOW) == ()
    assert to_look_at([order(DOWN, to)], NOW) == (order(DOWN, to),)
