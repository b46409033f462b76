import pytest
from render.entries import word
from render.snapshots import moment, snapshot, standing

from secours.languages import LANGUAGES
from secours.model.plan import Text
from secours.render.pages import channel, timeline
from secours.render.pages.channel import Fared
from secours.render.pages.timeline import Latency, Share, Span
from secours.render.wording.localizer import Localizer

HOSTILE = "<img src=//beacon.invalid onerror=alert(1)>"


def localizer(language: str = "en") -> Localizer:
    return Localizer(snapshot("xooo"), language)


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
    fared = Fared(needs=(), traits={"managed": "yes", "sla": "no", HOSTILE: "optional"})

    html = channel.facts_html(view, fared, localizer())

    assert (
        "<dt>Properties</dt><dd>encrypted end to end: unknown"
        "<br>managed by the institution: yes<br>under a service contract: no"
        "<br>in order for personal data: unknown<br>&lt;img"
    ) in html
    assert "<img" not in html
    assert "Properties" not in channel.facts_html(view, Fared(), localizer())


def test_each_result_of_a_test_is_shown_as_it_comes() -> None:
    view = snapshot().channels[0]
    asked_s, before_s = moment(10).steady_s, moment(2).steady_s

    done = channel.now_html(view, localizer(), asked_s)
    waiting = channel.now_html(view, localizer(), before_s)

    assert not channel.is_testing(view, asked_s)
    assert channel.is_testing(view, before_s)
    assert "being tested" not in done
    assert "being tested" in waiting
    assert "Test of now" not in channel.now_html(view, localizer(), None)


def test_the_table_has_the_newest_state_first_and_says_when_nobody_watched() -> None:
    spans = [
        Span(start=moment(90).utc, end=moment(60).utc, state=standing("o").state),
        Span(
            start=moment(60).utc,
            end=moment(0).utc,
            state=standing("?").state,
            watched=False,
        ),
    ]

    html = channel.spans_html(spans, localizer())

    assert html.index("UNKNOWN") < html.index("OK")
    assert "the monitoring did not run" in html
    assert "1 min" in html


def test_what_a_channel_needs_is_named_with_its_state() -> None:
    fared = Fared(
        latencies={"sip": Latency(median_s=0.042, p95_s=1.5, count=12)},
        detect_s=12.0,
        detected=3,
        limit_s=85.0,
        needs=(("carrier:mobile-a", "carrier:other"), ("power:grid",)),
        trial=word("test", "sms", "failed", said="silence", ago_s=7200),
    )

    html = channel.facts_html(snapshot().channels[0], fared, localizer())

    assert "sip: half within 42 ms, 95 % within 1.5 s (12 tests)" in html
    assert "12 s from the first failed test (middle of 3 failures)" in html
    assert "by the plan at most 85 s" in html
    assert "Opérateur A" in html
    assert "(OK) or other<br>grid" in html
    assert "2 h ago, by Bram: it does not work “silence”" in html


def test_what_is_not_known_is_not_said() -> None:
    view = snapshot().channels[0]

    html = channel.facts_html(view, Fared(), localizer())

    assert "Answer time" not in html
    assert "Depends on" not in html
    assert "nobody has noted a test" in html
    assert "nothing that the plan names" in channel.facts_html(
        view, Fared(needs=()), localizer()
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
    fared = Fared(
        latencies={HOSTILE: Latency(median_s=1, p95_s=1, count=1)},
        needs=((HOSTILE,),),
        trial=word("test", HOSTILE, HOSTILE, said=HOSTILE),
    )
    spoken = localizer(language)

    for html in (
        channel.now_html(view, spoken, 0.0),
        channel.missing_html(HOSTILE, spoken),
        channel.facts_html(view, fared, spoken),
    ):
        assert "<img" not in html
        assert "{" not in html
