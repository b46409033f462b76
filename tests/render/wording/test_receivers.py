# ruff: noqa: RUF001 -- the curly apostrophe is how it is printed

import pytest
from msgspec.structs import replace
from render.hearing import (
    CARRIER,
    alert,
    answered,
    doubtful,
    heard,
    hears,
    inferred,
    missing,
    unheard,
)
from render.snapshots import moment, snapshot, with_channel
from render.snapshots import standing as standing_of

from secours.model.observed import Reason
from secours.model.receivers.reach import Reception
from secours.model.sections.line import Purpose
from secours.model.snapshot import Snapshot
from secours.model.statements import Declared, Mark
from secours.render.wording import caveats
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import misses, reasons


def sentence(shown: Snapshot, language: str = "en") -> str:
    return misses.sentence(alert(shown), Localizer(shown, language))


def channel(shown: Snapshot, name: str, language: str = "en") -> list[str]:
    return [*reasons.of_channel(shown.channel(name), Localizer(shown, language))]


def test_missed_group_and_what_completes_it_are_named() -> None:
    shown = missing("-o", "calls")

    assert sentence(shown) == "not: Field (20). With Voice calls: all"
    assert sentence(shown, "fr") == "sans : Terrain (20). Avec Appels vocaux : tous"


def test_more_groups_than_a_card_holds_are_counted_after_those_that_lost_it() -> None:
    shown = missing("--", "calls", designed="-o")
    line = alert(shown)
    assert line.use
    reach = Reception(groups=heard("--", "-o").groups * 2)
    line = replace(line, use=replace(line.use, reach=reach))

    assert misses.in_brief(line, Localizer(shown, "en")) == (
        "At home, At home and 2 others. With Voice calls"
    )


def test_what_completes_it_in_part_says_whom_it_adds() -> None:
    both = {"sms": heard("--"), "calls": heard("o-")}
    shown = hears(snapshot(), 0, both, "calls")

    assert sentence(shown) == (
        "not: Field (20); nothing reaches: At home (60). With Voice calls: Field too"
    )


def test_what_completes_it_is_called_unverified_where_nothing_proves_it() -> None:
    untested = standing_of("?", reason=Reason.NOT_PROBED)
    shown = with_channel(missing("-o", "calls"), "calls", standing=untested)

    assert sentence(shown) == ("not: Field (20). With Voice calls (unverified): all")


def test_group_that_nothing_reaches_is_named_as_such() -> None:
    assert sentence(missing("-o")) == "nothing reaches: Field (20)"
    assert sentence(missing("-o"), "fr") == "rien n’atteint : Terrain (20)"


def test_part_of_a_group_and_one_never_reached_are_told_apart() -> None:
    both = {"sms": heard("p-", designed="o-"), "calls": heard("po")}
    shown = hears(snapshot(), 0, both, "calls")

    assert sentence(shown) == (
        "in part: Field (20); not designed for: At home (60). With Voice calls: "
        "At home too"
    )


def test_group_that_no_usable_channel_reaches_is_not_told_as_by_design() -> None:
    assert sentence(missing("p-", designed="o-")) == (
        "in part: Field (20); nothing reaches: At home (60)"
    )


def test_group_that_nobody_counted_is_named_without_a_number() -> None:
    shown = missing("-o", people={"field": None, "home": None})

    assert sentence(shown) == "nothing reaches: Field"


def test_roll_call_is_told_as_it_is() -> None:
    shown = missing("po", calls={"field": answered(18, 20)})

    assert sentence(shown) == "in part: Field (18 of 20 answered, 3 d ago)"
    assert sentence(shown, "fr").endswith("(18 sur 20 ont répondu, il y a 3 j)")


@pytest.mark.parametrize(
    ("language", "one"),
    [
        ("en", "1 of 20 answered"),
        ("fr", "1 sur 20 a répondu"),
        ("nl", "1 van 20 heeft geantwoord"),
        ("de", "1 von 20 hat geantwortet"),
    ],
)
def test_one_who_answered_is_told_in_the_singular(language: str, one: str) -> None:
    shown = missing("po", calls={"field": answered(1, 20)})

    assert f"({one}, " in sentence(shown, language)


def test_nothing_is_said_where_all_hear_it_or_no_group_is_declared() -> None:
    assert sentence(missing("oo")) == ""
    assert sentence(snapshot()) == ""


# ------------------------------------------------------------------ why


def test_channel_passed_over_for_its_receivers_says_so_and_why() -> None:
    shown = unheard()
    said = caveats.why(alert(shown), Localizer(shown, "en"))

    assert said == ["On-call SMS works but nobody hears it (Mobile A down for 3 min)"]


def test_channel_that_reaches_fewer_by_design_names_who_is_missed() -> None:
    shown = hears(unheard(), 0, {"sms": heard("o-", "o-")})

    assert caveats.why(alert(shown), Localizer(shown, "en")) == [
        "On-call SMS does not reach At home"
    ]


