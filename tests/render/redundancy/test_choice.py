from msgspec.structs import replace
from plans import component, plan
from render.plan_page import TOWN, works

from secours.core.replay.presets import Preset
from secours.languages import Text
from secours.model.observed import Reason
from secours.model.snapshot import Snapshot, State
from secours.render.answers.audit import labels
from secours.render.redundancy.choice import (
    ALIKE,
    MOST,
    FailureChoice,
    buttons,
    chips,
    chosen,
    offers,
    unusable,
)
from secours.render.wording.localizer import Localizer

NAMES = labels(TOWN, "en")
OTHERS = (("lang", "fr"),)


def asked(*said: str) -> FailureChoice:
    return chosen(TOWN, NAMES, said, OTHERS)


def test_what_fails_is_known_by_name_by_label_or_by_a_part_that_is_of_it_alone() -> (
    None
):
    for said in ("power:grid", "Mains", "mAiNs", "ain", "grid"):
        assert asked(said).fails == ("power:grid",), said
    assert asked("channel:sms", "SMS", "sms").fails == ("channel:sms",)


def test_words_that_fit_nothing_or_several_let_nothing_fail() -> None:
    nothing, several = asked("pigeons\x00<b>"), asked("to")

    assert (nothing.fails, nothing.unknown) == ((), ("pigeons <b>",))
    assert several.fails == ()
    assert several.alike == ("internet:fibre", "carrier:mobile-a")
    assert [words for words, _ in offers(several, NAMES)] == [
        *("Town fibre", "Operator A")
    ]
    assert asked("", "  ").unknown == ()


def test_a_whole_name_wins_over_one_that_holds_it() -> None:
    config = plan(
        replace(component("provider:signal"), label=Text("Signal")),
        replace(component("cloud:x"), label=Text("Signal's cloud")),
    )

    assert chosen(config, labels(config, "en"), ["signal"]).fails == (
        "provider:signal",
    )


def test_no_more_fails_than_an_address_can_hold() -> None:
    parts = [component(f"provider:p{n}") for n in range(MOST + 5)]
    config = plan(*parts)

    choice = chosen(config, labels(config, "en"), config.components)

    assert len(choice.fails) == MOST


def test_an_address_that_asks_without_end_is_not_looked_up_without_end() -> None:
    looked_up = 0

    class Counting(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            nonlocal looked_up
            looked_up += 1
            return super().__getitem__(name)

    once = chosen(TOWN, NAMES, ["a"])
    assert chosen(TOWN, NAMES, ["a"] * 5000) == once

    many = chosen(TOWN, Counting(NAMES), [f"{'a' * n}" for n in range(5000)])

    assert looked_up <= (MOST + ALIKE) * len(NAMES)
    assert len(many.alike) <= ALIKE


def test_links_add_take_away_and_hold_the_rest_of_the_address() -> None:
    choice = asked("power:grid", "provider:meta")

    assert choice.plus(["channel:sms"]) == (
        "plan?fails=power%3Agrid&fails=provider%3Ameta&fails=channel%3Asms&lang=fr"
    )
    assert choice.without(["power:grid"], "s-needs") == (
        "plan?fails=provider%3Ameta&lang=fr#s-needs"
    )
    assert choice.switched(["power:grid"]) == choice.without(["power:grid"])
    assert choice.switched(["power:grid", "channel:sms"]) == choice.plus(
        ["channel:sms"]
    )
    assert choice.link((), zoom="2") == "plan?lang=fr&zoom=2"
    assert FailureChoice().link(()) == "plan"


def test_a_button_says_what_it_means_here_and_one_without_meaning_is_off() -> None:
    choice = asked("power:grid")
    found = buttons(TOWN, NAMES, choice, Localizer(works(), "en"))

    power, fibre, mobile, meta, microsoft = found
    assert len(found) == len(Preset)
    address = "plan?lang=fr"
    assert power == {"words": "Power", "means": "Mains", "address": address, "on": True}
    assert (fibre["means"], fibre["on"]) == ("Town fibre", False)
    assert fibre["address"] == choice.plus(["internet:fibre"])
    assert (mobile["means"], meta["means"]) == ("Operator A", "Meta")
    assert (microsoft["address"], microsoft["means"]) == ("", "nothing in this plan")


def test_each_thing_that_fails_can_be_taken_away() -> None:
    choice = asked("power:grid", "channel:sms")

    assert chips(choice, NAMES) == [
        ("Mains", "plan?fails=channel%3Asms&lang=fr"),
        ("Sms", "plan?fails=power%3Agrid&lang=fr"),
    ]


def with_channel(shot: Snapshot, name: str, **standing: object) -> Snapshot:
    views = [
        replace(view, standing=replace(view.standing, **standing))
        if view.name == name
        else view
        for view in shot.channels
    ]
    return replace(shot, channels=tuple(views))


def test_what_cannot_be_used_now_is_down_or_in_maintenance() -> None:
    shot = replace(works(), known_down=("internet:fibre", "gone:away"))
    shot = with_channel(shot, "sms", state=State.DOWN)
    shot = with_channel(shot, "signal", aside=Reason.SET_ASIDE)
    shot = with_channel(shot, "radio", aside=Reason.MAINTENANCE)

    assert unusable(TOWN, shot) == ("internet:fibre", "channel:sms", "channel:radio")
