import re

import pytest
from render.desk import channels_page
from render.snapshots import snapshot, standing, with_channel
from render.town_statements import ending

from secours.model.observed import Reason
from secours.model.snapshot import Snapshot
from secours.render.pages import channel_filter
from secours.render.pages.channel_filter import (
    ALL,
    PROBLEMS,
    UNAVAILABLE,
    ChannelFilter,
)
from secours.render.wording.localizer import Localizer

TOWN = snapshot("xoo?", "odoo")


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def names(
    wish: ChannelFilter, shown: Snapshot = TOWN, language: str = "en"
) -> list[str]:
    return [
        view.name for view in channel_filter.found(wish, Localizer(shown, language))
    ]


def test_what_does_not_fully_work_is_found_in_the_order_of_the_plan() -> None:
    aside = standing("o", aside=Reason.MAINTENANCE)
    shown = with_channel(TOWN, "radio", standing=aside)

    found = names(ChannelFilter(state=UNAVAILABLE), shown)

    assert found == ["sms", "runner", "bridge", "radio"]


def test_problems_come_first_and_else_the_order_of_the_plan_stays() -> None:
    aside = standing("o", aside=Reason.MAINTENANCE)
    shown = with_channel(TOWN, "radio", standing=aside)

    found = names(ChannelFilter(order=PROBLEMS), shown)

    assert found[:4] == ["sms", "radio", "runner", "bridge"]
    assert found[4:] == ["calls", "pager", "teams", "satphone"]


def test_a_purpose_and_an_audience_keep_the_channels_of_their_lines() -> None:
    assert names(ChannelFilter(purpose="coordinate")) == [
        "teams",
        "bridge",
        "radio",
        "satphone",
    ]
    assert names(ChannelFilter(audience="management")) == names(ALL)
    assert names(ChannelFilter(purpose="alert", audience="nobody")) == []


@pytest.mark.parametrize("text", ["on-call", "ASTREINTE", "sMs"])
def test_words_are_found_in_names_and_in_how_to_use_it(text: str) -> None:
    assert names(ChannelFilter(text=text)) == ["sms"]


def test_filters_add_up() -> None:
    assert names(ChannelFilter(state=UNAVAILABLE, purpose="alert", text="run")) == [
        "runner"
    ]


def test_an_address_asks_only_for_what_there_is() -> None:
    good = {
        "state": "unavailable",
        "purpose": "alert",
        "text": " sms ",
        "order": "problems",
        "days": "90",
    }
    bad = {
        "state": "<b>",
        "purpose": "x",
        "audience": "y",
        "text": "z" * 900,
        "order": "x",
        "days": "8",
    }

    assert channel_filter.wanted(good.get, TOWN) == ChannelFilter(
        state=UNAVAILABLE, purpose="alert", text="sms", order=PROBLEMS, days=90
    )
    assert channel_filter.wanted(bad.get, TOWN) == ChannelFilter(text="z" * 60)
    assert channel_filter.wanted(lambda _name: None, TOWN) == ALL


def test_a_wish_is_what_its_own_address_asks_for() -> None:
    wish = ChannelFilter(state=UNAVAILABLE, purpose="alert", text="a&b=é", days=7)
    asked = dict(re.findall(r"[?&](\w+)=([^&]*)", wish.address("fr")))

    assert asked == {
        "lang": "fr",
        "state": "unavailable",
        "purpose": "alert",
        "text": "a%26b%3D%C3%A9",
        "days": "7",
    }
    assert ALL.address("fr") == "channels?lang=fr"


TIMES = channel_filter.TIMES
COUNTED = f"1 {TIMES} DOWN 1 {TIMES} UNKNOWN 1 {TIMES} DEGRADED 5 {TIMES} OK"


def test_how_many_end_is_told_apart_from_when_the_soonest_first() -> None:
    soon, later = f"1 {TIMES} 2 h 25 left", f"2 {TIMES} 3 h 55 left"

    assert f"1 {TIMES} 11 min left {soon} {later}" in text_of(channels_page(ending()))


def test_a_filter_says_how_many_are_hidden_and_still_counts_what_is_down() -> None:
    html = channels_page(TOWN, wish=ChannelFilter(text="pager", days=7))

    shown = text_of(html)
    assert f"Channels {COUNTED} 1 of 8 shown Show all" in shown
    assert 'href="channels?lang=en&amp;days=7"' in html  # what is hidden is shown
    assert html.count("<article") == 3  # with a component and a path


def test_without_a_filter_the_count_stands_alone() -> None:
    shown = text_of(channels_page(TOWN))

    assert f"{COUNTED} Find a channel" in shown
    assert "shown" not in shown


def test_that_nothing_is_found_is_said() -> None:
    shown = text_of(channels_page(TOWN, wish=ChannelFilter(text="xyz")))

    assert "0 of 8 shown" in shown
    assert "No channel matches." in shown


def test_the_form_keeps_what_is_chosen_beside_it() -> None:
    wish = ChannelFilter(purpose="alert", text='a"b', order=PROBLEMS, days=7)

    html = channels_page(TOWN, wish=wish)

    form = html[html.index("<form") : html.index("</form>")]
    assert 'method="get" action="channels"' in form
    assert '<option value="alert" selected>' in form
    assert 'value="a&#34;b"' in form
    assert '<input type="hidden" name="days" value="7">' in form
    assert '<input type="hidden" name="order" value="problems">' in form
    assert "open>" in html[: html.index("<form")].rsplit("<details", 1)[1]
    assert "open>" not in channels_page(TOWN).split("<form")[0].rsplit("<details", 1)[1]


def test_links_change_one_choice_and_leave_the_others() -> None:
    wish = ChannelFilter(state=UNAVAILABLE, days=7)
    here = Localizer(TOWN, "en")

    periods = channel_filter.periods(wish, here)
    orders = channel_filter.orders(wish, here)

    assert [(each.words, each.here) for each in periods] == [
        ("24 h", False),
        ("7 d", True),
        ("90 d", False),
    ]
    assert periods[2].address == "channels?lang=en&state=unavailable&days=90"
    assert orders[1].address == (
        "channels?lang=en&state=unavailable&order=problems&days=7"
    )
