import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from render.entries import word
from render.snapshots import NOON, moment, snapshot, standing

from secours.languages import LANGUAGES, Text
from secours.model.snapshot import State
from secours.render.pages import channel, timeline
from secours.render.pages.channel import (
    ChannelAsked,
    ChannelFacts,
    ChannelHistory,
    asked_of,
    now_s,
)
from secours.render.pages.strip import Window
from secours.render.pages.timeline import Latency, Share, Span
from secours.render.wording.localizer import Localizer

WINDOW = Window(NOON - timedelta(hours=24), NOON)
SPANS = [
    Span(start=moment(90).utc, end=moment(60).utc, state=standing("o").state),
    Span(
        start=moment(60).utc,
        end=moment(0).utc,
        state=standing("?").state,
        watched=False,
    ),
]
HOSTILE = "<img src=//beacon.invalid onerror=alert(1)>"


def localizer(language: str = "en") -> Localizer:
    return Localizer(snapshot("xooo"), language)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def drawn(
    asked: ChannelAsked, *, name: str = "sms", acts: bool = False, **history: Any
) -> str:
    here = localizer()
    past = ChannelHistory(window=WINDOW, **history)
    view = here.snapshot.channel(name)
    return channel.channel_html(view, here, asked, past, acts=acts)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (Share(), "Nothing was measured in this time."),
        (
            Share(measured_s=86400, usable_s=86400),
            "Usable for 100% of the time measured. Never down.",
        ),
        (
            Share(measured_s=1000, usable_s=940, down_s=60, downs=1, unknown_s=120),
            "Usable for 94% of the time measured. Down once, for 1 min."
            " Not measured for 2 min.",
        ),
        (
            Share(measured_s=86400, usable_s=86399, down_s=1, downs=2),
            "Usable for 99.9% of the time measured. Down 2 times, 1 s in all.",
        ),
    ],
)
def test_a_sentence_says_how_a_channel_fared(share: Share, said: str) -> None:
    assert timeline.summary(share, localizer()) == said


def test_almost_all_is_not_all_and_almost_none_is_not_none() -> None:
    assert timeline.percent(0.99999, "fr") == "99,9\u00a0%"
    assert timeline.percent(0.00001, "en") == "0.1%"
    assert (timeline.percent(0.0, "en"), timeline.percent(1.0, "en")) == ("0%", "100%")


def test_what_is_not_known_of_a_channel_is_shown_as_unknown() -> None:
    view = snapshot().channels[0]
    fared = ChannelFacts(
        needs=(), traits={"managed": "yes", "sla": "no", HOSTILE: "optional"}
    )

    html = channel.facts_html(view, fared, localizer())

    assert (
        "<dt>Properties</dt><dd>encrypted end to end: unknown"
        " · managed by the institution: yes · under a service contract: no"
        " · in order for personal data: unknown · &lt;img"
    ) in html
    assert "<img" not in html
    assert "Properties" not in channel.facts_html(view, ChannelFacts(), localizer())


def test_an_address_names_a_channel_a_time_a_test_and_a_chart() -> None:
    full: dict[str, str] = {
        "name": "calls",
        "days": "7",
        "explore": "1",
        "tested": "899990",
    }
    here = localizer()

    assert asked_of(lambda _: None, here) == ChannelAsked(name="sms")
    assert asked_of(full.get, here) == ChannelAsked(
        name="calls", days=7, explores=True, tested_s=899_990.0
    )


@pytest.mark.parametrize(
    "written", ["", "x", "nan", "inf", "-1e9", "900001", "1e400", "899099"]
)
def test_a_test_of_long_ago_or_to_come_is_none(written: str) -> None:
    assert asked_of({"tested": written}.get, localizer()).tested_s is None


def test_a_test_of_a_moment_ago_is_of_now_until_its_time_is_over() -> None:
    assert asked_of({"tested": "899101"}.get, localizer()).tested_s == 899_101.0
    assert asked_of({"tested": f"{now_s(localizer())}"}.get, localizer()).tested_s


def test_each_result_of_a_test_is_shown_as_it_comes() -> None:
    view = snapshot().channels[0]
    done = ChannelAsked(name="sms", tested_s=moment(10).steady_s)
    waiting = ChannelAsked(name="sms", tested_s=moment(2).steady_s)

    assert not channel.is_testing(view, done)
    assert channel.is_testing(view, waiting)
    assert not channel.is_testing(view, ChannelAsked(name="sms"))
    assert "being tested" not in drawn(done)
    assert "Test of now" in drawn(done)
    assert "being tested" in drawn(waiting)
    assert "Test of now" not in drawn(ChannelAsked(name="sms"))