def test_channel_that_a_part_still_hears_is_not_said_to_reach_nobody() -> None:
    part = hears(unheard(), 0, {"sms": heard("po")})
    some = hears(unheard(), 0, {"sms": heard("p-")})

    assert caveats.why(alert(part), Localizer(part, "en"), brief=True) == [
        "On-call SMS reaches only part of Field"
    ]
    assert caveats.why(alert(part), Localizer(part, "fr"), brief=True) == [
        "SMS d’astreinte n’atteint qu’en partie Terrain"
    ]
    assert caveats.why(alert(some), Localizer(some, "en"), brief=True) == [
        "On-call SMS does not reach At home"
    ]


def test_channel_that_nobody_has_names_who_is_missed() -> None:
    """Nothing of it is unverified: by the plan none of them has such a device."""
    shown = hears(unheard(), 0, {"sms": heard("--", "--")})

    assert caveats.why(alert(shown), Localizer(shown, "en")) == [
        "On-call SMS does not reach Field, At home"
    ]
    assert reasons.of_line("sms", alert(shown), Localizer(shown, "en")) == (
        "management, not designed for: Field (20), At home (60)"
    )


def test_channel_that_fewer_hear_names_who_is_missed() -> None:
    shown = hears(unheard(), 0, {"sms": heard("-o")})

    assert caveats.why(alert(shown), Localizer(shown, "fr"), brief=True) == [
        "SMS d’astreinte n’atteint pas Terrain"
    ]


@pytest.mark.parametrize(
    ("says", "aside", "en", "fr"),
    [
        (
            Declared.DISTRUSTED,
            Reason.SET_ASIDE,
            "Mobile A distrusted by Ann for 5 min",
            "Mobile A à l’écart, compromission selon Ann depuis 5 min",
        ),
        (
            Declared.MAINTENANCE,
            Reason.MAINTENANCE,
            "Mobile A in maintenance for 5 min",
            "Mobile A en maintenance depuis 5 min",
        ),
    ],
)
def test_cause_says_what_is_wrong_with_what_is_set_aside(
    says: Declared, aside: Reason, en: str, fr: str
) -> None:
    word = Mark(subject=CARRIER.name, says=says, by="Ann", at=moment(300))
    standing = standing_of("o", aside=aside, declared_by="Ann")
    shown = unheard()
    parts = tuple(
        replace(part, standing=standing) if part.name == CARRIER.name else part
        for part in shown.components
    )
    shown = replace(shown, components=parts, marks=(word,))

    for language, what in (("en", en), ("fr", fr)):
        reach = alert(shown).receivers["sms"]
        assert reasons.cause(reach, Localizer(shown, language)) == what


def test_inference_says_what_it_rests_on() -> None:
    shown = doubtful()
    localizer = Localizer(shown, "en")

    assert caveats.unverified(alert(shown), localizer) == (
        "by inference: Power grid down for 5 h"
    )
    assert caveats.why(alert(shown), localizer) == [
        "reception unverified (by inference: Power grid down for 5 h)"
    ]


def test_what_fell_with_the_mains_is_told_as_the_mains() -> None:
    shown = doubtful()
    carrier, grid = shown.components
    fell = replace(
        carrier.standing, reason=Reason.NEEDS, facts={"component": grid.name}
    )
    shown = replace(shown, components=(replace(carrier, standing=fell), grid))
    reach = heard("--", sure=False)

    assert reasons.cause(reach, Localizer(shown, "en")) == (
        "by inference: Power grid down for 5 h"
    )


def test_channel_that_works_says_whose_people_do_not_hear_it() -> None:
    assert channel(unheard(), "sms") == [
        "works; nobody of management hears it now: Mobile A down for 3 min"
    ]
    assert channel(unheard(), "pager") == ["management, not: Field (20)"]
    assert channel(unheard(), "calls") == []
    assert channel(doubtful(), "sms") == [
        "works; reception unverified (management):"
        " by inference: Power grid down for 5 h"
    ]


def test_audiences_that_lost_a_channel_are_named_once_together() -> None:
    shown = unheard()
    staff = replace(alert(shown), audience="staff")
    again = replace(alert(shown), purpose=Purpose.COORDINATE)
    lines = (*shown.recommendations, staff, again)
    shown = replace(shown, recommendations=lines)

    assert channel(shown, "sms", "fr") == [
        "fonctionne ; plus personne (direction, personnel) ne le reçoit :"
        " Mobile A hors service depuis 3 min"
    ]


def test_channel_that_is_down_itself_says_nothing_of_its_receivers() -> None:
    shown = with_channel(unheard(), "sms", standing=standing_of("x"))

    assert channel(shown, "sms") == []


def test_what_fell_this_second_has_no_length_of_time() -> None:
    fell = standing_of("x", since_s=0, failed_at=moment(0))
    shown = replace(snapshot(), components=(replace(CARRIER, standing=fell),))

    assert reasons.cause(heard("--"), Localizer(shown, "en")) == "Mobile A down"


def test_audience_without_groups_is_unverified_without_a_cause() -> None:
    shown = doubtful()
    use = alert(shown).use
    assert use is not None
    line = replace(alert(shown), use=replace(use, reach=None), receivers={})

    assert caveats.why(line, Localizer(shown, "en")) == ["reception unverified"]


def test_inferred_loss_of_some_is_told_as_inferred() -> None:
    reach = inferred("-o")

    assert reasons.cause(reach, Localizer(doubtful(), "fr")) == (
        "par déduction : Réseau électrique hors service depuis 5 h"
    )
