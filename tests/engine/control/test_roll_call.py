from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from plans import channel, line, moment, plan
from refusals import refusing

from secours.core import inheritance
from secours.core.memory import Memory
from secours.core.statements.journal_entry import said
from secours.core.statements.new_word import hear
from secours.core.statements.steady_clock import reanchored
from secours.core.statements.words_in_force import Words
from secours.engine.control import statements
from secours.engine.control.requests import RequestRefused
from secours.engine.state_file import decoded, encoded
from secours.engine.store import event_log, saved_memory
from secours.languages import Text
from secours.model.receivers.audiences import Audience, PeopleGroup
from secours.model.receivers.reach import Hearing, RollCall
from secours.model.requests import GroupCalled, TestRequest
from secours.model.sections.line import Purpose
from secours.model.statements import Trial, Withdrawn


def group(name: str, label: str) -> PeopleGroup:
    return PeopleGroup(name=name, label=Text(label), devices=("astrid",), people=20)


def audience(name: str, *groups: PeopleGroup) -> Audience:
    return Audience(name=name, groups=groups)


FIELD, HOME = group("field", "Terrain"), group("home", "À domicile")
TOWN = replace(
    plan(
        *(channel(name, probes=()) for name in ("radio", "sms", "mail")),
        line("radio", "sms", audience="staff"),
        line("sms", audience="partners"),
        line("radio", audience="staff", purpose=Purpose.ALERT),
        line("mail", audience="press"),
    ),
    audiences={
        "staff": audience("staff", FIELD, HOME),
        "partners": audience("partners", FIELD, group("red-cross", "Croix-Rouge")),
        "press": audience("press"),
    },
)
NOW = moment(0)


def heard(name: str, *reached: tuple[str, int, int], worked: bool = True) -> Trial:
    called = tuple(GroupCalled(g, n, of) for g, n, of in reached)
    asked = TestRequest(channel=name, worked=worked, by="Anne", reached=called)
    word = statements.word(asked, TOWN, Words(), NOW)
    assert isinstance(word, Trial)
    return word


@pytest.mark.parametrize(
    "named", ["field", "staff/field", "Terrain", "terrain"], ids=repr
)
def test_roll_call_names_a_group_of_the_lines_of_its_channel(named: str) -> None:
    word = heard("radio", (named, 18, 20), ("home", 0, 3))

    assert word.reached == {
        "staff/field": RollCall(answered=18, asked=20),
        "staff/home": RollCall(answered=0, asked=3),
    }
    assert [each.heard for each in word.reached.values()] == [
        Hearing.PART,
        Hearing.NONE,
    ]


def test_roll_call_of_a_failed_test_is_kept() -> None:
    assert heard("radio", ("field", 0, 20), worked=False).reached == {
        "staff/field": RollCall(answered=0, asked=20)
    }


def test_roll_call_of_a_failed_test_that_somebody_answered_is_refused() -> None:
    with refusing("1 of 20 answered it worked for them: log 'ok'", RequestRefused):
        heard("radio", ("field", 1, 20), worked=False)


def test_roll_call_of_a_good_test_that_nobody_answered_is_refused() -> None:
    with refusing("a test that nobody answered has failed: log 'fa", RequestRefused):
        heard("radio", ("field", 0, 20), ("home", 0, 3))


@pytest.mark.parametrize(
    ("name", "reached", "reason"),
    [
        ("radio", ("feild", 18, 20), "'feild' is no group .*: did you mean 'field'"),
        ("radio", ("x", 18, 20), "'x' is no group .*: one of: field, home"),
        ("sms", ("field", 18, 20), "which group 'field'.* staff/field, partners/field"),
        ("sms", ("Terrain", 1, 2), "which group 'Terrain'.* staff/field, partners/fie"),
        ("sms", ("nobody", 1, 2), "one of: staff/field, home, partners/field, red-cr"),
        ("radio", ("red-cross", 1, 2), "'radio' is in no line for partners"),
        ("radio", ("partners/field", 1, 2), "'radio' is in no line for partners"),
        ("mail", ("field", 1, 2), "'mail' is in no line for staff, partners"),
        ("mail", ("x", 1, 2), "'x' is no group .*: there is none"),
        ("radio", ("field", 21, 20), "21 of 20 .*no more can answer than were asked"),
        ("radio", ("field", -1, 20), "-1 of 20"),
        ("radio", ("field", 0, 0), "0 of 0"),
        ("radio", ("field", 1, 10**30), "1 of 1000"),
    ],
)
def test_roll_call_that_cannot_be_is_refused(
    name: str, reached: tuple[str, int, int], reason: str
) -> None:
    with refusing(reason, RequestRefused):
        heard(name, reached)


def test_roll_call_counts_each_group_once() -> None:
    with refusing("'staff/field' is counted twice", RequestRefused):
        heard("radio", ("field", 18, 20), ("staff/field", 2, 20))


def test_roll_call_stands_in_the_journal() -> None:
    change = said(heard("radio", ("field", 18, 20)), Words(), NOW)

    assert change.facts["reached_staff/field"] == "18/20"


def test_roll_call_is_taken_back_with_its_test_and_the_one_before_holds() -> None:
    first, second = heard("radio", ("field", 20, 20)), heard("radio", ("field", 3, 20))
    words = hear(hear(Words(), first), second)

    words = hear(words, Withdrawn(kind="test", subject="radio", by="Anne"))

    assert words.trials["radio"].reached == first.reached


def test_roll_call_is_kept_across_a_restart_a_reboot_and_in_the_log() -> None:
    word = heard("radio", ("field", 18, 20))
    kept = saved_memory.SavedMemory("boot", Memory(words=hear(Words(), word)))

    again = decoded(encoded(kept), saved_memory.SavedMemory).memory.words
    booted = reanchored(again, moment(60))

    assert again.trials["radio"] == word
    assert booted.trials["radio"].reached == word.reached
    assert event_log.read("test", encoded(word), NOW).word == word  # type: ignore[union-attr]


def test_standby_takes_a_roll_call_over_with_its_test() -> None:
    words = hear(Words(), heard("radio", ("field", 18, 20)))

    [change] = inheritance.changes(words, "first", moment(60))

    assert change.facts["reached_staff/field"] == "18/20"


def test_test_of_an_earlier_version_has_no_roll_call() -> None:
    told: dict[str, Any] = msgspec.json.decode(encoded(heard("radio", ("field", 1, 2))))
    del told["reached"]

    assert decoded(msgspec.json.encode(told), Trial).reached == {}
