import pytest
from plans import channel, component, plan
from render.plan_page import TOWN, outlook, works

from secours.model.plan import Config
from secours.render.answers.audit import labels
from secours.render.redundancy import needs_picture
from secours.render.redundancy.choice import chosen
from secours.render.redundancy.needs_picture import MOST_CHANNELS
from secours.render.redundancy.page import falls_of
from secours.render.templates import Row
from secours.render.wording.localizer import Localizer


def picture(*fails: str, config: Config = TOWN, zoom: str = "") -> Row:
    names = labels(config, "en")
    return needs_picture.picture(
        config,
        falls_of(outlook(*fails, config=config)) if fails else {},
        chosen(config, names, fails),
        names,
        Localizer(works(config), "en"),
        zoom,
    )


def test_everything_that_is_needed_is_a_link_that_lets_it_fail() -> None:
    drawn = {node["name"]: node for node in picture()["nodes"]}

    assert set(drawn) == {
        *("Signal", "Whatsapp", "Sms", "Radio", "Satphone"),
        *("Town fibre", "Operator A", "Meta", "Iridium", "Mains"),
    }
    assert drawn["Meta"]["address"] == "plan?fails=provider%3Ameta#s-needs"
    assert {node["look"] for node in drawn.values()} == {"plain"}


def test_what_falls_stands_out_in_look_and_word_and_the_rest_is_faint() -> None:
    drawn = {
        node["name"]: node for node in picture("power:grid", "internet:fibre")["nodes"]
    }

    assert (drawn["Mains"]["look"], drawn["Mains"]["said"]) == ("fails", "fails")
    assert (drawn["Signal"]["look"], drawn["Signal"]["said"]) == ("falls", "at once")
    assert (drawn["Sms"]["look"], drawn["Sms"]["said"]) == ("later", "after 4 h")
    assert (drawn["Iridium"]["look"], drawn["Iridium"]["said"]) == ("faint", "")
    assert drawn["Mains"]["address"] == "plan?fails=internet%3Afibre#s-needs"


def test_lines_between_what_falls_are_lit_and_alternatives_dashed() -> None:
    config = plan(
        component("internet:a"),
        component("internet:b"),
        channel("mail", ["internet:a", "internet:b"]),
        channel("chat", "internet:a"),
    )

    looks = sorted(
        thread["look"] for thread in picture("internet:a", config=config)["threads"]
    )

    assert looks == ["either s-unlit", "either s-unlit", "plain s-lit"]
    assert sorted(t["look"] for t in picture(config=config)["threads"]) == [
        *("either", "either", "plain")
    ]


@pytest.mark.parametrize(
    ("zoom", "shown"), [("fit", None), ("2", 1.5), ("1", 1.0), ("9", 1.0), ("", 1.0)]
)
def test_the_size_can_be_chosen(zoom: str, shown: float | None) -> None:
    assert picture(zoom=zoom)["zoom"] == shown


def test_a_plan_of_very_many_channels_is_drawn_without_those_that_do_not_fall() -> None:
    many = [channel(f"c{n}", f"provider:p{n % 5}") for n in range(200)]
    config = plan(*(component(f"provider:p{n}") for n in range(5)), *many)

    everything, failing = picture(config=config), picture("provider:p1", config=config)

    assert (len(everything["nodes"]), everything["left_out"]) == (5, 200)
    assert sum(node["channel"] for node in failing["nodes"]) == MOST_CHANNELS
    assert all(node["look"] == "falls" for node in failing["nodes"] if node["channel"])


def test_the_list_says_the_same_in_words() -> None:
    config = plan(
        component("internet:a", "power:x"),
        component("internet:b"),
        component("power:x"),
        channel("mail", ["internet:a", "internet:b"], "power:x"),
    )

    said = needs_picture.listed(config, labels(config, "en"), Localizer(works(), "en"))

    assert said == [
        ("Mail", ["internet:a or internet:b", "power:x"]),
        ("internet:a", ["power:x"]),
    ]
