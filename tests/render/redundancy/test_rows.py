import pytest
from msgspec.structs import replace
from plans import channel, component, line, moment, plan
from render.plan_page import HOUR_S, NOW, TOWN, outlook, works
from render.snapshots import snapshot

from secours.core.replay.segments import Segment
from secours.languages import LANGUAGES
from secours.model.observed import Evidence, Instant
from secours.model.sections.line import Tier
from secours.model.snapshot import Forecast, Standing, State, Use
from secours.render.answers.audit import labels
from secours.render.badges import Tone
from secours.render.redundancy import rows
from secours.render.redundancy.rows import Quality, quality_of
from secours.render.templates import Row
from secours.render.wording.localizer import Localizer

LOCALIZER = Localizer(works(), "en")


def told(row: Row) -> list[tuple[str, str, str, str]]:
    return [(s["left"], s["width"], s["name"], s["word"]) for s in row["stays"]]


def test_a_row_says_what_to_use_from_when_to_when() -> None:
    coordinate, alert = rows.imagined(outlook("power:grid"), (), LOCALIZER)

    assert told(coordinate) == [
        ("0.000%", "21.875%", "Signal", "1st choice"),
        ("21.875%", "25.000%", "Sms", "3rd choice"),
        ("46.875%", "3.125%", "Sms", "degraded"),
        ("50.000%", "50.000%", "nothing left", ""),
    ]
    assert [stay["quality"] for stay in coordinate["stays"]] == [
        *(Quality.FIRST, Quality.FALLBACK, Quality.UNSURE, Quality.NOTHING)
    ]
    assert [stay["tone"] for stay in coordinate["stays"]] == [
        *(Tone.OK, Tone.DEGRADED, Tone.DEGRADED, Tone.DOWN)
    ]
    assert (
        coordinate["stays"][1]["said"]
        == "From 1 h 45 min to 3 h 45 min: Sms, 3rd choice"
    )
    assert told(alert)[-1][2] == "Radio"


def test_beside_the_row_stands_what_changes_against_now() -> None:
    coordinate, alert = rows.imagined(
        outlook("power:grid", "internet:fibre"), (), LOCALIZER
    )

    assert coordinate["said"] == "Now Signal → Sms at once → nothing left after 4 h"
    assert coordinate["warnings"] == ["After 4 h: Send a runner"]
    assert alert["said"] == "Sms → Radio after 3 h 45 min"
    assert alert["warnings"] == []
    assert coordinate["changes"]
    assert alert["changes"]


def test_a_row_that_stays_as_it_is_says_so() -> None:
    coordinate, _ = rows.imagined(outlook("sat:iridium"), (), LOCALIZER)

    assert (coordinate["said"], coordinate["changes"]) == ("Nothing changes", False)
    assert [stay["name"] for stay in coordinate["stays"]] == ["Signal"]


def test_nothing_left_at_once_is_loud_with_the_last_resort() -> None:
    fails = ("internet:fibre", "channel:sms")
    coordinate, _ = rows.imagined(outlook(*fails), (), LOCALIZER)

    assert coordinate["said"] == "Now Signal → nothing left at once"
    assert coordinate["warnings"] == ["At once: Send a runner"]


def test_what_a_row_uses_and_that_is_down_now_is_said() -> None:
    out = ["channel:sms", "channel:whatsapp"]
    coordinate, _ = rows.imagined(outlook("internet:fibre"), out, LOCALIZER)

    assert coordinate["warnings"] == ["Sms cannot be used now"]


def test_now_is_what_the_snapshot_says_and_foresees() -> None:
    shot = snapshot("ooxo")
    first = shot.recommendations[0]
    order = [name for _, names in first.tiers for name in names]
    at = Instant(NOW, shot.at.steady_s + 2 * HOUR_S + 7)
    coming = Forecast(
        at=at, purpose=first.purpose, audience=first.audience, use=order[1]
    )

    alert, other = rows.present(Localizer(replace(shot, forecast=(coming,)), "en"))

    assert [stay["width"] for stay in alert["stays"]] == ["25.000%", "75.000%"]
    assert alert["said"].endswith("after 2 h")
    assert (other["said"], other["changes"]) == ("No change foreseen", False)


def test_what_is_still_measured_is_not_nothing_left() -> None:
    shot = snapshot("xxxx")
    lines = tuple(replace(e, measuring=True) for e in shot.recommendations)

    row, _ = rows.present(Localizer(replace(shot, recommendations=lines), "en"))

    (stay,) = row["stays"]
    assert (stay["quality"], stay["name"]) == (Quality.UNSURE, "MEASURING")
    assert row["warnings"] == []


def test_nothing_left_now_is_loud() -> None:
    row, _ = rows.present(Localizer(snapshot("xxxx"), "en"))

    assert [stay["quality"] for stay in row["stays"]] == [Quality.NOTHING]
    assert len(row["warnings"]) == 1


def segment(
    state: State = State.AVAILABLE,
    *,
    rank: int = 1,
    verified: bool = True,
    evidence: Evidence = Evidence.SERVED,
) -> Segment:
    standing = Standing(state=state, evidence=evidence, until=moment(9))
    use = Use(
        channel="sms", tier=Tier.PRIMARY, rank=rank, state=state, verified=verified
    )
    return Segment(begin_s=0, end_s=1, use=use, standing=standing)


@pytest.mark.parametrize(
    ("found", "quality"),
    [
        pytest.param(segment(), Quality.FIRST, id="first"),
        pytest.param(segment(rank=2), Quality.FALLBACK, id="fallback"),
        pytest.param(segment(verified=False), Quality.UNSURE, id="unverified"),
        pytest.param(segment(State.DEGRADED), Quality.UNSURE, id="degraded"),
        pytest.param(segment(State.UNKNOWN), Quality.UNSURE, id="unknown"),
        pytest.param(
            segment(evidence=Evidence.REACHED), Quality.UNSURE, id="only answers"
        ),
        pytest.param(segment(State.DOWN), Quality.NOTHING, id="pinned but down"),
        pytest.param(
            Segment(begin_s=0, end_s=1, use=None), Quality.NOTHING, id="nothing"
        ),
    ],
)
def test_green_is_only_what_is_first_whole_and_proven(
    found: Segment, quality: Quality
) -> None:
    assert quality_of(found) is quality


def test_words_are_drawn_only_where_they_have_room() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=2 * HOUR_S),
        component("carrier:b", "power:grid", autonomy_s=4 * HOUR_S),
        channel("x", "carrier:a"),
        channel("a-channel-with-a-long-name", "carrier:b"),
        line("x", "a-channel-with-a-long-name"),
    )

    (row,) = rows.imagined(
        outlook("power:grid", config=config), (), Localizer(works(config), "en")
    )

    assert [stay["room"] for stay in row["stays"]] == [
        "wide",
        "shape",
        "none",
        "narrow",
    ]


def test_channels_that_fall_are_told_by_when() -> None:
    names = labels(TOWN, "en")

    said = rows.falls(outlook("power:grid", "channel:radio"), (), names, LOCALIZER)

    assert said == ["At once: Radio", "After 2 h: Signal, Whatsapp", "After 4 h: Sms"]
    assert rows.falls(outlook("sat:iridium"), (), names, LOCALIZER) == [
        "At once: Satphone"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_rows_are_told_in_every_language(language: str) -> None:
    spoken = Localizer(works(), language)

    coordinate, _ = rows.imagined(
        outlook("power:grid", "internet:fibre"), ["channel:sms"], spoken
    )

    assert "redundancy." not in f"{coordinate}"
