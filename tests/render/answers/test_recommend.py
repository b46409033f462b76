from math import inf
from typing import Any

import pytest
from msgspec.structs import replace
from plans import channel, component, line, moment, plan, result
from printed import checker, printed
from render import hearing, town_statements
from render.answers.two_channels import FINE, TWO, seen

from secours.cli import nagios
from secours.core.events import Said
from secours.model.observed import Reason, failed
from secours.model.sections.line import Purpose
from secours.model.snapshot import Explained, Forecast, Snapshot, Use
from secours.model.statements import Pin
from secours.render.answers import recommend
from secours.render.export.metrics import lines
from secours.render.wording.localizer import Localizer


def use_of(snapshot: Snapshot, **changes: Any) -> Snapshot:
    """Change what the first line says to use."""
    first, *others = snapshot.recommendations
    assert isinstance(first.use, Use)
    first = replace(first, use=replace(first.use, **changes))
    return replace(snapshot, recommendations=(first, *others))


def test_recommend_has_the_keys_of_the_interface_and_no_other() -> None:
    config = plan(
        component("internet:fibre"),
        channel("signal", "internet:fibre"),
        channel("element", "internet:fibre"),
        channel("sms"),
        channel("radio", probes=()),
        line("signal", "element", "sms"),
    )
    events = (
        result("signal", failed(Reason.TIMEOUT, timeout_s=10), 1),
        result("element", "o", 2),
        result("sms", "o", 2),
    )
    answer = printed(recommend.answer(seen(config, *events), 2.0, "en"))

    assert answer == {
        "schema": 1,
        "site": "Secours",
        "at": "2026-01-01T00:00:02.000Z",
        "age_s": 2.0,
        "plan_version": "",
        "config_error": None,
        "exercise": None,
        "own_link": "unknown",
        "paths": [],
        "suspects": answer["suspects"],
        "known_down": [],
        "explanations": [
            {
                "channels": ["signal"],
                "suspects": answer["suspects"],
                "unexplained": [],
            }
        ],
        "recommendations": [
            {
                "purpose": "coordinate",
                "audience": "management",
                "use": {
                    "channel": "element",
                    "label": "Element",
                    "how": "how to use element",
                    "tier": "alternate",
                    "state": "available",
                    "verified": True,
                    "pinned": False,
                    "presumed": None,
                    "until": None,
                    "evidence": "served",
                    "evidence_age_s": 2.0,
                    "reach": None,
                },
                "with": [],
                "measuring": False,
                "still_usable": [],
                "backup": {
                    "channel": "sms",
                    "tier": "contingency",
                    "independent": True,
                    "shares": [],
                    "shares_later": [],
                    "reach": None,
                },
                "passed_over": [
                    {
                        "channel": "signal",
                        "reason": "timeout",
                        "detail": "no answer within 10 s",
                    }
                ],
                "last_resort": "Send a runner",
            }
        ],
    }


def test_what_is_known_down_and_each_group_is_told_after_the_suspects() -> None:
    groups = (
        Explained(channels=("sms",), suspects=(("carrier:a",), ("channel:sms",))),
        Explained(channels=("mail", "path:lan"), unexplained=("mail",)),
    )
    shown = replace(
        seen(TWO, *FINE),
        known_down=("power:grid",),
        suspects=(("carrier:a",), ("channel:sms",)),
        explanations=groups,
    )

    answer = printed(recommend.answer(shown, 1.0, "en"))

    keys = list(answer)
    place = keys.index("suspects")
    assert keys[place : place + 3] == ["suspects", "known_down", "explanations"]
    assert answer["known_down"] == ["power:grid"]
    assert answer["explanations"] == [
        {
            "channels": ["sms"],
            "suspects": [["carrier:a"], ["channel:sms"]],
            "unexplained": [],
        },
        {"channels": ["mail", "path:lan"], "suspects": [], "unexplained": ["mail"]},
    ]
    checker("recommend").validate(answer)


@pytest.mark.parametrize(
    ("letters", "code"),
    [("oo", 0), ("ox", 0), ("xo", 1), ("dx", 1), ("?x", 1), ("x?", 1), ("xx", 2)],
)
def test_recommend_exits_by_the_worst_line(letters: str, code: int) -> None:
    events = (result("sms", letters[0], 1), result("mail", letters[1], 1))

    assert recommend.exit_code(seen(TWO, *events), 1.0) == code


def test_a_pinned_primary_is_not_as_planned() -> None:
    snapshot = use_of(seen(TWO, *FINE), pinned=True)

    assert recommend.exit_code(snapshot, 1.0) == 1


@pytest.mark.parametrize(("letters", "code"), [("xo", 1), ("xx", 2)])
def test_a_pin_on_what_is_down_makes_no_channel_usable(letters: str, code: int) -> None:
    pin = Pin(line="coordinate/management", channel="sms", by="Ana", at=moment(3))
    events = (result("sms", letters[0], 1), result("mail", letters[1], 1))
    shown = seen(TWO, *events, Said(word=pin, at=moment(3)))

    said = nagios.recommendations(
        recommend.answer(shown, 1.0, "en"), Localizer(shown, "en"), code, fresh=True
    )

    assert recommend.exit_code(shown, 1.0) == code
    assert f"'lines without a channel'={code - 1};" in said
    assert ": Sms, DOWN|" in said
    assert [
        s for f in lines(shown) if f.name.endswith("usable") for s in f.samples
    ] == [({"purpose": "coordinate", "audience": "management"}, 2.0 - code)]


