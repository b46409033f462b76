import re

import pytest
from msgspec.structs import replace
from plans import channel, component, line, moment, plan
from render.hostile import HOSTILE
from render.plan_page import TOWN, drawn, hostile, works

from secours.core.replay.whatif import whatif
from secours.languages import LANGUAGES, Text
from secours.model.nodes import channel_node
from secours.model.statements import Declared, Mark
from secours.render.redundancy.page import plan_html
from secours.render.wording.localizer import Localizer

DISTRUST = Mark(
    subject="channel:signal",
    says=Declared.DISTRUSTED,
    by="Anne",
    why="",
    at=moment(0),
)


def headings(html: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", html)


def said(html: str) -> str:
    """Return what a reader of the page reads, tags left out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_what_if_comes_first_with_its_answer_then_strength_picture_and_outages() -> (
    None
):
    assert headings(drawn()) == [
        *("What if…", "Now, if nothing more fails", "Strength of the plan"),
        *("What depends on what", "Past outages"),
    ]
    assert headings(drawn("power:grid"))[1] == "What to use then, over 8 hours"


def test_without_a_choice_it_says_how_to_begin_and_shows_now() -> None:
    words = said(drawn())

    assert "Choose what fails" in words
    assert words.count("No change foreseen") == len(TOWN.plan)
    assert "Fails:" not in words
    assert "Channels that fall" not in words


def test_what_fails_is_a_chip_and_its_button_is_pressed() -> None:
    html = drawn("power:grid", "channel:radio")

    assert html.count('aria-current="true"') == 2  # the button, and the size
    assert 'class="s-unseen">Take away: </span>Mains</a>' in html
    assert 'href="plan?fails=channel%3Aradio&amp;lang=en"' in html
    assert ">Clear all</a>" in html
    assert "Power is lost: alert now" in said(html)
    assert "Channels that fall At once: Radio" in said(html)


def test_of_many_out_of_use_now_the_first_are_named_whole_and_the_others_counted() -> (
    None
):
    names = [f"Long Name Of The Channel Number {n}" for n in range(9)]
    config = plan(*(channel(name) for name in names), line(*names[:4]))
    nodes = [*map(channel_node, names)]

    words = said(drawn(nodes[0], config=config, counted=nodes))

    assert f"out of use now: {', '.join(names[:4])} and 5 others." in words


def test_a_search_holds_what_fails_already_and_the_language() -> None:
    html = drawn("power:grid", others=[("lang", "de")])

    assert '<form class="s-search" action="plan" method="get">' in html
    assert '<input type="hidden" name="fails" value="power:grid">' in html
    assert '<input type="hidden" name="lang" value="de">' in html
    assert '<option value="Town fibre">' in html


def test_one_name_of_two_things_is_offered_by_what_tells_them_apart() -> None:
    config = plan(
        replace(component("provider:signal"), label=Text("Signal")),
        channel("signal", "provider:signal"),
    )

    html = drawn(config=config)

    assert '<option value="provider:signal">' in html
    assert '<option value="channel:signal">' in html
    assert '<option value="Signal">' not in html


def test_a_search_that_fits_nothing_or_several_says_so() -> None:
    assert "Nothing in the plan is called pigeons." in said(drawn("pigeons"))
    assert "Which one? Town fibre Operator A" in said(drawn("to"))


def test_what_is_not_to_be_used_is_said_here_too() -> None:
    shot = whatif(TOWN, (), start=moment(0), marks=[DISTRUST]).steps[0].snapshot

    html = drawn("power:grid", now=shot)

    assert "s-unsafe" in html
    assert html.index("s-unsafe") < html.index("s-hours")


def test_what_cannot_be_used_now_can_be_counted_in() -> None:
    shot = replace(works(), known_down=("internet:fibre",))

    html = drawn("provider:meta", now=shot)

    assert "Cannot be used now: Town fibre." in said(html)
    assert (
        'href="plan?fails=provider%3Ameta&amp;fails=internet%3Afibre&amp;lang=en"'
        in html
    )
    assert "Cannot be used now" not in said(drawn("internet:fibre", now=shot))


def test_how_long_something_is_down_already_is_said() -> None:
    html = drawn("power:grid", lasted=[("power:grid", 3600.0)])

    assert "Mains has been down for 1 h already" in said(html)


def test_findings_are_cards_of_three_parts() -> None:
    html = drawn()

    cards = html.count('<article class="s-finding')
    assert cards > 2
    assert html.count("<h4>Why it matters</h4>") == cards
    assert html.count("<h4>What would mend it</h4>") == cards


def test_the_whole_audit_stays_to_be_read() -> None:
    assert "The whole audit, in sentences" in drawn()
    assert "When a channel is left, and taken back" in drawn()


def test_what_has_been_is_a_link_to_its_replay() -> None:
    html = drawn()

    assert '<a href="outages?lang=en&amp;outage=meta-2021"' in html
    assert "Meta, worldwide" in html


def test_the_size_of_the_picture_is_a_link_that_holds_what_fails() -> None:
    assert 'href="plan?fails=power%3Agrid&amp;lang=en&amp;zoom=2#s-needs"' in drawn(
        "power:grid"
    )


def test_a_plan_that_cannot_be_read_is_said() -> None:
    html = plan_html(Localizer(works(), "en"), None)

    assert "The plan cannot be read" in html
    assert "<form" not in html


def test_the_page_is_the_same_for_as_long_as_nothing_changes() -> None:
    assert drawn("power:grid") == drawn("power:grid")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_drawn_in_every_language(language: str) -> None:
    html = drawn("power:grid", "pigeons", "to", language=language)

    assert not re.findall(r"(?:redundancy|finding|whatif|audit)\.\w+", html)


@pytest.mark.parametrize("bad", HOSTILE, ids=range(len(HOSTILE)))
def test_words_of_the_plan_and_of_the_address_stay_words(bad: str) -> None:
    config = hostile(bad)

    html = drawn(bad, "power:grid", config=config, others=[("theme", bad)])

    for tag in ("<img", "<script", "<b style", "<svg onload", "<a href=//"):
        assert tag not in html
    assert not re.search(r'<[^>]*" onmouseover=', html)