def test_the_state_comes_first_then_how_it_fared() -> None:
    text = text_of(drawn(ChannelAsked(name="sms"), spans=SPANS))

    parts = [
        "On-call SMS DOWN no answer within 10 s",
        "How: Envoyer au groupe ASTREINTE",
        "sip failed no answer within 10 s",
        "States over time 24 h 7 d 90 d",
        "Usable for 100% of the time measured. Never down. Not measured for 23 h",
        "How it fares",
        "State by state",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_another_time_is_a_link_and_the_chart_goes_on() -> None:
    plain = drawn(ChannelAsked(name="sms"))
    explored = drawn(ChannelAsked(name="sms", days=7, explores=True))

    assert 'href="channel?name=sms&amp;lang=en&amp;days=7"' in plain
    assert 'href="channel?name=sms&amp;lang=en&amp;explore=1"' in plain
    assert 'href="channel?name=sms&amp;lang=en&amp;days=90&amp;explore=1"' in explored
    assert 'href="channel?name=sms&amp;lang=en&amp;days=7"' in explored  # closes it
    assert "Close the chart" in explored
    assert "State by state" not in explored  # the chart stands there


def test_another_channel_can_be_chosen_without_any_script() -> None:
    html = drawn(ChannelAsked(name="calls", days=7), name="calls")

    form = html[html.index("<form") : html.index("</form>")]
    assert 'method="get" action="channel"' in form
    assert '<option value="calls" selected>Voice calls</option>' in form
    assert form.count("<option") == len(snapshot().channels)
    assert '<input type="hidden" name="days" value="7">' in form


def test_who_may_act_is_led_to_what_can_be_done_with_it() -> None:
    html = drawn(ChannelAsked(name="sms"), acts=True)

    assert "act?" not in drawn(ChannelAsked(name="sms"))
    for do in ("mark", "distrust", "test"):
        assert f'href="act?lang=en&amp;do={do}&amp;subject=channel%3Asms"' in html


def test_without_a_history_the_present_is_still_shown() -> None:
    text = text_of(drawn(ChannelAsked(name="sms"), missing="journal.no_history"))

    assert "There is no history yet." in text
    assert "On-call SMS DOWN" in text
    assert "Nothing was measured" not in text


def test_until_when_people_are_to_try_it_is_said() -> None:
    here = localizer()
    view = here.snapshot.channel("sms")
    tried = replace(view.standing, tried_at=moment(86400.0))
    due = replace(view, standing=tried, test_every_s=30 * 86400.0)
    past = ChannelHistory(window=WINDOW)

    html = channel.channel_html(due, here, ChannelAsked(name="sms"), past)

    assert "to be tried by 2026-12-23" in html


def test_a_channel_that_is_not_in_the_plan_is_said_and_others_can_be_chosen() -> None:
    html = channel.missing_html("<b>x", localizer())

    assert "No channel of the plan is called &lt;b&gt;x." in html
    assert '<option value="sms">' in html


def test_the_table_has_the_newest_state_first_and_says_when_nobody_watched() -> None:
    rows = channel.spans_of(SPANS, localizer())

    assert [row["badge"].word for row in rows] == ["NOT WATCHED", "OK"]
    assert rows[0]["why"] == "the monitoring did not run"
    assert rows[0]["lasted"] == "1 min"


def test_what_a_channel_needs_is_named_with_its_state() -> None:
    fared = ChannelFacts(
        latencies={"sip": Latency(median_s=0.042, p95_s=1.5, count=12)},
        detect_s=12.0,
        detected=3,
        limit_s=85.0,
        needs=(("carrier:mobile-a", "carrier:other"), ("power:grid",)),
        trial=word("test", "sms", "failed", said="silence", ago_s=7200),
    )

    html = channel.facts_html(snapshot().channels[0], fared, localizer())

    assert "sip: half within 42 ms, 95% within 1.5 s (12 tests)" in html
    assert "12 s from the first failed test (middle of 3 failures)" in html
    assert "by the plan at most 85 s" in html
    assert "Opérateur A" in html
    assert "(OK) or other<br>grid" in html
    assert "2 h ago, by Bram: it does not work “silence”" in html


def test_what_is_not_known_is_not_said() -> None:
    view = snapshot().channels[0]

    html = channel.facts_html(view, ChannelFacts(), localizer())

    assert "Answer time" not in html
    assert "Depends on" not in html
    assert "nobody has noted a test" in html
    assert "nothing that the plan names" in channel.facts_html(
        view, ChannelFacts(needs=()), localizer()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_from_outside_is_markup(language: str) -> None:
    bad = Text(HOSTILE)
    view = snapshot(site=snapshot().site).channels[0]
    view = type(view)(
        name=HOSTILE,
        label=bad,
        short_name=bad,
        how=bad,
        standing=standing("x", facts={"said": HOSTILE}, presumed=HOSTILE),
        probes=view.probes,
    )
    fared = ChannelFacts(
        latencies={HOSTILE: Latency(median_s=1, p95_s=1, count=1)},
        needs=((HOSTILE,),),
        trial=word("test", HOSTILE, HOSTILE, said=HOSTILE),
    )
    spoken = localizer(language)

    asked = ChannelAsked(name=HOSTILE, tested_s=0.0)
    past = ChannelHistory(window=WINDOW, spans=SPANS, fared=fared)

    for html in (
        channel.channel_html(view, spoken, asked, past, acts=True),
        channel.missing_html(HOSTILE, spoken),
    ):
        assert "<img" not in html
        assert "{" not in html


def test_from_when_the_channel_was_watched_is_said() -> None:
    late = Span(start=NOON - timedelta(hours=1), end=NOON, state=State.AVAILABLE)

    text = text_of(drawn(ChannelAsked(name="sms"), spans=[late]))

    assert "Not measured for 23 h, watched since 02:14." in text