def test_the_second_channel_of_the_primary_tier_is_a_fallback() -> None:
    snapshot = use_of(seen(TWO, *FINE), rank=2)

    assert recommend.exit_code(snapshot, 1.0) == 1


@pytest.mark.parametrize("age_s", [30.1, inf])
def test_an_old_answer_is_none_whatever_it_says(age_s: float) -> None:
    both_down = (result("sms", "x", 1), result("mail", "x", 1))

    assert recommend.exit_code(seen(TWO, *FINE), age_s) == 3
    assert recommend.exit_code(seen(TWO, *both_down), age_s) == 3


def test_a_plan_without_lines_recommends_nothing() -> None:
    snapshot = replace(seen(TWO, *FINE), recommendations=())

    assert recommend.exit_code(snapshot, 1.0) == 3


def test_an_age_that_nobody_knows_is_null() -> None:
    answer = printed(recommend.answer(seen(TWO, *FINE), inf, "en"))

    use = answer["recommendations"][0]["use"]
    assert (answer["age_s"], use["evidence_age_s"]) == (None, None)


def test_the_next_change_that_will_come_by_itself_is_told() -> None:
    coming = tuple(
        Forecast(
            at=moment(second),
            purpose=Purpose.COORDINATE,
            audience="management",
            use=use,
        )
        for second, use in ((60.0, "mail"), (120.0, None))
    )

    answer = printed(
        recommend.answer(replace(seen(TWO, *FINE), forecast=coming), 1.0, "en")
    )

    (told,) = answer["recommendations"]
    assert told["next"] == {"at": "2026-01-01T00:01:00.000Z", "channel": "mail"}
    checker("recommend").validate(answer)


def test_an_exercise_foresees_nothing_of_the_real_answer() -> None:
    coming = Forecast(
        at=moment(60.0), purpose=Purpose.ALERT, audience="management", use="pager"
    )
    played = replace(
        town_statements.rehearsed(town_statements.town()), forecast=(coming,)
    )

    answer = printed(recommend.answer(played, 1.0, "en"))

    assert "next" in answer["recommendations"][0]
    assert "next" not in answer["exercise"]["recommendations"][0]


def test_that_marks_may_be_lost_is_told() -> None:
    answer = printed(
        recommend.answer(replace(seen(TWO, *FINE), words_lost=True), 4.0, "en")
    )

    assert answer["words_lost"] is True
    checker("recommend").validate(answer)


# ------------------------------------------------------------------ who hears it


def first_line(shown: Snapshot, language: str = "en") -> dict[str, Any]:
    lines = printed(recommend.answer(shown, 1.0, language))["recommendations"]
    assert isinstance(lines[0], dict)
    return lines[0]


def test_reach_says_how_many_hear_it_and_who_does_not() -> None:
    line = first_line(hearing.missing("-o", "calls"))

    assert line["use"]["reach"] == {
        "people": 60,
        "of": 80,
        "missed": [
            {
                "group": "field",
                "label": "Field",
                "people": 20,
                "state": "none",
                "why": "Mobile A down for 3 min",
            }
        ],
    }
    assert line["with"] == ["calls"]
    assert line["backup"]["reach"] == {"people": 80, "of": 80, "missed": []}


def test_reach_tells_a_part_and_what_was_never_reached_apart() -> None:
    shown = hearing.missing(
        "p-", designed="o-", calls={"field": hearing.answered(18, 20)}
    )
    missed = first_line(shown)["use"]["reach"]["missed"]

    assert [(each["state"], each["why"]) for each in missed] == [
        ("part", "18 of 20 answered, 3 d ago"),
        ("never", "none of its devices receives this channel"),
    ]


def test_reach_of_people_nobody_counted_names_groups_alone() -> None:
    shown = hearing.missing("-o", people={"field": None, "home": 60})
    reach = first_line(shown)["use"]["reach"]

    assert (reach["people"], reach["of"]) == (None, None)
    assert reach["missed"][0]["people"] is None


def test_channel_that_nobody_hears_is_passed_over_for_its_receivers() -> None:
    assert first_line(hearing.unheard())["passed_over"] == [
        {
            "channel": "sms",
            "reason": "receivers",
            "detail": "works; nobody of management hears it now:"
            " Mobile A down for 3 min",
        }
    ]


def test_inferred_loss_is_the_reason_of_an_unverified_channel() -> None:
    use = first_line(hearing.doubtful(), "fr")["use"]

    assert (use["verified"], use["reason"], use["detail"]) == (
        False,
        "receivers",
        "réception non vérifiée"
        " (par déduction : Réseau électrique hors service depuis 5 h)",
    )


def test_exit_code_is_1_only_where_a_primary_reaches_less_than_designed() -> None:
    assert recommend.exit_code(hearing.missing("-o"), 1.0) == 1
    assert recommend.exit_code(hearing.missing("-o", designed="-o"), 1.0) == 0
    assert recommend.exit_code(hearing.doubtful(), 1.0) == 1
