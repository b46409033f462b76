"""The province asks that sites take a word or a plan in; a site keeps its own words."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from plans import component, moment, plan
from refusals import refusing
from requested import requested, travelling

from secours.core.memory import EMPTY
from secours.core.statements.new_word import hear
from secours.core.statements.words_in_force import Words
from secours.engine import clock
from secours.engine.control import requests, statements, undo
from secours.engine.control.handlers import Answers
from secours.engine.control.requests import RequestRefused
from secours.engine.engine import Engine
from secours.engine.orders import handing_down
from secours.engine.published import handed_down_file
from secours.engine.store.reader import HistoryReader
from secours.engine.store.store import Store
from secours.languages import Text
from secours.model.requests import UnmarkRequest
from secours.model.sections.site import Site
from secours.model.sites.handed_down import HandedDown
from secours.model.sites.views import OrderKind
from secours.model.statements import Declared, Exercise, Mark, Withdrawn, Word

LIEGE = "Province de Liège"
OFFICE = replace(plan(component("power:grid")), site=Site(name=Text(LIEGE)))
NOW = moment(0)
DOWN = {"do": "mark", "subject": "carrier:mobile-a", "says": "down", "for_s": 600}


def for_others(kind: str, **asked: Any) -> Word:
    request = requested({"do": kind, "by": "Ann", **asked})
    return statements.for_others(request, OFFICE, NOW)


@asynccontextmanager
async def engine(folder: Path, *, province: bool = True) -> AsyncIterator[Engine]:
    with closing(Store(folder)) as store:
        made = Engine(OFFICE, EMPTY, store, folder, clock.now, province=province)
        async with requests.serve(folder, Answers(made, store, clock.now).table()):
            yield made


def _lives_s(order: HandedDown) -> float:
    """Return for how long it may be taken in, asked a moment before it was issued."""
    return (order.until - order.issued.utc).total_seconds()


async def ask(folder: Path, **request: Any) -> dict[str, Any]:
    return await asyncio.to_thread(requests.ask, folder, request)


# ------------------------------------------------------------------ what may be said


def test_word_for_others_may_be_of_what_our_own_plan_does_not_have() -> None:
    down = for_others("mark", subject="sms", says="down", for_s=60)
    played = for_others("exercise", action="start", fails=("sms",), for_s=60)

    assert isinstance(down, Mark)
    assert (down.subject, down.until) == ("sms", NOW.utc + timedelta(seconds=60))
    assert isinstance(played, Exercise)
    assert played.fails == ("sms",)


def test_what_sites_were_told_is_withdrawn_though_we_know_nothing_of_it() -> None:
    lifted = for_others("unmark", subject="sms", says="distrusted")
    stopped = for_others("exercise", action="stop")

    assert lifted == Withdrawn(
        kind="mark", subject="sms", says=Declared.DISTRUSTED, by="Ann"
    )
    assert stopped == Withdrawn(kind="exercise", by="Ann")


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        pytest.param({**DOWN, "says": "distrusted"}, "distrusted", id="mark"),
        pytest.param(
            {"do": "unmark", "subject": "sms"}, "mark sms withdrawn", id="clear"
        ),
        pytest.param(
            {"do": "exercise", "action": "start", "fails": ["sms"], "for_s": 60},
            "exercise sms",
            id="exercise",
        ),
        pytest.param(
            {"do": "exercise", "action": "stop"}, "exercise withdrawn", id="stop"
        ),
    ],
)
async def test_what_goes_down_is_told_from_another_word(
    tmp_path: Path, asked: dict[str, Any], what: str
) -> None:
    word = {"by": "Ann", **asked}
    async with engine(tmp_path):
        answer = await ask(tmp_path, do="hand-down", by="Ann", sites=["spa"], word=word)

    assert answer["what"].endswith(what)


@pytest.mark.parametrize(
    ("kind", "asked", "why"),
    [
        ("mark", {"subject": " ", "says": "down"}, "no component or channel"),
        ("mark", {"subject": "sms", "says": "lost"}, "nothing can be marked"),
        ("unmark", {"subject": "sms", "says": "lost"}, "nothing can be marked"),
        ("exercise", {"action": "start", "fails": ("a",)}, "must have an end"),
        ("exercise", {"action": "start", "for_s": 9}, "at least one failure"),
        ("mark", {"subject": "sms", "says": "down", "by": ""}, "is signed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_site_would_take_is_refused(
    kind: str, asked: dict[str, Any], why: str
) -> None:
    with refusing(why, RequestRefused):
        for_others(kind, **asked)


# ------------------------------------------------------------------- over the socket


async def test_what_was_handed_down_can_be_taken_back_unless_it_was_said_before(
    tmp_path: Path,
) -> None:
    down = {"do": "hand-down", "sites": ["spa"], "by": "Ann", "word": DOWN}
    async with engine(tmp_path):
        first = await ask(tmp_path, **down)
        undone = await ask(tmp_path, **first["undo"], by="Ann")
        anew = await ask(tmp_path, **down)
        elsewhere = await ask(tmp_path, **{**down, "sites": ["dison"]})
        twice = await ask(tmp_path, **down)
        orders = handing_down.recall(tmp_path).orders
        said = [msgspec.json.decode(each.text) for each in orders]

    assert said[3]["mistaken"] is True
    assert undone["undo"] is twice["undo"] is None
    assert anew["undo"] == {**first["undo"], "takes_back": anew["number"]}
    assert elsewhere["undo"]["sites"] == ["dison"]
    assert first["undo"] == {
        "do": "hand-down",
        "sites": ["spa"],
        "takes_back": first["number"],
        "word": {
            "do": "unmark",
            "subject": "carrier:mobile-a",
            "says": "down",
            "mistaken": True,
        },
    }


PLAYED = {"do": "exercise", "action": "start", "fails": ["sms"], "for_s": 60}


@pytest.mark.parametrize("word", [PLAYED, DOWN], ids=["exercise", "mark"])
async def test_word_taken_back_leaves_a_newer_one_of_a_single_site(
    tmp_path: Path, word: dict[str, Any]
) -> None:
    async def hand(*sites: str) -> dict[str, Any]:
        said = {"do": "hand-down", "sites": sites, "by": "Ann", "word": word}
        return await ask(tmp_path, **said)

    async with engine(tmp_path):
        two = await hand("spa", "dison")
        to_all = await hand("all")
        there = await hand("spa")
        back = {**(two["undo"] or {}), "sites": ["all"], "by": "Ann"}
        await ask(tmp_path, **{**back, "takes_back": to_all["number"]})
        refused = await ask(tmp_path, **two["undo"], by="Ann")
        stop, newest, *_ = handing_down.recall(tmp_path).orders
    with HistoryReader(tmp_path) as history:
        notes = [entry.text for entry in history.journal()]

    assert any(note.endswith(" → all, -spa") for note in notes)
    assert (stop.to_all, stop.but) == (True, ("spa",))
    assert newest.number == there["number"]
    assert "something else was said of it since" in refused["error"]


@pytest.mark.parametrize(
    "word",
    [
        {**DOWN, "why": "", "since": "14:05"},
        {**DOWN, "why": "seen", "for_s": None, "until": "16:40"},
        {
            "do": "exercise",
            "action": "start",
            "fails": ["sms"],
            "for_s": 60,
            "why": "",
            "notices": True,
        },
    ],
    ids=["since", "until", "exercise"],
)
async def test_what_the_page_asks_for_is_taken(
    tmp_path: Path, word: dict[str, Any]
) -> None:
    async with engine(tmp_path):
        asked = {"sites": ["spa", "dison"], "word": word, "by": "Ann"}
        answer = await ask(tmp_path, do="hand-down", **asked)
        back = await ask(tmp_path, **answer["undo"], by="Ann")

    assert (answer["sites"], back["sites"]) == (["spa", "dison"], ["spa", "dison"])


async def test_screens_see_what_was_handed_down_and_not_its_text(
    tmp_path: Path,
) -> None:
    async with engine(tmp_path):
        await ask(tmp_path, do="hand-down", sites=["spa"], by="Ann", word=DOWN)
        [order] = handed_down_file.read(tmp_path)
    async with engine(tmp_path, province=False):
        assert handed_down_file.read(tmp_path) == ()

    asked = {name: DOWN[name] for name in ("do", "subject", "says")}
    assert (travelling(order.asked), order.text, order.by) == (asked, "", "Ann")


async def test_word_is_on_disk_and_in_the_journal_when_it_is_answered(
    tmp_path: Path,
) -> None:
    async with engine(tmp_path):
        answer = await ask(
            tmp_path, do="hand-down", sites=["spa", "dison"], by="Ann", word=DOWN
        )
        [order] = handing_down.recall(tmp_path).orders
    with HistoryReader(tmp_path) as history:
        noted = [(e.by, e.kind, e.text) for e in history.journal()]

    assert (answer["kept"], answer["sites"]) == ("disk", ["spa", "dison"])
    assert order.number == answer["number"]
    assert (order.kind, order.author, order.by) == (OrderKind.MARK, LIEGE, "Ann")
    assert _lives_s(order) == pytest.approx(600, abs=1)
    assert (
        "Ann",
        "handed-down",
        "carrier:mobile-a declared down → spa, dison",
    ) in noted


@pytest.mark.parametrize(
    ("word", "what"),
    [
        (DOWN, "carrier:mobile-a down"),
        (
            {"do": "exercise", "action": "start", "fails": ["sms"], "for_s": 60},
            "exercise sms",
        ),
        ({"do": "exercise", "action": "stop"}, "exercise withdrawn"),
        ({"do": "unmark", "subject": "sms"}, "mark sms withdrawn"),
        (
            {"do": "unmark", "subject": "sms", "says": "distrusted"},
            "mark sms distrusted withdrawn",
        ),
    ],
    ids=["mark", "exercise", "its end", "a mark taken back", "one of its marks"],
)
async def test_an_exercise_and_what_is_taken_back_are_not_shown_as_a_mark(
    tmp_path: Path, word: Mapping[str, Any], what: str
) -> None:
    async with engine(tmp_path):
        await ask(tmp_path, do="hand-down", sites=["spa"], by="Ann", word=word)
        shown = handed_down_file.read(tmp_path)

    assert [each.what for each in shown] == [what]


async def test_distrust_may_be_taken_in_for_as_long_as_the_hub_has_it(
    tmp_path: Path,
) -> None:
    distrust = {**DOWN, "says": "distrusted"}
    async with engine(tmp_path):
        await ask(tmp_path, do="hand-down", sites=["all"], by="A", word=distrust)
        [order] = handing_down.recall(tmp_path).orders

    days_s = timedelta(days=30).total_seconds()
    assert _lives_s(order) == pytest.approx(days_s, abs=1)
    assert order.to_all


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"sites": [], "word": DOWN}, "to which sites?"),
        ({"sites": ["a"]}, "missing required field `word`"),
        ({"sites": ["a"], "word": {"do": "up"}}, "Invalid value 'up'"),
        ({"sites": ["a"], "word": {"do": "pin"}}, "Invalid value 'pin'"),
        ({"sites": ["a"], "word": DOWN, "plan": "x"}, "unknown field `plan`"),
        ({"sites": ["a"], "word": {"do": "mark", "colour": 1}}, "unknown field"),
    ],
    ids=["nobody", "nothing", "no-word", "no-order", "plan", "malformed"],
)
async def test_what_cannot_be_handed_down_is_refused(
    tmp_path: Path, asked: dict[str, Any], why: str
) -> None:
    async with engine(tmp_path):
        answer = await ask(tmp_path, do="hand-down", by="Ann", **asked)

    assert why in answer["error"]


async def test_only_a_province_hands_down(tmp_path: Path) -> None:
    async with engine(tmp_path, province=False):
        said = await ask(tmp_path, do="hand-down", sites=["a"], by="A", word=DOWN)

    assert "not that of a province" in said["error"]


# ----------------------------------------------------------------- at the site itself


def foreign(says: Declared) -> Mark:
    return Mark(subject="power:grid", says=says, by="Ann", at=NOW, author=LIEGE)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (Declared.DISTRUSTED, f"set aside by {LIEGE} .* only {LIEGE} can lift"),
        (Declared.DOWN, f"declared by {LIEGE}, which alone can withdraw it"),
    ],
    ids=["distrust", "down"],
)
def test_site_cannot_take_back_what_the_province_says(says: Declared, why: str) -> None:
    words = hear(Words(), foreign(says))
    for only in (None, says.value):
        asked = UnmarkRequest(subject="power:grid", by="Bob", says=only)
        with refusing(why, RequestRefused):
            statements.word(asked, OFFICE, words, NOW)


def test_site_takes_its_own_distrust_back_beside_that_of_the_province() -> None:
    own = replace(foreign(Declared.DISTRUSTED), author="", by="Bob")
    words = hear(hear(Words(), own), foreign(Declared.DISTRUSTED))
    asked = UnmarkRequest(subject="power:grid", by="Bob")

    lifted = statements.word(asked, OFFICE, words, NOW)
    assert hear(words, lifted) == hear(Words(), foreign(Declared.DISTRUSTED))


def test_undo_of_a_word_above_that_of_the_province_takes_the_own_one_back() -> None:
    words = hear(Words(), foreign(Declared.DOWN))
    own = Mark(subject="power:grid", says=Declared.UP, by="Bob", at=NOW)

    request = undo.request(own, words, OFFICE, NOW)
    assert isinstance(request, UnmarkRequest)
    assert request.says == "up"
    signed = replace(request, by="Bob")
    again = statements.word(signed, OFFICE, hear(words, own), NOW)
    assert hear(hear(words, own), again) == words
