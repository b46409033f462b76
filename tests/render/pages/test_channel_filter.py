import re

import pytest
from render.snapshots import snapshot, standing, with_channel

from secours.model.observed import Reason
from secours.model.snapshot import Snapshot
from secours.render.pages import channel_filter
from secours.render.pages.channel_filter import ALL, UNAVAILABLE, Wanted
from secours.render.pages.status import status_html
from secours.render.wording.localizer import Localizer

TOWN = snapshot("xoo?", "odoo")


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def names(wish: Wanted, shown: Snapshot = TOWN, language: str = "en") -> list[str]:
    return [
        view.name for view in channel_filter.found(wish, Localizer(shown, language))
    ]


def test_what_does_not_fully_work_is_found_in_the_order_of_the_plan() -> None:
    aside = standing("o", aside=Reason.MAINTENANCE)
    shown = with_channel(TOWN, "radio", standing=aside)

    found = names(Wanted(state=UNAVAILABLE), shown)

    assert found == ["sms", "runner", "bridge", "radio"]


def test_a_purpose_and_an_audience_keep_the_channels_of_their_lines() -> None:
    assert names(Wanted(purpose="coordinate")) == [
        "teams",
        "bridge",
        "radio",
        "satphone",
    ]
    assert names(Wanted(audience="management")) == names(ALL)
    assert names(Wanted(purpose="alert", audience="nobody")) == []


@pytest.mark.parametrize("text", ["on-call", "ASTREINTE", "sMs"])
def test_words_are_found_in_names_and_in_how_to_use_it(text: str) -> None:
    assert names(Wanted(text=text)) == ["sms"]


def test_filters_add_up() -> None:
    assert names(Wanted(state=UNAVAILABLE, purpose="alert", text="run")) == ["runner"]


def test_an_address_asks_only_for_what_there_is() -> None:
    good: dict[str, str] = {"state": "unavailable", "purpose": "alert", "text": " sms "}
    bad = {"state": "<b>", "purpose": "x", "audience": "y", "text": "z" * 900}

    assert channel_filter.wanted(good.get, TOWN) == Wanted(
        state=UNAVAILABLE, purpose="alert", text="sms"
    )
    assert channel_filter.wanted(bad.get, TOWN) == Wanted(text="z" * 60)
    assert channel_filter.wanted(lambda _name: None, TOWN) == ALL


def test_a_filter_says_how_many_are_hidden_and_still_counts_what_is_down() -> None:
    wish = Wanted(text="pager")
    html = status_html(TOWN, "en", age_s=4.0, wish=wish)

    shown = text_of(html)
    channels = shown[shown.index("Channels") :]
    assert channels.startswith(
        "Channels 5 OK 1 DEGRADED 1 UNKNOWN 1 DOWN 1 of 8 shown Show all Pager OK"
    )
    assert 'href="status?lang=en"' in html
    assert html.count('class="s-owner"') == 3  # with a component and a path
    assert "ALERT 2nd choice Voice calls" in shown


def test_without_a_filter_the_count_stands_alone() -> None:
    shown = text_of(status_html(TOWN, "en", age_s=4.0))

    assert "5 OK 1 DEGRADED 1 UNKNOWN 1 DOWN On-call SMS DOWN" in shown
    assert "shown" not in shown


def test_who_may_act_gets_a_link_for_each_channel_component_and_line() -> None:
    html = status_html(TOWN, "en", age_s=4.0, acts=True)

    assert "actions?" not in status_html(TOWN, "en", age_s=4.0)
    assert 'href="actions?lang=en&amp;subject=channel%3Asms"' in html
    assert 'href="actions?lang=en&amp;subject=carrier%3Amobile-a"' in html
    assert 'href="actions?lang=en&amp;do=pin&amp;line=alert%2Fmanagement"' in html
